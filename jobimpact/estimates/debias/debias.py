"""Estimates of a study that are valid for a person's own judgement, from the labels of drawn tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.debias.prediction_powered import debias_estimates
from jobimpact.estimates.means.cells import check_release
from jobimpact.estimates.means.populations import Population, study_populations
from jobimpact.facts.codes import published_codes
from jobimpact.results import Result, records
from jobimpact.sources.jobs.employment import EmploymentLevel, read_employment
from jobimpact.sources.jobs.memberships import make_memberships, read_traits
from jobimpact.sources.usertables import read_user_table
from jobimpact.study import Study, open_study
from jobimpact.tables import read_dictionary

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
        columns = {"point_estimate": "estimate", "plug_in": "predictions alone", "labels_only": "labels alone"}
        intervals = [f"{low:.3f} to {high:.3f}" for low, high in zip(rows["estimate_low"], rows["estimate_high"], strict=True)]
        estimates = rows[list(columns)].map("{:.3f}".format).rename(columns=columns)
        estimates.insert(1, f"{100 * float(assumption('debiased', 'level')):.0f} % interval", intervals)
        return rows[["table_name", "row_title"]].join(estimates).assign(labels=rows["n_labels"])

    def to_records(self) -> list[dict[str, Any]]:
        """Return one record per estimate for JSON."""
        return records(self.table)


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
        The sheet of :func:`jobimpact.estimates.debias.label_sample.draw_labels` with its column ``label``
        filled, or its file.
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
    >>> from jobimpact import draw_labels
    >>> sheet = draw_labels("reports/study", 300, by_employment=True, seed=1)
    >>> sheet["label"] = ["E1" if "report" in task else "E0" for task in sheet["task"]]
    >>> estimates = debias("reports/study", sheet).table
    >>> nation = estimates.query("row_title == 'All occupations'").iloc[0]
    >>> nation[["plug_in", "point_estimate"]].astype(float).round(1).tolist()
    [0.3, 0.0]
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
        fault = ""
        if not (table and first and minus and second):
            fault = "expected a table and two of its rows"
        elif first.strip() == second.strip():
            fault = f"found {first.strip()} twice; expected two rows"
        if fault:
            raise InputError(f"{{gaps}} {gap!r}: {fault}, such as 'sectors:52 - 23'", parameters=["gaps"])
        pairs.setdefault(table.strip(), []).append((first.strip(), second.strip()))
    return pairs
