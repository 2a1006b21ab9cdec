"""Releases of one source side by side: O*NET task lists, OEWS panels, and monthly use of ChatGPT by work activity."""

from __future__ import annotations

from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError, SourceError
from jobimpact.facts.codes import soc_major
from jobimpact.sources.jobs.oews import read_oews
from jobimpact.sources.rawtables import check_filled, check_source_table, find_file, read_raw_table
from jobimpact.sources.store.archives import opened_folder
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CHANGES: Final = ("kept", "retyped", "reworded", "renumbered", "moved", "added", "dropped")
# May 2019 and May 2020 mix SOC 2010 and SOC 2018: their codes mean other groups of workers.
_FIRST_PANEL: Final = "2021-05"
_STEMS: Final[Mapping[str, str]] = {
    "all": "usa_share_of_messages_by_onet_iwa_month",
    "work": "usa_share_of_work_related_messages_by_onet_iwa_month",
}
_OTHER: Final = "other"


def compare_task_releases(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Say what became of each task between two releases of O*NET.

    Tasks are matched by ``task_id``, which O*NET keeps from release to release. Of tasks left over, one in the same occupation
    whose wording is alike (``alike`` of data/change.toml) is taken for the same task under a new number.

    Parameters
    ----------
    before, after
        Tables ``task_statements``.

    Returns
    -------
    pandas.DataFrame
        Table ``task_changes``, one row per task of either release: ``task_id`` (in `before` where it was there), ``change``
        (``kept``: the same occupation, wording and type; ``retyped``: another task type; ``reworded``; ``renumbered``;
        ``moved`` to another occupation; ``added``; ``dropped``; the last that applies), ``onetsoc_code_before``,
        ``onetsoc_code``, ``task_type_before``, ``task_type``, ``type_changed``, ``new_task_id`` of a renumbered task, and
        ``wording_ratio`` of both wordings (0-1).

    Raises
    ------
    InputError
        If a task number stands twice in a release.
    """
    for name, table in (("before", before), ("after", after)):
        twice = table["task_id"].duplicated()
        if twice.any():
            raise InputError(f"task {table.loc[twice, 'task_id'].iloc[0]} stands twice in the release {name}; expected each once")
    columns = ["task_id", "onetsoc_code", "task", "task_type"]
    both = before[columns].merge(
        after[columns], on="task_id", how="outer", validate="one_to_one", suffixes=("_before", ""), indicator=True
    )
    joined = _join_renumbered(both)
    there = joined["onetsoc_code_before"].notna() & joined["onetsoc_code"].notna()
    types = joined["task_type_before"].fillna("").ne(joined["task_type"].fillna(""))
    joined["wording_ratio"] = [
        _alike(old, new) if pair else np.nan for old, new, pair in zip(joined["task_before"], joined["task"], there, strict=True)
    ]
    change = pd.Series("kept", index=joined.index).mask(there & types, "retyped")
    change = change.mask(there & joined["task_before"].ne(joined["task"]), "reworded")
    change = change.mask(joined["new_task_id"].notna(), "renumbered")
    change = change.mask(there & joined["onetsoc_code_before"].ne(joined["onetsoc_code"]), "moved")
    change = change.mask(joined["onetsoc_code_before"].isna(), "added").mask(joined["onetsoc_code"].isna(), "dropped")
    joined = joined.assign(change=change, type_changed=there & types)
    joined = joined.sort_values("task_id", key=lambda ids: pd.to_numeric(ids, errors="coerce"), ignore_index=True, kind="stable")
    return joined[table_columns("task_changes")]


def count_task_changes(changes: pd.DataFrame) -> pd.DataFrame:
    """Return how many tasks of each occupation were kept, retyped, reworded, renumbered, moved, added and dropped.

    Returns
    -------
    pandas.DataFrame
        Index ``onetsoc_code``: ``before`` and ``after``, numbers of tasks; a column for each change (a task that moved counts in
        the occupation it left); ``type_changed``, tasks with another type whatever else became of them. Occupations with
        most changes come first.
    """
    home = changes["onetsoc_code_before"].fillna(changes["onetsoc_code"])
    counts = pd.crosstab(home, changes["change"]).reindex(columns=list(CHANGES), fill_value=0).rename_axis(columns=None)
    sizes = {
        side: changes[column].value_counts() for side, column in (("before", "onetsoc_code_before"), ("after", "onetsoc_code"))
    }
    index = counts.index.union(sizes["after"].index)
    table = counts.reindex(index, fill_value=0)
    for place, (side, size) in enumerate(sizes.items()):
        table.insert(place, side, size.reindex(index, fill_value=0).astype("int64"))
    table["type_changed"] = changes["type_changed"].groupby(home).sum().reindex(index, fill_value=0).astype("int64")
    # Not a sum with `retyped`: a reworded task may have another type too.
    order = table[list(CHANGES[1:])].sum(axis=1).sort_values(ascending=False, kind="stable").index
    return table.loc[order].rename_axis("onetsoc_code")


def read_oews_panel(paths: Iterable[str | Path], *tables: pd.DataFrame) -> pd.DataFrame:
    """Read national OEWS estimates of several years into one table, years that do not compare refused.

    Parameters
    ----------
    paths
        Files as :func:`jobimpact.sources.jobs.oews.read_oews` takes them, one release each.
    *tables
        Further releases that were read already (tables ``oews``).

    Returns
    -------
    pandas.DataFrame
        Table ``oews``, cross-industry national rows: totals and detailed occupations, releases in order.

    Raises
    ------
    SourceError
        If a release is before May 2021 (its codes are a mixture of SOC 2010 and 2018), or is there twice.

    Notes
    -----
    BLS advises against comparing OEWS over time: each release pools panels of three years, and methods changed (model-based
    estimates since May 2021). Changes over four years rest on panels that do not overlap; those over one year do not.
    https://www.bls.gov/oes/oes_ques.htm#overtime
    """
    levels = ["total", "detailed"]
    found = [read_oews(path, i_groups=["cross-industry"]) for path in paths]
    kept = []
    for table in [*found, *tables]:
        rows = table[(table["area"] == "99") & (table["i_group"] == "cross-industry") & table["o_group"].isin(levels)]
        kept.append(rows)
        release = str(rows["release"].iloc[0]) if len(rows) else ""
        if release < _FIRST_PANEL:
            raise SourceError(
                f"found OEWS release {release or 'without national rows'}; expected {_FIRST_PANEL} or later: earlier codes are a "
                "mixture of SOC 2010 and 2018 and do not join: leave that year out"
            )
    panel = pd.concat(kept, ignore_index=True)
    key = ["release", "soc_code"]
    if panel.duplicated(key).any():
        raise SourceError(f"found release {panel.loc[panel.duplicated(key), 'release'].iloc[0]} twice; expected each once")
    return panel.sort_values(key, ignore_index=True)


def compare_employment(panel: pd.DataFrame, before: str, after: str) -> pd.DataFrame:
    """Return employment and wages of every detailed occupation in two releases.

    Parameters
    ----------
    panel
        From `read_oews_panel`.
    before, after
        Releases such as ``2021-05``.

    Returns
    -------
    pandas.DataFrame
        ``soc_code``, ``title``, ``soc_major``, ``emp_before``, ``emp_after`` (jobs), ``wage_before``, ``wage_after`` (mean US
        dollars per year), ``log_growth`` of employment and its sampling error ``log_growth_se`` (both relative standard errors,
        taken for independent). An occupation in one release only is kept with missing cells.

    Raises
    ------
    InputError
        If a release is not in the panel.
    """
    sides = []
    for release in (before, after):
        rows = panel[(panel["release"] == release) & (panel["o_group"] == "detailed")]
        if rows.empty:
            raise InputError(f"release {release!r} is not in the panel; it has {', '.join(sorted(set(panel['release'])))}")
        sides.append(rows[["soc_code", "title", "tot_emp", "a_mean", "emp_prse"]])
    both = sides[0].merge(sides[1], on="soc_code", how="outer", validate="one_to_one", suffixes=("_before", "_after"))
    growth = np.log(both["tot_emp_after"]) - np.log(both["tot_emp_before"])
    return pd.DataFrame(
        {
            "soc_code": both["soc_code"],
            "title": both["title_after"].fillna(both["title_before"]),
            "soc_major": soc_major(both["soc_code"]),
            "emp_before": both["tot_emp_before"],
            "emp_after": both["tot_emp_after"],
            "wage_before": both["a_mean_before"],
            "wage_after": both["a_mean_after"],
            "log_growth": growth,
            "log_growth_se": np.hypot(both["emp_prse_before"], both["emp_prse_after"]) / 100,
        }
    )


def read_message_shares(path: str | Path) -> pd.DataFrame:
    """Read the shares of ChatGPT messages by O*NET intermediate work activity and month.

    Parameters
    ----------
    path
        Folder or zip with ``usa_share_of_messages_by_onet_iwa_month.csv``, or with the file of the same name for
        ``work_related_messages``, or both; or one of these files.

    Returns
    -------
    pandas.DataFrame
        Table ``message_shares``: ``messages`` (``all`` or ``work``), ``month``, ``iwa`` (O*NET IWA ID; ``other`` for what the
        publisher put together) and ``message_share``. A pair of month and activity without a row was not published.

    Raises
    ------
    SourceError
        If no such file is there, one is broken off, lacks a column, repeats a cell, or holds no share.

    Notes
    -----
    Source: OpenAI Signals, consumer ChatGPT use in the US, CC BY 4.0. Shares are rounded to 3 decimals after noise was added for
    privacy, so that small shares and their changes from month to month are mostly noise.
    """
    place = Path(path)
    if not place.exists():
        raise SourceError(f"{place}: no such file or folder; expected the shares of ChatGPT messages by IWA: check the path")
    with opened_folder(place, lambda name: name.startswith(tuple(_STEMS.values()))) as opened:
        files = {kind: found for kind, stem in _STEMS.items() if (found := _message_file(opened, stem)) is not None}
        if not files:
            raise SourceError(
                f"{place}: found no file {' or '.join(map(repr, _STEMS.values()))} (.csv): give the folder that has it"
            )
        return pd.concat([_read_messages(file, kind) for kind, file in files.items()], ignore_index=True)


def _message_file(opened: Path, stem: str) -> Path | None:
    if opened.is_dir():
        return find_file(opened, stem)
    return opened if opened.name.lower().split(".")[0] == stem else None


def _read_messages(file: Path, kind: str) -> pd.DataFrame:
    raw = read_raw_table(file, ["month", "iwa_cleaned", "share_of_messages"], separator=",", quoted=True)
    check_filled(raw, list(raw.columns), file.name)
    shares = pd.to_numeric(raw["share_of_messages"], errors="coerce")
    months = raw["month"].str.slice(0, 7)
    if shares.isna().any() or not months.str.fullmatch(r"20\d\d-(0[1-9]|1[0-2])").all():
        raise SourceError(
            f"{file.name}: found a share or a month that is none; expected the publisher's cells: download it again"
        )
    iwa = raw["iwa_cleaned"].str.strip()
    table = pd.DataFrame(
        {
            "messages": kind,
            "month": months,
            "iwa": iwa.where(iwa.str.startswith("4.A"), _OTHER),
            "message_share": shares.astype("float64"),
        }
    )
    return check_source_table("message_shares", table[table_columns("message_shares")], file.name, ("month", "iwa"))


def _join_renumbered(both: pd.DataFrame) -> pd.DataFrame:
    """Return the outer join with each dropped task beside the added one that is alike, if any, and ``new_task_id``."""
    dropped, added = both[both["_merge"] == "left_only"], both[both["_merge"] == "right_only"]
    least, partners = assumption("change", "alike"), {}
    free = set(added.index)
    for row, code, text in zip(dropped.index, dropped["onetsoc_code_before"], dropped["task_before"], strict=True):
        near = {other: _alike(text, both.loc[other, "task"]) for other in free if both.loc[other, "onetsoc_code"] == code}
        best = max(near, key=lambda other: near[other], default=None)
        if best is not None and near[best] >= least:
            partners[row] = best
            free.remove(best)
    joined = both.drop(columns="_merge").assign(new_task_id=pd.Series(None, index=both.index, dtype="object"))
    for row, other in partners.items():
        joined.loc[row, ["onetsoc_code", "task", "task_type"]] = both.loc[other, ["onetsoc_code", "task", "task_type"]]
        joined.loc[row, "new_task_id"] = both.loc[other, "task_id"]
    return joined.drop(index=list(partners.values())).reset_index(drop=True)


def _alike(old: object, new: object) -> float:
    return 1.0 if old == new else SequenceMatcher(None, str(old).casefold(), str(new).casefold()).ratio()
