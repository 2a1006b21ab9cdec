"""A larger encoder as teacher: it learns the labels first, and what it says of unlabelled texts is learnt with them.

A larger encoder agrees better with people on occupations that it has not seen, but takes many times as long for a text. Its
soft labels of texts that nobody has labelled carry part of that over to the small encoder that scores (Hinton, Vinyals, Dean
2015, arXiv:1503.02531; with unlabelled texts, Turc et al. 2019, arXiv:1908.08962).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from jobimpact.errors import ModelError
from jobimpact.exposure.encoder.cached import normalise_text
from jobimpact.exposure.encoder.models import find_model
from jobimpact.exposure.heads.rubric import LEVELS
from jobimpact.exposure.params import stored_arrays
from jobimpact.files import written_whole
from jobimpact.training.finetune import TunedEncoder, TuneSettings, load_tuned, tune_encoder

_BATCH = 64
_SHORTEST = 15  # characters: what is shorter is a heading, not a task


@dataclass(frozen=True)
class Teacher:
    """A larger encoder, and texts to teach about, none of them among the labelled ones (:func:`unlabelled`).

    Its upper layers are tuned themselves, as they are not shipped; the lower ones stay as published, which
    saves the time of their gradients.
    """

    model: str
    texts: tuple[str, ...]
    settings: TuneSettings = field(default_factory=lambda: TuneSettings(rank=0, top_layers=6, learning_rate=6e-5))


@dataclass(frozen=True)
class Lessons:
    """m unlabelled texts with the (m, levels) probabilities of each head's label that the teacher expects.

    ``about`` has name, weights (SHA-256) and settings of the teacher, for the model card.
    """

    texts: tuple[str, ...]
    targets: dict[str, np.ndarray]
    about: dict[str, Any] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write the lessons as an .npz without pickles, probabilities in half precision."""
        with written_whole(path) as temporary, temporary.open("wb") as stream:
            arrays = {f"head_{head}": target.astype("f2") for head, target in self.targets.items()}
            # An array of texts would be a pickle; a normalised text has no line end.
            texts = np.array("\n".join(map(normalise_text, self.texts)))
            about = np.array(json.dumps(self.about))
            np.savez_compressed(stream, allow_pickle=False, texts=texts, about=about, **arrays)

    @classmethod
    def load(cls, path: Path) -> "Lessons":
        """Read lessons written by :meth:`save`."""
        remedy = "give a lessons.npz that `jobimpact train --teacher` wrote"
        with stored_arrays(path, "a teacher's lessons", remedy) as arrays:
            targets = {key[5:]: array.astype("f8") for key, array in arrays.items() if key.startswith("head_")}
            texts, about = str(arrays["texts"]).split("\n"), json.loads(str(arrays["about"]))
            wrong = [head for head, rows in targets.items() if rows.shape != (len(texts), len(LEVELS[head]))]
        if wrong:
            raise ModelError(f"{path}: the labels of {wrong[0]} do not fit its {len(texts)} texts: train the teacher again")
        return cls(tuple(texts), targets, about)

    def without(self, labelled: Iterable[str]) -> "Lessons":
        """Return the lessons whose text no labelled row has (:func:`unlabelled`)."""
        retained = set(unlabelled(self.texts, labelled))
        rows = np.array([text in retained for text in self.texts], dtype=bool)
        targets = {head: target[rows] for head, target in self.targets.items()}
        return replace(self, texts=tuple(text for text in self.texts if text in retained), targets=targets)


def unlabelled(texts: Iterable[Any], labelled: Iterable[str]) -> tuple[str, ...]:
    """Return the different `texts` that no labelled row has, in order; missing and very short ones are left out.

    Texts are the same when they differ in case and blanks only. As every labelled text is left out, no text of a test is among
    them.

    Examples
    --------
    >>> unlabelled(["Weld gates and fences", "weld  gates and fences", "Write long letters", None], ["WRITE long letters"])
    ('Weld gates and fences',)
    """
    labelled_keys = {_key(text) for text in labelled}
    # Backwards, so that of equal texts the first is the one that stays.
    text_of_key = {_key(text): text for text in reversed([*texts]) if isinstance(text, str) and len(text) >= _SHORTEST}
    return tuple(text for key, text in reversed(text_of_key.items()) if key not in labelled_keys)


def _key(text: str) -> str:
    return normalise_text(text).casefold()


def teach(
    teacher: Teacher,
    texts: Sequence[str],
    targets: Mapping[str, np.ndarray],
    validation: np.ndarray,
    out: Path,
    **options: Any,
) -> Lessons:
    """Train the `teacher` on labelled `texts`, its adapter in `out`, and return what it says of its own."""
    files = find_model(teacher.model)
    tuned = tune_encoder(files.folder, texts, targets, validation, out, teacher.settings, **options)
    vectors = _encode(files.folder, tuned, teacher.texts, **options)
    settings = {f"teacher_{name}": value for name, value in asdict(teacher.settings).items()}
    about = {"teacher": Path(teacher.model).name, "teacher_sha256": files.base_hash, **settings}
    return Lessons(teacher.texts, tuned.heads.predict_proba(vectors), about)


def _encode(
    folder: Path,
    tuned: TunedEncoder,
    texts: Sequence[str],
    *,
    device: str = "cpu",
    bf16: bool = False,
    progress: bool = False,
) -> np.ndarray:
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device=device, local_files_only=True).eval()
    load_tuned(model, tuned.adapter)
    with torch.inference_mode(), torch.autocast(device, dtype=torch.bfloat16, enabled=bf16):
        vectors = model.encode(
            list(texts), batch_size=_BATCH, convert_to_tensor=True, normalize_embeddings=True, show_progress_bar=progress
        )
    return np.asarray(vectors.float().cpu().numpy())


def with_lessons(
    texts: Sequence[str], targets: Mapping[str, np.ndarray], validation: np.ndarray, lessons: Lessons | None
) -> tuple[list[str], dict[str, np.ndarray], np.ndarray]:
    """Return texts, targets and validation mask with the lessons behind them, to be trained on alike."""
    if lessons is None:
        return list(texts), dict(targets), validation
    stacked = {head: np.concatenate([target, lessons.targets[head]]) for head, target in targets.items()}
    mask = np.concatenate([validation, np.zeros(len(lessons.texts), dtype=bool)])
    return [*texts, *lessons.texts], stacked, mask
