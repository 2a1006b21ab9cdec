"""A study's exposure beside published indices: how far they agree, over which jobs, and where they differ by name."""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Final, Literal

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError, StudyError
from jobimpact.estimates.means.occupations import MEASURES
from jobimpact.progress import track
from jobimpact.results import Result, records
from jobimpact.sources.store.inputs import Inputs
from jobimpact.study import Study, open_study
from jobimpact.tables import check_table, table_columns
from jobimpact.validation.compare.correlation import Agreement, employment_percentiles, measure_agreement
from jobimpact.validation.compare.published import Published, load_published

Measure = Literal["alpha", "beta", "gamma", "automation"]

STUDY: Final = "study"
_NEEDED = ("soc_code", "title", "tot_emp")
_CORRELATIONS = {
    "pearson": "Pearson", "spearman": "Spearman", "pearson_emp": "Pearson, jobs", "spearman_emp": "Spearman, jobs"
}  # fmt: skip
_NAMED = 3  # occupations that a note names for each index


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Comparison(Result):
    """A study beside published indices.

    Attributes
    ----------
    table
        Table ``index_pairs``: the study with each index first, then the indices with each other.
    coverage
        Table ``index_coverage``: the occupations and jobs that each speaks of.
    disagreements
        Table ``index_disagreements``: for each pair the occupations on which the two differ most.
    voices, absent
        Tables ``index_voices`` and ``absent_indices``: what is at hand, and what is not.
    origin
        Path, measure, rater, tasks and employment of the study.
    """

    coverage: pd.DataFrame
    disagreements: pd.DataFrame
    voices: pd.DataFrame
    absent: pd.DataFrame
    origin: Mapping[str, Any] = field(default_factory=dict)

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
        names = ("coverage", "disagreements", "voices", "absent")
        tables = {name: records(getattr(self, name)) for name in names}
        return {"study": dict(self.origin), "pairs": records(self.table), **tables}


