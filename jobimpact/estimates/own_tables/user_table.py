"""The exposure of a study on an employment table of one's own, with errors of sampling, of the model and of the crosswalk."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.own_tables.aggregates import estimate_user_aggregates
from jobimpact.estimates.own_tables.classifications import UserClassification, Within, study_exposures
from jobimpact.estimates.own_tables.match import match_employment
from jobimpact.estimates.own_tables.results import Aggregates, check_level, code_hint, errors_sentence, make_result
from jobimpact.exposure.text_crosswalk import pair_csco
from jobimpact.sources.jobs.user_employment import Totals, read_user_employment
from jobimpact.sources.store.inputs import Inputs
from jobimpact.study import open_study

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobimpact.estimates.own_tables.classifications import UserExposures
    from jobimpact.estimates.own_tables.match import MatchedEmployment
    from jobimpact.estimates.own_tables.survey import ReplicateMethod
    from jobimpact.sources.jobs.user_employment import Classification
    from jobimpact.study import Study

_READ_AS: dict[UserClassification, Classification] = {
    "soc-2018": "soc", "onetsoc-2019": "onetsoc", "soc-2010": "soc2010", "census-2018": "census", "isco-08": "isco",
    "esco": "esco", "csco-2022": "csco",
}  # fmt: skip
_EXAMPLES = {
    "soc-2018": "15-1252", "onetsoc-2019": "15-1252.00", "soc-2010": "15-1132", "census-2018": "1021", "isco-08": "2512",
    "esco": "2512.4", "csco-2022": "2-02-10-03",
}  # fmt: skip
_GROUPS = ("soc_", "level", "all")  # what matched_at of a group begins with


def aggregate(
    table: str | Path,
    study: Study | str | Path | None = None,
    *,
    code_column: str = "code",
    weight_column: str = "weight",
    group_columns: Sequence[str] = (),
    classification: UserClassification = "soc-2018",
    wage_column: str | None = None,
    stratum_column: str | None = None,
    psu_column: str | None = None,
    sampling_fraction_column: str | None = None,
    replicate_prefix: str | None = None,
    method: ReplicateMethod | None = None,
    fay: float = 0.0,
    weight_se_column: str | None = None,
    persons: bool = False,
    totals: Totals = "refuse",
    within: Within = "equal",
    level: float | None = None,
    data: str | Path | None = None,
    encoding: str = "utf-8-sig",
    sheet: str | None = None,
    progress: bool = False,
) -> Aggregates:
    """Put the exposure of a study on an employment table of your own.

    Parameters
    ----------
    table
        File with an occupation code and a weight (jobs, or survey weights) in each row.
    study
        A study or its folder; by default the one written last.
    code_column, weight_column, group_columns, wage_column, stratum_column, psu_column, sampling_fraction_column, \
