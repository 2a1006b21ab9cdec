"""The `jobimpact aggregate` command: the exposure of a study on a user's own employment table, with its errors."""

from pathlib import Path
from typing import Literal

import typer

import jobimpact
from jobimpact.cli.options import check_out, show, write_table
from jobimpact.errors import InputError

_ANY = {"table", "study", "out", "json_", "data", "level"}
# What a publisher's table takes; whatever else is given belongs to a table of one's own.
_OF_PUBLISHER = {"cedefop": {*_ANY, "countries", "year", "within", "unmatched"}, "csco": _ANY}


def aggregate(
    context: typer.Context,
    table: str,
    study: Path | None = None,
    code_column: str = "code",
    weight_column: str = "weight",
    group_columns: list[str] | None = None,
    classification: Literal["soc-2018", "onetsoc-2019", "soc-2010", "census-2018", "isco-08", "esco", "csco-2022"] = "soc-2018",
    wage_column: str | None = None,
    stratum_column: str | None = None,
    psu_column: str | None = None,
    sampling_fraction_column: str | None = None,
    replicate_prefix: str | None = None,
    method: Literal["brr", "fay", "jackknife", "sdr", "bootstrap"] | None = None,
    fay: float = 0.0,
    weight_se_column: str | None = None,
    persons: bool = False,
    totals: Literal["refuse", "leave-out", "keep"] = "refuse",
    within: Literal["equal", "us-jobs"] = "equal",
    countries: list[str] | None = None,
    year: int | None = None,
    level: float = 0.95,
    out: Path | None = None,
    unmatched: Path | None = None,
    json_: bool = False,
    data: Path | None = None,
    encoding: str = "utf-8-sig",
    sheet: str | None = None,
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
            encoding=encoding, sheet=sheet, progress=not json_,
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
