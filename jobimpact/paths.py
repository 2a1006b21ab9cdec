"""Where the package's own files and the user's files are."""

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent


def packaged(*parts: str) -> Path:
    """Return the path of a file that travels with the package.

    In a checkout `data/` and `dashboards/` stand beside the package, in an installed wheel inside it.
    """
    path = _PACKAGE.joinpath(*parts)
    return path if (_PACKAGE / parts[0]).exists() else _PACKAGE.parent.joinpath(*parts)


def data_home() -> Path:
    """Return the folder of the publishers' files: ``$JOBIMPACT_DATA``, else the platform's user data folder."""
    folder = os.environ.get("JOBIMPACT_DATA")
    return Path(folder).expanduser() if folder else Path(platformdirs.user_data_dir("jobimpact", appauthor=False))


def cache_home() -> Path:
    """Return the folder of the embedding cache: ``$JOBIMPACT_DATA/cache``, else the platform's user cache folder."""
    if os.environ.get("JOBIMPACT_DATA"):
        return data_home() / "cache"
    return Path(platformdirs.user_cache_dir("jobimpact", appauthor=False))
