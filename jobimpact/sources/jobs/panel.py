"""OEWS over time: releases that compare in one table, and the growth of every occupation between two of them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from jobimpact.errors import InputError, SourceError
from jobimpact.facts.codes import soc_major
from jobimpact.sources.jobs.oews import read_oews

# May 2019 and May 2020 mix SOC 2010 and SOC 2018: their codes mean other groups of workers.
_FIRST_PANEL: Final = "2021-05"


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

    Examples
    --------
    >>> from jobimpact import read_employment
    >>> panel = read_oews_panel([], read_employment("national"))
    >>> panel["release"].unique().tolist(), panel["o_group"].unique().tolist()
    (['2025-05'], ['total', 'detailed'])
    """
    levels = ["total", "detailed"]
    releases = []
    for table in [*(read_oews(path, i_groups=["cross-industry"]) for path in paths), *tables]:
        rows = table[(table["area"] == "99") & (table["i_group"] == "cross-industry") & table["o_group"].isin(levels)]
        releases.append(rows)
        release = str(rows["release"].iloc[0]) if len(rows) else ""
        if release < _FIRST_PANEL:
            raise SourceError(
                f"found OEWS release {release or 'without national rows'}; expected {_FIRST_PANEL} or later: earlier codes are a "
                "mixture of SOC 2010 and 2018 and do not join: leave that year out"
            )
    panel = pd.concat(releases, ignore_index=True)
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

    Examples
    --------
    >>> from jobimpact import read_employment
    >>> may_2025 = read_employment("national")
    >>> fewer = may_2025.assign(release="2024-05", tot_emp=may_2025["tot_emp"] / 1.1)
    >>> growth = compare_employment(read_oews_panel([], fewer, may_2025), "2024-05", "2025-05")
    >>> growth.set_index("soc_code")["log_growth"].round(3)["15-1252"].item()
    0.095
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
            # Too small where both releases pool some of the same panels, see `read_oews_panel`.
            "log_growth_se": np.hypot(both["emp_prse_before"], both["emp_prse_after"]) / 100,
        }
    )
