"""The trained model on disk, with what belongs beside its heads and the model card that says what it is and how good."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jobimpact.exposure.doubt.domain import DomainGauge
from jobimpact.exposure.heads.components import VarianceComponents, write_components
from jobimpact.files import written_whole
from jobimpact.paths import packaged
from jobimpact.training.audit import audit
from jobimpact.training.noise import noise_ceiling
from jobimpact.training.occupation_errors import fit_variance_components, measure_mean_coverage
from jobimpact.training.usage import TrainedUsage, train_usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from jobimpact.exposure.encoder.sentence import Encoder
    from jobimpact.training.heads import TrainedHeads

_INTENDED = """\
Scores say how a rater with the rubric of Eloundou et al. would label a task: whether a language model could halve the time it
takes, alone (E1) or with software built on it (E2). They do not say that a job will be lost, that anybody uses such a model, or
when. The raters judged American task statements in English in 2023; other languages and much later tools are outside what
was learnt. Predictions lie closer to the middle than raters' labels: shares of jobs above a high cut come out low.
"""
_ENCODER = {
    "tuned": "all-MiniLM-L6-v2 with a low-rank adapter trained together with the heads; weights and adapter have",
    "frozen": "The encoder as published; its weights have",
}
_COMPARED = {"this model": "", "kernel ridge on the encoder as published": "reference_", "GPT-4's own labels": "gpt4_"}
_FIGURES = {
    "n_tasks": "tasks", "n_occupations": "occupations", "task_r": "task r", "occupation_r": "occupation r",
    "gpt4_head_task_r": "GPT-4 head, task r", "gpt4_head_occupation_r": "GPT-4 head, occupation r", "accuracy": "accuracy",
    "precision": "precision (macro)", "recall": "recall (macro)", "f1": "F1 (macro)", "cross_entropy": "cross-entropy, nats",
    "calibration_error": "calibration error", "coverage": "coverage of 90 % interval", "mean_width": "mean width of interval",
}  # fmt: skip


@dataclass(frozen=True)
class FinishedModel:
    """Everything that `jobimpact train` writes but the adapter; `usage` is None without usage data.

    ``components``, ``audit`` and ``mean_coverage`` are of the residuals of held-out predictions.
    """

    trained: TrainedHeads
    gauge: DomainGauge
    components: VarianceComponents
    audit: pd.DataFrame
    ceiling: pd.DataFrame
    mean_coverage: pd.DataFrame
    usage: TrainedUsage | None

    def save(self, folder: Path) -> None:
        """Write ``rubric.npz``, ``domain.npz``, ``usage.npz`` and ``components.json`` into `folder`."""
        usage = None if self.usage is None else self.usage.head
        parts = {"rubric.npz": self.trained.heads, "domain.npz": self.gauge, "usage.npz": usage}
        for name, part in parts.items():
            (folder / name).unlink(missing_ok=True)  # an older model's part would pass for this one's
            if part is not None:
                with written_whole(folder / name) as path:
                    part.save(path)
        write_components(self.components, folder / "components.json")


def finish(
    trained: TrainedHeads,
    labels: pd.DataFrame,
    encoder: Encoder,
    plain: Encoder,
    *,
    usage: pd.DataFrame | None = None,
    demographics: pd.DataFrame | None = None,
    seed: int = 0,
) -> FinishedModel:
    """Fit and measure what goes with `trained` heads.

    `plain` is the `encoder` of the heads as published. Without the table `usage` there is no usage head,
    without `demographics` the audit does not look at the share of women. `seed` is that of folds and
    bootstrap samples.
    """
    texts = labels["task"].tolist()
    vectors = encoder.encode(texts)
    trained_usage = None if usage is None else train_usage(usage, encoder, seed=seed)
    predictions = trained.predictions.reset_index(drop=True)
    return FinishedModel(
        trained,
        DomainGauge(random_state=seed).fit(vectors, labels, encoder_hash=encoder.weights_hash),
        fit_variance_components(predictions),
        audit(predictions, demographics=demographics),
        noise_ceiling(labels, np.asarray(plain.encode(texts)), seed=seed),
        measure_mean_coverage(predictions),
        trained_usage,
    )


def write_model(finished: FinishedModel, folder: Path, adapter: Path | None = None) -> None:
    """Write everything that scoring needs, ``model_card.json``, ``model_card.md`` and a copy of `adapter` into `folder`.

    An adapter that is there and does not belong to the new heads is removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "adapter", ignore_errors=True)
    if adapter is not None:
        shutil.copytree(adapter, folder / "adapter")
    finished.save(folder)
    card = describe_model(finished)
    with written_whole(folder / "model_card.json") as path:
        path.write_text(json.dumps(_null(card), indent=2, allow_nan=False) + "\n", encoding="utf-8")
    with written_whole(folder / "model_card.md") as path:
        path.write_text(model_card(card), encoding="utf-8")


