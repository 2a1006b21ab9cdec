"""The `jobimpact debias` command: draw tasks for a person to label, and estimates that are valid for such labels."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - Typer reads the annotations when it runs
from typing import TYPE_CHECKING, Annotated

import typer

from jobimpact.cli.options import EncodingOption  # noqa: TC001 - Typer reads the annotations when it runs
from jobimpact.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from jobimpact.sources.jobs.employment import EmploymentLevel
    from jobimpact.study import Study


_LEVELS: tuple[EmploymentLevel, ...] = ("national", "sector", "state")


class LabelMeasure(StrEnum):
    """Measures that a label has."""

    alpha = "alpha"
    beta = "beta"
    gamma = "gamma"


def debias(
    study: Annotated[Path, typer.Argument(help="Folder of a study.", metavar="STUDY")],
    labels: Annotated[Path | None, typer.Option("--labels", help="Filled sheet: E0, E1 or E2 in the column label.")] = None,
    draw: Annotated[int | None, typer.Option("--draw", help="Draw so many tasks to label and write the sheet to --out.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File for the sheet or the table; its ending says the format.")
    ] = None,
    strata: Annotated[str, typer.Option("--strata", help="Draw from each value of this column, such as soc_major.")] = "",
    by_employment: Annotated[
        bool, typer.Option("--by-employment", help="Draw tasks in proportion to the jobs they stand for.")
    ] = False,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Of the draw.")] = None,
    measure: Annotated[LabelMeasure, typer.Option("--measure", help="What labels are worth.")] = LabelMeasure.beta,
    gap: Annotated[list[str] | None, typer.Option("--gap", help="Also 'sectors:52 - 23', a table and two of its rows.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    encoding: EncodingOption = "utf-8-sig",
) -> None:
    """Draw tasks to label, or debias the study's means with the labels of the drawn tasks."""
    from jobimpact.sources.usertables import read_user_table, write_user_table
    from jobimpact.study import read_study

    if (labels is None) == (draw is None):
        found = "neither --draw nor --labels" if labels is None else "both --draw and --labels"
        raise InputError(f"found {found}; expected one: first --draw 300 --out sheet.csv, then --labels sheet.csv")
    strange = {"--gap": gap} if labels is None else {"--strata": strata, "--by-employment": by_employment, "--seed": seed}
    for option, value in strange.items():
        if value not in (None, "", False):
            owner, other = ("--labels", "--draw") if labels is None else ("--draw", "--labels")
            raise InputError(f"found {option} with {other}; it belongs to {owner}: leave one of them out")
    _check_out(out, labels, encoding)
    known = read_study(study)
    if draw is not None and out is not None:
        sheet = _draw(known, draw, strata, by_employment=by_employment, seed=seed)
        write_user_table(sheet, out)
        said = f"{len(sheet):,} tasks to label written to {out}: fill the column label with E0, E1 or E2"
        typer.echo(json.dumps({"n_tasks": len(sheet), "out": str(out)}) if json_ else said)
        return
    if labels is not None:
        table = _debias(known, read_user_table(labels, encoding=encoding), measure.value, _pairs(gap or []))
        if out is not None:
            write_user_table(table, out)
        _print(table, out, as_json=json_)


def _check_out(out: Path | None, labels: Path | None, encoding: str) -> None:
    """Raise unless `out` can be written, and without the loss of labels that a person gave."""
    from jobimpact.files import check_apart, check_target
    from jobimpact.sources.usertables import read_user_table, table_ending

    if out is None:
        if labels is None:
            raise InputError("found --draw without --out; expected a file for the sheet, such as --out sheet.csv")
        return
    table_ending(out)
    check_target(out)
    if labels is not None:
        check_apart(out, labels)
        return
    if not out.exists():
        return
    try:
        before = read_user_table(out, encoding=encoding)
    except InputError:
        return
    given = before["label"].notna() & before["label"].ne("") if "label" in before else before.index < 0
    if given.any():
        raise InputError(
            f"{out}: {int(given.sum()):,} of its rows are labelled, and a new sheet would destroy them: choose another --out"
        )


def _draw(study: Study, n: int, strata: str, *, by_employment: bool, seed: int | None) -> pd.DataFrame:
    from jobimpact.estimates.debias.label_sample import draw_tasks_to_label, task_jobs

    tasks = study["tasks"]
    if by_employment:
        tasks = tasks.assign(jobs=task_jobs(tasks, _codes(tasks), study["occupations"]))
    return draw_tasks_to_label(tasks, n, seed, strata=strata or None, size="jobs" if by_employment else None)


