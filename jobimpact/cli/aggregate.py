"""The `jobimpact aggregate` command: the exposure of a study on a user's own employment table, with its errors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

import jobimpact
from jobimpact.cli.options import DataOption, EncodingOption, JsonOption, OutOption, check_out, show, write_table
from jobimpact.errors import InputError

_FILE = "Table with a code and a weight in each row (.csv .tsv .xlsx .parquet .jsonl), or cedefop, or csco."
_ANY = {"table", "study", "out", "json_", "data", "level"}
# What a publisher's table takes; whatever else is given belongs to a table of one's own.
_OF_PUBLISHER = {"cedefop": {*_ANY, "countries", "year", "within", "unmatched"}, "csco": _ANY}
Column = str | None


def aggregate(
    context: typer.Context,
    table: Annotated[str, typer.Argument(help=_FILE, metavar="FILE|cedefop|csco")],
    study: Annotated[Path | None, typer.Option("--study", help="Folder of a study; default: the last one.")] = None,
    code_column: Annotated[str, typer.Option("--code", help="Column of occupation codes.")] = "code",
    weight_column: Annotated[str, typer.Option("--weight", help="Column of jobs, or of survey weights.")] = "weight",
    group_columns: Annotated[list[str] | None, typer.Option("--by", help="Column to group by; may be repeated.")] = None,
    classification: Annotated[
        Literal["soc-2018", "onetsoc-2019", "soc-2010", "census-2018", "isco-08", "esco", "csco-2022"],
        typer.Option("--classification", help="What the codes are of."),
    ] = "soc-2018",
    wage_column: Annotated[Column, typer.Option("--wage", help="Column of mean annual wages.")] = None,
    stratum_column: Annotated[Column, typer.Option("--strata", help="Column of sampling strata.")] = None,
    psu_column: Annotated[Column, typer.Option("--psu", help="Column of primary sampling units.")] = None,
    sampling_fraction_column: Annotated[
        Column, typer.Option("--fraction", help="Column of the part of the stratum that was drawn.")
    ] = None,
    replicate_prefix: Annotated[
        Column, typer.Option("--replicates", help="Columns of replicate weights, such as 'repwt*'.", metavar="PATTERN")
    ] = None,
    method: Annotated[
        Literal["brr", "fay", "jackknife", "sdr", "bootstrap"] | None,
        typer.Option("--method", help="How they were made; jackknife deletes one, sdr is that of CPS and ACS."),
    ] = None,
    fay: Annotated[float, typer.Option("--fay", help="Coefficient of Fay's method.")] = 0.0,
    weight_se_column: Annotated[
        Column, typer.Option("--weight-se", help="Column of the standard error of a cell's jobs.")
    ] = None,
    persons: Annotated[bool, typer.Option("--persons", help="Rows are persons drawn one by one, not cells.")] = False,
    totals: Annotated[
        Literal["refuse", "leave-out", "keep"], typer.Option("--totals", help="Groups beside the codes below them.")
    ] = "refuse",
    within: Annotated[
        Literal["equal", "us-jobs"],
        typer.Option("--within", help="What a group of ISCO-08 is made of, where details are not known."),
    ] = "equal",
    countries: Annotated[list[str] | None, typer.Option("--country", help="Of cedefop; may be repeated; default: all.")] = None,
    year: Annotated[int | None, typer.Option("--year", help="Of cedefop; default: the last observed.")] = None,
    level: Annotated[float, typer.Option("--level", help="Of the intervals, 0.8 to 0.99.")] = 0.95,
    out: OutOption = None,
    unmatched: Annotated[Path | None, typer.Option("--unmatched", help="File for the codes without a partner.")] = None,
    json_: JsonOption = False,
    data: DataOption = None,
    encoding: EncodingOption = "utf-8-sig",
) -> None:
    """Put the exposure of a study on an employment table of your own, or on that of Cedefop or the groups of CSCO."""
    check_out(out, unmatched)
    if out is not None and unmatched is not None and out.resolve() == unmatched.resolve():
        raise InputError(f"found {out} for --out and for --unmatched; expected two files: choose another name for one of them")
    # An option that is left aside in silence would look as if it had been heeded.
    _check_options(context, table)
    if table == "cedefop":
        result = jobimpact.aggregate_countries(study, countries=countries or [], year=year, within=within, level=level, data=data)
    elif table == "csco":
        result = jobimpact.aggregate_csco(study, level=level, data=data, progress=not json_)
    else:
        result = jobimpact.aggregate(
            table, study, code_column=code_column, weight_column=weight_column, group_columns=group_columns or [],
            classification=classification, wage_column=wage_column, stratum_column=stratum_column, psu_column=psu_column,
            sampling_fraction_column=sampling_fraction_column, replicate_prefix=replicate_prefix, method=method, fay=fay,
            weight_se_column=weight_se_column, persons=persons, totals=totals, within=within, level=level, data=data,
            encoding=encoding, progress=not json_,
        )  # fmt: skip
    if unmatched is not None and result.unmatched is not None:
        write_table(result.unmatched, unmatched)
    show(result, out, as_json=json_)
    if unmatched is not None and result.unmatched is not None and not json_:
        typer.echo(f"{len(result.unmatched):,} rows written to {unmatched}")


def _check_options(context: typer.Context, table: str) -> None:
    """Raise where an option was given that says nothing about such a table."""
    for param in context.command.params:
        source = context.get_parameter_source(str(param.name))
        if source is None or source.name != "COMMANDLINE":
            continue
        of_cedefop = param.name in {"countries", "year"}
        fits = param.name in _OF_PUBLISHER[table] if table in _OF_PUBLISHER else not of_cedefop
        if not fits:
            owner = "the table cedefop" if of_cedefop else "a table of your own"
            raise InputError(f"found {param.opts[0]} with {table}; expected it with {owner} only: leave it out")
