"""A study's exposure beside published indices: how far they go together, over which jobs, and where they part by name."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.progress import track
from jobimpact.results import records
from jobimpact.tables import check_table, table_columns
from jobimpact.validation.compare.correlation import Agreement, employment_percentiles, measure_agreement

if TYPE_CHECKING:
    from jobimpact.validation.compare.published import Published

STUDY: Final = "study"
_NEEDED = ("soc_code", "title", "tot_emp")


@dataclass(frozen=True)
class Comparison:
    """A study and published indices, pair by pair, all as tables of the dictionary."""

    pairs: pd.DataFrame  # index_pairs: the study with each index first, then the indices with each other
    coverage: pd.DataFrame  # index_coverage: the occupations and jobs that each speaks of
    disagreements: pd.DataFrame  # index_disagreements: where the two of a pair differ most
    voices: pd.DataFrame
    absent: pd.DataFrame

    def to_records(self) -> dict[str, Any]:
        """Return everything as lists of records that JSON can hold."""
        names = ("pairs", "coverage", "disagreements", "voices", "absent")
        return {name: records(getattr(self, name)) for name in names}


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
    rows, parted = [], []
    pairs = list(combinations(values.columns, 2))
    for a, b in track(pairs, "Comparing", show=progress):
        both = values[[a, b]].dropna()
        rows.append(_pair(both, employment[both.index], total))
        parted.append(_disagreements(both, jobs.loc[both.index], top))
    return Comparison(
        check_table("index_pairs", pd.DataFrame(rows, columns=table_columns("index_pairs"))),
        _coverage(values, employment, total),
        check_table("index_disagreements", pd.concat(parted, ignore_index=True)[table_columns("index_disagreements")]),
        published.voices,
        published.absent,
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