def compare(
    study: Study | str | Path,
    *,
    measure: Measure = "beta",
    n: int | None = None,
    data: str | Path | None = None,
    progress: bool = False,
) -> Comparison:
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
    Comparison
        Pearson and Spearman correlations, over occupations and over jobs, with intervals; see
        :func:`jobimpact.validation.compare.compare.compare_indices`.

    Raises
    ------
    StudyError
        If there is no such study, or its manifest does not say what its scores are.

    Examples
    --------
    >>> comparison = compare("reports/study", n=0)
    >>> comparison.table[["n_matched", "pearson"]].head(1).round(1).to_numpy().tolist()
    [[191.0, 0.9]]
    """
    source = open_study(study)
    inputs = source.manifest.get("inputs", {})
    origin = {
        "path": str(source.path),
        "measure": measure,
        "rater": source.manifest.get("parameters", {}).get("rater"),
        "tasks": inputs.get("tasks", {}).get("name"),
        "employment": inputs.get("employment", {}).get("release"),
    }
    if missing := [name for name, value in origin.items() if value is None]:
        raise StudyError(f"{source.path}: its manifest does not name the {missing[0]}; expected what a run writes: run it again")
    comparison = compare_indices(
        source["occupations"], load_published(Inputs(data)), column=MEASURES[measure], n=n, progress=progress
    )
    level = 100 * assumption("compare", "confidence")
    title = (
        f"{origin['path']}: exposure ({measure}) by rater {origin['rater']} on tasks of {origin['tasks']}, beside "
        f"{len(comparison.voices)} published indices; jobs of OEWS {origin['employment']}; intervals of {level:.0f} %"
    )
    return replace(comparison, title=title, origin=origin)


def compare_indices(
    occupations: pd.DataFrame,
    published: Published,
    *,
    column: str = "exposure_beta",
    n: int | None = None,
    progress: bool = False,
) -> Comparison:
    """Compare a study's exposure in `column` with published indices and these with each other.

    Pairs with fewer than ``fewest_common`` occupations in common have no correlation. `n` occupations are
    named for each pair. Draws, seed and confidence are assumptions of data/compare.toml.
    """
    missing = [name for name in (*_NEEDED, column) if name not in occupations]
    if missing:
        raise InputError(f"found no column {missing[0]!r} in the occupations; expected {', '.join((*_NEEDED, column))}")
    if occupations[column].isna().all():
        raise InputError(f"no occupation of the study has {column}; expected scored tasks: run `jobimpact run` first")
    if published.voices.empty:
        raise InputError("found no published index; expected at least one at hand: run `jobimpact sources pull` or `sources add`")
    values = _wide(occupations, published, column)
    jobs = occupations.set_index("soc_code")[["title", "tot_emp"]].reindex(values.index)
    employment = jobs["tot_emp"].fillna(0.0)
    total = float(occupations["tot_emp"].sum())
    if not total > 0:
        raise InputError("no occupation of the study has employment; expected tot_emp in its occupations: run `jobimpact run`")
    top = assumption("compare", "disagreements") if n is None else n
    rows, differences = [], []
    pairs = list(combinations(values.columns, 2))
    for a, b in track(pairs, "Comparing", show=progress):
        both = values[[a, b]].dropna()
        rows.append(_pair(both, employment[both.index], total))
        differences.append(_disagreements(both, jobs.loc[both.index], top))
    disagreements = pd.concat(differences, ignore_index=True)[table_columns("index_disagreements")]
    notes = _disagreement_notes(disagreements, _NAMED if n is None else n)
    return Comparison(
        title=f"{column} beside {len(published.voices)} published indices",
        table=check_table("index_pairs", pd.DataFrame(rows, columns=table_columns("index_pairs"))),
        notes=(*notes, *_descriptions(published)),
        coverage=_coverage(values, employment, total),
        disagreements=check_table("index_disagreements", disagreements),
        voices=published.voices,
        absent=published.absent,
    )


def _wide(occupations: pd.DataFrame, published: Published, column: str) -> pd.DataFrame:
    """Return the study and each index in a column, by OEWS code; nothing that either has is left out."""
    study_values = occupations.set_index("soc_code")[column].rename(STUDY).astype("float64")
    columns = [study_values]
    for voice in published.voices["voice"]:
        rows = published.indices[published.indices["voice"] == voice]
        columns.append(rows.set_index("soc_code")["index_value"].rename(voice))
    # An outer join: an occupation that only one index speaks of counts in its coverage.
    return pd.concat(columns, axis=1, join="outer").sort_index()


def _pair(both: pd.DataFrame, employment: pd.Series, total: float) -> dict[str, object]:
    a, b = both.columns
    matched = float(employment.sum())
    row: dict[str, object] = {
        "voice_a": a, "voice_b": b, "n_matched": len(both), "emp_in_common": matched,
        # Sums in another order can differ in the last place, which must not make a part of less than nothing.
        "emp_without_partner": max(0.0, 1 - matched / total),
    }  # fmt: skip
    names = [f"{kind}{end}" for kind in Agreement.__dataclass_fields__ for end in ("", "_low", "_high")]
    if len(both) < assumption("compare", "fewest_common"):
        return {**row, **dict.fromkeys(names, float("nan"))}
    agreement = measure_agreement(
        both[a].to_numpy(),
        both[b].to_numpy(),
        employment.to_numpy(),
        confidence=assumption("compare", "confidence"),
        draws=assumption("compare", "draws"),
        seed=(assumption("compare", "seed"), f"{a}|{b}"),
    )
    numbers = [number for kind in Agreement.__dataclass_fields__ for number in getattr(agreement, kind)]
    return {**row, **dict(zip(names, numbers, strict=True))}


def _disagreements(both: pd.DataFrame, jobs: pd.DataFrame, n: int) -> pd.DataFrame:
    """Return the `n` occupations with employment whose percentiles in the two columns differ most."""
    # Of occupations that nobody works in no percentile of employment can be said.
    both = both[jobs["tot_emp"] > 0]
    jobs = jobs.loc[both.index]
    a, b = both.columns
    employment = jobs["tot_emp"].to_numpy()
    percentiles = {name: employment_percentiles(both[name].to_numpy(), employment) for name in (a, b)}
    table = pd.DataFrame(
        {
            "voice_a": a, "voice_b": b, "soc_code": both.index, "title": jobs["title"].to_numpy(), "tot_emp": employment,
            "percentile_a": percentiles[a], "percentile_b": percentiles[b], "percentile_gap": percentiles[a] - percentiles[b],
        }
    )  # fmt: skip
    order = table["percentile_gap"].abs().sort_values(ascending=False, kind="stable").index[:n]
    table = table.loc[order].reset_index(drop=True)
    return table.assign(gap_rank=range(1, len(table) + 1))


def _coverage(values: pd.DataFrame, employment: pd.Series, total: float) -> pd.DataFrame:
    covered = values.notna()
    jobs = covered.multiply(employment, axis=0).sum()
    table = pd.DataFrame(
        {"voice": values.columns, "n_spoken": covered.sum().to_numpy(), "emp_spoken": jobs.to_numpy(),
         "emp_spoken_share": (jobs / total).clip(upper=1.0).to_numpy()}
    )  # fmt: skip
    return check_table("index_coverage", table[table_columns("index_coverage")])


def _disagreement_notes(rows: pd.DataFrame, n: int) -> list[str]:
    """Return a sentence for each index: where it and the study differ most."""
    return [
        f"Largest differences from {index} (percentile over jobs in the study, in the index): "
        + "; ".join(
            f"{row['title']} {100 * row['percentile_a']:.0f}, {100 * row['percentile_b']:.0f}"
            for row in pairs.head(n).to_dict("records")
        )
        for index, pairs in rows[rows["voice_a"] == STUDY].groupby("voice_b", sort=False)
    ]


def _descriptions(published: Published) -> list[str]:
    at_hand = [f"{row.voice}: {row.index_title} ({row.origin}). {row.caveat}" for row in published.voices.itertuples()]
    absent = [f"{row.voice}: not here: {row.index_title}: run {row.command}" for row in published.absent.itertuples()]
    return at_hand + absent


def _interval(row: Mapping[Hashable, Any], kind: str) -> str:
    if math.isnan(row[kind]):
        return "-"
    return f"{row[kind]:.2f} [{row[kind + '_low']:.2f}, {row[kind + '_high']:.2f}]"
