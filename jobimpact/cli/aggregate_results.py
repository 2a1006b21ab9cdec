"""What `jobimpact aggregate` computes and prints: a user's table, Cedefop's, or the groups of CSCO, with what they cover."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from jobimpact.cli.aggregate_output import Result
from jobimpact.errors import CoverageWarning, InputError, SourceDefectWarning

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from jobimpact.estimates.own_tables.classifications import UserClassification, UserExposures, Within
    from jobimpact.estimates.own_tables.match import MatchedEmployment
    from jobimpact.estimates.own_tables.survey import ReplicateMethod
    from jobimpact.sources.jobs.user_employment import Classification as Reading
    from jobimpact.sources.store.inputs import Inputs
    from jobimpact.study import Study

_ISCO = ("isco", "ISCO-08 EN Structure and definitions.*")
_GROUPS = ("soc_", "level", "all")  # what matched_at of a group begins with
_FEW = 3  # countries that a sentence names
_EXAMPLES = {
    "soc-2018": "15-1252", "onetsoc-2019": "15-1252.00", "soc-2010": "15-1132", "census-2018": "1021", "isco-08": "2512",
    "esco": "2512.4", "csco-2022": "2-02-10-03",
}  # fmt: skip


def own_result(
    study: Study, inputs: Inputs, path: Path, classification: UserClassification, reading_as: Reading, *,
    reading: dict[str, Any], within: Within, method: ReplicateMethod, fay: float, progress: bool,
) -> Result:  # fmt: skip
    """Return the exposure of a user's own table; `reading` holds what the reader takes."""
    from jobimpact.estimates.own_tables.aggregates import estimate_user_aggregates
    from jobimpact.estimates.own_tables.classifications import study_exposures
    from jobimpact.estimates.own_tables.match import match_employment
    from jobimpact.sources.jobs.user_employment import read_user_employment

    employment = read_user_employment(path, classification=reading_as, **reading)
    pairs = _csco_pairs(inputs, progress=progress) if classification == "csco-2022" else None
    known = study_exposures(
        classification, study["tasks"], study["occupations"], inputs,
        codes=employment.rows["code"], within=within, csco_pairs=pairs,
    )  # fmt: skip
    with warnings.catch_warnings():
        # The same is said below, with the table.
        warnings.simplefilter("ignore", CoverageWarning)
        matched = match_employment(employment, known.exposures.table())
    _check_any_match(matched, classification)
    groups = reading["group_columns"]
    total = estimate_user_aggregates(matched, known.exposures, method=method, fay=fay)
    table = estimate_user_aggregates(matched, known.exposures, groups, method=method, fay=fay) if groups else total
    about = {"study": _origin(study), "table": path.name, "classification": classification}
    about |= {"coverage": _coverage(matched, known, total), "errors": _errors_line(total)}
    return Result(table, total, groups, matched.unknown, about)


def cedefop_result(study: Study, inputs: Inputs, countries: list[str], year: int | None, within: Within) -> Result:
    """Return the exposure of the ISCO-08 groups of countries, on Cedefop's employment."""
    from jobimpact.estimates.own_tables.cedefop import aggregate_cedefop, isco_without_exposure
    from jobimpact.estimates.own_tables.classifications import study_exposures
    from jobimpact.sources.jobs.cedefop import read_cedefop_employment

    file = inputs.file("cedefop", "db_occupation_detail.json*", "db_occupation.json*")
    employment = read_cedefop_employment(file.parent)
    known = study_exposures("isco-08", study["tasks"], study["occupations"], inputs, within=within)
    options: Any = {"year": year, "countries": countries, "within": within}
    table = aggregate_cedefop(known.exposures, employment, titles=_isco_titles(inputs), **options)
    unmatched = isco_without_exposure(known.exposures, employment, **options)
    heads = table[table["isco_group"] == "total"]
    # The members of the EU would count twice beside it, unless it was asked for alone.
    heads = heads if heads["aggregate"].all() else heads[~heads["aggregate"]]
    jobs, matched = heads["tot_emp"].sum(), heads["emp_matched"].sum()
    where = ", ".join(heads["country"]) if len(heads) <= _FEW else f"{len(heads)} countries"
    when = f"{table['year'].iloc[0]}{' (forecast)' if table['forecast'].any() else ''}"
    coverage = (
        f"Exposure covers {100 * matched / jobs:.1f} % of {jobs:,.0f} persons employed, {where}, {when}, over {known.path}."
    )
    about = {"study": _origin(study), "table": "cedefop", "classification": "isco-08", "coverage": coverage}
    about |= {"errors": _errors_line(table, "the publisher states none")}
    return Result(table, None, ["country", "isco_group", "group_title"], unmatched, about)


def _isco_titles(inputs: Inputs) -> dict[str, str] | None:
    """Return the names of ISCO-08 groups where the ILO's file is at hand."""
    from jobimpact.sources.tasks.isco import read_isco_structure

    if inputs.find(*_ISCO) is None:
        return None
    groups = inputs.table(read_isco_structure, *_ISCO)
    return dict(zip(groups["isco_code"], groups["title"], strict=True))


