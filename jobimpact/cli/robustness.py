"""The `jobimpact robustness` command: whether a conclusion of a study survives other choices."""

from __future__ import annotations

import json
import math
from pathlib import Path  # noqa: TC003 - Typer reads the annotations when it runs
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobimpact.cli.options import Device, DeviceOption, HeadsOption
from jobimpact.cli.replicate import DataOption  # noqa: TC001 - Typer reads the annotations when it runs
from jobimpact.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobimpact.study import Study
    from jobimpact.validation.robustness.opinions import Opinions
    from jobimpact.validation.robustness.robustness import Robustness

QUERY = (
    'Question: "sector 52 > sector 23", "occupation 15-1252 in top 25", "group 43-0000 rank <= 3", "sign wage gradient", '
    '"share workers >= 0.5 above 0.2", "state CA > state NY", "exposure sector 52 above 0.4".'
)
_SHOWN = 12


def robustness(
    study: Annotated[Path, typer.Argument(help="Folder of a study.", metavar="STUDY")],
    query: Annotated[str, typer.Option("--query", help=QUERY)],
    scores: Annotated[
        list[Path] | None,
        typer.Option(
            "--scores", help="Further scores: onetsoc_code, label or alpha/beta/gamma, rater, model, task_id. Repeatable."
        ),
    ] = None,
    raters: Annotated[
        str, typer.Option("--raters", help="Raters to score the study's tasks for: all, none, or names such as human,gpt4.")
    ] = "all",
    indices: Annotated[
        str, typer.Option("--indices", help="Published indices: default, none, or names such as aioe,ilo.")
    ] = "default",
    credence: Annotated[
        list[str] | None, typer.Option("--credence", help="Weight of a level, such as rater=human:2. Repeatable.")
    ] = None,
    data: DataOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="File for the table of universes, or .json for everything.")] = None,
    figure: Annotated[Path | None, typer.Option("--figure", help="HTML file for the specification curve.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    heads: HeadsOption = None,
    device: DeviceOption = Device.auto,
) -> None:
    """Ask whether a conclusion survives other raters, models, measures, weights, cuts, crosswalks and indices."""
    from jobimpact.study import read_study
    from jobimpact.validation.robustness.queries import parse_query

    asked = parse_query(query)
    weights = _credences(credence or [])
    _check_targets(out, figure, scores or [])
    made = read_study(study)
    opinions = _opinions(made, scores or [], raters, indices, data, heads, device)
    result = _assess(made, asked, opinions, weights)
    _write(result, made, out, figure, as_json=json_)


def _check_targets(out: Path | None, figure: Path | None, scores: Sequence[Path]) -> None:
    from jobimpact.files import check_apart, check_target
    from jobimpact.sources.usertables import table_ending

    for target in (out, figure):
        if target is not None:
            check_target(target)
            check_apart(target, *scores)
    if out is not None and figure is not None:
        check_apart(out, figure)
    if out is not None and out.suffix.lower() != ".json":
        table_ending(out)
    if figure is not None and figure.suffix.lower() not in {".html", ".htm"}:
        raise InputError(f"{figure}: unknown ending {figure.suffix or 'none'!r}; expected .html for the figure: rename it")


def _credences(given: Sequence[str]) -> dict[str, float]:
    found = {}
    for text in given:
        name, _, weight = text.rpartition(":")
        try:
            found[name] = float(weight)
        except ValueError as error:
            raise InputError(f"--credence {text!r}: expected CHOICE=LEVEL:WEIGHT, such as rater=human:2") from error
    return found


def _opinions(
    study: Study, scores: Sequence[Path], raters: str, indices: str, data: Path | None, heads: Path | None, device: Device
) -> Opinions:
    """Return all that speaks: the study, its heads for other raters, labels and indices at hand, and the user's tables."""
    from jobimpact.sources.store.inputs import Inputs
    from jobimpact.sources.usertables import read_user_table
    from jobimpact.validation.robustness.at_hand import opinions_at_hand
    from jobimpact.validation.robustness.opinions import study_opinions
    from jobimpact.validation.robustness.user_opinions import table_opinions

    tasks = study["tasks"]
    names = None if indices == "default" else [] if indices == "none" else [name.strip() for name in indices.split(",")]
    own = str(study.manifest.get("parameters", {}).get("rater", "human"))
    found = study_opinions(tasks, own) if raters == "none" else _scored(study, own, raters, heads, device)
    found = found.joined(opinions_at_hand(Inputs(folder=data), tasks, names))
    for path in scores:
        found = found.joined(table_opinions(read_user_table(path), path.stem, tasks))
    return found


def _scored(study: Study, own: str, raters: str, folder: Path | None, device: Device) -> Opinions:
    """Return what the study's heads say for all raters, and their parts; the study alone where they are not its own."""
    from jobimpact.exposure.encoder.models import DEFAULT_MODEL
    from jobimpact.exposure.heads.rubric import RATERS
    from jobimpact.exposure.score import load_scorer
    from jobimpact.run import heads_hash
    from jobimpact.validation.robustness.opinions import OWN_MODEL, Opinions, head_scorers, score_opinions, study_opinions

    tasks, model = study["tasks"], study.manifest.get("model", {})
    encoder, trained = load_scorer(folder, model=str(model.get("encoder", DEFAULT_MODEL)), device=device.value, progress=True)
    if heads_hash(trained) != model.get("heads_sha256"):
        reason = "the study was made with other heads than those at hand: give the folder of its heads with --heads"
        return Opinions(left_out=((f"rater=all but {own}", reason),)).joined(study_opinions(tasks, own))
    chosen = (
        [name for name in RATERS if name in trained.heads_] if raters == "all" else [name.strip() for name in raters.split(",")]
    )
    made = Opinions()
    for name, score in head_scorers(tasks["task"].where(tasks["beta"].notna()), encoder, trained).items():
        made = made.joined(score_opinions(tasks, score, chosen, name))
    spoken = {(opinion.rater, opinion.model) for opinion in made.opinions}
    rest = tuple(o for o in study_opinions(tasks, own).opinions if (o.rater, OWN_MODEL) not in spoken)
    return made.joined(Opinions(rest))


def _assess(study: Study, asked: Any, opinions: Opinions, credence: dict[str, float]) -> Robustness:
    import pandas as pd

    from jobimpact.estimates.means.cells import check_release
    from jobimpact.facts.states import read_states
    from jobimpact.sources.jobs.employment import read_employment
    from jobimpact.validation.robustness.members import find_members
    from jobimpact.validation.robustness.multiverse import build_multiverse
    from jobimpact.validation.robustness.opinions import OWN_MODEL
    from jobimpact.validation.robustness.robustness import assess_robustness

    release = str(study.manifest.get("inputs", {}).get("employment", {}).get("release", ""))
    national, sector, state = (check_release(read_employment(level), release) for level in ("national", "sector", "state"))
    multiverse = build_multiverse(opinions, pd.Index(national.loc[national["o_group"] == "detailed", "soc_code"]))
    members = find_members(multiverse.codes, national, sector, state, read_states())
    parameters = study.manifest.get("parameters", {})
    reference = {
        "rater": str(parameters.get("rater", "human")), "model": OWN_MODEL, "measure": "beta",
        "task_weights": str(parameters.get("weights", "core")), "crosswalk": "equal", "worker_weights": "employment",
        "statistic": "mean",
    }  # fmt: skip
    return assess_robustness(asked, multiverse, members, reference=reference, credence=credence)


def _write(result: Robustness, study: Study, out: Path | None, figure: Path | None, *, as_json: bool) -> None:
    from jobimpact.files import written_whole
    from jobimpact.reporting.figures.robustness import plot_specification_curve
    from jobimpact.reporting.figures.style import source_line
    from jobimpact.sources.usertables import write_user_table
    from jobimpact.validation.robustness.robustness import claim_threshold, estimate_unit, robustness_record

    document = json.dumps(robustness_record(result), indent=2, ensure_ascii=False)
    if out is not None and out.suffix.lower() == ".json":
        with written_whole(out) as partial:
            partial.write_text(document + "\n", encoding="utf-8")
    elif out is not None:
        write_user_table(result.universes, out)
    if figure is not None:
        drawn = plot_specification_curve(
            result.universes, title=str(result.query), source=source_line(study.manifest), claim=claim_threshold(result.query),
            unit=estimate_unit(result.query), reference=result.reference,
        )  # fmt: skip
        with written_whole(figure) as partial:
            drawn.write_html(partial, include_plotlyjs=True, full_html=True)
    typer.echo(document if as_json else _text(result))
    if not as_json:
        for name, path in (("Universes", out), ("Figure", figure)):
            if path is not None:
                typer.echo(f"{name}: {path}")


def _text(result: Robustness) -> str:
    """Return what the screen shows."""
    from jobimpact.validation.robustness.robustness import estimate_unit

    evaluated = result.universes[result.universes["answer"].notna()]
    # Indices are on scales of their own: only comparable estimates have a median.
    low, middle, high = evaluated["comparable"].quantile([0, 0.5, 1])
    lines = [
        f"{result.query}: {result.verdict}",
        f"  holds in {result.survival:.1%} of {len(evaluated):,} universes, or {result.survival_weighted:.1%} by weight",
        "  (a description of the choices that were tried, no probability; by weight, all raters and indices count alike)",
        f"  estimates ({estimate_unit(result.query)}): median {middle:.3g}, from {low:.3g} to {high:.3g}",
    ]
    if result.reference is not None:
        lines.append(f"  this study's own choices: {_own(result.reference)}")
    lines += _importance_lines(result)
    for name, table in (("members", result.members), ("pairs", result.pairs)):
        if len(table):
            counts = table["verdict"].value_counts()
            lines.append(f"  {name}: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    if len(result.members):
        always = result.members.loc[result.members["verdict"] == "always", "member_title"].tolist()
        lines.append(f"  always among them: {'; '.join(always[:_SHOWN]) or 'none'}{' ...' if len(always) > _SHOWN else ''}")
    lines.append(f"Not evaluated: {len(result.universes) - len(evaluated):,} of {len(result.universes):,} universes")
    for row in result.left_out.head(_SHOWN).to_dict(orient="records"):
        count = "" if math.isnan(row["n_left_out"]) else f" ({row['n_left_out']:,.0f})"
        lines.append(f"  {row['choice']}{count}: {row['reason']}")
    if len(result.left_out) > _SHOWN:
        lines.append(f"  and {len(result.left_out) - _SHOWN} more: --json")
    return "\n".join(lines)


def _own(reference: Mapping[str, Any]) -> str:
    if not reference["answer"]:
        return f"not evaluated ({reference['reason']})"
    estimate, comparable = reference["estimate"], reference["comparable"]
    said = f"{reference['answer']}, estimate {estimate:.3g}"
    return said if comparable in (estimate, None) else f"{said}, or {comparable:.3g} of these"


def _importance_lines(result: Robustness) -> list[str]:
    lines = []
    for name, split in (("the answer", result.answer_split), ("the estimate", result.estimate_split)):
        if not split.variance > 0:
            lines.append(f"  {name} never changes")
            continue
        parts = [
            f"{row['choice'].replace('_', ' ')} {row['shapley']:.0%}"
            for row in split.table.to_dict(orient="records")
            if row["shapley"] >= 0.005  # noqa: PLR2004 - what rounds to a percent
        ]
        lines.append(f"  what moves {name} (Shapley effects): {', '.join(parts)}; interactions {split.interaction:.0%}")
    return lines
