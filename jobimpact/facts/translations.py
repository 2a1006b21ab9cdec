"""The starter set in Chinese: this project's own translations of occupations' titles and of their tasks."""

from __future__ import annotations

import csv
from functools import cache

from jobimpact.paths import packaged


@cache
def chinese_tasks() -> dict[str, str]:
    """Return the task statements of the starter set in Simplified Chinese, by ``task_id``.

    Examples
    --------
    >>> len(chinese_tasks()), chinese_tasks()["11-1011-01"][:7]
    (2520, '决定公司把资金')
    """
    return {row["task_id"]: row["task_zh"] for row in _rows()}


@cache
def chinese_titles() -> dict[str, str]:
    """Return the titles of the occupations of the starter set in Simplified Chinese, by SOC 2018 code.

    Examples
    --------
    >>> len(chinese_titles()), chinese_titles()["11-1011"]
    (222, '首席执行官')
    """
    # A task is numbered within its SOC code, such as 11-1011-01.
    return {row["task_id"].rpartition("-")[0]: row["title_zh"] for row in _rows()}


def _rows() -> list[dict[str, str]]:
    text = packaged("data", "starter", "tasks_zh.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
