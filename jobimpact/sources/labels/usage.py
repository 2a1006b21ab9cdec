"""How people use AI for each task: the Anthropic Economic Index task files, as released, and what they stand on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import SourceError
from jobimpact.sources.rawtables import (
    check_filled,
    check_source_table,
    find_file,
    onetsoc_codes,
    opened_files,
    plain_ids,
    read_raw_table,
)
from jobimpact.tables import table_columns

UsageRelease = Literal["2025-03", "2025-08", "2025-11", "2025-11-claude"]
# The month of the report (March) or of the conversations.
USAGE_RELEASES: Final[tuple[UsageRelease, ...]] = ("2025-03", "2025-08", "2025-11", "2025-11-claude")
# Its conversations are in 2025-11 too.
CLAUDE_ONLY: Final[UsageRelease] = "2025-11-claude"

# Handa et al. 2025, arXiv 2503.04761, section 3.4: who does the work.
AUTOMATION_MODES: Final = ("directive", "feedback_loop")
AUGMENTATION_MODES: Final = ("task_iteration", "validation", "learning")
MODES: Final = AUTOMATION_MODES + AUGMENTATION_MODES

_STEM: Final = "automation_vs_augmentation_by_task"
_STEMS: Final[Mapping[str, str]] = {
    "2025-03": _STEM,
    "2025-08": f"{_STEM}_v2",
    "2025-11": f"{_STEM}_v3",
    "2025-11-claude": f"{_STEM}_v3_claude",
}
_PARTS: Final = "task_pct_v2"
_STATEMENTS: Final = ("onet_task_statements_old", "onet_task_statements")
_SHARES: Final = (*MODES, "filtered")
_NO_TASK: Final = "none"
_KEY: Final = ("usage_release", "task")
_ALL: Final = 100.0
# Six shares of 9 digits at least add up to 1, and 3,500 parts of 15 digits to 100.
_ROUNDING: Final = 1e-6


def read_task_usage(path: str | Path) -> pd.DataFrame:
    """Read which part of the use of AI for each O*NET task is automation and which is augmentation.

    Parameters
    ----------
    path
        Folder or zip with one or more of ``automation_vs_augmentation_by_task.csv`` (March 2025), ``..._v2.csv`` (August
        2025), ``..._v3.csv`` and ``..._v3_claude.csv`` (November 2025: all platforms, Claude.ai alone), gzipped or not; or
        one of these files. What lies beside them is used: ``task_pct_v2.csv`` (parts of all use in March 2025) and
        ``onet_task_statements_old.csv`` or ``onet_task_statements.csv`` (O*NET 20.1).

    Returns
    -------
    pandas.DataFrame
        Table ``task_usage``, one row per release and task: ``usage_release``; ``task``, in the case of the O*NET statement
        (lower-cased, as in the files, where there is no statement for it); ``soc_codes``, all SOC 2010 codes whose
        occupations have this task, split by ``;`` (missing without a statement); the shares of ``directive``,
        ``feedback_loop``, ``task_iteration``, ``validation`` and ``learning`` use and of conversations in none of them or
        held back (``filtered``), which sum to 1; ``pct``, the task's part of all use in percent, and the number of
        ``conversations`` that makes (both missing in March 2025 without ``task_pct_v2``); ``automation_share`` =
        (directive + feedback_loop) / all five modes, missing where all use is filtered. The row of conversations about no
        task (``none``) is left out.

    Notes
    -----
    Source: Anthropic Economic Index, https://huggingface.co/datasets/Anthropic/EconomicIndex, CC BY according to the
    publisher; modes: Handa et al. 2025, arXiv 2503.04761. The tables of August and November 2025 were drawn up by the
    Budget Lab at Yale from Anthropic's raw files. A mode with few conversations (under about 15) is not told and counts as
    filtered: a share of 0 can stand for a few.
    """
    expected = "the task files of the Anthropic Economic Index: run `jobimpact sources add aei-usage FILE_OR_FOLDER`"
    with opened_files(Path(path), _STEMS, expected, beside=(_PARTS, *_STATEMENTS)) as files:
        releases = [release for release in USAGE_RELEASES if release in files]
        statements = _read_statements(files[releases[0]].parent)
        return pd.concat([_read_release(files[release], release, statements) for release in releases], ignore_index=True)


def read_task_shares(path: str | Path) -> pd.DataFrame:
    """Read each O*NET task's part of all use of Claude, as in the first releases of the index.

    Parameters
    ----------
    path
        ``onet_task_mappings.csv`` (February 2025) or ``task_pct_v2.csv`` (March 2025), gzipped or not.

    Returns
    -------
    pandas.DataFrame
        Table ``task_shares``: ``task``, lower-cased as in the file, and ``pct``, its part of all conversations in percent.
        Conversations about no task (``none``) are a row, so that ``pct`` sums to 100.

    Notes
    -----
    Source: Handa et al. 2025, arXiv 2503.04761; Anthropic Economic Index.
    """
    path = Path(path)
    raw = read_raw_table(path, ["task_name", "pct"], separator=",", quoted=True)
    check_filled(raw, list(raw.columns), path.name)
    pct = pd.to_numeric(raw["pct"], errors="coerce").astype("float64")
    if pct.isna().any() or abs(pct.sum() - _ALL) > _ROUNDING:
        raise SourceError(
            f"{path.name}: found {int(pct.isna().sum()):,} parts that are no number and a sum of {pct.sum():.4f}; expected parts "
            "of all use in percent that sum to 100: download it again"
        )
    table = pd.DataFrame({"task": raw["task_name"].str.strip().str.lower(), "pct": pct})
    return check_source_table("task_shares", table, path.name, ("task",))


def read_usage_statements(path: str | Path) -> pd.DataFrame:
    """Read the task statements of O*NET 20.1 that the index sorts conversations by.

    Parameters
    ----------
    path
        ``onet_task_statements.csv`` or ``onet_task_statements_old.csv``, gzipped or not.

    Returns
    -------
    pandas.DataFrame
        Table ``usage_statements``: ``onetsoc_code`` (O*NET-SOC 2010), ``title``, ``task_id``, ``task`` lower-cased.

    Notes
    -----
    Source: O*NET 20.1 Database, USDOL/ETA, CC BY 4.0, as released with the Anthropic Economic Index.
    """
    path = Path(path)
    columns = ["O*NET-SOC Code", "Title", "Task ID", "Task"]
    raw = read_raw_table(path, columns, separator=",", quoted=True)
    check_filled(raw, columns, path.name)
    table = pd.DataFrame(
        {"onetsoc_code": onetsoc_codes(raw["O*NET-SOC Code"], path.name), "title": raw["Title"],
         "task_id": plain_ids(raw["Task ID"]), "task": raw["Task"].str.strip().str.lower()}
    )  # fmt: skip
    return check_source_table("usage_statements", table, path.name, ("onetsoc_code", "task_id"))


def _read_statements(folder: Path) -> pd.DataFrame | None:
    """Return text and codes of each O*NET statement by its lower-cased text, or None where the file is not there."""
    file = next((file for stem in _STATEMENTS if (file := find_file(folder, stem)) is not None), None)
    if file is None:
        return None
    raw = read_raw_table(file, ["O*NET-SOC Code", "Task"], separator=",", quoted=True)
    check_filled(raw, list(raw.columns), file.name)
    codes = onetsoc_codes(raw["O*NET-SOC Code"], file.name).str[:7]
    text = raw["Task"].str.strip()
    table = pd.DataFrame({"key": text.str.lower(), "task": text, "soc_codes": codes}).sort_values("soc_codes", kind="stable")
    codes_of = table.drop_duplicates(["key", "soc_codes"]).groupby("key", sort=False)["soc_codes"].agg(";".join)
    return table.drop_duplicates("key").set_index("key")[["task"]].assign(soc_codes=codes_of)


def _read_release(file: Path, release: UsageRelease, statements: pd.DataFrame | None) -> pd.DataFrame:
    raw = read_raw_table(file, ["task_name", *_SHARES], ["pct"], separator=",", quoted=True)
    check_filled(raw, list(raw.columns), file.name)
    usage = _numbers(raw, [column for column in raw.columns if column != "task_name"], file.name)
    unequal = (usage[list(_SHARES)].sum(axis=1) - 1).abs() > _ROUNDING
    if unequal.any():
        raise SourceError(
            f"{file.name}: found {int(unequal.sum()):,} of {len(raw):,} tasks whose six shares do not sum to 1, first: data row "
            f"{int(unequal.to_numpy().argmax()) + 1:,}; expected shares as released: download it again"
        )
    usage = usage.assign(key=raw["task_name"].str.strip().str.lower(), usage_release=release)
    usage = _with_pct(usage, file)
    usage = _with_statements(usage[usage["key"] != _NO_TASK], statements)
    unfiltered = usage[list(MODES)].sum(axis=1)
    # All use of a task may be filtered: its share is then unknown, not 0.
    share = usage[list(AUTOMATION_MODES)].sum(axis=1) / unfiltered.where(unfiltered > _ROUNDING)
    total = assumption("usage", "conversations")[release]
    usage = usage.assign(automation_share=share.clip(0, 1), conversations=(usage["pct"] / 100 * total).round())
    columns = table_columns("task_usage")
    return check_source_table("task_usage", usage[columns].reset_index(drop=True), file.name, _KEY)


def _numbers(raw: pd.DataFrame, columns: list[str], name: str) -> pd.DataFrame:
    numbers = pd.DataFrame({column: pd.to_numeric(raw[column], errors="coerce").astype("float64") for column in columns})
    outside = ~(numbers.ge(0) & numbers.le(1)).all(axis=1)
    if outside.any():
        raise SourceError(
            f"{name}: found data row {int(outside.to_numpy().argmax()) + 1:,} of {len(raw):,} with a share that is not a "
            "number from 0 to 1; expected shares as released: download it again"
        )
    return numbers


def _with_pct(usage: pd.DataFrame, file: Path) -> pd.DataFrame:
    """Return `usage` with ``pct`` in percent: of its own file, which sums to 1, or of task_pct_v2, which sums to 100."""
    if "pct" in usage:
        return usage.assign(pct=usage["pct"] * 100)
    parts = find_file(file.parent, _PARTS) if usage["usage_release"].eq("2025-03").all() else None
    if parts is None:
        return usage.assign(pct=float("nan"))
    shares = read_task_shares(parts).rename(columns={"task": "key"})
    return usage.merge(shares, on="key", how="left", validate="many_to_one")


def _with_statements(usage: pd.DataFrame, statements: pd.DataFrame | None) -> pd.DataFrame:
    if statements is None:
        return usage.assign(task=usage["key"], soc_codes=pd.Series(pd.NA, index=usage.index, dtype="object"))
    matches = usage.merge(statements, left_on="key", right_index=True, how="left", validate="many_to_one")
    return matches.assign(task=matches["task"].fillna(matches["key"]))
