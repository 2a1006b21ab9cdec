"""Task sources by the name that the command line gives them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobimpact.errors import InputError, SourceError
from jobimpact.files import file_sha256

if TYPE_CHECKING:
    import pandas as pd

    from jobimpact.facts.registry import Source
    from jobimpact.sources.tasks.starter import Language


def load_tasks(
    name: str,
    *,
    text_column: str = "task",
    code_column: str | None = None,
    encoding: str = "utf-8-sig",
    sheet: str | None = None,
    language: Language = "en",
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read the tasks that `name` means and say where they come from.

    Parameters
    ----------
    name
        ``starter`` (packaged), ``onet`` (in the data folder, see `jobimpact sources`), or the path of a user's file.
    text_column, code_column, encoding, sheet
        Of a user's file.
    language
        Of the starter set.

    Returns
    -------
    tuple
        Table ``task_statements``, and the entry for the study's manifest: name, title, release, licence, citation, sha256.
    """
    from jobimpact.facts.registry import read_registry
    from jobimpact.paths import packaged
    from jobimpact.sources.store.fetch import locate

    if name == "starter":
        from jobimpact.sources.tasks.starter import read_starter_tasks

        file = "tasks.csv" if language == "en" else f"tasks_{language}.csv"
        entry = _entry(read_registry()[name], packaged("data", "starter", file))
        return read_starter_tasks(language=language), entry | {"language": language}
    if name == "onet":
        from jobimpact.sources.tasks.onet import onet_release, read_onet_tasks

        path = locate(name)
        return read_onet_tasks(path), _entry(read_registry()[name], path) | {"release": onet_release(path)}
    from jobimpact.sources.tasks.statements import read_user_tasks

    path = Path(name)
    tasks = read_user_tasks(path, text_column=text_column, code_column=code_column, encoding=encoding, sheet=sheet)
    about = {"name": path.name, "title": path.name, "release": "", "licence": "the user's own"}
    return tasks, about | {"sha256": _digest(path)}


def scorable_sources() -> list[str]:
    """Return the names of the sources with task texts, which `load_source_tasks` takes."""
    from jobimpact.facts.registry import read_registry

    return [source.name for source in read_registry().values() if any(part.text for part in source.parts)]


def load_source_tasks(name: str) -> tuple[pd.DataFrame, str]:
    """Read the tasks of a source that is packaged or in the data folder, ready to be scored.

    Parameters
    ----------
    name
        One of `scorable_sources`, such as ``isco``, ``csco`` or ``ilo-2025``.

    Returns
    -------
    tuple
        The source's table with one task per row, as its reader gives it, and the name of the column with the texts. Those
        of ``csco`` are Chinese and need the multilingual encoder.

    Raises
    ------
    InputError
        If there is no such source, or it has no task texts.
    SourceError
        If it is not there, with the command that brings it, or cannot be read.

    Examples
    --------
    >>> tasks, column = load_source_tasks("starter")
    >>> column, tasks.loc[0, "title"]
    ('task', 'Chief Executives')
    """
    from jobimpact.facts.registry import find_source
    from jobimpact.sources.store.fetch import locate
    from jobimpact.sources.store.prepare import find_parts

    source = find_source(name)
    if name not in scorable_sources():
        raise InputError(
            f"source {name!r} has no task texts; expected one of {', '.join(scorable_sources())}: give one of these, or a file"
        )
    for part, path in find_parts(source, locate(name)):
        if part.text is not None:
            return part.read(path), part.text
    raise SourceError(
        f"{name}: its file with the tasks is gone from the data folder; expected {source.title}: "
        f"run `jobimpact sources add {name} FILE_OR_FOLDER` again"
    )


def _entry(source: Source, path: Path) -> dict[str, Any]:
    fields = ("name", "title", "publisher", "release", "licence", "citation")
    return {**{field: getattr(source, field) for field in fields}, "sha256": _digest(path)}


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file, or over the names and hashes of a folder's files."""
    if path.is_file():
        return file_sha256(path)
    # Names and hashes alike: a file that was renamed is another input.
    parts = [f"{file.relative_to(path).as_posix()} {_digest(file)}" for file in sorted(path.rglob("*")) if file.is_file()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
