"""The exposure of a study on another employment table: a user's own, that of Cedefop, or the groups of CSCO."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import CoverageWarning, InputError
from jobimpact.estimates.own_tables import csco
from jobimpact.estimates.own_tables.aggregates import estimate_user_aggregates
from jobimpact.estimates.own_tables.cedefop import aggregate_cedefop, isco_without_exposure
from jobimpact.estimates.own_tables.classifications import UserClassification, Within, study_exposures
from jobimpact.estimates.own_tables.match import match_employment
from jobimpact.results import Result, records
from jobimpact.sources.jobs.cedefop import read_cedefop_employment
from jobimpact.sources.jobs.user_employment import Totals, read_user_employment
from jobimpact.sources.store.inputs import Inputs
from jobimpact.sources.tasks.csco import read_csco_structure
from jobimpact.sources.tasks.isco import read_isco_structure
from jobimpact.study import open_study

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobimpact.estimates.own_tables.classifications import UserExposures
    from jobimpact.estimates.own_tables.match import MatchedEmployment
    from jobimpact.estimates.own_tables.survey import ReplicateMethod
    from jobimpact.sources.jobs.user_employment import Classification
    from jobimpact.study import Study

Replication = Literal["brr", "fay", "jackknife", "sdr", "bootstrap"]

_READ_AS: dict[UserClassification, Classification] = {
    "soc-2018": "soc", "onetsoc-2019": "onetsoc", "soc-2010": "soc2010", "census-2018": "census", "isco-08": "isco",
    "esco": "esco", "csco-2022": "csco",
}  # fmt: skip
_METHODS: dict[Replication, ReplicateMethod] = {
    "brr": "brr", "fay": "fay", "jackknife": "jk1", "sdr": "sdr", "bootstrap": "bootstrap",
}  # fmt: skip
_EXAMPLES = {
    "soc-2018": "15-1252", "onetsoc-2019": "15-1252.00", "soc-2010": "15-1132", "census-2018": "1021", "isco-08": "2512",
    "esco": "2512.4", "csco-2022": "2-02-10-03",
}  # fmt: skip
_ISCO = ("isco", "ISCO-08 EN Structure and definitions.*")
_GROUPS = ("soc_", "level", "all")  # what matched_at of a group begins with
_FEW = 3  # countries that a sentence names
_LONGEST = 44  # characters of a group's name at a prompt
# Heading, column of the table, form; columns that a table lacks, or that have no value in it, are not printed.
_COLUMNS = (
    ("jobs", "tot_emp", ",.0f"), ("occupations", "n_detailed", ",.0f"),
    ("matched", "matched_share", "%"), ("scored", "share_scored", "%"),
    ("beta", "exposure_beta", ".3f"), ("se", "mean_se", ".3f"), ("low", "mean_low", ".3f"), ("high", "mean_high", ".3f"),
    ("alpha", "exposure_alpha", ".3f"), ("gamma", "exposure_gamma", ".3f"),
    (">= .1", "share_workers_10", "%"), (">= .5", "share_workers_50", "%"), ("occupations >= .5", "occupations_50", "%"),
    ("wage bill", "wage_bill", ",.0f"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Aggregates(Result):
    """The exposure of groups of employment, with what it covers and how far it may be off.

    Attributes
    ----------
    table
        One row per group: jobs, what of them is matched, mean exposures, shares above cuts, errors and intervals of beta.
    total
        One row of all together; None where groups do not add up to one.
    unmatched
        Table ``unknown_codes``: codes without an exposure and their jobs; None where no user's codes were matched.
    labels
        Columns of `table` that name a row.
    about
        Study, table and classification, and in words ``coverage`` and ``errors``.
    """

    total: pd.DataFrame | None
    unmatched: pd.DataFrame | None
    labels: tuple[str, ...]
    about: Mapping[str, Any]

    def headline_rows(self) -> pd.DataFrame:
        """Return the first groups, and the row of all, as they are printed."""
        groups = self.table.head(int(assumption("aggregate", "shown_groups")))
        parts = [groups] if self.total is None or not self.labels else [groups, self.total]
        names = [self._name(row) for row in groups.to_dict("records")] + ["all"] * (len(parts) - 1)
        rows = pd.concat(parts, ignore_index=True)
        columns = [entry for entry in _COLUMNS if entry[1] in rows and rows[entry[1]].notna().any()]
        cells = {heading: [_figure(value, form) for value in rows[column]] for heading, column, form in columns}
        return pd.DataFrame({"group": names, **cells})

    def _name(self, row: Mapping[Any, Any]) -> str:
        name = " ".join(str(row[label]) for label in self.labels if isinstance(row[label], str)) or "all"
        return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."

    def to_record(self) -> dict[str, Any]:
        """Return everything as JSON holds it."""
        return {
            **self.about,
            "groups": records(self.table),
            "total": None if self.total is None else records(self.total)[0],
            "unmatched": None if self.unmatched is None else records(self.unmatched),
        }


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
    method: Replication | None = None,
    fay: float = 0.0,
    weight_se_column: str | None = None,
    persons: bool = False,
    totals: Totals = "refuse",
    within: Within = "equal",
    data: str | Path | None = None,
    encoding: str = "utf-8-sig",
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
replicate_prefix, weight_se_column, persons, totals, encoding
        See :func:`jobimpact.sources.jobs.user_employment.read_user_employment`.
    classification
        What the codes are of.
    method
        How replicate weights were made; ``sdr`` is that of CPS and ACS, ``jackknife`` deletes one.
    fay
        Coefficient of Fay's method.
    within
        What a group of ISCO-08 is made of where details are not known: ``equal`` parts, or by the ``us-jobs`` behind them.
    data
        Folder with publishers' files under their own names, which comes before the data folder.
    progress
        Whether a bar is shown while the texts of CSCO are read.

    Returns
    -------
    Aggregates
        Intervals hold the errors of sampling, of the model and of the crosswalk where each is known; a note says which.

    Raises
    ------
    InputError
        If the file or a column cannot be read, options contradict each other, or no code has an exposure.
    StudyError
        If there is no such study.

    Examples
    --------
    >>> aggregate("own.csv", "reports/study", code_column="occ", group_columns=["region"]).table  # doctest: +SKIP
    """
    designs = {
        "stratum_column": stratum_column, "psu_column": psu_column, "sampling_fraction_column": sampling_fraction_column,
        "weight_se_column": weight_se_column,
    }  # fmt: skip
    _check_design(replicate_prefix, method, fay, [name for name, column in designs.items() if column is not None])
    if len(group_columns) > len({column.casefold() for column in group_columns}):
        raise InputError(
            f"found {{group_columns}} {group_columns[-1]} twice; expected each column once: leave one out",
            parameters=["group_columns"],
        )
    if within == "us-jobs" and not classification.startswith(("isco", "esco")):
        raise InputError(
            f"found {{within}} us-jobs with {classification}; expected it with isco-08, esco or cedefop only: leave it out",
            parameters=["within"],
        )
    source, inputs = open_study(study), Inputs(data)
    employment = read_user_employment(
        table, code_column, weight_column, classification=_READ_AS[classification], group_columns=group_columns,
        wage_column=wage_column, replicate_prefix=replicate_prefix, persons=persons, totals=totals, encoding=encoding, **designs,
    )  # fmt: skip
    exposures = study_exposures(
        classification, source["tasks"], source["occupations"], inputs, codes=employment.rows["code"], within=within,
        csco_pairs=_csco_pairs(inputs, progress=progress) if classification == "csco-2022" else None,
    )  # fmt: skip
    with warnings.catch_warnings():
        # The note on coverage says the same.
        warnings.simplefilter("ignore", CoverageWarning)
        matched = match_employment(employment, exposures.exposures.table())
    _check_any_match(matched, classification)
    replication = _METHODS[method] if method else "sdr"
    total = estimate_user_aggregates(matched, exposures.exposures, method=replication, fay=fay)
    groups = total
    if group_columns:
        groups = estimate_user_aggregates(matched, exposures.exposures, group_columns, method=replication, fay=fay)
    return _result(
        source, Path(table).name, classification, groups, list(group_columns), total=total, unmatched=matched.unknown,
        coverage=_coverage(matched, exposures, total), errors=_errors(total),
    )  # fmt: skip


