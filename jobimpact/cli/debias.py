"""The `jobimpact debias` command: draw tasks for a person to label, and estimates that are valid for such labels."""

from pathlib import Path
from typing import Literal

import typer

from jobimpact.cli.options import check_out, print_json, show, write_table
from jobimpact.errors import InputError


def debias(
    study: Path,
    labels: Path | None = None,
    draw: int | None = None,
    out: Path | None = None,
    strata: str = "",
    by_employment: bool = False,
    seed: int | None = None,
    measure: Literal["alpha", "beta", "gamma"] = "beta",
    gaps: list[str] | None = None,
    json_: bool = False,
    encoding: str = "utf-8-sig",
) -> None:
    """Draw tasks to label, or debias the study's means with the labels of the drawn tasks."""
    from jobimpact.estimates.debias.debias import debias as debias_study
    from jobimpact.estimates.debias.label_sample import draw_labels

    if (labels is None) == (draw is None):
        options = "neither --draw nor --labels" if labels is None else "both --draw and --labels"
        raise InputError(f"found {options}; expected one: first --draw 300 --out sheet.csv, then --labels sheet.csv")
    foreign = {"--gap": gaps} if labels is None else {"--strata": strata, "--by-employment": by_employment, "--seed": seed}
    for option, value in foreign.items():
        if value not in (None, "", False):
            owner, other = ("--labels", "--draw") if labels is None else ("--draw", "--labels")
            raise InputError(f"found {option} with {other}; it belongs to {owner}: leave one of them out")
    check_out(out)
    if labels is not None:
        from jobimpact.files import check_apart

        if out is not None:
            check_apart(out, labels)
        result = debias_study(study, labels, measure=measure, gaps=gaps or [], encoding=encoding)
        if json_:
            write_table(result.table, out)
            print_json(result.to_records())
        else:
            show(result, out)
        return
    if out is None:
        raise InputError("found --draw without --out; expected a file for the sheet, such as --out sheet.csv")
    # Hours of a person's work may lie in the file that a second draw would replace.
    _check_unlabelled(out, encoding)
    sheet = draw_labels(study, draw or 0, strata=strata or None, by_employment=by_employment, seed=seed)
    write_table(sheet, out)
    if json_:
        print_json({"n_tasks": len(sheet), "out": str(out)})
    else:
        typer.echo(f"{len(sheet):,} tasks to label written to {out}: fill the column label with E0, E1 or E2")


def _check_unlabelled(out: Path, encoding: str) -> None:
    """Raise where a new sheet would destroy labels that a person has given."""
    from jobimpact.sources.usertables import read_user_table

    if not out.exists():
        return
    try:
        sheet = read_user_table(out, encoding=encoding)
    except InputError:
        return
    n_labelled = int((sheet["label"].notna() & sheet["label"].ne("")).sum()) if "label" in sheet else 0
    if n_labelled:
        raise InputError(
            f"{out}: {n_labelled:,} of its rows are labelled, and a new sheet would destroy them: choose another --out"
        )
