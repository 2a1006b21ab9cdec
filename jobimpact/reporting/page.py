"""What the report's template prints: tables as rows of text, and what is said of sources and of the model."""

from __future__ import annotations

import csv
import json
import math
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

from jobimpact.paths import packaged
from jobimpact.reporting.cells import records, territories
from jobimpact.reporting.claims import claim_id, read_claims
from jobimpact.reporting.selection import BETA, NATION, study_headlines
from jobimpact.reporting.wording import format_cell, format_release, format_value, threshold
from jobimpact.tables import read_dictionary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from jobimpact.estimates.headline import Headline
    from jobimpact.reporting.claims import Claim
    from jobimpact.reporting.narrative import Sentence

Rows = list[dict[str, Any]]
_LISTED, _TASKS = 10, 3  # occupations in a list, tasks under an occupation
_DASH = "\N{EN DASH}"


def cell(value: Any, column: str) -> str:
    """Return a table's cell as text, in the unit of its column; a dash where it is missing."""
    if value is None or math.isnan(value):
        return _DASH
    unit = read_dictionary()["columns"][column]["unit"]
    # In a column of a table, jobs in full line up better than millions beside thousands.
    return format_value(float(value), unit, 0) if unit == "jobs" else format_cell(float(value), unit)


def rows_of(table: pd.DataFrame, *, by: str = BETA) -> Rows:
    """Return the rows as text by column, the highest `by` first; columns that hold text stay as they are."""
    ordered = table.sort_values(by, ascending=False, kind="stable", na_position="last")
    return [
        {name: value if isinstance(value, str) else cell(value, name) for name, value in row.items()} for row in records(ordered)
    ]


def state_rows(areas: pd.DataFrame) -> Rows:
    """Return the areas, states first in the order of exposure, then territories."""
    outside = areas["state"].isin(territories())
    return rows_of(areas[~outside]) + rows_of(areas[outside])


def fifth_rows(groups: pd.DataFrame, occupations: pd.DataFrame) -> Rows:
    """Return the wage fifths, the lowest-paid first, with the range of their occupations' median wages."""
    fifths = groups[groups["group_type"] == "wage_quintile"].sort_values("group")
    spans = occupations.dropna(subset=["wage_quintile", "a_median"]).groupby("wage_quintile")["a_median"].agg(["min", "max"])
    rows = []
    for row in records(fifths):
        known = float(row["group"]) in spans.index
        wages = [cell(wage, "a_median") for wage in spans.loc[float(row["group"])]] if known else [_DASH]
        rows.append({name: value if isinstance(value, str) else cell(value, name) for name, value in row.items()})
        rows[-1]["wages"] = " to ".join(dict.fromkeys(wages))
    return rows


def occupation_lists(occupations: pd.DataFrame, tasks: pd.DataFrame) -> Rows:
    """Return three lists of occupations, each with its most exposed tasks: largest highly exposed, most, least exposed."""
    known = occupations.dropna(subset=[BETA]).assign(jobs=occupations["tot_emp"].fillna(0.0))
    high = known[(known[BETA] >= threshold("high_exposure")) & (known["jobs"] > 0)]
    chosen = (
        ("largest", high.sort_values(["jobs", "soc_code"], ascending=[False, True])),
        ("most", known.sort_values([BETA, "jobs", "soc_code"], ascending=[False, False, True])),
        ("least", known.sort_values([BETA, "jobs", "soc_code"], ascending=[True, False, True])),
    )
    listed = [(name, rows.head(_LISTED)) for name, rows in chosen]
    best = _best_tasks(tasks, {code for _, rows in listed for code in rows["soc_code"]})
    return [{"name": name, "rows": list(_with_tasks(rows, best))} for name, rows in listed]


def _with_tasks(occupations: pd.DataFrame, best: Mapping[str, Rows]) -> Iterator[dict[str, Any]]:
    for row in records(occupations):
        shown = {name: cell(row[name], name) for name in ("tot_emp", "a_median", BETA)}
        if row["median_top_coded"]:
            shown["a_median"] += " or more"
        yield shown | {"title": row["title"], "soc_code": row["soc_code"], "tasks": best.get(row["soc_code"], [])}


def _best_tasks(tasks: pd.DataFrame, codes: set[str]) -> dict[str, Rows]:
    """Return the most exposed tasks of the occupations, by the code under which OEWS publishes them."""
    published = tasks["soc_code"].map(lambda code: _oews_codes().get(code) or code)
    scored = tasks.assign(code=published)[published.isin(codes)].dropna(subset=["beta", "task"])
    order = ["beta", "onetsoc_code", "task_id"]
    ordered = scored.sort_values(order, ascending=[False, True, True], kind="stable").drop_duplicates(["code", "task"])
    found: dict[str, Rows] = {}
    for row in records(ordered.groupby("code").head(_TASKS)):
        found.setdefault(row["code"], []).append({"task": row["task"], "beta": cell(row["beta"], "beta")})
    return found


