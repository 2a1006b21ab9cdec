"""`jobimpact replicate`: published figures computed anew from the files at hand, each with target, tolerance and verdict."""

import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from jobimpact.assumptions import assumption, read_assumptions
from jobimpact.errors import InputError, SourceError
from jobimpact.facts.registry import load_function
from jobimpact.progress import track
from jobimpact.results import Result, records
from jobimpact.sources.store.inputs import Inputs
from jobimpact.tables import check_table, table_columns
from jobimpact.validation.papers.figure import Figure

Verdict = Literal["pass", "near", "fail", "missing"]

# A difference that is the tolerance but for the last place of a double passes.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Target:
    """A row of data/replications.toml; its comments say what each field means."""

    id: str
    item: str
    what: str
    target: float
    unit: str
    tolerance: float
    tolerance_why: str
    basis: str
    status: str
    citation: str
    sources: tuple[str, ...]
    function: str
    arguments: dict[str, Any] = field(default_factory=dict)
    withheld: float | None = None

    def compute(self, inputs: Inputs) -> Figure:
        """Return our figure, from the files at hand."""
        figure: Figure = load_function(f"jobimpact.validation.papers.{self.function}")(inputs, **self.arguments)
        return figure


def read_targets(names: Sequence[str] | None = None) -> list[Target]:
    """Return the published figures of the papers `names`, ids of data/replications.toml, or all."""
    rows: Any = read_assumptions("replications")["rows"]
    ids = list(dict.fromkeys(row["id"] for row in rows))
    for name in names or ():
        if name not in ids:
            close = difflib.get_close_matches(name, ids, 1, 0.5)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            raise InputError(f"{name!r} is nothing to replicate{hint}; expected one of {', '.join(ids)}: give one of these")
    rows = [row for row in rows if not names or row["id"] in names]
    return [Target(**{**row, "sources": tuple(row["sources"])}) for row in rows]


def replicate_figures(inputs: Inputs, names: Sequence[str] | None = None, *, progress: bool = False) -> pd.DataFrame:
    """Return the table ``replications``: published figures computed anew from the files at hand.

    ``verdict`` is ``pass`` within the tolerance; ``near`` within ``near_factor`` tolerances; ``fail`` beyond;
    ``missing`` where a file is not there, or where a copy that lacks rows cannot tell. On such a copy the
    tolerance is the wider one of the TOML entry, and ``why`` says so.
    """
    targets = read_targets(names)
    rows = [_row(row, *_compute(row, inputs)) for row in track(targets, "Replicating", show=progress)]
    return check_table("replications", pd.DataFrame(rows, columns=table_columns("replications")))


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Replications(Result):
    """Published figures computed anew.

    Attributes
    ----------
    table
        Table ``replications``: target, our figure, tolerance, verdict and where the files come from.
    """

    def headline_rows(self) -> pd.DataFrame:
        """Return target, our figure and verdict as they are printed."""
        rows = self.table[["id", "item", "verdict", "target", "our_figure", "tolerance", "n", "n_of"]]
        numbers = {
            name: [_number(*cell) for cell in zip(rows[name], self.table["target_unit"], strict=True)]
            for name in ("target", "our_figure", "tolerance")
        }
        return rows.assign(**numbers)

    def to_records(self) -> list[dict[str, Any]]:
        """Return the table as records that JSON can hold, with the sources of each as a list."""
        rows = records(self.table)
        return [{**row, "sources": [name for name in row["sources"].split("; ") if name]} for row in rows]


