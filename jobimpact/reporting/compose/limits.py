"""What every report says of its limits, and by what its run can be recognised."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from jobimpact.paths import packaged
from jobimpact.reporting.compose.document import DataTable, PrintedCell
from jobimpact.reporting.words.narrative import Slots, put, state_slot
from jobimpact.reporting.words.sector_state import put_cells
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from jobimpact.reporting.compose.document import Block
    from jobimpact.reporting.compose.parts import Parts
    from jobimpact.study import Study

# Columns of the table by the names of the model card, which most placeholders have too.
_CARD = {name: f"label_{name}" for name in ("task_r", "occupation_r", "accuracy", "f1", "coverage")}
_CARD |= {"n_tasks": "n_held_tasks", "n_occupations": "n_held_occupations", "mean_width": "label_width"}
_WEIGHTS, _TASKS = ("weights_sha256", "adapter_sha256", "heads_sha256"), "tasks"


def limits(parts: Parts) -> Iterator[Block]:
    """Yield what the numbers do not mean."""
    yield from parts.realised("caveats", limit_slots(parts), style="caveat")


def limit_slots(parts: Parts) -> Slots:
    """Return what the placeholders of the caveats stand for: the model's test, the rater, and wages without a figure."""
    slots: Slots = {}
    figures = parts.facts.tables.get("model_figures")
    if figures is not None:
        # The test, which no choice was made on; cross-validated heads have only a total.
        fold = "test" if "test" in set(figures["fold"]) else str(figures["fold"].iloc[-1])
        put_cells(slots, parts.facts, "model_figures", fold, _CARD | {"label_coverage": "label_coverage"})
    put(slots, "top_coded", parts.facts.count("occupations", "mean_top_coded=True|tot_emp>=0", "tot_emp"))
    put(slots, "employed", parts.facts.count("occupations", "tot_emp>=0", "tot_emp"))
    put(slots, "with_wage", parts.facts.count("occupations", "tot_emp>=0", "a_mean"))
    parameters = parts.study.manifest.get("parameters", {})
    slots["rater"] = state_slot(str(parameters.get("rater", "human")), ())
    slots["weights"] = state_slot(str(parameters.get("weights", "core")), ())
    return slots


def model_figures(manifest: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return the table ``model_figures`` by its name; nothing where the card is of another model or another rater."""
    import pandas as pd

    path = packaged("exposure", "weights", "model_card.json")
    if not path.is_file():
        return {}
    card = json.loads(path.read_text(encoding="utf-8"))
    # A card of other weights would state the test of a model that did not score this study.
    same = card.get("encoder_hash") == manifest.get("model", {}).get("encoder_sha256")
    if not same or manifest.get("parameters", {}).get("rater") != "human" or not card.get("figures"):
        return {}
    figures = pd.DataFrame(card["figures"]).rename(columns=_CARD).reindex(columns=table_columns("model_figures"))
    return {"model_figures": figures}


def reproduce(parts: Parts, before: Study | None = None) -> Iterator[Block]:
    """Yield the hashes, parameters and package versions of the run, and those of the study before in a comparison."""
    yield parts.note("reproduce")
    for study, ending in ((before, "_before"), (parts.study, "")):
        if study is None:
            continue
        manifest, words = study.manifest, parts.words("hashes")
        model, tasks = manifest.get("model", {}), manifest.get("inputs", {}).get("tasks", {})
        hashes = [(words[name], model.get(name)) for name in _WEIGHTS] + [(words[_TASKS], tasks.get("sha256"))]
        hashes += sorted(manifest.get("tables_sha256", {}).items())
        settings = [*manifest.get("parameters", {}).items(), *manifest.get("packages", {}).items()]
        for name, rows in (("hashes", hashes), ("settings", settings)):
            pairs = [(str(key), str(value)) for key, value in rows if value]
            if pairs:
                yield _pairs(parts, f"{name}{ending}", pairs)


def _pairs(parts: Parts, title: str, rows: list[tuple[str, str]]) -> DataTable:
    import pandas as pd

    table = pd.DataFrame(rows, columns=["name", "value"])
    cells = {key: partial(_text, key) for key in ("name", "value")}
    return parts.table(title.replace("_", "-"), table, ["name", "value"], cells=cells, title=title)


def _text(key: str, row: Mapping[str, Any]) -> PrintedCell:
    return PrintedCell(row[key])
