"""Fine-tuning from labels to a measured model: split, adapter and heads, interval, figures, card."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from jobimpact.exposure.encoder import Device, Precision, SentenceEncoder
from jobimpact.exposure.finetune import TuneSettings, tune_encoder
from jobimpact.exposure.models import DEFAULT_MODEL
from jobimpact.exposure.rubric import BETA_OF_LEVEL
from jobimpact.exposure.splits import assign_folds, leak_free
from jobimpact.exposure.training import (
    TrainedHeads,
    conformal_quantile,
    describe_heads,
    kernel_ridge,
    label_levels,
    measure,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

# Of 20 folds of SOC codes, two (a tenth of the codes) are the test and one chooses the epoch and calibrates the interval.
_FOLDS = 20
_TEST = (0, 1)
_VALIDATION = 2


def train_tuned(
    labels: pd.DataFrame,
    out: Path,
    *,
    model: str = DEFAULT_MODEL,
    settings: TuneSettings | None = None,
    device: Device = "auto",
    precision: Precision = "auto",
    seed: int = 0,
    progress: bool = False,
) -> TrainedHeads:
    """Fine-tune the encoder together with the heads, and measure both on a tenth of the SOC codes that nothing else used.

    Of 20 folds of SOC codes (:func:`jobimpact.exposure.splits.assign_folds`) two are the test, one chooses the epoch and
    calibrates the interval, the others are trained on, without texts that the held-out codes also have. The figures are
    those of the adapter and heads as they are written to `out`, in half precision.

    Parameters
    ----------
    labels
        Table ``labels``.
    out
        Folder for ``adapter/``; the caller writes heads and card beside it.
    """
    settings = settings or TuneSettings(random_state=seed)
    plain = SentenceEncoder(model, adapter=None, device=device, precision=precision, progress=progress)
    folds = assign_folds(labels, n_folds=_FOLDS, seed=seed)
    test, validation = np.isin(folds, _TEST), folds == _VALIDATION
    train = leak_free(labels, test | validation)
    levels = label_levels(labels)
    used = train | validation
    tuned = tune_encoder(
        plain.files.folder,
        labels["task"][used].tolist(),
        np.column_stack(list(levels.values()))[used],
        validation[used],
        out / "adapter",
        settings,
        device=plain.device,
        bf16=plain.precision == "bf16",
        progress=progress,
    )
    encoder = SentenceEncoder(model, adapter=out / "adapter", device=device, precision=precision, progress=progress)
    heads = tuned.heads.halved()
    heads.encoder_hash_ = encoder.weights_hash
    held_out = {name: heads.predict_proba(encoder.encode(labels["task"][part].tolist())) for name, part in
                (("validation", validation), ("test", test))}  # fmt: skip
    human = BETA_OF_LEVEL[levels["human"]]
    heads.beta_quantile_ = conformal_quantile(held_out["validation"]["human"], human[validation])
    reference = kernel_ridge(
        plain.encode(labels["task"][train].tolist()), human[train], plain.encode(labels["task"][test].tolist())
    )
    predictions = labels.loc[test, ["onetsoc_code", "task_id"]].assign(
        fold="test",
        beta_human=held_out["test"]["human"] @ BETA_OF_LEVEL,
        beta_gpt4=held_out["test"]["gpt4"] @ BETA_OF_LEVEL,
        reference=reference,
    )
    figures = measure(labels[test], predictions, held_out["test"]["human"]).iloc[:1].reset_index(drop=True)
    low, high = heads.beta_interval(held_out["test"]["human"])
    figures["coverage"] = float(((low <= human[test]) & (human[test] <= high)).mean())
    figures["mean_width"] = float((high - low).mean())
    split = (
        f"{_FOLDS} folds of SOC codes dealt within major groups, seed {seed}: {len(_TEST)} are the test ({int(test.sum()):,} "
        f"tasks), one chooses the epoch and calibrates the interval ({int(validation.sum()):,}), the others are trained on "
        f"({int(train.sum()):,}), without texts that a held-out code also has"
    )
    card = describe_heads(labels, heads, figures, split) | {
        "tuning": asdict(settings),
        "curve": tuned.curve.round(4).to_dict("records"),
    }
    return TrainedHeads(heads, figures, predictions, card)
