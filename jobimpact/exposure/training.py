"""Training of the heads, with the figures that say how good they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jobimpact.exposure.encoder import Device, Encoder, Precision, SentenceEncoder
from jobimpact.exposure.finetune import TuneSettings, tune_encoder
from jobimpact.exposure.models import DEFAULT_MODEL
from jobimpact.exposure.rubric import BETA_OF_LEVEL, LEVELS, RubricHeads, label_spread
from jobimpact.exposure.splits import assign_folds, leak_free
from jobimpact.progress import track

if TYPE_CHECKING:
    from pathlib import Path

COVERAGE = 0.90

# Of 20 folds of SOC codes, two (a tenth of the codes) are the test and one chooses the epoch and calibrates the interval.
_FOLDS = 20
_TEST = (0, 1)
_VALIDATION = 2


@dataclass(frozen=True)
class TrainedHeads:
    """What training returns.

    Attributes
    ----------
    heads
        Fitted on all labelled tasks; interval calibrated on predictions for held-out occupations.
    figures
        One row per fold and one for all: agreement of held-out predictions with the raters.
    predictions
        Held-out beta of every labelled task: onetsoc_code, task_id, fold, beta_human, beta_gpt4, reference.
    card
        Everything that the model card states.
    """

    heads: RubricHeads
    figures: pd.DataFrame
    predictions: pd.DataFrame
    card: dict[str, Any]


def train_heads(
    labels: pd.DataFrame,
    encoder: Encoder,
    heads: RubricHeads | None = None,
    *,
    n_folds: int = 5,
    seed: int = 0,
    progress: bool = False,
) -> TrainedHeads:
    """Train the heads on all `labels` and measure them on occupations they have not seen.

    The figures come from `n_folds`-fold cross-validation by SOC code without shared texts
    (:func:`jobimpact.exposure.splits.leak_free`); the shipped heads are then fitted on everything.

    Parameters
    ----------
    labels
        Table ``labels`` (see the data dictionary).
    encoder
        Gives the vectors of the task texts. Titles are left out: in front of the text they make agreement worse.
    heads
        Unfitted heads with the settings to use.
    """
    heads = heads or RubricHeads()
    vectors = encoder.encode(labels["task"].tolist())
    targets = label_levels(labels)
    folds = assign_folds(labels, n_folds=n_folds, seed=seed)
    held_out = {head: np.zeros((len(labels), len(levels))) for head, levels in LEVELS.items()}
    reference = np.zeros(len(labels))
    for fold in track(range(n_folds), "Cross-validation", show=progress):
        test = folds == fold
        train = leak_free(labels, test)
        part = {head: level[train] for head, level in targets.items()}
        fitted = RubricHeads(**heads.get_params()).fit(vectors[train], part)
        for head, probabilities in fitted.predict_proba(vectors[test]).items():
            held_out[head][test] = probabilities
        reference[test] = _kernel_ridge(vectors[train], BETA_OF_LEVEL[targets["human"][train]], vectors[test])
    final = RubricHeads(**heads.get_params()).fit(vectors, targets, encoder_hash=encoder.weights_hash)
    final.beta_quantile_ = conformal_quantile(held_out["human"], BETA_OF_LEVEL[targets["human"]])
    predictions = labels[["onetsoc_code", "task_id"]].assign(
        fold=folds,
        beta_human=held_out["human"] @ BETA_OF_LEVEL,
        beta_gpt4=held_out["gpt4"] @ BETA_OF_LEVEL,
        reference=reference,
    )
    figures = measure(labels, predictions, held_out["human"])
    split = (
        f"{n_folds} folds of SOC codes dealt within major groups, seed {seed}; texts shared with a held-out occupation are left "
        "out of training; these heads were then fitted on all labelled tasks"
    )
    return TrainedHeads(final, figures, predictions, _card(labels, final, figures, split))


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
    reference = _kernel_ridge(
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
    card = _card(labels, heads, figures, split) | {"tuning": asdict(settings), "curve": tuned.curve.round(4).to_dict("records")}
    return TrainedHeads(heads, figures, predictions, card)


def label_levels(labels: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the level numbers (n,) of each head's labels, -1 where missing."""
    return {head: pd.Categorical(labels[head], categories=list(levels)).codes.astype(int) for head, levels in LEVELS.items()}


