"""Handa et al., Which Economic Tasks are Performed with AI? 2025, arXiv 2503.04761: the first Anthropic Economic Index."""

from typing import Final

from jobimpact.sources.labels.usage import (
    AUGMENTATION_MODES,
    AUTOMATION_MODES,
    MODES,
    read_task_shares,
    read_task_usage,
    read_usage_statements,
)
from jobimpact.sources.store.inputs import Inputs
from jobimpact.validation.papers.figure import Figure

_SOURCE: Final = "aei-usage"


def share_of_modes(inputs: Inputs, *, automation: bool) -> Figure:
    """Return the part of use in modes of automation, or of augmentation, of use in any told mode, tasks weighted by use."""
    modes = AUTOMATION_MODES if automation else AUGMENTATION_MODES
    usage = inputs.table(read_task_usage, _SOURCE, "automation_vs_augmentation_by_task.csv*")
    shares = inputs.table(read_task_shares, _SOURCE, "onet_task_mappings.csv*")
    keyed = usage.assign(key=usage["task"].str.lower())[["key", *MODES]]
    both = keyed.merge(shares, left_on="key", right_on="task", how="inner", validate="one_to_one")
    by_mode = both[list(MODES)].multiply(both["pct"], axis=0).sum()
    value = float(by_mode[list(modes)].sum() / by_mode.sum())
    note = f"parts of use of February 2025 on tasks with {both['pct'].sum():.1f} % of it, modes as released in March 2025"
    return Figure(value, len(both), "tasks", (_SOURCE,), note=note)


def occupations_using(inputs: Inputs, part: float) -> Figure:
    """Return the share of occupations of O*NET 20.1 with use of Claude in at least `part` of their tasks."""
    shares = inputs.table(read_task_shares, _SOURCE, "onet_task_mappings.csv*")
    statements = inputs.table(read_usage_statements, _SOURCE, "onet_task_statements*.csv*")
    parts = statements["task"].isin(shares["task"]).groupby(statements["onetsoc_code"]).mean()
    return Figure(float((parts >= part).mean()), len(parts), "occupations", (_SOURCE,))