@cache
def _oews_codes() -> dict[str, str]:
    with packaged("data", "employment", "soc_to_oews.csv").open(encoding="utf-8", newline="") as stream:
        return {row["soc_code"]: row["oews_code"] for row in csv.DictReader(stream)}


def tiles(tables: Mapping[str, pd.DataFrame], claims: pd.DataFrame) -> list[tuple[Headline, Claim]]:
    """Return the headlines with the claim that each prints."""
    by_id = {claim.claim_id: claim for claim in read_claims(claims)}
    pairs = (
        (headline, by_id.get(claim_id("value", headline.table, headline.row_key, headline.column)))
        for headline in study_headlines(tables)
    )
    return [(headline, claim) for headline, claim in pairs if claim is not None]


def coverage(claims: pd.DataFrame) -> dict[str, Claim]:
    """Return the claims of the report's coverage by column: occupations, covered jobs, all jobs, their share."""
    columns = ("n_occupations", "emp_matched", "tot_emp", "matched_share")
    wanted = {claim_id("value", "groups", NATION, column): column for column in columns}
    return {wanted[claim.claim_id]: claim for claim in read_claims(claims) if claim.claim_id in wanted}


def ledger(headlines: Sequence[tuple[Headline, Claim]], sentences: Sequence[Sentence], others: Sequence[Claim]) -> Rows:
    """Return the claims that the page prints or rests on, in the order of the table ``claims``' first use."""
    used = [claim for _, claim in headlines] + [claim for sentence in sentences for claim in sentence.claims] + list(others)
    return [{"claim": claim, "value": _unrounded(claim)} for claim in dict.fromkeys(used)]


def _unrounded(claim: Claim) -> str:
    return f"{claim.value:,.0f}" if claim.value == int(claim.value) else f"{claim.value:.6f}"


def source_rows(manifest: Mapping[str, Any]) -> Rows:
    """Return what the study was made from: title, publisher, release, licence, citation, hash; links where known."""
    inputs, known = manifest.get("inputs", {}), _sources()
    tasks, employment = inputs.get("tasks", {}), inputs.get("employment", {})
    release = str(employment.get("release", ""))
    oews = next(
        (
            entry
            for entry in known.values()
            if entry["title"].startswith("Occupational Employment") and entry["release"] == release
        ),
        {},
    )
    encoder = str(manifest.get("model", {}).get("encoder", ""))
    rows = [
        known.get(str(tasks.get("name")).lower(), {}) | tasks | {"use": "Task texts"},
        oews | {"title": "Occupational Employment and Wage Statistics"} | employment | {"use": "Employment and wages"},
        known.get("eloundou-labels", {}) | {"use": "Rubric and labels"},
        {"title": encoder} | known.get(encoder.lower(), {}) | {"use": "Sentence encoder"},
    ]
    return [{"release_text": format_release(str(row.get("release", "")))} | row for row in rows if row.get("title")]


@cache
def _sources() -> dict[str, dict[str, Any]]:
    path = packaged("data", "sources.toml")
    known = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {name.lower(): entry for name, entry in known.items()}


def model_figures(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return how well the scores agree with the raters on occupations they had not seen, from the model card.

    Empty where there is no card, where it is of another encoder, or where the study predicts another rater.
    """
    path = packaged("exposure", "weights", "model_card.json")
    if not path.is_file():
        return {}
    card = json.loads(path.read_text(encoding="utf-8"))
    same = card.get("encoder_hash") == manifest.get("model", {}).get("encoder_sha256")
    if not same or manifest.get("parameters", {}).get("rater") != "human" or not card.get("figures"):
        return {}
    # The test, which no choice was made on; cross-validated heads have only a total.
    total: dict[str, Any] = next((row for row in card["figures"] if row["fold"] == "test"), card["figures"][-1])
    return {
        "task_r": f"{total['task_r']:.2f}",
        "occupation_r": f"{total['occupation_r']:.2f}",
        "n_tasks": f"{total['n_tasks']:,}",
        "n_occupations": f"{total['n_occupations']:,}",
    }


def wage_notes(occupations: pd.DataFrame) -> dict[str, int]:
    """Return how many occupations have a top-coded wage, and how many have no annual median wage."""
    employed = occupations[occupations["tot_emp"].notna()]
    bounded = employed["mean_top_coded"] | employed["median_top_coded"]
    return {"top_coded": int(bounded.sum()), "no_wage": int(employed["a_median"].isna().sum())}
