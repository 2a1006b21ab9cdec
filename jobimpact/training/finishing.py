"""What belongs to a trained model beside its heads: gauge, usage head, variance components, noise ceiling, audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jobimpact.exposure.doubt.domain import DomainGauge
from jobimpact.training.audit.audit import audit
from jobimpact.training.audit.noise import noise_ceiling
from jobimpact.training.audit.occupation_errors import fit_variance_components, measure_mean_coverage

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from jobimpact.exposure.encoder.sentence import Encoder
    from jobimpact.exposure.heads.components import VarianceComponents
    from jobimpact.exposure.heads.usage import UsageHead
    from jobimpact.training.heads import TrainedHeads


@dataclass(frozen=True)
class FinishedModel:
    """Everything that `jobimpact train` writes but the adapter.

    Attributes
    ----------
    trained
        Heads, figures, held-out predictions.
    gauge
        Of what the model learnt from, fitted on vectors of the final encoder.
    components
        Of the residuals of held-out predictions.
    audit
        Table ``audit`` of the held-out predictions.
    ceiling
        Of :func:`jobimpact.training.audit.noise.noise_ceiling`.
    mean_coverage
        Of :func:`jobimpact.training.audit.occupation_errors.measure_mean_coverage`.
    usage
        Head of the share of AI use that is automation, with its figures, where usage data were given.
    """

    trained: TrainedHeads
    gauge: DomainGauge
    components: VarianceComponents
    audit: pd.DataFrame
    ceiling: pd.DataFrame
    mean_coverage: pd.DataFrame
    usage: UsageHead | None
    usage_card: dict[str, Any] | None

    def save(self, folder: Path) -> None:
        """Write ``rubric.npz``, ``domain.npz``, ``usage.npz`` and ``components.json`` into `folder`."""
        from jobimpact.exposure.heads.components import write_components
        from jobimpact.files import written_whole

        parts: dict[str, Any] = {"rubric.npz": self.trained.heads, "domain.npz": self.gauge, "usage.npz": self.usage}
        for name, part in parts.items():
            (folder / name).unlink(missing_ok=True)
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

    Parameters
    ----------
    trained
        Heads with held-out predictions.
    labels
        Table ``labels`` that they were trained on.
    encoder, plain
        The encoder of the heads, and the same as published.
    usage
        Table ``task_usage``; without it there is no usage head.
    demographics
        Table ``demographics``; without it the audit does not look at the share of women.
    seed
        Of folds and bootstrap samples.
    """
    texts = labels["task"].tolist()
    vectors = encoder.encode(texts)
    head: UsageHead | None = None
    usage_card: dict[str, Any] | None = None
    if usage is not None:
        from jobimpact.training.usage.training import train_usage

        used = train_usage(usage, encoder, seed=seed)
        head, usage_card = used.head, used.card
    predictions = trained.predictions.reset_index(drop=True)
    return FinishedModel(
        trained,
        DomainGauge(random_state=seed).fit(vectors, labels, encoder_hash=encoder.weights_hash),
        fit_variance_components(predictions),
        audit(predictions, demographics=demographics),
        noise_ceiling(labels, np.asarray(plain.encode(texts)), seed=seed),
        measure_mean_coverage(predictions),
        head,
        usage_card,
    )
