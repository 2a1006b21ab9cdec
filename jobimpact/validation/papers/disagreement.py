"""How far five published measures agree on the most exposed occupations: the lists of the 25 highest of each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from jobimpact.assumptions import assumption
from jobimpact.validation.papers.eloundou import SOURCE as LABELS
from jobimpact.validation.papers.eloundou import occupations_of
from jobimpact.validation.papers.figure import Figure, withheld
from jobimpact.validation.papers.indices import (
    FELTEN_SOURCE,
    MICROSOFT_SOURCE,
    aioe_of,
    eloundou_by_soc,
    lm_aioe_of,
    microsoft_of,
    on_soc_2018,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobimpact.sources.store.inputs import Inputs


def top_lists(inputs: Inputs, *, bridged: bool) -> dict[str, set[str]]:
    """Return the codes with the highest values of each measure; the length is the assumption ``top``.

    With `bridged` AIOE and its language-model version, which are on SOC 2010, are carried over to SOC 2018
    first; without, codes are compared as published. Ties at the end of a list are cut by code.
    """
    old = {"aioe": aioe_of(inputs), "lm_aioe": lm_aioe_of(inputs)}
    measures = {
        "human_beta": eloundou_by_soc(inputs, "human_beta"),
        "gpt4_beta": eloundou_by_soc(inputs, "gpt4_beta"),
        **({name: on_soc_2018(inputs, values) for name, values in old.items()} if bridged else old),
        "microsoft": microsoft_of(inputs),
    }
    n: int = assumption("replications", "top")
    return {
        name: set(values.sort_index().sort_values(ascending=False, kind="stable").index[:n]) for name, values in measures.items()
    }


def in_all(inputs: Inputs, *, bridged: bool) -> Figure:
    """Return how many occupations are on every list."""
    return _figure(inputs, len(set.intersection(*top_lists(inputs, bridged=bridged).values())), bridged=bridged)


def in_any(inputs: Inputs, *, bridged: bool) -> Figure:
    """Return how many occupations are on any list."""
    return _figure(inputs, len(set.union(*top_lists(inputs, bridged=bridged).values())), bridged=bridged)


def _figure(inputs: Inputs, count: int, *, bridged: bool) -> Figure:
    note = "AIOE and LM-AIOE bridged to SOC 2018" if bridged else "codes as published, SOC 2010 and SOC 2018 side by side"
    missing = withheld(occupations_of(inputs), "occ_level")
    return Figure(float(count), 5, "lists", (LABELS, FELTEN_SOURCE, MICROSOFT_SOURCE), missing, note)


FIGURES: Final[Mapping[str, Callable[[Inputs], Figure]]] = {
    "in-all": partial(in_all, bridged=False),
    "in-any": partial(in_any, bridged=False),
    "in-all-bridged": partial(in_all, bridged=True),
    "in-any-bridged": partial(in_any, bridged=True),
}