def aggregate_countries(
    study: Study | str | Path | None = None,
    *,
    countries: Sequence[str] = (),
    year: int | None = None,
    within: Within = "equal",
    data: str | Path | None = None,
) -> Aggregates:
    """Put the exposure of a study on the ISCO-08 groups of European countries, with the employment of Cedefop's forecast.

    Parameters
    ----------
    study
        A study or its folder; by default the one written last.
    countries
        As Cedefop writes them; all by default.
    year
        By default the last observed.
    within
        What a group is made of: its unit groups in ``equal`` parts, or by the ``us-jobs`` behind them.
    data
        Folder with publishers' files under their own names, which comes before the data folder.

    Raises
    ------
    InputError
        If there is no such country or year.
    SourceError
        If Cedefop's file is not here, with the command that brings it.

    Examples
    --------
    >>> aggregate_countries("reports/study", countries=["Germany"]).table  # doctest: +SKIP
    """
    source, inputs = open_study(study), Inputs(data)
    file = inputs.file("cedefop", "db_occupation_detail.json*", "db_occupation.json*")
    employment = read_cedefop_employment(file.parent)
    exposures = study_exposures("isco-08", source["tasks"], source["occupations"], inputs, within=within)
    options: Any = {"year": year, "countries": countries, "within": within}
    table = aggregate_cedefop(exposures.exposures, employment, titles=_isco_titles(inputs), **options)
    unmatched = isco_without_exposure(exposures.exposures, employment, **options)
    heads = table[table["isco_group"] == "total"]
    # The members of the EU would count twice beside it, unless it was asked for alone.
    heads = heads if heads["aggregate"].all() else heads[~heads["aggregate"]]
    jobs, matched = heads["tot_emp"].sum(), heads["emp_matched"].sum()
    area = ", ".join(heads["country"]) if len(heads) <= _FEW else f"{len(heads)} countries"
    period = f"{table['year'].iloc[0]}{' (forecast)' if table['forecast'].any() else ''}"
    coverage = (
        f"Exposure covers {100 * matched / jobs:.1f} % of {jobs:,.0f} persons employed, {area}, {period}, over {exposures.path}."
    )
    return _result(
        source, "cedefop", "isco-08", table, ["country", "isco_group", "group_title"], unmatched=unmatched, coverage=coverage,
        errors=_errors(table, "the publisher states none"),
    )  # fmt: skip