def replicate(
    names: str | Sequence[str] | None = None, *, data: str | Path | None = None, progress: bool = False
) -> Replications:
    """Compute published figures anew and say how close they come.

    Parameters
    ----------
    names
        Papers or families, such as ``eloundou-workers``; all by default.
    data
        Folder with publishers' files under their own names, which comes before the data folder.
    progress
        Whether a bar counts the figures.

    Returns
    -------
    Replications
        See :func:`replicate_figures`; notes cite each paper and say what each figure is, and how many pass.

    Raises
    ------
    InputError
        If a name is unknown.

    Examples
    --------
    >>> replicate("felten-lm").table[["item", "target", "verdict"]].to_numpy().tolist()
    [['r-aioe', 0.98, 'missing'], ['r-human-beta', 0.86, 'missing']]
    """
    papers = [names] if isinstance(names, str) else names
    table = replicate_figures(Inputs(data), papers, progress=progress)
    notes = [f"{name}: {rows['citation'].iloc[0]}" for name, rows in table.groupby("id", sort=False)]
    for row in table.to_dict("records"):
        secondary = " (target quoted elsewhere)" if row["status"] == "secondary" else ""
        why = f"; {row['why']}" if row["why"] else ""
        notes.append(f"{row['id']} {row['item']}: {row['what']}{secondary}{why}")
    notes.append(count_verdicts(table))
    return Replications(title="Published figures computed anew", table=table, notes=tuple(notes))


def _number(value: float, unit: str) -> str:
    if value != value:  # noqa: PLR0124 - only a missing number differs from itself
        return "-"
    return f"{value:.0f}" if unit == "count" else f"{value:.4g}"


def count_verdicts(replications: pd.DataFrame) -> str:
    """Return in words how many figures passed."""
    counts = Counter(replications["verdict"])
    others = [f"{counts[verdict]} {verdict}" for verdict in ("near", "fail", "missing") if counts[verdict]]
    return ", ".join([f"{counts['pass']} of {len(replications)} figures pass", *others])


def _compute(target: Target, inputs: Inputs) -> tuple[Figure | None, str]:
    """Return the figure, or None and what is wrong with its files."""
    try:
        return target.compute(inputs), ""
    except SourceError as error:
        return None, " ".join(str(error).split())


def _row(target: Target, figure: Figure | None, problem: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": target.id, "item": target.item, "what": target.what, "target": target.target, "target_unit": target.unit,
        "tolerance": target.tolerance, "basis": target.basis, "status": target.status, "citation": target.citation,
        "sources": "; ".join(target.sources),
    }  # fmt: skip
    if figure is None:
        nothing = {"our_figure": float("nan"), "difference": float("nan"), "n": 0, "n_of": "", "withheld": ""}
        return {**row, **nothing, "verdict": "missing", "why": problem}
    # On a copy with rows withheld the wider tolerance of the entry holds, where it states one.
    tolerance = target.tolerance if not figure.withheld or target.withheld is None else target.withheld
    verdict = _verdict(target, figure, tolerance)
    return {
        **row, "our_figure": figure.value, "difference": figure.value - target.target, "tolerance": tolerance, "n": figure.n,
        "n_of": figure.of, "withheld": figure.withheld, "sources": "; ".join(figure.sources), "verdict": verdict,
        "why": _why(target, figure, tolerance, verdict),
    }  # fmt: skip


def _verdict(target: Target, figure: Figure, tolerance: float) -> Verdict:
    if figure.withheld and target.withheld is None:
        return "missing"
    distance = abs(figure.value - target.target) - _ROUNDING * abs(target.target)
    if distance <= tolerance:
        return "pass"
    return "near" if distance <= assumption("replications", "near_factor") * tolerance else "fail"


def _why(target: Target, figure: Figure, tolerance: float, verdict: Verdict) -> str:
    sentences = []
    if verdict == "missing":
        sentences.append(f"{figure.withheld}, and no part of it can tell: expected the publisher's whole file")
    elif figure.withheld and tolerance > target.tolerance:
        sentences.append(f"{figure.withheld}, so that the tolerance is {tolerance:g} in place of {target.tolerance:g}")
    elif figure.withheld:
        sentences.append(f"{figure.withheld}, which should not matter here")
    if verdict in {"near", "fail"}:
        away = abs(figure.value - target.target)
        why = target.tolerance_why
        sentences.append(f"{away:.4g} from the target, with a tolerance of {tolerance:g} ({why})")
    if figure.note:
        sentences.append(figure.note)
    return "; ".join(sentences)