def _codes(tasks: pd.DataFrame) -> pd.Series:
    from jobimpact.facts.codes import published_codes

    return published_codes(tasks["soc_code"])


def _debias(study: Study, labels: pd.DataFrame, measure: str, gaps: dict[str, list[tuple[str, str]]]) -> pd.DataFrame:
    from jobimpact.estimates.debias.prediction_powered import debias_estimates
    from jobimpact.estimates.means.cells import check_release
    from jobimpact.estimates.means.populations import study_populations
    from jobimpact.sources.jobs.employment import read_employment
    from jobimpact.sources.jobs.memberships import make_memberships, read_traits

    release = str(study.manifest.get("inputs", {}).get("employment", {}).get("release", ""))
    national, sector, state = (check_release(read_employment(level), release) for level in _LEVELS)
    industries = study.tables.get("industries")
    industry = None
    if industries is not None and not industries.empty:
        # Industries may be of another release than the other tables; the study says which.
        industry = check_release(read_employment("industry"), str(industries["release"].iloc[0]))
    traits = make_memberships(read_traits())
    traits = traits[traits["group_type"].isin(study["groups"]["group_type"])]
    memberships = None if traits.empty else traits
    populations = study_populations(study["occupations"], national, sector, state, industry, memberships)
    tasks = study["tasks"]
    if unknown := sorted(set(gaps) - {population.table_name for population in populations}):
        raise InputError(f"--gap names the table {unknown[0]!r}; expected occupations, groups, sectors, areas or industries")
    return debias_estimates(
        tasks, labels, _codes(tasks), populations, measure=measure, gaps=gaps, titles=_titles(study), level=None
    )


def _titles(study: Study) -> dict[tuple[str, str], str]:
    keys = {"occupations": ("soc_code", "title"), "sectors": ("naics", "naics_title"), "areas": ("area", "area_title")}
    found = {
        (name, str(key)): str(title)
        for name, (code, column) in keys.items()
        for key, title in zip(study[name][code], study[name][column], strict=True)
    }
    industries = study.tables.get("industries")
    if industries is not None:
        keys_of = industries["i_group"] + "|" + industries["naics"]
        found |= {("industries", str(key)): str(title) for key, title in zip(keys_of, industries["naics_title"], strict=True)}
    groups = study["groups"]
    names = groups["group_type"] + "|" + groups["group"]
    found |= {("groups", str(key)): str(title) for key, title in zip(names, groups["group_title"], strict=True)}
    return found | {("tasks", "*"): "All tasks, each counted once"}


def _pairs(gaps: list[str]) -> dict[str, list[tuple[str, str]]]:
    pairs: dict[str, list[tuple[str, str]]] = {}
    for gap in gaps:
        table, _, rows = gap.partition(":")
        first, minus, second = rows.partition(" - ")
        if not (table and first and minus and second):
            raise InputError(f"--gap {gap!r}: expected a table and two of its rows, such as 'sectors:52 - 23'")
        if first.strip() == second.strip():
            raise InputError(f"--gap {gap!r}: found {first.strip()} twice; expected two rows, such as 'sectors:52 - 23'")
        pairs.setdefault(table.strip(), []).append((first.strip(), second.strip()))
    return pairs


def _print(table: pd.DataFrame, out: Path | None, *, as_json: bool) -> None:
    if as_json:
        records = table.astype(object).where(table.notna(), None).to_dict("records")
        typer.echo(json.dumps(records, indent=2, ensure_ascii=False))
        return
    stated = table.dropna(subset=["point_estimate"])
    for row in stated.to_dict("records"):
        typer.echo(
            f"{row['table_name']} {row['row_title']}: {row['point_estimate']:.3f} "
            f"[{row['estimate_low']:.3f}, {row['estimate_high']:.3f}], predictions alone {row['plug_in']:.3f}, "
            f"labels alone {row['labels_only']:.3f} ({row['n_labels']} labels)"
        )
    typer.echo(f"{len(table) - len(stated):,} of {len(table):,} estimates have too few labels and are not stated")
    if out is not None:
        typer.echo(f"{len(table):,} rows written to {out}")