def aggregate_csco(
    study: Study | str | Path | None = None, *, data: str | Path | None = None, progress: bool = False
) -> Aggregates:
    """Put the exposure of a study on the groups of China's classification CSCO 2022, which have no employment.

    Parameters
    ----------
    study
        A study or its folder; by default the one written last.
    data
        Folder with publishers' files under their own names, which comes before the data folder.
    progress
        Whether a bar is shown while the texts are read.

    Raises
    ------
    SourceError
        If the file of CSCO or ISCO-08 is not here, with the command that brings it.

    Examples
    --------
    >>> aggregate_csco("reports/study").table  # doctest: +SKIP
    """
    source, inputs = open_study(study), Inputs(data)
    pairs = _csco_pairs(inputs, progress=progress)
    exposures = study_exposures("csco-2022", source["tasks"], source["occupations"], inputs, csco_pairs=pairs)
    table = csco.aggregate_csco(exposures.exposures, inputs.table(read_csco_structure, "csco", "csco22.csv*"))
    heads = table[table["level"] == 1]
    coverage = (
        f"Exposure covers {int(heads['n_occupations'].sum()):,} of {int(heads['n_detailed'].sum()):,} detailed occupations, each "
        f"counted once (no employment is published), over {exposures.path}."
    )
    return _result(
        source, "csco", "csco-2022", table, ["csco_code", "title"], coverage=coverage, errors=_errors(table, "it is no sample")
    )


def _result(
    study: Study, name: str, classification: str, table: pd.DataFrame, labels: list[str], *, coverage: str, errors: str,
    total: pd.DataFrame | None = None, unmatched: pd.DataFrame | None = None,
) -> Aggregates:  # fmt: skip
    inputs = study.manifest.get("inputs", {})
    origin = {
        "path": str(study.path),
        "rater": study.manifest.get("parameters", {}).get("rater"),
        "tasks": inputs.get("tasks", {}).get("name"),
        "employment": inputs.get("employment", {}).get("release"),
    }
    notes = [coverage, errors]
    hidden = len(table) - int(assumption("aggregate", "shown_groups"))
    if hidden > 0:
        notes.append(f"{hidden:,} more groups are in the table")
    if unmatched is not None and len(unmatched):
        notes.append(_unmatched_sentence(unmatched, int(assumption("aggregate", "named_codes"))))
    return Aggregates(
        title=f"{name}: exposure of {origin['path']}, rater {origin['rater']} on tasks of {origin['tasks']}",
        table=table,
        notes=tuple(notes),
        total=total,
        unmatched=unmatched,
        labels=tuple(labels),
        about={
            "study": origin, "table": name, "classification": classification, "coverage": coverage, "errors": errors
        },
    )  # fmt: skip


def _csco_pairs(inputs: Inputs, *, progress: bool) -> pd.DataFrame:
    from jobimpact.exposure.text_crosswalk import pair_csco

    return pair_csco(inputs, progress=progress)


def _isco_titles(inputs: Inputs) -> dict[str, str] | None:
    """Return the names of ISCO-08 groups where the ILO's file is at hand."""
    if inputs.find(*_ISCO) is None:
        return None
    groups = inputs.table(read_isco_structure, *_ISCO)
    return dict(zip(groups["isco_code"], groups["title"], strict=True))


