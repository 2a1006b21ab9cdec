"""Tables that several reports have: exposures of groups, lists of occupations with their tasks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from jobimpact.estimates.means.headlines import stated_rows
from jobimpact.facts.codes import published_codes
from jobimpact.facts.translations import chinese_tasks
from jobimpact.reporting.claims.cells import BETA, Cell, records
from jobimpact.reporting.claims.facts import Facts
from jobimpact.reporting.claims.intervals import Intervals
from jobimpact.reporting.compose.document import PrintedCell, Section
from jobimpact.reporting.compose.limits import model_figures
from jobimpact.reporting.compose.parts import MEASURES, Parts, employment_name, key_of, setting
from jobimpact.reporting.figures.study import plot_judges
from jobimpact.reporting.figures.style import source_line
from jobimpact.reporting.words.overview import finding_slots
from jobimpact.reporting.words.wording import format_column, report_words, wording
from jobimpact.study import read_raters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from jobimpact.reporting.compose.document import Block, DataTable, Request


def study_parts(request: Request, more: Mapping[str, pd.DataFrame] | None = None, **placeholders: str) -> Parts:
    """Return what makes the blocks of a report on a study, with tables made for it."""
    manifest = request.study.manifest
    tasks = manifest.get("inputs", {}).get("tasks", {})
    tables = {name: table for name, table in request.study.tables.items() if name != "claims"} | dict(more or {})
    tables |= model_figures(manifest)
    tables["sectors"] = stated_rows(tables["sectors"])
    shared = {
        "employment": employment_name(manifest, request.language),
        "tasks": task_source(tasks, request.language),
        "key": request.key,
        **{name: str(report_words(request.language)["notes"][name]) for name in ("measures", "changed")},
        "task_rows": str(setting("task_rows")),
    }
    return Parts(request.study, Facts(tables, request.language), shared | placeholders)


def task_source(tasks: Mapping[str, Any], language: str) -> str:
    """Return what the list of tasks is called, in a language that has a name for it, else its title."""
    name = str(tasks.get("name", ""))
    return str(report_words(language)["task_sources"].get(name) or tasks.get("title") or name)


def small_print(parts: Parts) -> list[Block]:
    """Return the notes under what a report says in words: what intervals are, and titles that the language has no names for."""
    notes = ["intervals"] if "variance_ledger" in parts.facts.tables else []
    return [parts.note(name) for name in (*notes, "titles") if name in parts.words("notes")]


def sections(parts: Parts, blocks_of: Iterable[tuple[str, Iterable[Block]]]) -> tuple[Section, ...]:
    """Return sections with the heads of data/reports.toml."""
    heads = parts.words("sections")
    return tuple(Section(name, parts.fill(heads[name]), tuple(blocks)) for name, blocks in blocks_of)


def measure_table(
    parts: Parts,
    name: str,
    table_name: str,
    rows: pd.DataFrame,
    head: str,
    code: str,
    placeholders: Mapping[str, str] | None = None,
) -> DataTable:
    """Return a table of exposures, the most exposed first; `code` is the column of codes."""
    return parts.table(
        name,
        by_exposure(rows, code),
        ["name", code, *MEASURES],
        table_name=table_name,
        cells={"name": parts.name_cells(table_name, lambda row: key_of(table_name, row))},
        heads={"name": head, "group": "soc_major"},
        placeholders=placeholders,
    )


def findings(parts: Parts) -> Iterator[Block]:
    """Yield the key findings of a study, each with its interval, and how to read one of the numbers."""
    slots = finding_slots(parts.facts)
    yield from parts.realised("findings", slots, style="finding")
    yield from parts.realised("reading", slots, style="note")


def task_texts(parts: Parts, tasks: pd.DataFrame) -> pd.DataFrame:
    """Return tasks with their statements in the language of the report, which only the starter set has in Chinese."""
    if parts.language != "zh" or parts.study.manifest.get("inputs", {}).get("tasks", {}).get("name") != "starter":
        return tasks
    return tasks.assign(task=tasks["task_id"].map(chinese_tasks()).fillna(tasks["task"]))


def judges(parts: Parts, table: str, key: str) -> Iterator[Block]:
    """Yield a table and a figure of the mean exposure of a row by each judge, where there are several."""
    estimates = read_raters(parts.study.tables, table, key, BETA)
    if len(estimates) > 1:
        rows = estimates.rename(BETA).rename_axis("rater").reset_index()
        yield parts.table("judges", rows.assign(judge=rows["rater"]), ["rater", BETA, "judge"], cells=judge_cells(parts))
        # Only the judge of the study has an interval: the others' errors were not measured.
        is_own = rows["rater"] == parts.study.manifest.get("parameters", {}).get("rater")
        low, high = Intervals(parts.study.tables).find(Cell(table, key, BETA))
        names = [judge_cells(parts)["rater"](row).text for row in records(rows)]
        rows = rows.assign(row_name=names, estimate_low=is_own.map({True: low}), estimate_high=is_own.map({True: high}))
        yield parts.figure("judges", plot_judges(rows, source=source_line(parts.study.manifest)))


def judge_cells(parts: Parts) -> dict[str, Callable[[Mapping[str, Any]], PrintedCell]]:
    """Return what makes the cells of a judge's name and of who it is."""
    names = wording(parts.language)["names"]
    return {
        "rater": lambda row: PrintedCell(str(names.get(f"raters.{row['rater']}", row["rater"]))),
        "judge": lambda row: PrintedCell(str(names.get(f"judges.{row['rater']}", ""))),
    }


