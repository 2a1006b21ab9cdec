"""A user's own employment matched to the exposure of its codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobimpact.errors import InputError
from jobimpact.estimates.own_tables.survey import ReplicateMethod, SurveyDesign
from jobimpact.facts.codes import normalise_soc, oews_code
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from jobimpact.sources.jobs.user_employment import UserEmployment


@dataclass(frozen=True)
class MatchedEmployment:
    """A user's employment with the exposure of each row.

    `rows` has ``code_used`` (the code that was looked for: of O*NET-SOC and OEWS codes sometimes a wider
    one), ``matched_at`` (what the exposure is of; missing where there is none) and the four exposures.
    `unknown` is the table ``unknown_codes``.
    """

    employment: UserEmployment
    rows: pd.DataFrame
    unknown: pd.DataFrame


def match_employment(employment: UserEmployment, exposures: pd.DataFrame) -> MatchedEmployment:
    """Return each row of a user's employment with the exposure of its code; a code without one keeps its row.

    An O*NET-SOC code that `exposures` lacks gets the exposure of its SOC code.
    """
    repeated = exposures["code"].duplicated()
    if repeated.any():
        raise InputError(f"found {exposures.loc[repeated, 'code'].iloc[0]} twice among the exposures; expected each code once")
    codes = employment.rows["code"]
    lookup = codes
    if employment.classification in ("soc", "onetsoc"):
        soc = normalise_soc(codes)
        # OEWS publishes some detailed occupations only together, under a code of its own.
        for fallback in (soc, oews_code(soc)):
            lookup = lookup.where(lookup.isin(exposures["code"]) | fallback.isna(), fallback)
    # Rows are never dropped: what has no exposure stays in the total that coverage is a share of.
    rows = employment.rows.assign(code_used=lookup).merge(
        exposures.rename(columns={"code": "code_used"}), on="code_used", how="left", validate="many_to_one"
    )
    return MatchedEmployment(employment, rows, _unknown(rows))


def _unknown(rows: pd.DataFrame) -> pd.DataFrame:
    codes = rows[rows["exposure_beta"].isna()].groupby("code")
    table = codes.agg(n_rows=("code", "size"), tot_emp=("weight", "sum")).reset_index()
    table = table.assign(emp_share=table["tot_emp"] / rows["weight"].sum())
    table = table.sort_values(["tot_emp", "code"], ascending=[False, True], ignore_index=True)
    return table.astype({"n_rows": "int64"}).rename(columns={"code": "unknown_code"})[table_columns("unknown_codes")]


def user_design(employment: UserEmployment, *, method: ReplicateMethod = "sdr", fay: float = 0.0) -> SurveyDesign:
    """Return the sampling design that a user's table states."""
    rows = employment.rows

    def column(name: str) -> np.ndarray | None:
        return rows[name].to_numpy() if name in rows else None

    return SurveyDesign(
        strata=column("stratum"),
        psus=column("psu"),
        persons=employment.persons,
        sampling_fractions=column("sampling_fraction"),
        replicates=employment.replicates,
        method=method,
        fay=fay,
        cell_errors=column("weight_se"),
    )
