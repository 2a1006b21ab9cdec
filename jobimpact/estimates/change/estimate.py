"""Which aggregate is meant: measure, cut, weight and group, in a short form that a command line takes."""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.means.definitions import probability_above
from jobimpact.estimates.means.occupations import MEASURES

By = Literal["", "soc_major", "wage_quintile", "naics", "area"]
_FORM = re.compile(
    r"(?P<kind>mean|share):(?P<measure>[a-z]+)(?:(?P<operator>>=|>)(?P<cut>0?\.[0-9]+|0|1(?:\.0*)?))?"
    r"(?P<bill>/wage_bill)?(?:@(?P<by>soc_major|naics|area)=(?P<key>[0-9-]+))?"
)


@dataclass(frozen=True)
class Estimate:
    """Which aggregate is meant: a mean, or the expected share of jobs whose measure lies above a cut."""

    measure: str = "beta"  # alpha, beta, gamma or automation
    cut: float | None = None  # for a share, 0 to 1
    operator: Literal[">=", ">"] = ">="
    weight: Literal["employment", "wage_bill"] = "employment"
    by: By = ""  # empty for the country
    key: str = ""

    @classmethod
    def parse(cls, text: str) -> "Estimate":
        """Read an estimate from its short form.

        ``mean:MEASURE`` or ``share:MEASURE>=CUT`` (or ``>``), then ``/wage_bill`` for that weight, then
        ``@soc_major=CODE``, ``@naics=CODE`` or ``@area=CODE`` for a group. Any other form is an InputError.

        Examples
        --------
        >>> Estimate.parse("share:beta>=0.5@naics=51")
        Estimate(measure='beta', cut=0.5, operator='>=', weight='employment', by='naics', key='51')
        >>> str(Estimate.parse("mean:gamma/wage_bill"))
        'mean:gamma/wage_bill'
        """
        match = _FORM.fullmatch(text.replace(" ", ""))
        if match is None or match["measure"] not in MEASURES or (match["kind"] == "share") != (match["cut"] is not None):
            raise InputError(
                f"estimate {text!r}: expected a form such as mean:beta, share:beta>=0.5, mean:beta/wage_bill, mean:beta@naics=51 "
                f"(measures {', '.join(MEASURES)}; cuts from 0 to 1; groups soc_major, naics, area)"
            )
        return cls(
            match["measure"],
            None if match["cut"] is None else float(match["cut"]),
            ">" if match["operator"] == ">" else ">=",
            "wage_bill" if match["bill"] else "employment",
            match["by"] or "",  # type: ignore[arg-type]
            match["key"] or "",
        )

    @property
    def cell_key(self) -> tuple[str, str, str]:
        """What says which cells of employment count, and for what."""
        return self.by, self.key, self.weight

    def __str__(self) -> str:
        start = f"mean:{self.measure}" if self.cut is None else f"share:{self.measure}{self.operator}{self.cut:g}"
        bill = "/wage_bill" if self.weight == "wage_bill" else ""
        return start + bill + (f"@{self.by}={self.key}" if self.by else "")

    def compute(self, exposures: pd.DataFrame, employment: pd.DataFrame) -> float:
        """Return the estimate from measures by ``soc_code``; missing where the group has no scored job."""
        return self.mean(self.values(exposures), employment)

    def values(self, exposures: pd.DataFrame) -> pd.Series:
        """Return what is averaged: the measure, or the probability that it lies above the cut.

        Errors are known of beta alone, in the column ``beta_se``; without one a prediction is above the cut or
        below it, as in the tables of a study.
        """
        exposure = exposures[self.measure]
        if self.cut is None:
            return exposure
        error = exposures["beta_se"].to_numpy() if self.measure == "beta" and "beta_se" in exposures else None
        above = probability_above(exposure.to_numpy(dtype="float64"), error, self.cut, self.operator)
        return pd.Series(above, index=exposure.index)

    def mean(self, values: pd.Series, employment: pd.DataFrame) -> float:
        """Return the weighted mean of `values`, by ``soc_code``, in the group; missing where it has none."""
        cells = self.cells(values, employment)
        return float(np.average(cells["value"], weights=cells["weight"])) if len(cells) else float("nan")

    def cells(self, values: pd.Series, employment: pd.DataFrame) -> pd.DataFrame:
        """Return ``soc_code value weight`` of every occupation that counts in the group, and ``error``.

        That is the squared relative standard error of the weight, missing where the employment has none.
        """
        for column in (self.by, "a_mean" if self.weight == "wage_bill" else ""):
            if column and column not in employment:
                raise InputError(f"the employment at hand has no column {column!r}; expected it for {self}: give one that has it")
        cells = employment[employment[self.by] == self.key] if self.by else employment
        bill = self.weight == "wage_bill"
        weight = cells["tot_emp"] * cells["a_mean"] if bill else cells["tot_emp"]
        errors = ["emp_prse", "mean_prse"] if bill else ["emp_prse"]
        # Errors that BLS did not release count as 0, as in the variance ledger.
        error = (cells[errors].fillna(0.0) / 100).pow(2).sum(axis=1) if set(errors) <= set(cells) else float("nan")
        table = pd.DataFrame({"value": cells["soc_code"].map(values), "weight": weight, "error": error}).astype("float64")
        return table.assign(soc_code=cells["soc_code"])[table["value"].notna() & (table["weight"] > 0)]
