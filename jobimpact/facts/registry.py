"""The sources that the project uses, from data/sources.toml: licence, citation, origin, and what reads each."""

import difflib
import importlib
import importlib.util
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from jobimpact.errors import InputError
from jobimpact.facts.citations import Citation
from jobimpact.paths import packaged

Kind = Literal["packaged", "downloadable", "manual"]


@dataclass(frozen=True)
class SourceFile:
    """A file of a source: where it is downloaded from, its name, and its SHA-256 where the publisher's is known."""

    url: str
    name: str
    sha256: str | None = None


@dataclass(frozen=True)
class SourcePart:
    """A table of a source: the pattern of its file's name and what reads it.

    Attributes
    ----------
    pattern
        Of the file name, compared without regard to case.
    reader
        ``module:function``, called with the path of the file, after `index` where that is given.
    argument
        What the reader of a packaged table takes in place of a path.
    index
        Entry of data/indices.toml by which the file is read.
    pulled
        Whether the download holds this part; others come only by `add`.
    text
        Column of the task texts, where the table has one task per row and can be scored as it is.
    """

    pattern: str
    reader: str
    argument: str | None = None
    index: str | None = None
    pulled: bool = True
    text: str | None = None

    def matches(self, path: Path) -> bool:
        """Tell whether the file's name fits."""
        return fnmatch(path.name.lower(), self.pattern.lower())

    def read(self, path: Path) -> Any:
        """Read the part from `path` and return its table."""
        reader = load_function(self.reader)
        if self.argument is not None:
            return reader(self.argument)
        return reader(path) if self.index is None else reader(self.index, path)


@dataclass(frozen=True)
class Source:
    """An entry of data/sources.toml; its comments say what each field means. `citation` is `reference` as printed."""

    name: str
    title: str
    publisher: str
    licence: str
    licence_url: str
    homepage: str
    citation: str
    reference: Citation
    release: str
    kind: Kind
    files: tuple[SourceFile, ...] = ()
    parts: tuple[SourcePart, ...] = ()
    folder: tuple[str, ...] = ()
    package: str | None = None
    release_from: str | None = None
    any_release: bool = False

    def packaged_folder(self) -> Path | None:
        """Return the folder of a packaged source, or None where its package is not installed."""
        if self.package is None:
            return packaged(*self.folder)
        spec = importlib.util.find_spec(self.folder[0])
        if spec is None or spec.origin is None:
            return None
        return Path(spec.origin).parent.joinpath(*self.folder[1:])


def load_function(name: str) -> Callable[..., Any]:
    """Return the function that ``module:function`` names."""
    module, _, function = name.partition(":")
    loaded: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return loaded


@cache
def read_registry() -> dict[str, Source]:
    """Return every source by name, in the order of data/sources.toml."""
    entries = tomllib.loads(packaged("data", "sources.toml").read_text(encoding="utf-8"))
    return {name: _source(name, entry) for name, entry in entries.items()}


def find_source(name: str) -> Source:
    """Return the source called `name`.

    Raises
    ------
    InputError
        If there is none, with the names that there are.

    Examples
    --------
    >>> find_source("starter").licence
    'MIT'
    """
    sources = read_registry()
    if name in sources:
        return sources[name]
    close = difflib.get_close_matches(name, sources, 1, 0.5)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    raise InputError(f"source {name!r} is not known{hint}; expected one of {', '.join(sources)}: give one of these")


def _source(name: str, entry: dict[str, Any]) -> Source:
    if entry["kind"] not in get_args(Kind):
        raise InputError(f"data/sources.toml: found kind {entry['kind']!r} at {name}; expected {', '.join(get_args(Kind))}")
    files = tuple(
        SourceFile(file["url"], file.get("name") or Path(urlsplit(file["url"]).path).name, file.get("sha256"))
        for file in entry.get("files", ())
    )
    parts = tuple(SourcePart(**part) for part in entry.get("parts", ()))
    lists = {"files": files, "parts": parts, "folder": tuple(entry.get("folder", ()))}
    reference = Citation(**entry["citation"] | {"authors": tuple(entry["citation"].get("authors", ()))})
    return Source(name=name, **{**entry, **lists, "citation": str(reference), "reference": reference})
