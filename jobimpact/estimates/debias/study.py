"""Estimates of a study that are valid for a person's own judgement: draw tasks to label, then debias with the labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.debias.label_sample import draw_tasks_to_label, task_jobs
from jobimpact.estimates.debias.prediction_powered import debias_estimates
from jobimpact.estimates.means.cells import check_release
from jobimpact.estimates.means.populations import study_populations
from jobimpact.facts.codes import published_codes
from jobimpact.results import Result, records
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.jobs.memberships import make_memberships, read_traits
from jobimpact.sources.usertables import read_user_table
from jobimpact.study import open_study
from jobimpact.tables import read_dictionary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobimpact.estimates.means.populations import Population
    from jobimpact.sources.jobs.employment import EmploymentLevel
    from jobimpact.study import Study

LabelMeasure = Literal["alpha", "beta", "gamma"]

_LEVELS: tuple[EmploymentLevel, ...] = ("national", "sector", "state")
_TITLES = {
    "occupations": "title", "sectors": "naics_title", "areas": "area_title", "industries": "naics_title", "groups": "group_title"
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Debiased(Result):
    """Means that are valid for the labels of a person, whatever the model predicts.

    Attributes
    ----------
    table
        Table ``debiased``; estimates with too few labels are missing and not left out.
    """

    def headline_rows(self) -> pd.DataFrame:
        """Return the estimates that have labels enough, as they are printed."""
        rows = self.table.dropna(subset=["point_estimate"]).reset_index(drop=True)
        columns = {"plug_in": "predictions alone", "labels_only": "labels alone"}
        intervals = [f"{low:.3f} to {high:.3f}" for low, high in zip(rows["estimate_low"], rows["estimate_high"], strict=True)]
        shown = rows[["table_name", "row_title"]].assign(estimate=rows["point_estimate"].map("{:.3f}".format), interval=intervals)
        shown = shown.assign(**{title: rows[column].map("{:.3f}".format) for column, title in columns.items()})
        return shown.assign(labels=rows["n_labels"])

    def to_records(self) -> list[dict[str, Any]]:
        """Return one record per estimate for JSON."""
        return records(self.table)


def draw_labels(
    study: Study | str | Path, n: int, *, strata: str | None = None, by_employment: bool = False, seed: int | None = None
) -> pd.DataFrame:
    """Draw tasks of a study for a person to label.

    Parameters
    ----------
    study
        A study or its folder.
    n
        Tasks to draw.
    strata
        Draw from each value of this column of the tasks, such as ``soc_major``.
    by_employment
        Draw tasks in proportion to the jobs they stand for: means over jobs then need far fewer labels.
    seed
        Of the draw.

    Returns
    -------
    pandas.DataFrame
        Table ``label_sheet``, whose empty column ``label`` is to be filled with E0, E1 or E2 and given to :func:`debias`.

    Raises
    ------
    InputError
        If there are fewer tasks than `n`, or no column `strata`.

    Examples
    --------
    >>> draw_labels("reports/study", 300, by_employment=True).to_csv("sheet.csv", index=False)  # doctest: +SKIP
    """
    source = open_study(study)
    tasks = source["tasks"]
    if by_employment:
        tasks = tasks.assign(jobs=task_jobs(tasks, published_codes(tasks["soc_code"]), source["occupations"]))
    return draw_tasks_to_label(tasks, n, seed, strata=strata, size="jobs" if by_employment else None)


def debias(
    study: Study | str | Path,
    labels: pd.DataFrame | str | Path,
    *,
    measure: LabelMeasure = "beta",
    gaps: Sequence[str] = (),
    encoding: str = "utf-8-sig",
) -> Debiased:
    """Estimate the means of a study with the labels of drawn tasks, so that their intervals hold for those labels.

    Parameters
    ----------
    study
        A study or its folder.
    labels
        The sheet of :func:`draw_labels` with its column ``label`` filled, or its file.
    measure
        What labels are worth: ``beta`` counts E2 half.
    gaps
        Differences that are estimated too, such as ``sectors:52 - 23``: a table and two of its rows.
    encoding
        Of a CSV, TSV or JSONL file.

    Returns
    -------
    Debiased
        See :func:`jobimpact.estimates.debias.prediction_powered.debias_estimates`.

    Raises
    ------
    InputError
        If a label is none, a task is not of the study, or a gap names no rows.

    Examples
    --------
    >>> debias("reports/study", "sheet.csv", gaps=["sectors:52 - 23"]).table  # doctest: +SKIP
    """
    source, pairs = open_study(study), _pairs(gaps)
    sheet = labels if isinstance(labels, pd.DataFrame) else read_user_table(Path(labels), encoding=encoding)
    populations = _populations(source)
    if unknown := sorted(set(pairs) - {population.table_name for population in populations}):
        raise InputError(
            f"{{gaps}} names the table {unknown[0]!r}; expected occupations, groups, sectors, areas or industries",
            parameters=["gaps"],
        )
    tasks = source["tasks"]
    table = debias_estimates(
        tasks, sheet, published_codes(tasks["soc_code"]), populations, measure=measure, gaps=pairs, titles=_titles(source)
    )
    missing = int(table["point_estimate"].isna().sum())
    return Debiased(
        title=f"Exposure ({measure}) by the labels given",
        table=table,
        notes=(f"{missing:,} of {len(table):,} estimates have too few labels and are not stated",),
    )


def _populations(study: Study) -> list[Population]:
    release = str(study.manifest.get("inputs", {}).get("employment", {}).get("release", ""))
    national, sector, state = (check_release(read_employment(level), release) for level in _LEVELS)
    industries = study.tables.get("industries")
    industry = None
    if industries is not None and not industries.empty:
        # Industries may be of another release than the other tables; the study says which.
        industry = check_release(read_employment("industry"), str(industries["release"].iloc[0]))
    traits = make_memberships(read_traits())
    traits = traits[traits["group_type"].isin(study["groups"]["group_type"])]
    memberships = None if traits.empty else traits
    return list(study_populations(study["occupations"], national, sector, state, industry, memberships))


def _titles(study: Study) -> dict[tuple[str, str], str]:
    """Return the name of every row by table and row key."""
    titles = {("tasks", "*"): "All tasks, each counted once"}
    for name, column in _TITLES.items():
        table = study.tables.get(name)
        if table is not None and len(table):
            keys = table[read_dictionary()["tables"][name]["key"]].astype(str).agg("|".join, axis=1)
            titles |= {(name, key): str(title) for key, title in zip(keys, table[column], strict=True)}
    return titles


def _pairs(gaps: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    pairs: dict[str, list[tuple[str, str]]] = {}
    for gap in gaps:
        table, _, rows = gap.partition(":")
        first, minus, second = rows.partition(" - ")
        if not (table and first and minus and second):
            raise InputError(
                f"{{gaps}} {gap!r}: expected a table and two of its rows, such as 'sectors:52 - 23'", parameters=["gaps"]
            )
        if first.strip() == second.strip():
            raise InputError(
                f"{{gaps}} {gap!r}: found {first.strip()} twice; expected two rows, such as 'sectors:52 - 23'",
                parameters=["gaps"],
            )
        pairs.setdefault(table.strip(), []).append((first.strip(), second.strip()))
    return pairs
