"""How far five published measures agree on the most exposed occupations: the lists of the 25 highest of each."""

from jobimpact.assumptions import assumption
from jobimpact.sources.store.inputs import Inputs
from jobimpact.validation.papers.eloundou import SOURCE as LABELS
from jobimpact.validation.papers.eloundou import occupations_of
from jobimpact.validation.papers.figure import Figure, withheld
from jobimpact.validation.papers.indices import (
    FELTEN_SOURCE,
    MICROSOFT_SOURCE,
    eloundou_by_soc,
    index_of,
    on_soc_2018,
)


def top_lists(inputs: Inputs, *, bridged: bool) -> dict[str, set[str]]:
    """Return the codes with the highest values of each measure; the length is the assumption ``top``.

    With `bridged` AIOE and its language-model version, which are on SOC 2010, are carried over to SOC 2018
    first; without, codes are compared as published. Ties at the end of a list are cut by code.
    """
    old = {name: index_of(inputs, name) for name in ("aioe", "lm_aioe")}
    measures = {
        "human_beta": eloundou_by_soc(inputs, "human_beta"),
        "gpt4_beta": eloundou_by_soc(inputs, "gpt4_beta"),
        **({name: on_soc_2018(inputs, values) for name, values in old.items()} if bridged else old),
        "microsoft": index_of(inputs, "microsoft"),
    }
    n: int = assumption("replications", "top")
    return {
        name: set(values.sort_index().sort_values(ascending=False, kind="stable").index[:n]) for name, values in measures.items()
    }


def list_overlap(inputs: Inputs, *, everywhere: bool, bridged: bool) -> Figure:
    """Return how many occupations are on every list, or on any."""
    lists = top_lists(inputs, bridged=bridged).values()
    count = len(set.intersection(*lists) if everywhere else set.union(*lists))
    note = "AIOE and LM-AIOE bridged to SOC 2018" if bridged else "codes as published, SOC 2010 and SOC 2018 side by side"
    missing = withheld(occupations_of(inputs), "occ_level")
    return Figure(float(count), 5, "lists", (LABELS, FELTEN_SOURCE, MICROSOFT_SOURCE), missing, note)
