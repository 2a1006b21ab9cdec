"""The `jobimpact aggregate` command: the exposure of a study on a user's own employment table, with its errors."""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobimpact.cli.options import EncodingOption  # noqa: TC001 - Typer reads the annotations when it runs
from jobimpact.cli.replicate import DataOption  # noqa: TC001 - Typer reads the annotations when it runs
from jobimpact.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobimpact.estimates.own_tables.survey import ReplicateMethod
    from jobimpact.sources.jobs.user_employment import Classification as Reading
    from jobimpact.sources.jobs.user_employment import Totals as Reader


class Classification(StrEnum):
    """What the codes are of."""

    soc_2018 = "soc-2018"
    onetsoc_2019 = "onetsoc-2019"
    soc_2010 = "soc-2010"
    census_2018 = "census-2018"
    isco_08 = "isco-08"
    esco = "esco"
    csco_2022 = "csco-2022"


class Replication(StrEnum):
    """How a publisher made replicate weights."""

    brr = "brr"
    fay = "fay"
    jackknife = "jackknife"
    sdr = "sdr"
    bootstrap = "bootstrap"


class Totals(StrEnum):
    """What becomes of groups that stand beside codes below them."""

    refuse = "refuse"
    leave_out = "leave-out"
    keep = "keep"


class Within(StrEnum):
    """What a group of ISCO-08 is made of."""

    equal = "equal"
    us_jobs = "us-jobs"


SOURCES = ("cedefop", "csco")
_READ_AS: dict[str, Reading] = {
    "soc-2018": "soc", "onetsoc-2019": "onetsoc", "soc-2010": "soc2010", "census-2018": "census", "isco-08": "isco",
    "esco": "esco", "csco-2022": "csco",
}  # fmt: skip
_METHODS: dict[str, ReplicateMethod] = {
    "brr": "brr", "fay": "fay", "jackknife": "jk1", "sdr": "sdr", "bootstrap": "bootstrap",
}  # fmt: skip
_TOTALS: dict[str, Reader] = {"refuse": "refuse", "leave-out": "leave out", "keep": "keep"}
# The reader names its parameters; on a command line they are options.
_OPTIONS = {
    "code_column": "--code", "weight_column": "--weight", "group_columns": "--by", "wage_column": "--wage",
    "stratum_column": "--strata", "psu_column": "--psu", "sampling_fraction_column": "--fraction",
    "weight_se_column": "--weight-se", "replicate_prefix": "--replicates",
    "give totals 'leave out', or 'keep'": "give --totals leave-out, or --totals keep",
    "expected a table of tasks": "expected a table of employment", "one row per task": "one row per cell or person",
}  # fmt: skip
_FILE = "Table with a code and a weight in each row (.csv .tsv .xlsx .parquet .jsonl), or cedefop, or csco."


