"""What an estimate is made of: one side of a comparison, from a study or from tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from jobimpact.errors import InputError, StudyError
from jobimpact.estimates.change.estimate import Estimate
from jobimpact.estimates.means.cells import check_release
from jobimpact.estimates.means.definitions import CUTS
from jobimpact.estimates.means.occupations import MEASURES
from jobimpact.exposure.heads.components import VarianceComponents, variance_sums
from jobimpact.facts.codes import published_codes, soc_major
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.jobs.oews import IndustryLevel, read_oews
from jobimpact.study import Study, open_study, read_raters

_STUDY_TABLES = {"": "groups", "soc_major": "groups", "wage_quintile": "groups", "naics": "sectors", "area": "areas"}
_LISTED = 5
_LEVELS: dict[str, Literal["sector", "state"]] = {"naics": "sector", "area": "state"}


@dataclass(frozen=True)
class Side:
    """Tasks, scores, weights, employment and definition behind an estimate.

    Attributes
    ----------
    name
        For people.
    tasks
        ``onetsoc_code``, ``soc_code``, ``task`` or ``task_id`` (what tells a task from others), and what the
        scheme of weights reads: ``task_type``, ``importance``, or ``task_weight``.
    scores
        Measures by row, in the rows of `tasks`.
    employment
        Detailed occupations: ``soc_code``, ``tot_emp``, ``a_mean`` for wage bills; for groups ``soc_major
        wage_quintile naics area``; for intervals ``emp_prse``, for those of wage bills ``mean_prse``.
    weights
        ``core``, ``importance``, or ``given`` for a column ``task_weight``, which cannot be carried to other
        tasks.
    estimate
        What is computed.
    names
        What the table of the explanation prints for ``tasks``, ``employment`` and ``scores``.
    stored
        Value of the estimate in the study's own table; missing where it has none.
    folder
        Of the study; None for tables.
    components
        Of the errors of the scores; None where they are not known.
    model
        Names judge, encoder and heads; sides of one model share its errors. Empty where one is not known.
    by_rater
        The estimate by each judge, from the study's own table; empty where it has none.
    """

    name: str
    tasks: pd.DataFrame
    scores: pd.DataFrame
    employment: pd.DataFrame
    weights: str = "core"
    estimate: Estimate = field(default_factory=Estimate)
    names: dict[str, str] = field(default_factory=dict)
    stored: float = float("nan")
    folder: Path | None = None
    components: VarianceComponents | None = None
    model: tuple[str, ...] = ()
    by_rater: pd.Series = field(default_factory=lambda: pd.Series(dtype="float64"))

    def __post_init__(self) -> None:
        if len(self.scores) != len(self.tasks) or not self.scores.index.equals(self.tasks.index):
            raise InputError(
                f"{self.name}: found {len(self.scores):,} scores for {len(self.tasks):,} tasks; expected the same rows"
            )
        reads = {"core": "task_type", "importance": "importance", "given": "task_weight"}
        if reads.get(self.weights) not in self.tasks:
            schemes = ", ".join(f"{scheme} (column {column})" for scheme, column in reads.items())
            raise InputError(f"{self.name}: weights {self.weights!r} cannot be had from the tasks; expected one of {schemes}")
        for what, table, columns in (
            ("tasks", self.tasks, ["onetsoc_code", "soc_code"]),
            ("employment", self.employment, ["soc_code", "tot_emp"]),
        ):
            if absent := [column for column in columns if column not in table]:
                raise InputError(f"{self.name}: found {what} without the column {absent[0]!r}; expected {', '.join(columns)}")
        if self.estimate.measure not in self.scores:
            raise InputError(
                f"{self.name}: the scores have no column {self.estimate.measure!r}: add it or choose another measure"
            )

    @cached_property
    def oews_codes(self) -> pd.Series:
        """For each task the code under which OEWS publishes its occupation, or its own where OEWS has none."""
        return published_codes(self.tasks["soc_code"])

    def given_weights(self) -> np.ndarray:
        """Return the column ``task_weight``."""
        return self.tasks["task_weight"].to_numpy(dtype="float64")

    def labels(self) -> dict[str, str]:
        """Return a few words on each factor."""
        return {
            "tasks": self.names.get("tasks", self.name),
            "employment": self.names.get("employment", self.name),
            "scores": self.names.get("scores", self.name),
            "weights": self.weights,
            "definition": str(self.estimate),
        }

    def same_tasks(self, other: "Side", rows: np.ndarray) -> bool:
        """Whether the tasks are those of `other` in its rows `rows`, as far as weights and occupations go."""
        read = ("soc_code", "task_type", "importance", "task_weight")
        columns = [name for name in read if name in self.tasks]
        if columns != [name for name in read if name in other.tasks]:
            return False
        # A weight that follows from a scheme is no property of the tasks.
        columns = [name for name in columns if name != "task_weight" or self.weights == "given"]
        mine, theirs = self.tasks[columns], other.tasks[columns].iloc[rows]
        return bool(mine.reset_index(drop=True).equals(theirs.reset_index(drop=True)))

    def same_employment(self, other: "Side") -> bool:
        """Whether both have the same jobs and wages, in any order."""
        columns = [name for name in ("soc_code", "soc_major", "naics", "area", "tot_emp", "a_mean") if name in self.employment]
        if any(name not in other.employment for name in columns):
            return False
        # Two readings of one file may differ in order, never in content.
        order = [name for name in columns if name not in ("tot_emp", "a_mean")]
        # Nor is an occupation without released employment any, which only the side that scored it has.
        tables = (side.employment.dropna(subset="tot_emp") for side in (self, other))
        sides = [table[columns].sort_values(order).reset_index(drop=True) for table in tables]
        return bool(sides[0].equals(sides[1]))


def study_side(
    study: Study | Path | str | Side,
    estimate: Estimate | str = "mean:beta",
    employment: pd.DataFrame | Path | str | None = None,
) -> Side:
    """Return a study, or the folder of one, as a side; a side is returned as it is.

    `employment`, a table ``oews``, takes the place of the study's own: estimates of a sector or state need it
    where the release is not at hand.
    """
    if isinstance(study, Side):
        return study
    study = open_study(study)
    definition = Estimate.parse(estimate) if isinstance(estimate, str) else estimate
    if isinstance(employment, Path | str):
        levels: list[IndustryLevel] = ["sector" if definition.by == "naics" else "cross-industry"]
        employment = read_oews(Path(employment), i_groups=levels, o_groups=["detailed"])
    manifest, tasks = _checked_manifest(study), study["tasks"]
    release = str(manifest["inputs"]["employment"]["release"])
    cells = _study_employment(study, definition, release) if employment is None else detailed_employment(employment)
    _check_group(definition, cells)
    releases = release if employment is None else ", ".join(sorted(set(employment["release"])))
    stored, by_rater = _stored(study, definition, own_employment=employment is None)
    # A study scores a task in all measures or in none: one missing measure must not leave the others in a mixture.
    return Side(
        study.path.name if study.path else f"study of {_tasks_name(manifest)}",
        tasks.drop(columns=list(MEASURES)),
        tasks[list(MEASURES)].where(tasks[list(MEASURES)].notna().all(axis=1)),
        cells,
        str(manifest["parameters"]["weights"]),
        definition,
        {"tasks": _tasks_name(manifest), "employment": f"OEWS {releases}", "scores": _model_name(manifest)},
        stored,
        study.path,
        _components(study),
        _model(manifest),
        by_rater,
    )


def distinct_names(first: Side, second: Side) -> tuple[str, str]:
    """Return names that differ between the two sides, as far as anything differs.

    Folders of the same name are named with as much of their path as differs; else what differs in tasks,
    employment or scores is added.
    """
    if first.name != second.name:
        return first.name, second.name
    if first.folder is not None and second.folder is not None:
        paths = [folder.absolute().parts for folder in (first.folder, second.folder)]
        for length in range(1, max(map(len, paths)) + 1):
            tails = ["/".join(part.strip("/") for part in parts[-length:]) for parts in paths]
            if tails[0] != tails[1]:
                return tails[0], tails[1]
    labels = [side.labels() for side in (first, second)]
    parts = [factor for factor in ("tasks", "employment", "scores", "weights") if labels[0][factor] != labels[1][factor]]
    first_words, second_words = ([words[part] for part in parts] for words in labels)
    return ", ".join([first.name, *first_words]), ", ".join([second.name, *second_words])


def estimate_cell(estimate: Estimate) -> tuple[str, str, str] | None:
    """Return table, row key and column of the study's cell that holds the estimate; None where no column does.

    Examples
    --------
    >>> estimate_cell(Estimate.parse("share:beta>=0.5@naics=51")), estimate_cell(Estimate.parse("share:alpha>=0.3"))
    (('sectors', '51', 'share_workers_50'), None)
    """
    if estimate.cut is not None:
        names = {cut: name for name, cut in CUTS.items()} if estimate.measure == "beta" and estimate.operator == ">=" else {}
        column = names.get(estimate.cut, "") if estimate.weight == "employment" else ""
    else:
        column = MEASURES[estimate.measure] + ("_wage_bill" if estimate.weight == "wage_bill" else "")
    key = estimate.key if estimate.by in _LEVELS else f"{estimate.by or 'all'}|{estimate.key or 'all'}"
    return (_STUDY_TABLES[estimate.by], key, column) if column else None


def _checked_manifest(study: Study) -> Mapping[str, Any]:
    """Return the manifest if it says what the study was made of, else raise StudyError."""
    for path in ("inputs.tasks.name", "inputs.employment.release", "parameters.weights", "model"):
        part: Any = study.manifest
        for name in path.split("."):
            part = part.get(name) if isinstance(part, dict) else None
        if part is None:
            raise StudyError(f"{study.path or 'study'}: its manifest has no {path}; expected what a run writes: run it again")
    return study.manifest


def _check_group(estimate: Estimate, cells: pd.DataFrame) -> None:
    """Raise InputError where the employment at hand has nobody in the group, with the groups that are nearest."""
    if not estimate.by or (cells[estimate.by] == estimate.key).any():
        return
    keys = sorted(map(str, cells[estimate.by].dropna().unique()))
    near = [key for key in keys if key.startswith(estimate.key[:2])] or keys
    hint = f"expected one of {len(keys)}, such as {', '.join(near[:_LISTED])}" if keys else "the employment has none at all"
    raise InputError(f"{estimate}: found no {estimate.by} {estimate.key!r}; {hint}: choose another group or employment")


def detailed_employment(oews: pd.DataFrame) -> pd.DataFrame:
    """Return the detailed occupations of a table ``oews`` with their major group."""
    cells = oews[oews["o_group"] == "detailed"]
    columns = ["soc_code", "title", "naics", "area", "tot_emp", "emp_prse", "a_mean", "mean_prse"]
    return cells[columns].assign(soc_major=soc_major(cells["soc_code"])).reset_index(drop=True)


def _study_employment(study: Study, estimate: Estimate, release: str) -> pd.DataFrame:
    if estimate.by not in _LEVELS:
        columns = ["soc_code", "title", "soc_major", "wage_quintile", "tot_emp", "emp_prse", "a_mean"]
        cells = study["occupations"][columns].astype({"wage_quintile": "Int64"})
        cells = cells.astype({"wage_quintile": "string"})
        # A study does not hold the errors of wages.
        published = read_employment("national").drop_duplicates("soc_code").set_index("soc_code")
        same = set(published["release"]) == {release}
        return cells.assign(mean_prse=cells["soc_code"].map(published["mean_prse"])) if same else cells
    # The package holds one release by sector and state; a study of another one needs its file.
    try:
        return detailed_employment(check_release(read_employment(_LEVELS[estimate.by]), release))
    except InputError as error:
        raise InputError(
            f"{estimate} needs employment by {estimate.by} of OEWS {release}, which is not at hand: give its table "
            "as employment_before or employment_after, or choose a national estimate"
        ) from error


def _tasks_name(manifest: Any) -> str:
    source = manifest["inputs"]["tasks"]
    return " ".join(str(source[part]) for part in ("name", "release") if source.get(part))


def _model_name(manifest: Any) -> str:
    model, parameters = manifest["model"], manifest["parameters"]
    hashes = " ".join(str(model.get(part) or "none")[:8] for part in ("encoder_sha256", "heads_sha256"))
    return f"{model.get('encoder', 'model')}, rater {parameters.get('rater', '')} ({hashes})"


def _model(manifest: Any) -> tuple[str, ...]:
    names = manifest["parameters"].get("rater"), *(manifest["model"].get(f"{part}_sha256") for part in ("encoder", "heads"))
    return tuple(map(str, names)) if all(names) else ()


def _components(study: Study) -> VarianceComponents | None:
    """Return the components of the scores' errors, in which the squared standard errors of a study's occupations are linear.

    The noise of labels is in what each task has for itself. None where the study has no standard errors.
    """
    tasks = study["tasks"].dropna(subset=list(MEASURES))
    rows = tasks[tasks["task_weight"] > 0]
    sums = variance_sums(rows.assign(oews=published_codes(rows["soc_code"])), "oews", "onetsoc_code")
    errors = study["occupations"].set_index("soc_code")["exposure_beta_se"].reindex(sums.index).astype("float64").dropna()
    if errors.empty:
        return None
    shared, unshared = np.linalg.lstsq(sums.loc[errors.index].to_numpy(), errors.to_numpy() ** 2)[0].clip(0.0)
    return VarianceComponents(float(shared), float(unshared), 0.0, 0.0, len(rows), len(errors))


def _stored(study: Study, estimate: Estimate, *, own_employment: bool) -> tuple[float, pd.Series]:
    """Return the cell of the study's tables that holds the estimate, and the estimate by each judge; missing where none does."""
    cell, unknown = estimate_cell(estimate), (float("nan"), pd.Series(dtype="float64"))
    if not own_employment or cell is None or cell[2] not in study[cell[0]]:
        return unknown
    name, key, column = cell
    table = study[name]
    keys = table[estimate.by] if estimate.by in _LEVELS else table["group_type"] + "|" + table["group"]
    rows = table.loc[keys == key, column]
    return (float(rows.iloc[0]) if len(rows) else unknown[0]), read_raters(study.tables, *cell)