def conformal_quantile(probabilities: np.ndarray, beta: np.ndarray, coverage: float = COVERAGE) -> float:
    """Return the quantile of |y - beta| / sd that covers `coverage` of new labels (finite-sample corrected)."""
    scores = np.abs(beta - probabilities @ BETA_OF_LEVEL) / label_spread(probabilities)
    return float(np.quantile(scores, min(np.ceil((len(scores) + 1) * coverage) / len(scores), 1), method="higher"))


def measure(labels: pd.DataFrame, predictions: pd.DataFrame, probabilities: np.ndarray) -> pd.DataFrame:
    """Return agreement on held-out tasks, one row per fold and one named ``all``.

    Columns: fold, n_tasks, n_occupations; Pearson correlation with human beta over tasks and over O*NET-SOC occupations
    (weight 2 for Core, 1 otherwise) of this model (``task_r``, ``occupation_r``), of kernel ridge on the same vectors and
    folds (``reference_*``) and of GPT-4's own labels (``gpt4_*``); correlation of the GPT-4 head with GPT-4's labels
    (``gpt4_head_task_r``); share of tasks whose most probable label is the human one (``accuracy``) and mean
    cross-entropy in nats (``cross_entropy``).
    """
    levels = label_levels(labels)
    table = predictions.assign(
        human=BETA_OF_LEVEL[levels["human"]],
        gpt4=BETA_OF_LEVEL[levels["gpt4"]],
        level=levels["human"],
        weight=np.where(labels["task_type"] == "Core", 2.0, 1.0),
        hit=probabilities.argmax(axis=1) == levels["human"],
        surprise=-np.log(np.maximum(probabilities[np.arange(len(labels)), levels["human"]], 1e-12)),
    )
    rows = [_agreement(str(fold), part) for fold, part in table.groupby("fold")]
    return pd.DataFrame([*rows, _agreement("all", table)])


def _agreement(name: str, table: pd.DataFrame) -> dict[str, Any]:
    occupations = _occupation_means(table, ["human", "beta_human", "reference", "gpt4"])
    row: dict[str, Any] = {"fold": name, "n_tasks": len(table), "n_occupations": len(occupations)}
    for prefix, column in (("", "beta_human"), ("reference_", "reference"), ("gpt4_", "gpt4")):
        row[f"{prefix}task_r"] = _pearson(table[column], table["human"])
        row[f"{prefix}occupation_r"] = _pearson(occupations[column], occupations["human"])
    row["gpt4_head_task_r"] = _pearson(table["beta_gpt4"], table["gpt4"])
    return row | {"accuracy": float(table["hit"].mean()), "cross_entropy": float(table["surprise"].mean())}


def _occupation_means(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    weighted = table[columns].multiply(table["weight"], axis=0).groupby(table["onetsoc_code"]).sum()
    return weighted.divide(table.groupby("onetsoc_code")["weight"].sum(), axis=0)


def _pearson(left: pd.Series, right: pd.Series) -> float:
    return float(np.corrcoef(left, right)[0, 1])


def _kernel_ridge(train: np.ndarray, beta: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Return kernel ridge predictions (RBF, gamma 1, lambda 1): the floor that the heads have to beat."""
    from sklearn.kernel_ridge import KernelRidge

    model = KernelRidge(kernel="rbf", gamma=1.0, alpha=1.0).fit(train.astype("f8"), beta)
    return np.asarray(model.predict(test.astype("f8")))


def _card(labels: pd.DataFrame, heads: RubricHeads, figures: pd.DataFrame, split: str) -> dict[str, Any]:
    return {
        "data": {
            "source": "Eloundou, Manning, Mishkin, Rock (2024), GPTs are GPTs, doi:10.1126/science.adj0998; MIT licence",
            "n_tasks": len(labels),
            "n_soc_codes": int(labels["soc_code"].nunique()),
        },
        "split": split,
        "encoder_hash": heads.encoder_hash_,
        "settings": heads.get_params(),
        "interval_quantile": heads.beta_quantile_,
        "figures": figures.round(4).to_dict(orient="records"),
    }
