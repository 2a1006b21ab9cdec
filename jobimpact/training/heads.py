"""Training of the heads on raters' labels, with the figures that say how good they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from jobimpact.exposure.encoder.sentence import Encoder
from jobimpact.exposure.heads.intervals import BETA_OF_LEVEL, fit_intervals
from jobimpact.exposure.heads.rubric import AUTOMATION_OF_LEVEL, CONSENSUS, GRADES, LEVELS, RubricHeads
from jobimpact.exposure.splits import assign_folds, leak_free
from jobimpact.facts.codes import soc_major
from jobimpact.progress import track
from jobimpact.training.consensus import Consensus

_BINS = 10  # of the calibration error


def label_levels(labels: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the level numbers (n,) of each rater's labels that `labels` has, -1 where missing."""
    return {
        head: pd.Categorical(labels[head], categories=list(levels)).codes.astype(int)
        for head, levels in LEVELS.items()
        if head in labels.columns
    }


def label_targets(labels: pd.DataFrame, known: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return (n, levels) targets of each head: ones and zeros by label, missing rows where a rater gave none.

    The head ``consensus`` learns the pooled probabilities of
    :class:`jobimpact.training.consensus.Consensus`, whose raters' reliability is learnt from the rows of
    the mask `known` (n,), by default all.
    """
    targets = {head: one_hot(levels, len(LEVELS[head])) for head, levels in label_levels(labels).items()}
    pooled = Consensus().fit(labels if known is None else labels[known]).predict_proba(labels)
    return targets | {CONSENSUS: np.asarray(pooled, dtype="f8")}


def one_hot(levels: np.ndarray, n_levels: int) -> np.ndarray:
    """Return (n, n_levels) rows with a one at `levels`; missing where the level is -1."""
    return np.where(levels[:, None] >= 0, np.eye(n_levels)[levels], np.nan)


def rows_of(targets: Mapping[str, np.ndarray], rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return the targets of `rows`, a mask or row numbers."""
    return {head: target[rows] for head, target in targets.items()}


@dataclass(frozen=True)
class TrainedHeads:
    """What training returns: the heads, fitted on all labelled tasks and calibrated on held-out occupations.

    Attributes
    ----------
    figures
        One row per fold and one named ``all``: agreement of held-out predictions with the raters
        (:func:`measure`).
    predictions
        Held-out predictions of every labelled task: see :func:`held_out_table`.
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

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from jobimpact import RubricHeads, read_starter_tasks
    >>> vectors = np.random.default_rng(0).normal(size=(60, 8)).astype("f4")
    >>> encoder = SimpleNamespace(encode=lambda texts: vectors, weights_hash="")
    >>> ratings = np.where(vectors[:, 0] > 0, "E1", "E0")
    >>> labels = read_starter_tasks().head(60).assign(human=ratings, gpt4=ratings)
    >>> trained = train_heads(labels, encoder, RubricHeads(hidden=8, epochs=5, n_members=1), n_folds=2)
    >>> trained.figures[["fold", "n_tasks"]].to_numpy().tolist()
    [['0', 26], ['1', 34], ['all', 60]]
    """
    heads = heads or RubricHeads()
    vectors = encoder.encode(labels["task"].tolist())
    targets = label_targets(labels)
    human = BETA_OF_LEVEL[label_levels(labels)["human"]]
    folds = assign_folds(labels, n_folds=n_folds, seed=seed)
    held_out = cross_fitted(labels, vectors, folds, heads, progress=progress)
    reference = np.zeros(len(labels))
    for fold in np.unique(folds):
        test = folds == fold
        train = leak_free(labels, test)
        reference[test] = kernel_ridge(vectors[train], human[train], vectors[test])
    final = RubricHeads(**heads.get_params()).fit(vectors, targets, encoder_hash=encoder.weights_hash)
    groups = soc_major(labels["soc_code"]).to_numpy(dtype=str)
    final.intervals_, (low, high) = fit_intervals(held_out["human"], vectors, human, groups, folds)
    predictions = held_out_table(labels, held_out, low, high, folds.astype(str)).assign(reference=reference)
    figures = measure(labels, predictions, held_out)
    split = (
        f"{n_folds} folds of SOC codes dealt within major groups, seed {seed}; texts shared with a held-out occupation are left "
        "out of training; these heads were then fitted on all labelled tasks"
    )
    return TrainedHeads(final, figures, predictions, describe_heads(labels, final, figures, split))


def cross_fitted(
    labels: pd.DataFrame, vectors: np.ndarray, folds: np.ndarray, heads: RubricHeads, *, progress: bool = False
) -> dict[str, np.ndarray]:
    """Return, by head, the (n, levels) probabilities of every task by `heads` fitted without its fold and its texts."""
    targets = label_targets(labels)
    held_out = {head: np.zeros(target.shape) for head, target in targets.items()}
    for fold in track(np.unique(folds).tolist(), "Cross-validation", show=progress):
        test = folds == fold
        train = leak_free(labels, test)
        fitted = RubricHeads(**heads.get_params()).fit(vectors[train], rows_of(targets, train))
        for head, probabilities in fitted.predict_proba(vectors[test]).items():
            held_out[head][test] = probabilities
    return held_out


def held_out_table(
    labels: pd.DataFrame, held_out: dict[str, np.ndarray], low: np.ndarray, high: np.ndarray, fold: np.ndarray
) -> pd.DataFrame:
    """Return held-out predictions beside the labels.

    Columns: onetsoc_code, soc_code, task_id, task, task_type; ``fold``; ``human`` (the label as 0, 0.5, 1); ``beta`` (predicted
    for the human rater) with ``beta_low``, ``beta_high``; ``beta_<rater>`` predicted for every other rater; ``automation``.
    """
    raters = [name for name, levels in LEVELS.items() if name in held_out and len(levels) == len(BETA_OF_LEVEL)]
    columns = ["onetsoc_code", "soc_code", "task_id", "task", "task_type"]
    table = labels[columns].assign(
        fold=fold,
        human=BETA_OF_LEVEL[label_levels(labels)["human"]],
        beta=held_out["human"] @ BETA_OF_LEVEL,
        beta_low=low,
        beta_high=high,
        **{f"beta_{rater}": held_out[rater] @ BETA_OF_LEVEL for rater in raters if rater != "human"},
    )
    return table.assign(automation=held_out[GRADES] @ AUTOMATION_OF_LEVEL) if GRADES in held_out else table


def measure(labels: pd.DataFrame, predictions: pd.DataFrame, held_out: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return agreement on held-out tasks, one row per fold and one named ``all``.

    Columns: fold, n_tasks, n_occupations; Pearson correlation with human beta over tasks and over O*NET-SOC occupations
    (weight 2 for Core, 1 otherwise) of this model (``task_r``, ``occupation_r``), of kernel ridge on the encoder as published
    (``reference_*``, missing where it was not run) and of GPT-4's own labels (``gpt4_*``); correlation of the GPT-4 head with
    GPT-4's labels (``gpt4_head_*``); of the human head's most probable label the ``accuracy`` and the unweighted means over
    E0, E1, E2 of ``precision``, ``recall`` and ``f1``; mean ``cross_entropy`` in nats; expected ``calibration_error`` of the
    most probable label over ten bins of equal width (Naeini et al. 2015); ``coverage`` and ``mean_width`` of the intervals.
    """
    levels = label_levels(labels)
    probabilities = held_out["human"]
    table = predictions.assign(
        gpt4=BETA_OF_LEVEL[levels["gpt4"]],
        level=levels["human"],
        said=probabilities.argmax(axis=1),
        sureness=probabilities.max(axis=1),
        weight=core_weights(labels),
        covered=(predictions["beta_low"] <= predictions["human"]) & (predictions["human"] <= predictions["beta_high"]),
        width=predictions["beta_high"] - predictions["beta_low"],
        # A label held for impossible would cost infinity.
        surprise=-np.log(np.maximum(probabilities[np.arange(len(labels)), levels["human"]], 1e-12)),
    )
    parts = [_agreement(str(fold), part) for fold, part in table.groupby("fold")]
    return pd.DataFrame([*parts, _agreement("all", table)])


def _agreement(name: str, table: pd.DataFrame) -> dict[str, Any]:
    pairs = {"": ("beta", "human"), "reference_": ("reference", "human"), "gpt4_": ("gpt4", "human"),
             "gpt4_head_": ("beta_gpt4", "gpt4")}  # fmt: skip
    intervals = {"coverage": float(table["covered"].mean()), "mean_width": float(table["width"].mean())}
    return {"fold": name, **correlations(table, pairs), **_label_figures(table), **intervals}


def correlations(table: pd.DataFrame, pairs: Mapping[str, tuple[str, str]]) -> dict[str, float]:
    """Return the Pearson correlation of each pair of columns over tasks and over means of O*NET-SOC occupations.

    The prefixes of `pairs` stand before ``task_r`` and ``occupation_r``; tasks count by ``weight``.
    """
    columns = list(dict.fromkeys(column for pair in pairs.values() for column in pair))
    by_occupation = table["onetsoc_code"]
    weighted = table[columns].multiply(table["weight"], axis=0).groupby(by_occupation).sum(min_count=1)
    occupations = weighted.divide(table["weight"].groupby(by_occupation).sum(), axis=0)
    figures: dict[str, float] = {"n_tasks": len(table), "n_occupations": len(occupations)}
    for prefix, (left, right) in pairs.items():
        figures[f"{prefix}task_r"] = pearson(table[left], table[right])
        figures[f"{prefix}occupation_r"] = pearson(occupations[left], occupations[right])
    return figures


def core_weights(tasks: pd.DataFrame) -> np.ndarray:
    """Return the (n,) weights of tasks in the mean of their occupation, those of Eloundou et al.'s occ_level.csv."""
    return np.where(tasks["task_type"] == "Core", 2.0, 1.0)


def _label_figures(table: pd.DataFrame) -> dict[str, float]:
    from sklearn.metrics import precision_recall_fscore_support

    hit = (table["said"] == table["level"]).to_numpy()
    precision, recall, f1, _ = precision_recall_fscore_support(
        table["level"], table["said"], labels=range(len(BETA_OF_LEVEL)), average="macro", zero_division=0.0
    )
    bins = np.minimum((table["sureness"].to_numpy() * _BINS).astype(int), _BINS - 1)
    gaps = pd.DataFrame({"gap": hit - table["sureness"].to_numpy()}).groupby(bins)["gap"].sum().abs()
    return {
        "accuracy": float(hit.mean()),
        "precision": float(precision),
        "recall": float(recall),
        "f1": float(f1),
        "cross_entropy": float(table["surprise"].mean()),
        "calibration_error": float(gaps.sum() / len(table)),
    }


def pearson(left: pd.Series, right: pd.Series) -> float:
    """Return the correlation of the rows that have both values."""
    mask = left.notna() & right.notna()
    return float(np.corrcoef(left[mask], right[mask])[0, 1]) if mask.any() else np.nan


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
        "raters": list(heads.heads_),
        "figures": figures.round(4).to_dict(orient="records"),
    }
