"""The trained model on disk, with what belongs beside its heads and the model card that says what it is and how good."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jobimpact.assumptions import read_assumptions
from jobimpact.exposure.doubt.domain import DomainGauge
from jobimpact.exposure.encoder.sentence import Encoder
from jobimpact.exposure.heads.components import VarianceComponents, write_components
from jobimpact.files import written_whole
from jobimpact.paths import packaged
from jobimpact.results import plain
from jobimpact.training.audit import audit
from jobimpact.training.heads import TrainedHeads
from jobimpact.training.noise import noise_ceiling
from jobimpact.training.occupation_errors import fit_variance_components, measure_mean_coverage
from jobimpact.training.usage import TrainedUsage, train_usage


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
        path.write_text(json.dumps(plain(card), indent=2, allow_nan=False) + "\n", encoding="utf-8")
    with written_whole(folder / "model_card.md") as path:
        path.write_text(model_card(card), encoding="utf-8")


def describe_model(finished: FinishedModel) -> dict[str, Any]:
    """Return the card of `finished` as plain data."""
    return finished.trained.card | {
        "ceiling": plain(finished.ceiling.round(4).to_dict("records")),
        "components": asdict(finished.components),
        "mean_coverage": plain(finished.mean_coverage.round(4).to_dict("records")),
        "audit": plain(finished.audit.round(4).to_dict("records")),
        "usage": None if finished.usage is None else finished.usage.card,
    }


def model_card(card: Mapping[str, Any]) -> str:
    """Return the model card as Markdown: the template ``model_card.md.j2`` with the figures of `card`."""
    # Markdown has no markup that a figure could break.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(packaged("reporting", "templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["cell"] = _cell
    # Heads alone are measured in folds: their last row is all of them.
    test = next((row for row in card["figures"] if row["fold"] == "test"), card["figures"][-1])
    variants = read_assumptions("variants")  # as development wrote down what was tried
    return environment.get_template("model_card.md.j2").render(card=card, test=test, variants=variants)


def _cell(value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124 - a missing number
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