def csco_result(study: Study, inputs: Inputs, *, progress: bool) -> Result:
    """Return the exposure of the groups of CSCO 2022, which have no employment."""
    from jobimpact.estimates.own_tables.classifications import study_exposures
    from jobimpact.estimates.own_tables.csco import aggregate_csco

    pairs = _csco_pairs(inputs, progress=progress)
    known = study_exposures("csco-2022", study["tasks"], study["occupations"], inputs, csco_pairs=pairs)
    table = aggregate_csco(known.exposures, _csco_structure(inputs))
    heads = table[table["level"] == 1]
    coverage = (
        f"Exposure covers {int(heads['n_occupations'].sum()):,} of {int(heads['n_detailed'].sum()):,} detailed occupations, each "
        f"counted once (no employment is published), over {known.path}."
    )
    about = {"study": _origin(study), "table": "csco", "classification": "csco-2022", "coverage": coverage}
    return Result(table, None, ["csco_code", "title"], None, about | {"errors": _errors_line(table, "it is no sample")})


def _csco_structure(inputs: Inputs) -> pd.DataFrame:
    from jobimpact.sources.tasks.csco import read_csco_structure

    return inputs.table(read_csco_structure, "csco", "csco22.csv*")


def _csco_pairs(inputs: Inputs, *, progress: bool) -> pd.DataFrame:
    """Return pairs of CSCO 2022 and ISCO-08 by the likeness of their titles, and of titles with tasks, in two languages."""
    from jobimpact.exposure.encoder.multilingual import MultilingualEncoder
    from jobimpact.exposure.text_crosswalk import match_texts
    from jobimpact.sources.tasks.csco import read_csco_tasks
    from jobimpact.sources.tasks.isco import read_isco_structure, read_isco_tasks

    chinese = _csco_structure(inputs)
    with warnings.catch_warnings():
        # The structure has said so.
        warnings.simplefilter("ignore", SourceDefectWarning)
        listed = inputs.table(read_csco_tasks, "csco", "csco22.csv*")
    here = _texts(chinese, listed, "csco_code")
    there = _texts(inputs.table(read_isco_structure, *_ISCO), inputs.table(read_isco_tasks, *_ISCO), "isco_code")
    found = match_texts(here, there, MultilingualEncoder(progress=progress), from_system="CSCO 2022", to_system="ISCO-08")
    return found.pairs.drop(columns="text_similarity")


def _texts(structure: pd.DataFrame, tasks: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return two texts of every detailed code: its title, and its title with its tasks."""
    import pandas as pd

    detailed = structure[structure["level"] == structure["level"].max()].dropna(subset=["title"])
    listed = detailed[column].map(tasks.groupby(column)["task"].agg(" ".join)).fillna("")
    sides = [detailed["title"], (detailed["title"] + ". " + listed).str.strip()]
    return pd.concat([pd.DataFrame({"code": detailed[column], "title": detailed["title"], "text": text}) for text in sides])


def _check_any_match(matched: MatchedEmployment, classification: UserClassification) -> None:
    if matched.rows["exposure_beta"].notna().any():
        return
    codes = matched.rows["code"]
    first = next((code for code in codes if code), "(no code)")
    raise InputError(
        f"{matched.employment.name}: none of {codes.nunique():,} codes (first: {str(first)[:40]!r}) has an exposure as "
        f"{classification}; expected codes such as {_EXAMPLES[classification]}: choose --code or --classification, or "
        "a study that covers them"
    )


def _origin(study: Study) -> dict[str, Any]:
    manifest = study.manifest
    tasks, jobs = (manifest.get("inputs", {}).get(name, {}) for name in ("tasks", "employment"))
    origin = {"path": str(study.path), "rater": manifest.get("parameters", {}).get("rater")}
    return origin | {"tasks": tasks.get("name"), "employment": jobs.get("release")}


def _coverage(matched: MatchedEmployment, known: UserExposures, total: pd.DataFrame) -> str:
    row, rows = total.iloc[0], matched.rows
    codes, scored = rows["code"].nunique(), row["jobs_scored_share"]
    unit = "weighted persons" if matched.employment.persons else "jobs"
    partly = "" if not scored < 1 else f" ({100 * scored:.1f} % of the US jobs behind them scored)"
    grouped = rows.loc[rows["matched_at"].fillna("").str.startswith(_GROUPS), "weight"].sum() / row["tot_emp"]
    wide = f"; {100 * grouped:.1f} % are in codes of groups, which have the mean of the group" if grouped > 0 else ""
    hidden = f"; {row['cells_suppressed']:,} rows have no weight and count nowhere" if row["cells_suppressed"] else ""
    return (
        f"Exposure covers {100 * row['matched_share']:.1f} % of {row['tot_emp']:,.0f} {unit}, "
        f"{codes - len(matched.unknown):,} of {codes:,} codes{partly}, over {known.path}{wide}{hidden}."
    )


def _errors_line(table: pd.DataFrame, no_sampling: str = "the table does not say how it was drawn") -> str:
    from jobimpact.assumptions import assumption

    lacking = {
        "sampling": no_sampling,
        "the model": "the study has none for this rater",
        "the crosswalk": "no share is assumed",
    }
    known = [name for name in lacking if table[f"se_{name.rpartition(' ')[2]}"].notna().any()]
    without = "; ".join(f"not {name} ({why})" for name, why in lacking.items() if name not in known)
    level = f"{100 * assumption('aggregate', 'interval_level'):.0f} %"
    says = (
        f"Intervals of {level} hold the errors of {' and '.join(known)}"
        if known
        else "No error is known, so no interval is stated"
    )
    # Caveats travel with the number.
    return f"{says}{', ' + without if without else ''}. An error that all scores have in common is in none of them."
