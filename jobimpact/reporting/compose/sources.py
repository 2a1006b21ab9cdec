"""What a study rests on, as rows of text: tasks, employment, labels, the encoder, and what its cells add to them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from jobimpact.assumptions import read_assumptions
from jobimpact.facts.registry import read_registry
from jobimpact.reporting.words.wording import format_release

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

Rows = list[dict[str, Any]]
_OEWS = "Occupational Employment and Wage Statistics"
_USAGE = "aei-usage"  # what the predicted automation_share was learnt from


def source_rows(manifest: Mapping[str, Any]) -> Rows:
    """Return what the study was made from: key, title, publisher, release, licence, citation, hash; links where known."""
    inputs, registry = manifest.get("inputs", {}), _sources()
    tasks, employment = inputs.get("tasks", {}), inputs.get("employment", {})
    # The release that the study was made with, not the newest that is registered.
    releases = {entry["release"]: key for key, entry in registry.items() if entry["title"].startswith(_OEWS)}
    oews = releases.get(str(employment.get("release", "")), "")
    encoder = str(manifest.get("model", {}).get("encoder", ""))
    keys = (str(tasks.get("name")).lower(), oews or "oews", "eloundou-labels", encoder.lower())
    rows = [
        registry.get(keys[0], {}) | tasks | {"use": "Task texts"},
        registry.get(oews, {}) | {"title": _OEWS} | employment | {"use": "Employment and wages"},
        registry.get("eloundou-labels", {}) | {"use": "Rubric and labels"},
        {"title": encoder} | registry.get(encoder.lower(), {}) | {"use": "Sentence encoder"},
    ]
    rows = [row | {"key": key} for row, key in zip(rows, keys, strict=True)]
    return [{"release_text": format_release(str(row.get("release", "")))} | row for row in rows if row.get("title")]


def table_source_rows(tables: Mapping[str, pd.DataFrame]) -> Rows:
    """Return what cells of a study rest on beside tasks, employment and rubric: groups of jobs, and the use of AI; each once."""
    registry, kinds = _sources(), read_assumptions("group_types")
    cited = dict.fromkeys(str(kinds.get(kind, {}).get("cites", "")) for kind in tables["groups"]["group_type"].unique())
    rows = [registry[key] | {"key": key, "use": "Groups of jobs"} for key in cited if key]
    tasks = tables["tasks"]
    if "automation_share" in tasks and tasks["automation_share"].notna().any():
        rows.append(registry[_USAGE] | {"key": _USAGE, "use": "Use of AI"})
    return [{"release_text": format_release(str(row.get("release", "")))} | row for row in rows]


@cache
def _sources() -> dict[str, dict[str, Any]]:
    return {name.lower(): vars(source) for name, source in read_registry().items()}
