"""A study beside published indices: `compare` reads the study and the indices at hand and measures how far they agree."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import StudyError
from jobimpact.estimates.means.occupations import MEASURES
from jobimpact.results import Result
from jobimpact.sources.store.inputs import Inputs
from jobimpact.study import open_study
from jobimpact.validation.compare.compare import STUDY, Comparison, compare_indices
from jobimpact.validation.compare.published import load_published

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from pathlib import Path

    from jobimpact.study import Study

Measure = Literal["alpha", "beta", "gamma", "automation"]

_CORRELATIONS = {
    "pearson": "Pearson", "spearman": "Spearman", "pearson_emp": "Pearson, jobs", "spearman_emp": "Spearman, jobs"
}  # fmt: skip
_NAMED = 3  # occupations that a note names for each index


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class StudyComparison(Result):
    """A study beside published indices.

    Attributes
    ----------
    table
        Table ``index_pairs``: the study with each index first, then the indices with each other.
    comparison
        The same with coverage, disagreements by name, and the indices that are at hand and those that are not.
    origin
        Path, measure, rater, tasks and employment of the study.
    """

    comparison: Comparison
    origin: Mapping[str, Any]

    def headline_rows(self) -> pd.DataFrame:
        """Return the study's own pairs as they are printed."""
        pairs = self.table[self.table["voice_a"] == STUDY].reset_index(drop=True)
        rows = pd.DataFrame({"index": pairs["voice_b"], "n": pairs["n_matched"]})
        rows = rows.assign(**{"jobs, m": (pairs["emp_in_common"] / 1e6).map("{:.1f}".format)})
        rows = rows.assign(**{"left out": (100 * pairs["emp_without_partner"]).map("{:.1f} %".format)})
        cells = {name: [_interval(row, kind) for row in pairs.to_dict("records")] for kind, name in _CORRELATIONS.items()}
        return rows.assign(**cells)

    def to_record(self) -> dict[str, Any]:
        """Return everything as JSON holds it."""
        return {"study": dict(self.origin), **self.comparison.to_records()}


def compare(
    study: Study | str | Path,
    *,
    measure: Measure = "beta",
    n: int | None = None,
    data: str | Path | None = None,
    progress: bool = False,
) -> StudyComparison:
    """Compare a study's exposure with published indices, and these with each other.

    Parameters
    ----------
    study
        A study or its folder.
    measure
        Exposure of the study that is compared.
    n
        Disagreements to name for each pair; by default 10, of which notes name 3.
    data
        Folder with publishers' files under their own names, which comes before the data folder.
    progress
        Whether a bar counts the pairs.

    Returns
    -------
    StudyComparison
        Pearson and Spearman correlations, over occupations and over jobs, with intervals; see
        :func:`jobimpact.validation.compare.compare.compare_indices`.

    Raises
    ------
    StudyError
        If there is no such study, or its manifest does not say what its scores are.

    Examples
    --------
    >>> compare("reports/study", measure="alpha").table  # doctest: +SKIP
    """
    source = open_study(study)
    origin = _origin(source, measure)
    comparison = compare_indices(
        source["occupations"], load_published(Inputs(data)), column=MEASURES[measure], n=n, progress=progress
    )
    level = 100 * assumption("compare", "confidence")
    title = (
        f"{origin['path']}: exposure ({measure}) by rater {origin['rater']} on tasks of {origin['tasks']}, beside "
        f"{len(comparison.voices)} published indices; jobs of OEWS {origin['employment']}; intervals of {level:.0f} %"
    )
    notes = (*_disagreements(comparison, _NAMED if n is None else n), *_descriptions(comparison))
    return StudyComparison(title=title, table=comparison.pairs, notes=notes, comparison=comparison, origin=origin)


def _origin(study: Study, measure: Measure) -> dict[str, Any]:
    """Return what the study's scores are, or raise StudyError where its manifest does not say so."""
    inputs = study.manifest.get("inputs", {})
    origin = {
        "path": str(study.path),
        "measure": measure,
        "rater": study.manifest.get("parameters", {}).get("rater"),
        "tasks": inputs.get("tasks", {}).get("name"),
        "employment": inputs.get("employment", {}).get("release"),
    }
    if missing := [name for name, value in origin.items() if value is None]:
        raise StudyError(f"{study.path}: its manifest does not name the {missing[0]}; expected what a run writes: run it again")
    return origin


def _disagreements(comparison: Comparison, n: int) -> list[str]:
    """Return a sentence for each index: where it and the study differ most."""
    rows = comparison.disagreements
    return [
        f"Largest differences from {index} (percentile over jobs in the study, in the index): "
        + "; ".join(
            f"{row['title']} {100 * row['percentile_a']:.0f}, {100 * row['percentile_b']:.0f}"
            for row in pairs.head(n).to_dict("records")
        )
        for index, pairs in rows[rows["voice_a"] == STUDY].groupby("voice_b", sort=False)
    ]


def _descriptions(comparison: Comparison) -> list[str]:
    at_hand = [f"{row.voice}: {row.index_title} ({row.origin}). {row.caveat}" for row in comparison.voices.itertuples()]
    absent = [f"{row.voice}: not here: {row.index_title}: run {row.command}" for row in comparison.absent.itertuples()]
    return at_hand + absent


def _interval(row: Mapping[Hashable, Any], kind: str) -> str:
    if math.isnan(row[kind]):
        return "-"
    return f"{row[kind]:.2f} [{row[kind + '_low']:.2f}, {row[kind + '_high']:.2f}]"