def by_exposure(rows: pd.DataFrame, code: str) -> pd.DataFrame:
    """Return rows with the highest exposure first, ties by code, those without one last."""
    return rows.sort_values(code).sort_values(BETA, ascending=False, kind="stable", na_position="last")


def occupation_list(
    parts: Parts,
    name: str,
    rows: pd.DataFrame,
    *,
    table_name: str = "occupations",
    columns: Sequence[str] = ("tot_emp", "a_median", BETA),
    tasks: bool = True,
) -> DataTable:
    """Return the first of `rows`, in their order, each with its most exposed tasks where `tasks`."""
    rows = rows.head(setting("listed"))
    details = _best_tasks(task_texts(parts, parts.study["tasks"]), set(rows["soc_code"]), setting("tasks")) if tasks else {}

    def name_cell(row: Mapping[str, Any]) -> PrintedCell:
        return PrintedCell(parts.facts.title("occupations", row["soc_code"]), details=tuple(details.get(row["soc_code"], ())))

    wages = {column: partial(wage_cell, parts, column) for column in ("a_mean", "a_median") if column in columns}
    return parts.table(
        name.replace("_", "-"),
        rows,
        ["name", "soc_code", *columns],
        table_name=table_name,
        cells={"name": name_cell, **wages},
        heads={"name": "occupation_tasks" if tasks else "occupation"},
        title=name,
    )


def _best_tasks(tasks: pd.DataFrame, codes: set[str], number: int) -> dict[str, list[str]]:
    """Return the most exposed tasks of the occupations, by the code under which OEWS publishes them."""
    published = published_codes(tasks["soc_code"])
    with_score = tasks.assign(code=published)[published.isin(codes)].dropna(subset=["beta", "task"])
    order = ["beta", "onetsoc_code", "task_id"]
    # Several O*NET occupations of one SOC code can share a task: it is listed once.
    ordered = with_score.sort_values(order, ascending=[False, True, True], kind="stable").drop_duplicates(["code", "task"])
    texts: dict[str, list[str]] = {}
    for row in records(ordered.groupby("code").head(number)):
        texts.setdefault(row["code"], []).append(f"{row['task']} ({format_column(row['beta'], 'beta')})")
    return texts


def wage_cell(parts: Parts, column: str, row: Mapping[str, Any]) -> PrintedCell:
    """Return a wage; a top-coded one is said to be a lower bound."""
    cell = parts.cell(row[column], column)
    if not row.get("median_top_coded" if column == "a_median" else "mean_top_coded"):
        return cell
    return PrintedCell(parts.fill(parts.words("notes")["or_more"], wage=cell.text), cell.value, cell.unit)
