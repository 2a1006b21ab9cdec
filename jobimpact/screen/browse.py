"""Choose, order and name the rows of a study that somebody looks at; no figure is made here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
from pandas.io.formats.style import Styler

from jobimpact.errors import InputError
from jobimpact.facts.codes import published_codes
from jobimpact.facts.labels import with_label_set
from jobimpact.reporting.words.wording import format_cell, format_column, wording
from jobimpact.tables import read_dictionary

NOT_SCORED, NOT_PUBLISHED = "not scored", "not published"
ALL_JOBS = "All covered jobs"
_COMPARED = (
    "exposure_beta",
    "exposure_alpha",
    "exposure_gamma",
    "exposure_automation",
    "exposure_beta_wage_bill",
    "share_workers_50",
    "matched_share",
)
_TOP_CODED = {"a_mean": "mean_top_coded", "a_median": "median_top_coded"}


def caveats(manifest: Mapping[str, Any], language: str = "en") -> list[str]:
    """Return what the numbers of a study do not mean, in the words of its report; what needs a figure is left to the report."""
    rater = str(manifest.get("parameters", {}).get("rater", "human"))
    texts = [
        next(entry["text"] for entry in statement["wordings"] if entry.get("when", {"rater": rater}) == {"rater": rater})
        for statement in wording(language)["caveats"]
        if not any("{" in entry["text"] for entry in statement["wordings"])
    ]
    return [str(text) for text in texts]


def cell_text(value: float, column: str) -> str:
    """Return a cell of a study's table as text, in the unit of its column; no scored task is said to be one in words.

    Examples
    --------
    >>> cell_text(0.2345, "exposure_beta"), cell_text(0, "n_tasks"), cell_text(12, "n_tasks")
    ('0.23', 'not scored', '12')
    """
    return NOT_SCORED if column == "n_tasks" and value == 0 else format_column(value, column)


def style_table(table: pd.DataFrame, columns: Sequence[str]) -> Styler:
    """Return `columns` of `table` with every number as :func:`cell_text` prints it, in order of its value all the same.

    A top-coded wage is said to be a lower bound where its flag is in `table`.
    """
    dictionary = read_dictionary()["columns"]
    rows = table.reset_index(drop=True)
    numbers = [name for name in columns if dictionary.get(name, {}).get("type") in ("float", "int")]
    styled = rows[list(columns)].style.format({name: _printer(name) for name in numbers})
    for name, flag in _TOP_CODED.items():
        if name in columns and flag in table.columns:
            bounded = rows.index[rows[flag].astype(bool) & rows[name].notna()]
            styled = styled.format(_printer(name, " or more"), subset=(bounded, [name]))
    return styled


def _printer(column: str, ending: str = "") -> Callable[[Any], str]:
    return lambda value: cell_text(float(value), column) + ending


def occupation_tasks(tasks: pd.DataFrame, soc_code: str) -> pd.DataFrame:
    """Return the tasks behind a row of ``occupations`` with their ``label_set`` in words.

    The most exposed come first, those without a score last.
    """
    # OEWS publishes some occupations only in combination: the tasks of all its parts are behind it.
    parts = tasks[published_codes(tasks["soc_code"]) == soc_code]
    rows = parts.sort_values(["beta", "task_id"], ascending=[False, True], na_position="last", ignore_index=True)
    return with_label_set(rows)


def select_row(table: pd.DataFrame, column: str, key: str) -> dict[str, Any]:
    """Return the one row of `table` whose `column` is `key`, cells by column."""
    rows = table[table[column] == key]
    if len(rows) != 1:
        raise InputError(f"{column} {key!r}: {len(rows)} rows of the study have it; expected one")
    return {str(name): value for name, value in rows.to_dict(orient="records")[0].items()}


def occupation_peers(tables: Mapping[str, pd.DataFrame], soc_code: str) -> dict[str, dict[str, Any]]:
    """Return by their names the rows beside which an occupation is seen: itself, its major group, and all jobs.

    A major group of which OEWS publishes nothing, such as the military, is left out.
    """
    occupation = select_row(tables["occupations"], "soc_code", soc_code)
    groups = tables["groups"]
    major = groups[(groups["group_type"] == "soc_major") & (groups["group"] == occupation["soc_major"])]
    peers = {str(row["group_title"]): {str(name): cell for name, cell in row.items()} for row in major.to_dict(orient="records")}
    return {occupation["title"]: occupation, **peers, ALL_JOBS: select_row(groups, "group_type", "all")}


def compare_rows(rows: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return a few rows of different tables under one another, by the names that they get.

    Columns ``name`` and the exposures; for groups also the exposure of the wage bill, the share of jobs at high exposure and the
    matched share, where all rows have them.
    """
    import pandas as pd

    columns = [column for column in _COMPARED if all(column in row for row in rows.values())]
    table = pd.DataFrame([[name, *(row[column] for column in columns)] for name, row in rows.items()], columns=["name", *columns])
    return table.astype(dict.fromkeys(columns, "float64"))


def order_by_exposure(table: pd.DataFrame) -> pd.DataFrame:
    """Return `table` with the most exposed row first; last, without exposure, rows too little of whose employment is covered."""
    from jobimpact.estimates.means.headlines import stated_rows

    return stated_rows(table).sort_values("exposure_beta", ascending=False, kind="stable", na_position="last", ignore_index=True)


def choices(table: pd.DataFrame, code: str, title: str) -> dict[str, str]:
    """Return the titles of the rows by their codes, in the order of `table`."""
    return dict(zip(table[code].astype(str), table[title].astype(str), strict=True))


def local_choices(table: pd.DataFrame, columns: tuple[str, str, str], name: str, language: str) -> dict[str, str]:
    """Return titles by codes as :func:`choices`, in `language` where it has names of the rows, in the order of titles.

    `columns` are the key of the table called `name`, the code that is chosen, and the publisher's title.
    """
    names = wording(language)["names"]
    rows = zip(*(table[column].astype(str) for column in columns), strict=True)
    titles = {code: str(names.get(f"{name}.{key}", title)) for key, code, title in rows}
    return dict(sorted(titles.items(), key=lambda item: item[1]))


def coverages(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the coverage of every row that has one, each after its name."""
    return " ".join(f"{name}: c{coverage(row)[1:]}" for name, row in rows.items() if "emp_matched" in row)


def coverage(row: Mapping[str, Any]) -> str:
    """Return which employment a row of ``groups``, ``sectors`` or ``areas`` speaks of, in one sentence."""
    matched, total, share = (float(row[name]) for name in ("emp_matched", "tot_emp", "matched_share"))
    return f"Covers {format_cell(matched, 'jobs')} of {format_cell(total, 'jobs')} jobs ({format_cell(share, 'share')})."