replicate_prefix, weight_se_column, persons, totals, encoding, sheet
        See :func:`jobimpact.sources.jobs.user_employment.read_user_employment`.
    classification
        What the codes are of.
    method
        How replicate weights were made; ``sdr`` is that of CPS and ACS, ``jackknife`` deletes one.
    fay
        Coefficient of Fay's method.
    within
        What a group of ISCO-08 is made of where details are not known: ``equal`` parts, or by the ``us-jobs``
        behind them.
    level
        Of the intervals, by default that of the study's own (data/variance.toml).
    data
        Folder with publishers' files under their own names, which comes before the data folder.
    progress
        Whether a bar is shown while the texts of CSCO are read.

    Returns
    -------
    Aggregates
        Intervals hold the errors of sampling, of the model, of the weights of tasks and of the crosswalk where each
        is known; a note says which.

    Raises
    ------
    InputError
        If the file or a column cannot be read, options contradict each other, or no code has an exposure.
    StudyError
        If there is no such study.

    Examples
    --------
    >>> columns = {"code_column": "occ", "weight_column": "jobs", "group_columns": ["region"]}
    >>> regions = aggregate("own.csv", "reports/study", **columns)
    >>> regions.table.set_index("region")["exposure_beta"].round(1).to_dict()
    {'North': 0.4, 'South': 0.3}
    """
    designs = {
        "stratum_column": stratum_column, "psu_column": psu_column, "sampling_fraction_column": sampling_fraction_column,
        "weight_se_column": weight_se_column,
    }  # fmt: skip
    level = check_level(level)
    _check_design(replicate_prefix, method, fay, [name for name, column in designs.items() if column is not None])
    if len(group_columns) > len({column.casefold() for column in group_columns}):
        _refuse(f"found {{group_columns}} {group_columns[-1]} twice; expected each column once: leave one out")
    if within == "us-jobs" and not classification.startswith(("isco", "esco")):
        _refuse(f"found {{within}} us-jobs with {classification}; expected it with isco-08, esco or cedefop only: leave it out")
    source, inputs = open_study(study), Inputs(data)
    employment = read_user_employment(
        table, code_column, weight_column, classification=_READ_AS[classification], group_columns=group_columns,
        wage_column=wage_column, replicate_prefix=replicate_prefix, persons=persons, totals=totals, encoding=encoding,
            sheet=sheet, **designs,
    )  # fmt: skip
    exposures = study_exposures(
        classification, source["tasks"], source["occupations"], inputs, codes=employment.rows["code"], within=within,
        csco_pairs=pair_csco(inputs, progress=progress) if classification == "csco-2022" else None,
    )  # fmt: skip
    matched = match_employment(employment, exposures.exposures.table())
    _check_any_match(matched, classification)
    parts: list[Sequence[str]] = [(), group_columns] if group_columns else [()]
    options: Any = {"method": method or "sdr", "fay": fay, "level": level}
    tables = [estimate_user_aggregates(matched, exposures.exposures, by, **options) for by in parts]
    total = tables[0]
    sentences = {"coverage": _coverage(matched, exposures, total), "errors": errors_sentence(total, level)}
    name, labels = Path(table).name, list(group_columns)
    return make_result(source, name, classification, tables[-1], labels, sentences, total=total, unmatched=matched.unknown)


def _refuse(message: str) -> NoReturn:
    """Raise an InputError whose ``{parameters}`` are named as the caller knows them."""
    raise InputError(message, parameters=re.findall(r"{(\w+)}", message))


def _check_design(replicates: str | None, method: ReplicateMethod | None, fay: float, designs: Sequence[str]) -> None:
    """Raise where what is said of the sample contradicts itself; `designs` are the parameters given of strata and the like."""
    if replicates is not None and method is None:
        _refuse(
            "found {replicate_prefix} without {method}; expected how they were made, on which the error hangs (brr, fay, "
            "jackknife, sdr or bootstrap): see the publisher's notes; CPS and ACS are sdr"
        )
    if method is not None and replicates is None:
        _refuse(f"found {{method}} {method} without {{replicate_prefix}}; expected their columns, such as 'repwt*'")
    if (fay != 0) != (method == "fay"):
        _refuse(
            f"found {{fay}} {fay:g} with {'no {method}' if method is None else '{method} ' + method}; expected a coefficient "
            "above 0 with {method} fay, and none elsewhere"
        )
    if replicates is not None and designs:
        _refuse(f"found {{replicate_prefix}} and {{{designs[0]}}}; expected one way to the error of sampling: leave one out")
    if "weight_se_column" in designs and len(designs) > 1:
        _refuse(f"found {{weight_se_column}} and {{{designs[0]}}}; expected cells or persons of a sample: leave one out")


def _check_any_match(matched: MatchedEmployment, classification: UserClassification) -> None:
    if matched.rows["exposure_beta"].notna().any():
        return
    codes = matched.rows["code"]
    first = next((code for code in codes if code), "(no code)")
    raise InputError(
        f"{matched.employment.name}: none of {codes.nunique():,} codes (first: {str(first)[:40]!r}) has an exposure as "
        f"{classification}; expected codes such as {_EXAMPLES[classification]}: choose {{code_column}} or {{classification}}, or "
        f"a study that covers them{code_hint(pd.Series(codes.unique()), classification)}",
        parameters=["code_column", "classification"],
    )


def _coverage(matched: MatchedEmployment, exposures: UserExposures, total: pd.DataFrame) -> str:
    row, rows = total.iloc[0], matched.rows
    codes, part = rows["code"].nunique(), row["jobs_scored_share"]
    unit = "weighted persons" if matched.employment.persons else "jobs"
    partly = "" if not part < 1 else f" ({100 * part:.1f} % of the US jobs behind them scored)"
    grouped = rows.loc[rows["matched_at"].fillna("").str.startswith(_GROUPS), "weight"].sum() / row["tot_emp"]
    wide = f"; {100 * grouped:.1f} % are in codes of groups, which have the mean of the group" if grouped > 0 else ""
    hidden = f"; {row['cells_suppressed']:,} rows have no weight and count nowhere" if row["cells_suppressed"] else ""
    return (
        f"Exposure covers {100 * row['matched_share']:.1f} % of {row['tot_emp']:,.0f} {unit}, "
        f"{codes - len(matched.unknown):,} of {codes:,} codes{partly}, over {exposures.path}{wide}{hidden}."
    )
