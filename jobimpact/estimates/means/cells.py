"""The occupations of one sector or place, with the exposure that each has in the study."""

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.means.occupations import MEASURES
from jobimpact.tables import table_columns


def occupation_cells(occupations: pd.DataFrame, oews: pd.DataFrame, by: str, key: str) -> pd.DataFrame:
    """Return the detailed occupations of one group, the largest first.

    Parameters
    ----------
    occupations
        Table ``occupations`` of a study.
    oews
        Table ``oews``: sector by occupation or state by occupation.
    by, key
        Column of the group (``naics`` or ``area``) and its code.

    Returns
    -------
    pandas.DataFrame
        Table ``occupation_cells`` of the data dictionary. Employment that BLS did not release is missing and
        comes last; exposure is missing where the study scored no task. An occupation that the study does not
        know is kept.

    Raises
    ------
    InputError
        If `oews` has no such group.
    """
    rows = oews[oews[by] == key]
    totals = rows.loc[rows["o_group"] == "total", "tot_emp"]
    if len(totals) != 1:
        keys = ", ".join(sorted(oews[by].unique())[:5])
        raise InputError(f"{by} {key!r} has {len(totals)} totals in the employment table; expected one; it knows {keys}, ...")
    detailed = rows.loc[
        rows["o_group"] == "detailed", ["soc_code", "title", "tot_emp", "emp_suppressed", "a_mean", "mean_top_coded"]
    ]
    exposures = occupations[["soc_code", "n_tasks", *MEASURES.values()]]
    cells = detailed.merge(exposures, on="soc_code", how="left", validate="one_to_one")
    cells = cells.assign(
        employment_share=cells["tot_emp"] / totals.iloc[0],
        n_tasks=cells["n_tasks"].fillna(0).astype("int64"),
    )
    cells = cells.sort_values(["tot_emp", "soc_code"], ascending=[False, True], na_position="last", ignore_index=True)
    return cells[table_columns("occupation_cells")]


def check_release(oews: pd.DataFrame, release: str) -> pd.DataFrame:
    """Return `oews` if it is of the `release` that a study was made with, else raise.

    Raises
    ------
    InputError
        If the employment at hand is of another release: cells of two releases must not stand side by side.
    """
    releases = sorted(set(oews["release"]))
    if releases != [release]:
        raise InputError(
            f"the employment tables here are of {', '.join(releases)}, the study was made with "
            f"{release or 'an unnamed release'}: run the study again with `jobimpact run`"
        )
    return oews
