"""Task sources by the name that the command line gives them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobimpact.files import file_sha256

if TYPE_CHECKING:
    import pandas as pd

    from jobimpact.sources.starter import Language


def load_tasks(
    name: str, *, text_column: str = "task", encoding: str = "utf-8-sig", language: Language = "en"
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read the tasks that `name` means and say where they come from.

    Parameters
    ----------
    name
        ``starter`` (packaged), ``onet`` (in the data folder, see `jobimpact sources`), or the path of a user's file.
    text_column, encoding
        Of a user's file.
    language
        Of the starter set.

    Returns
    -------
    tuple
        Table ``task_statements``, and the entry for the study's manifest: name, title, release, licence, citation, sha256.
    """
    if name == "starter":
        return _starter(language)
    if name == "onet":
        return _onet()
    return _user(Path(name), text_column, encoding)


def _starter(language: Language) -> tuple[pd.DataFrame, dict[str, Any]]:
    from jobimpact.paths import packaged
    from jobimpact.sources.registry import read_registry
    from jobimpact.sources.starter import read_starter_tasks

    file = "tasks.csv" if language == "en" else f"tasks_{language}.csv"
    entry = _entry("starter", read_registry()["starter"], packaged("data", "starter", file))
    return read_starter_tasks(language=language), entry | {"language": language}


def _onet() -> tuple[pd.DataFrame, dict[str, Any]]:
    from jobimpact.sources.fetch import locate
    from jobimpact.sources.onet import onet_release, read_onet_tasks
    from jobimpact.sources.registry import read_registry

    path = locate("onet")
    entry = _entry("onet", read_registry()["onet"], path)
    return read_onet_tasks(path), entry | {"release": onet_release(path)}


def _user(path: Path, text_column: str, encoding: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    from jobimpact.sources.tasks import read_user_tasks

    tasks = read_user_tasks(path, text_column=text_column, encoding=encoding)
    return tasks, {
        "name": path.name,
        "title": path.name,
        "release": "",
        "licence": "the user's own",
        "sha256": _digest(path),
    }


def _entry(name: str, source: Any, path: Path) -> dict[str, Any]:
    fields = ("title", "publisher", "release", "licence", "citation")
    return {"name": name, **{field: getattr(source, field) for field in fields}, "sha256": _digest(path)}


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file, or over the names and hashes of a folder's files."""
    if path.is_file():
        return file_sha256(path)
    parts = [f"{file.relative_to(path).as_posix()} {_digest(file)}" for file in sorted(path.rglob("*")) if file.is_file()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