def _check_design(replicates: str | None, method: Replication | None, fay: float, designs: Sequence[str]) -> None:
    """Raise where what is said of the sample contradicts itself; `designs` are the parameters given of strata and the like."""
    names = ["replicate_prefix", "method", "fay", *designs]
    if replicates is not None and method is None:
        raise InputError(
            "found {replicate_prefix} without {method}; expected how they were made, on which the error hangs (brr, fay, "
            "jackknife, sdr or bootstrap): see the publisher's notes; CPS and ACS are sdr",
            parameters=names,
        )
    if method is not None and replicates is None:
        raise InputError(
            f"found {{method}} {method} without {{replicate_prefix}}; expected their columns, such as 'repwt*'", parameters=names
        )
    if (fay != 0) != (method == "fay"):
        raise InputError(
            f"found {{fay}} {fay:g} with {'no {method}' if method is None else '{method} ' + method}; expected a coefficient "
            "above 0 with {method} fay, and none elsewhere",
            parameters=names,
        )
    if replicates is not None and designs:
        raise InputError(
            f"found {{replicate_prefix}} and {{{designs[0]}}}; expected one way to the error of sampling: leave one out",
            parameters=names,
        )
    if "weight_se_column" in designs and len(designs) > 1:
        raise InputError(
            f"found {{weight_se_column}} and {{{designs[0]}}}; expected cells or persons of a sample: leave one out",
            parameters=names,
        )


def _check_any_match(matched: MatchedEmployment, classification: UserClassification) -> None:
    if matched.rows["exposure_beta"].notna().any():
        return
    codes = matched.rows["code"]
    first = next((code for code in codes if code), "(no code)")
    raise InputError(
        f"{matched.employment.name}: none of {codes.nunique():,} codes (first: {str(first)[:40]!r}) has an exposure as "
        f"{classification}; expected codes such as {_EXAMPLES[classification]}: choose {{code_column}} or {{classification}}, or "
        "a study that covers them",
        parameters=["code_column", "classification"],
    )


def _coverage(matched: MatchedEmployment, exposures: UserExposures, total: pd.DataFrame) -> str:
    row, rows = total.iloc[0], matched.rows
    codes, scored = rows["code"].nunique(), row["jobs_scored_share"]
    unit = "weighted persons" if matched.employment.persons else "jobs"
    partly = "" if not scored < 1 else f" ({100 * scored:.1f} % of the US jobs behind them scored)"
    grouped = rows.loc[rows["matched_at"].fillna("").str.startswith(_GROUPS), "weight"].sum() / row["tot_emp"]
    wide = f"; {100 * grouped:.1f} % are in codes of groups, which have the mean of the group" if grouped > 0 else ""
    hidden = f"; {row['cells_suppressed']:,} rows have no weight and count nowhere" if row["cells_suppressed"] else ""
    return (
        f"Exposure covers {100 * row['matched_share']:.1f} % of {row['tot_emp']:,.0f} {unit}, "
        f"{codes - len(matched.unknown):,} of {codes:,} codes{partly}, over {exposures.path}{wide}{hidden}."
    )


def _errors(table: pd.DataFrame, no_sampling: str = "the table does not say how it was drawn") -> str:
    """Return in a sentence which errors the intervals hold, and why not the others: caveats travel with the number."""
    reasons = {
        "sampling": no_sampling,
        "the model": "the study has none for this rater",
        "the crosswalk": "no share is assumed",
    }
    held = [name for name in reasons if table[f"se_{name.rpartition(' ')[2]}"].notna().any()]
    missing = "; ".join(f"not {name} ({reason})" for name, reason in reasons.items() if name not in held)
    level = f"{100 * assumption('aggregate', 'interval_level'):.0f} %"
    sentence = "No error is known, so no interval is stated"
    if held:
        sentence = f"Intervals of {level} hold the errors of {' and '.join(held)}"
    return f"{sentence}{', ' + missing if missing else ''}. An error that all scores have in common is in none of them."


def _unmatched_sentence(unmatched: pd.DataFrame, most: int) -> str:
    rows = unmatched.head(most)
    listed = "; ".join(
        f"{code or '(no code)'} {jobs:,.0f}" for code, jobs in zip(rows["unknown_code"], rows["tot_emp"], strict=True)
    )
    more = f"; and {len(unmatched) - most:,} more" if len(unmatched) > most else ""
    return (
        f"Without an exposure: {len(unmatched):,} codes with {unmatched['tot_emp'].sum():,.0f} jobs "
        f"({100 * unmatched['emp_share'].sum():.1f} %): {listed}{more}"
    )


def _figure(value: float, form: str) -> str:
    if math.isnan(value):
        return "-"
    return f"{100 * value:.1f} %" if form == "%" else f"{value:{form}}"