def aggregate(
    table: Annotated[str, typer.Argument(help=_FILE, metavar="FILE|cedefop|csco")],
    study: Annotated[Path | None, typer.Option("--study", help="Folder of a study; default: the last one.")] = None,
    code: Annotated[str, typer.Option("--code", help="Column of occupation codes.")] = "code",
    weight: Annotated[str, typer.Option("--weight", help="Column of jobs, or of survey weights.")] = "weight",
    by: Annotated[list[str] | None, typer.Option("--by", help="Column to group by; may be repeated.")] = None,
    classification: Annotated[
        Classification, typer.Option("--classification", help="What the codes are of.")
    ] = Classification.soc_2018,
    wage: Annotated[str | None, typer.Option("--wage", help="Column of mean annual wages.")] = None,
    strata: Annotated[str | None, typer.Option("--strata", help="Column of sampling strata.")] = None,
    psu: Annotated[str | None, typer.Option("--psu", help="Column of primary sampling units.")] = None,
    fraction: Annotated[str | None, typer.Option("--fraction", help="Column of the part of the stratum that was drawn.")] = None,
    replicates: Annotated[
        str | None, typer.Option("--replicates", help="Columns of replicate weights, such as 'repwt*'.", metavar="PATTERN")
    ] = None,
    method: Annotated[
        Replication | None,
        typer.Option("--method", help="How they were made; jackknife deletes one, sdr is that of CPS and ACS."),
    ] = None,
    fay: Annotated[float, typer.Option("--fay", help="Coefficient of Fay's method.")] = 0.0,
    weight_se: Annotated[str | None, typer.Option("--weight-se", help="Column of the standard error of a cell's jobs.")] = None,
    persons: Annotated[bool, typer.Option("--persons", help="Rows are persons drawn one by one, not cells.")] = False,
    totals: Annotated[Totals, typer.Option("--totals", help="Groups beside the codes below them.")] = Totals.refuse,
    within: Annotated[
        Within, typer.Option("--within", help="What a group of ISCO-08 is made of, where details are not known.")
    ] = Within.equal,
    country: Annotated[list[str] | None, typer.Option("--country", help="Of cedefop; may be repeated; default: all.")] = None,
    year: Annotated[int | None, typer.Option("--year", help="Of cedefop; default: the last observed.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="File for the table; its ending says the format.")] = None,
    unmatched: Annotated[Path | None, typer.Option("--unmatched", help="File for the codes without a partner.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    data: DataOption = None,
    encoding: EncodingOption = "utf-8-sig",
) -> None:
    """Put the exposure of a study on an employment table of your own, or on that of Cedefop or the groups of CSCO."""
    from jobimpact.cli.aggregate_output import write_result
    from jobimpact.cli.aggregate_results import cedefop_result, csco_result, own_result
    from jobimpact.sources.store.inputs import Inputs
    from jobimpact.study import last_study, read_study

    groups = by or []
    columns = {
        "wage": wage, "stratum": strata, "psu": psu, "sampling_fraction": fraction, "weight_se": weight_se
    }  # fmt: skip
    _check_files(out, unmatched)
    own = table not in SOURCES
    used: dict[str, object] = {"--by": groups, "--replicates": replicates, "--persons": persons}
    used |= {f"--{name}": value for name, value in (("wage", wage), ("strata", strata), ("psu", psu), ("fraction", fraction))}
    used |= {"--weight-se": weight_se, "--method": method, "--unmatched": unmatched if table == "csco" else None}
    _check_options(table, {} if own else used, {} if table == "cedefop" else {"--country": country, "--year": year})
    if within is Within.us_jobs and table != "cedefop" and (not own or not classification.value.startswith(("isco", "esco"))):
        what = classification.value if own else table
        raise InputError(f"found --within us-jobs with {what}; expected it with isco-08, esco or cedefop only: leave it out")
    _check_design(replicates, method, fay, columns, groups)
    known, inputs = read_study(study or last_study()), Inputs(data)
    if not own:
        if table == "cedefop":
            published = cedefop_result(known, inputs, country or [], year, within.value)
        else:
            published = csco_result(known, inputs, progress=not json_)
        write_result(published, out, unmatched, as_json=json_)
        return
    with _as_options():
        found = own_result(
            known, inputs, Path(table), classification.value, _READ_AS[classification.value],
            reading={
                "code_column": code, "weight_column": weight, "group_columns": groups, "replicate_prefix": replicates,
                "persons": persons, "totals": _TOTALS[totals.value], "encoding": encoding,
            } | {f"{name}_column": value for name, value in columns.items()},
            within=within.value, method=_METHODS[method.value] if method else "sdr", fay=fay, progress=not json_,
        )  # fmt: skip
    write_result(found, out, unmatched, as_json=json_)


def _check_files(out: Path | None, unmatched: Path | None) -> None:
    from jobimpact.files import check_target
    from jobimpact.sources.usertables import table_ending

    for target in (out, unmatched):
        if target is not None:
            table_ending(target)
            check_target(target)
    if out is not None and unmatched is not None and out.resolve() == unmatched.resolve():
        raise InputError(f"found {out} for --out and for --unmatched; expected two files: choose another name for one of them")


def _check_options(table: str, own: Mapping[str, object], cedefop: Mapping[str, object]) -> None:
    """Raise where an option was given that says nothing about such a table."""
    for options, what in ((own, "a table of your own"), (cedefop, "the table cedefop")):
        given = [name for name, value in options.items() if value]
        if given:
            raise InputError(f"found {given[0]} with {table}; expected it with {what} only: leave it out")


def _check_design(
    replicates: str | None, method: Replication | None, fay: float, columns: Mapping[str, str | None], groups: list[str]
) -> None:
    if replicates is not None and method is None:
        raise InputError(
            "found --replicates without --method; expected how they were made, on which the error hangs (brr, fay, jackknife, "
            "sdr or bootstrap): see the publisher's notes; CPS and ACS are sdr"
        )
    if method is not None and replicates is None:
        raise InputError(
            f"found --method {method.value} without --replicates; expected their columns, such as --replicates 'repwt*'"
        )
    if (fay != 0) != (method is Replication.fay):
        raise InputError(
            f"found --fay {fay:g} with {'no --method' if method is None else '--method ' + method.value}; expected a coefficient "
            "above 0 with --method fay, and none elsewhere"
        )
    designs = {"--strata": "stratum", "--psu": "psu", "--fraction": "sampling_fraction", "--weight-se": "weight_se"}
    given = [option for option, name in designs.items() if columns[name] is not None]
    if replicates is not None and given:
        raise InputError(f"found --replicates and {given[0]}; expected one way to the error of sampling: leave one out")
    if "--weight-se" in given and len(given) > 1:
        raise InputError(f"found --weight-se and {given[0]}; expected cells or persons of a sample: leave one out")
    if len(groups) > len({group.casefold() for group in groups}):
        raise InputError(f"found --by {groups[-1]} and another --by of that name; expected each column once: leave one out")


@contextmanager
def _as_options() -> Iterator[None]:
    """Name options in errors of the reader, which knows its parameters only."""
    try:
        yield
    except InputError as error:
        message = str(error)
        for parameter, option in _OPTIONS.items():
            message = message.replace(parameter, option)
        raise InputError(message) from error
