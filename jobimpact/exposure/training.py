"""Training of the heads, with the figures that say how good they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jobimpact.exposure.rubric import BETA_OF_LEVEL, LEVELS, RubricHeads, label_spread
from jobimpact.exposure.splits import assign_folds, leak_free
from jobimpact.progress import track

if TYPE_CHECKING:
    from jobimpact.exposure.encoder import Encoder

COVERAGE = 0.90


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
        reference[test] = kernel_ridge(vectors[train], BETA_OF_LEVEL[targets["human"][train]], vectors[test])
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
    return TrainedHeads(final, figures, predictions, describe_heads(labels, final, figures, split))


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


def kernel_ridge(train: np.ndarray, beta: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Return kernel ridge predictions (RBF, gamma 1, lambda 1): the floor that the heads have to beat."""
    from sklearn.kernel_ridge import KernelRidge

    model = KernelRidge(kernel="rbf", gamma=1.0, alpha=1.0).fit(train.astype("f8"), beta)
    return np.asarray(model.predict(test.astype("f8")))


def describe_heads(labels: pd.DataFrame, heads: RubricHeads, figures: pd.DataFrame, split: str) -> dict[str, Any]:
    """Return what the model card states of trained heads."""
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
