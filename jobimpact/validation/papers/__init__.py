"""Published figures, computed anew from the publishers' files: one module per paper or family of papers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobimpact.validation.papers import acemoglu, disagreement, eloundou, ilo, indices, usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobimpact.sources.store.inputs import Inputs
    from jobimpact.validation.papers.figure import Figure

# What data/replications.toml calls id and item.
FIGURES: Final[Mapping[str, Mapping[str, Callable[[Inputs], Figure]]]] = {
    "eloundou-occupations": eloundou.OCCUPATIONS,
    "eloundou-agreement": eloundou.AGREEMENT,
    "eloundou-means": eloundou.MEANS,
    "eloundou-workers": eloundou.WORKERS,
    "aei-2025": usage.FIGURES,
    "microsoft-e1": indices.MICROSOFT,
    "felten-lm": indices.FELTEN,
    "ilo-2025": ilo.FIGURES,
    "acemoglu-2024": acemoglu.FIGURES,
    "disagreement": disagreement.FIGURES,
}
