"""Files of sources wherever they are: a folder with publishers' files as downloaded, else the data folder."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

import pandas as pd

from jobimpact.errors import InputError, SourceError
from jobimpact.sources.store.fetch import locate
from jobimpact.sources.store.folder import visible_files


@dataclass(frozen=True)
class Inputs:
    """Where files of sources are looked for, and the tables already read from them.

    A `folder` with publishers' files under their own names, at any depth, comes before `home`, the data folder.
    """

    folder: str | Path | None = None
    home: Path | None = None
    _read: dict[tuple[Path, str], pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)
    _paths: list[Path] = field(default_factory=list, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.folder is None:
            return
        folder = Path(self.folder)
        if not folder.is_dir():
            raise InputError(
                f"{self.folder}: no such folder; expected one with the publishers' files: check {{data}}", parameters=["data"]
            )
        self._paths.extend(visible_files(folder))

    def find(self, source: str, *patterns: str) -> Path | None:
        """Return the first file of `source` whose name fits a pattern, the patterns tried in their order; None without."""
        listings: list[Sequence[Path]] = [self._paths]
        # Not in the data folder: the given folder alone is searched.
        with suppress(SourceError):
            listings.append(visible_files(locate(source, self.home)))
        for files in listings:
            for pattern in patterns:
                match = next((path for path in files if fnmatch(path.name.lower(), pattern.lower())), None)
                if match is not None:
                    return match
        return None

    def file(self, source: str, *patterns: str) -> Path:
        """Return what `find` does; without a match the error names the command that brings the file."""
        match = self.find(source, *patterns)
        if match is not None:
            return match
        try:
            folder: object = self.folder or locate(source, self.home)
        except SourceError as error:
            raise SourceError(f"{patterns[0]} is not here: {error}") from error
        raise SourceError(
            f"{folder}: found no file {patterns[0]!r} of source {source}; expected it under the publisher's name: "
            f"run `jobimpact sources add {source} FILE_OR_FOLDER`, or put it there"
        )

    def table(self, reader: Callable[[Path], pd.DataFrame], source: str, *patterns: str) -> pd.DataFrame:
        """Return what `reader` makes of the file; it is read once however often it is asked for."""
        path = self.file(source, *patterns)
        # Two readers may make different tables of one file; a partial has no name of its own.
        key = (path, f"{reader.__module__}:{getattr(reader, '__qualname__', repr(reader))}")
        if key not in self._read:
            self._read[key] = reader(path)
        return self._read[key]
