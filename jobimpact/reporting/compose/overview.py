"""The national overview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from jobimpact.facts.states import territories
from jobimpact.reporting import plots
from jobimpact.reporting.claims.cells import BETA, NATION
from jobimpact.reporting.claims.facts import study_headlines
from jobimpact.reporting.compose.document import PrintedCell, Section, Tile, Tiles
from jobimpact.reporting.compose.limits import limit_slots, limits, reproduce
from jobimpact.reporting.compose.parts import MEASURES, Parts, key_of, setting
from jobimpact.reporting.compose.tables import (
    by_exposure,
    findings,
    judges,
    measure_table,
    occupation_list,
    sections,
    small_print,
    study_parts,
)
from jobimpact.reporting.words.groups import certainty_slots, people_slots
from jobimpact.reporting.words.overview import overview_slots
from jobimpact.reporting.words.wording import threshold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobimpact.estimates.means.headlines import Headline
    from jobimpact.reporting.compose.document import Block, DataTable, Request

_PEOPLE = ("education", "job_zone", "sex", "race_ethnicity")


def compose_overview(request: Request) -> tuple[Parts, str, tuple[Section, ...]]:
    """Return the sections of the national overview."""
    parts = study_parts(request)
    blocks = (
        ("findings", findings(parts)),
        ("headlines", _headlines(parts)),
        ("summary", [*parts.realised("sentences", overview_slots(parts.facts), style="lead"), *small_print(parts)]),
        ("limits", limits(parts)),
        ("sectors", _sectors(parts)),
        ("industries", _industries(parts)),
        ("occupations", _occupations(parts)),
        ("states", _states(parts)),
        ("pay", _pay(parts)),
        ("people", _people(parts)),
        ("certainty", certainty(parts)),
        ("method", parts.realised("method", limit_slots(parts), style="caveat")),
        ("reproduce", reproduce(parts)),
    )
    return parts, "", sections(parts, blocks)


def _headlines(parts: Parts) -> Iterator[Block]:
    # The headlines come with English words; another language has its own.
    translations = parts.words("headlines") if parts.language != "en" else {}
    tiles = []
    for headline in study_headlines(parts.study.tables):
        claim = parts.facts.value(headline.table, headline.row_key, headline.column)
        if claim is None:
            continue
        words = translations.get("sector" if headline.table == "sectors" else headline.column)
        name, definition = (words["name"], words["definition"]) if words else (headline.name, headline.definition)
        meaning = parts.reach(claim) + parts.fill(definition) + (_covered(parts, headline) if words else "")
        tiles.append(Tile(parts.fill(name), claim, meaning, claim.row_title if headline.note else ""))
    yield Tiles(tuple(tiles)) if tiles else parts.note("no_headlines", "body")
    yield parts.note("exposure")
    yield from judges(parts, "groups", NATION)


def _covered(parts: Parts, headline: Headline) -> str:
    """Return the employment that a headline covers, in a language whose definitions do not say it yet."""
    columns = ("tot_emp", "emp_matched", "matched_share")
    claims = {name: parts.facts.value(headline.table, headline.row_key, name) for name in columns}
    texts = {name: claim.text for name, claim in claims.items() if claim is not None}
    return parts.fill(parts.words("headlines")["covered"]["definition"], **texts) if len(texts) == len(claims) else ""


def _sectors(parts: Parts) -> Iterator[Block]:
    yield parts.figure("sectors", plots.plot_sectors(parts.study))
    yield measure_table(parts, "sectors", "sectors", parts.study["sectors"], "sector", "naics")


def _industries(parts: Parts) -> Iterator[Block]:
    if "industries" not in parts.study.tables:
        return
    industries = parts.study["industries"]
    ranked = by_exposure(industries[industries["i_group"] == "3-digit"].dropna(subset=[BETA]), "naics")
    rows = ranked.head(setting("listed"))
    if len(rows):
        placeholders = {"shown": f"{len(rows)}", "n_industries": f"{len(ranked)}"}
        yield measure_table(parts, "industries", "industries", rows, "industry", "naics", placeholders)


def _occupations(parts: Parts) -> Iterator[Block]:
    groups = parts.study["groups"]
    yield parts.figure("majors", plots.plot_major_groups(parts.study))
    yield measure_table(parts, "majors", "groups", groups[groups["group_type"] == "soc_major"], "major", "group")
    rows = parts.study["occupations"].dropna(subset=[BETA]).assign(jobs=lambda rows: rows["tot_emp"].fillna(0.0))
    high = rows[(rows[BETA] >= threshold("high_exposure")) & (rows["jobs"] > 0)]
    yield occupation_list(parts, "largest", high.sort_values(["jobs", "soc_code"], ascending=[False, True]))
    for name, lowest_first in (("most", False), ("least", True)):
        # Among equals the larger occupation comes first at either end.
        ordered = rows.sort_values([BETA, "jobs", "soc_code"], ascending=[lowest_first, False, True])
        yield occupation_list(parts, name, ordered)


def _states(parts: Parts) -> Iterator[Block]:
    areas = parts.study["areas"]
    yield parts.figure("states", plots.plot_states(parts.study))
    outside = areas["state"].isin(territories())
    # Territories come last: they have no place among the states.
    rows = pd.concat([by_exposure(areas[~outside], "area"), by_exposure(areas[outside], "area")])
    yield parts.table(
        "states",
        rows,
        ["name", "state", *MEASURES],
        table_name="areas",
        cells={"name": parts.name_cells("areas", lambda row: row["area"])},
        heads={"name": "place"},
    )


def _pay(parts: Parts) -> Iterator[Block]:
    yield parts.figure("wages", plots.plot_wages(parts.study))
    yield _quintiles(parts)
    yield parts.figure("distribution", plots.plot_distribution(parts.study))


def _quintiles(parts: Parts) -> DataTable:
    groups, occupations = parts.study["groups"], parts.study["occupations"]
    quintiles = groups[groups["group_type"] == "wage_quintile"].sort_values("group")
    paid = occupations.dropna(subset=["wage_quintile", "a_median"])
    # From the occupations: the table groups has no wages.
    spans = paid.groupby("wage_quintile")["a_median"].agg(["min", "max"])

    def wages(row: Mapping[str, Any]) -> PrintedCell:
        if float(row["group"]) not in spans.index:
            return parts.cell(float("nan"), "a_median")
        low, high = (parts.cell(wage, "a_median").text for wage in spans.loc[float(row["group"])])
        return PrintedCell(low if low == high else parts.fill(parts.words("notes")["wage_range"], low=low, high=high))

    names = parts.name_cells("groups", lambda row: key_of("groups", row))
    columns = ["name", "wages", *MEASURES]
    return parts.table(
        "fifths", quintiles, columns, table_name="groups", cells={"name": names, "wages": wages}, heads={"name": "group"}
    )


def _people(parts: Parts) -> Iterator[Block]:
    yield from parts.realised("people", people_slots(parts.facts))
    groups = parts.study["groups"]
    for kind in _PEOPLE:
        rows = groups[groups["group_type"] == kind]
        if len(rows):
            names = parts.name_cells("groups", lambda row: key_of("groups", row))
            yield parts.table(
                kind.replace("_", "-"),
                rows,
                ["name", *MEASURES],
                table_name="groups",
                cells={"name": names},
                heads={"name": "group"},
                title=kind,
            )


def certainty(parts: Parts) -> Iterator[Block]:
    """Yield what makes the national mean uncertain, where the study has a variance ledger."""
    if "variance_ledger" not in parts.study.tables:
        return
    ledger = parts.study["variance_ledger"]
    rows = ledger[(ledger["table_name"] == "groups") & (ledger["row_key"] == NATION) & (ledger["column_name"] == BETA)]
    if rows.empty:
        return
    yield from parts.realised("certainty", certainty_slots(parts.facts))
    causes = parts.words("causes")
    yield parts.table(
        "certainty",
        rows,
        ["cause", "variance_share", "estimate_se"],
        table_name="variance_ledger",
        cells={"cause": lambda row: PrintedCell(causes.get(row["cause"], row["cause"]))},
    )