def describe_model(finished: FinishedModel) -> dict[str, Any]:
    """Return the card of `finished` as plain data."""
    return finished.trained.card | {
        "ceiling": _records(finished.ceiling),
        "components": asdict(finished.components),
        "mean_coverage": _records(finished.mean_coverage),
        "audit": _records(finished.audit),
        "usage": None if finished.usage is None else finished.usage.card,
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    rounded = table.round(4).astype(object)
    return rounded.where(rounded.notna(), None).to_dict(orient="records")  # type: ignore[return-value]


def model_card(card: Mapping[str, Any]) -> str:
    """Return the model card as Markdown."""
    figures, data, raters = card["figures"], card["data"], f"Raters: {', '.join(card['raters'])}"
    settings = ", ".join(f"{name} {value}" for name, value in card.get("tuning", card["settings"]).items())
    names = [row["fold"] for row in figures]
    # Heads alone are measured in folds: their last row is all of them.
    test = next((row for row in figures if row["fold"] == "test"), figures[-1])
    on = f"{test['n_tasks']:,} tasks of {test['n_occupations']} occupations ({test['fold']})"
    compared = [(name, test[f"{prefix}task_r"], test[f"{prefix}occupation_r"]) for name, prefix in _COMPARED.items()]
    by_part = [(title, *[row[key] for row in figures]) for key, title in _FIGURES.items()]
    sections = [
        "# Model card: exposure by rubric",
        "Heads on sentence vectors of task texts, one per rater, trained together.",
        f"**Data.** {data['source']}. {data['n_tasks']:,} labelled tasks of {data['n_soc_codes']} SOC codes. {raters}.",
        f"**Encoder.** {_ENCODER['tuned' if 'tuning' in card else 'frozen']} SHA-256 `{card['encoder_hash']}`.",
        f"**Split.** {card['split']}.",
        f"**Settings.** {settings}.",
        "## Agreement with human beta on occupations that were held out",
        f"Pearson correlation; occupations are O*NET-SOC codes, Core tasks weigh 2; {on}.",
        _table(("", "tasks", "occupations"), compared),
        "All figures, by part of the split (kernel ridge and the comparison with GPT-4 are above):",
        _table(("", *names), by_part),
        *_curve(card),
        *_variants(),
        *_ceiling(card),
        *_means(card),
        *_usage(card),
        *_audit(card),
        "## What the scores mean and do not mean",
        _INTENDED.strip(),
    ]
    return "\n\n".join(sections) + "\n"


def _null(value: Any) -> Any:
    """Return `value` with missing numbers as None: JSON knows no NaN."""
    if isinstance(value, dict):
        return {name: _null(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_null(part) for part in value]
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_cell(value) for value in line)} |" for line in lines)


def _columns_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | Mapping[str, str]) -> str:
    """Return the table of these columns; a mapping has the words of the header."""
    header = list(columns.values()) if isinstance(columns, Mapping) else columns
    return _table(header, [[row.get(name, "") for name in columns] for row in rows])


def _cell(value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124 - a missing number
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _curve(card: Mapping[str, Any]) -> list[str]:
    if not card.get("curve"):
        return []
    text = "Loss on training tasks; task r and cross-entropy of the human head on validation."
    return ["## Learning curves", text, _columns_table(card["curve"], list(card["curve"][0]))]


def _variants() -> list[str]:
    """Return the table of variants that were tried, as development wrote it down."""
    stored = tomllib.loads(packaged("data", "variants.toml").read_text(encoding="utf-8"))
    table = _columns_table(stored["variants"], stored["columns"])
    return ["## Variants tried", stored["description"], table, stored["conclusion"]]


def _ceiling(card: Mapping[str, Any]) -> list[str]:
    if not card.get("ceiling"):
        return []
    columns = ("level", "method", "reliability", "ceiling_r", "low", "high", "n")
    text = "The highest correlation with single human labels that a predictor can have, given how noisy the labels are."
    return ["## Ceiling set by rater noise", text, _columns_table(card["ceiling"], columns)]


def _means(card: Mapping[str, Any]) -> list[str]:
    if not card.get("mean_coverage"):
        return []
    parts = card["components"]
    text = (
        f"Residuals of tasks in one occupation are alike: relative to the label variance beta (1 - beta), {parts['shared']:.3f} "
        f"is shared, {parts['own']:.3f} each task's own. Standard errors of occupation means include both. How often intervals "
        "hold the mean of the human labels, with the shared part and as if tasks were independent:"
    )
    columns = ("level", "method", "n_occupations", "coverage", "mean_se")
    rows = [row for row in card["mean_coverage"] if row["group"] == "all"]
    return ["## Standard errors of occupation means", text, _columns_table(rows, columns)]


def _usage(card: Mapping[str, Any]) -> list[str]:
    if not card.get("usage"):
        return []
    usage = card["usage"]
    columns = {"part": "part", "n_tasks": "tasks", "weighted_r": "r, weighted",
               "weighted_ceiling": "its ceiling", "r": "r", "ceiling": "its ceiling ",
               "weighted_mae": "mean abs. error, weighted", "weighted_baseline_mae": "that of the mean"}  # fmt: skip
    text = (
        f"Share of AI use of a task that automates it. {usage['data']['source']}; {usage['data']['n_tasks']:,} tasks. Out of "
        f"sample: {usage['split']}. Weights are the reliabilities of the observed shares; the ceiling is what their noise allows."
    )
    return ["## Automation or augmentation", text, _columns_table(usage["figures"], columns)]


def _audit(card: Mapping[str, Any]) -> list[str]:
    if not card.get("audit"):
        return []
    columns = ("dimension", "group", "group_title", "n_tasks", "n_occupations", "bias", "bias_low", "bias_high", "p_adjusted",
               "coverage", "mean_width", "flag", "established")  # fmt: skip
    present = [name for name in columns if name in card["audit"][0]]
    flagged = [row for row in card["audit"] if row["flag"]]
    sure = [row for row in flagged if row["established"]]
    text = (
        f"Mean of predicted minus human beta in held-out tasks. {len(flagged)} of {len(card['audit'])} groups lie beyond 0.05; "
        f"{len(sure)} of them differ from zero beyond chance after correction for looking at {len(card['audit'])} groups"
        + (": " + "; ".join(f"{row['group_title']} ({row['bias']:+.3f})" for row in sure) if sure else "")
        + "."
    )
    return ["## Audit", text, _columns_table(card["audit"], present)]
