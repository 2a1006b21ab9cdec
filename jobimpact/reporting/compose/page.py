"""What reports say of tasks, headlines and sources, as rows of text."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

from jobimpact.assumptions import read_assumptions
from jobimpact.facts.codes import published_codes
from jobimpact.facts.registry import read_registry
from jobimpact.reporting.claims.cells import records
from jobimpact.reporting.claims.claims import claim_id, read_claims
from jobimpact.reporting.claims.selection import study_headlines
from jobimpact.reporting.words.wording import format_cell, format_release, format_value
from jobimpact.tables import read_dictionary

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from jobimpact.estimates.means.headline import Headline
    from jobimpact.reporting.claims.claims import Claim

Rows = list[dict[str, Any]]
_TASKS = 3  # under an occupation
_DASH = "\N{EN DASH}"
_USAGE = "aei-usage"  # what the predicted automation_share was learnt from


def cell(value: Any, column: str) -> str:
    """Return a table's cell as text, in the unit of its column; a dash where it is missing."""
    if value is None or math.isnan(value):
        return _DASH
    unit = read_dictionary()["columns"][column]["unit"]
    # In a column of a table, jobs in full line up better than millions beside thousands.
    return format_value(float(value), unit, 0) if unit == "jobs" else format_cell(float(value), unit)


def best_tasks(tasks: pd.DataFrame, codes: set[str], number: int = _TASKS) -> dict[str, Rows]:
    """Return the `number` most exposed tasks of the occupations, by the code under which OEWS publishes them."""
    published = published_codes(tasks["soc_code"])
    scored = tasks.assign(code=published)[published.isin(codes)].dropna(subset=["beta", "task"])
    order = ["beta", "onetsoc_code", "task_id"]
    ordered = scored.sort_values(order, ascending=[False, True, True], kind="stable").drop_duplicates(["code", "task"])
    found: dict[str, Rows] = {}
    for row in records(ordered.groupby("code").head(number)):
        found.setdefault(row["code"], []).append({"task": row["task"], "beta": cell(row["beta"], "beta")})
    return found


def tiles(tables: Mapping[str, pd.DataFrame], claims: pd.DataFrame) -> list[tuple[Headline, Claim]]:
    """Return the headlines with the claim that each prints."""
    by_id = {claim.claim_id: claim for claim in read_claims(claims)}
    pairs = (
        (headline, by_id.get(claim_id("value", headline.table, headline.row_key, headline.column)))
        for headline in study_headlines(tables)
    )
    return [(headline, claim) for headline, claim in pairs if claim is not None]


def source_rows(manifest: Mapping[str, Any]) -> Rows:
    """Return what the study was made from: key, title, publisher, release, licence, citation, hash; links where known."""
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
    keys = (str(tasks.get("name")).lower(), _key_of(oews) or "oews", "eloundou-labels", encoder.lower())
    rows = [
        known.get(keys[0], {}) | tasks | {"use": "Task texts"},
        oews | {"title": "Occupational Employment and Wage Statistics"} | employment | {"use": "Employment and wages"},
        known.get("eloundou-labels", {}) | {"use": "Rubric and labels"},
        {"title": encoder} | known.get(encoder.lower(), {}) | {"use": "Sentence encoder"},
    ]
    rows = [row | {"key": key} for row, key in zip(rows, keys, strict=True)]
    return [{"release_text": format_release(str(row.get("release", "")))} | row for row in rows if row.get("title")]


def table_source_rows(tables: Mapping[str, pd.DataFrame]) -> Rows:
    """Return what cells of a study rest on beside tasks, employment and rubric: groups of jobs, and the use of AI; each once."""
    known, kinds = _sources(), read_assumptions("group_types")
    cited = dict.fromkeys(str(kinds.get(kind, {}).get("cites", "")) for kind in tables["groups"]["group_type"].unique())
    rows = [known[key] | {"key": key, "use": "Groups of jobs"} for key in cited if key]
    tasks = tables["tasks"]
    if "automation_share" in tasks and tasks["automation_share"].notna().any():
        rows.append(known[_USAGE] | {"key": _USAGE, "use": "Use of AI"})
    return [{"release_text": format_release(str(row.get("release", "")))} | row for row in rows]


def _key_of(entry: Mapping[str, Any]) -> str:
    """Return the name under which data/sources.toml has the entry, empty for none."""
    return next((name for name, known in _sources().items() if known is entry), "")


@cache
def _sources() -> dict[str, dict[str, Any]]:
    return {name.lower(): vars(source) for name, source in read_registry().items()}
