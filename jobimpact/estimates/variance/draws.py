"""What is drawn for the variance ledger: exposures of occupations under raters, weights and errors, and employment."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import CoverageWarning, InputError
from jobimpact.estimates.means.weights import task_weights
from jobimpact.exposure.heads.components import variance_sums

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from numpy.typing import NDArray

    from jobimpact.exposure.heads.components import VarianceComponents

    Scheme = Literal["core", "importance", "equal"]


@dataclass(frozen=True)
class Exposures:
    """Exposure of every occupation as the study has it, under every other choice, and how far it may be off.

    Attributes
    ----------
    codes
        (O,) codes of the occupations.
    options
        (R + 1, S + 1, O) exposures under rater r and task weights s; number 0 of each is what the study uses.
        Missing where no task of the occupation was scored.
    raters, schemes
        Names of the R raters and S schemes of task weights that are drawn from; number 0 is not one of them.
    model_sd, noise_sd
        (O,) standard deviations of the model's error and of the noise of labels in the occupation's mean.
    components_given
        Whether they were estimated; else they are 0.
    """

    codes: pd.Index
    options: NDArray[np.float64]
    raters: tuple[str, ...]
    schemes: tuple[str, ...]
    model_sd: NDArray[np.float64]
    noise_sd: NDArray[np.float64]
    components_given: bool = True


@dataclass(frozen=True)
class Draws:
    """Independent draws of what moves exposures."""

    rater: NDArray[np.intp]  # (D,) number of the option, each equally often; all 0 where there is none
    scheme: NDArray[np.intp]
    model: NDArray[np.float32]  # (O, D) errors to add to the exposures
    noise: NDArray[np.float32]

    def only(self, cause: str | None, background: Draws, number: int) -> Draws:
        """Return draws in which only `cause` varies and all else is draw `number` of `background`."""
        n = len(self.rater)
        fixed = {field: getattr(background, field)[..., [number]] for field in _CAUSE_FIELDS.values()}
        repeated = {field: np.repeat(fixed[field], n) for field in ("rater", "scheme")}
        varied = {field: getattr(self, field) for name, field in _CAUSE_FIELDS.items() if name == cause}
        return Draws(**{**fixed, **repeated, **varied})


_CAUSE_FIELDS = {
    "model": "model",
    "rater": "rater",
    "label noise": "noise",
    "task weights": "scheme",
}


def occupation_exposures(
    tasks: pd.DataFrame,
    oews_codes: pd.Series,
    *,
    components: VarianceComponents | None = None,
    raters: pd.DataFrame | None = None,
    schemes: Sequence[str] | None = None,
) -> Exposures:
    """Return exposures of occupations under every rater and every scheme of task weights.

    O*NET-SOC codes are averaged into their OEWS code with equal weight, as in :func:`aggregate_occupations`.
    Without `components` the model and the noise of labels have no part. `raters` (rows of `tasks`, R) has
    scores on 0-1 of each rater that might have been asked, the study's own among them if it is one of those;
    missing scores are allowed. An occupation of which a rater scored no task, or no task of which weighs
    anything in a scheme, keeps the exposure of the study there; a warning counts them. By default `schemes`
    are those of data/variance.toml, without importance where no task has one.
    """
    others = _checked_raters(tasks, raters)
    weights = _scheme_weights(tasks, schemes)
    parents = pd.Series(oews_codes.to_numpy(), index=tasks.index)
    study = _occupation_means(tasks, parents, tasks["beta"], tasks["task_weight"])
    # The means of the study come first, so that number 0 of each axis is what its tables have.
    scores = {"study": tasks["beta"], **others}
    grid = [
        [_occupation_means(tasks, parents, column, weight) for weight in (tasks["task_weight"], *weights.values())]
        for column in scores.values()
    ]
    options = np.stack([np.stack([mean.reindex(study.index).to_numpy() for mean in row]) for row in grid])
    model, noise = _error_sds(tasks, parents, components, study.index)
    return Exposures(
        study.index, _filled(options, list(scores)), tuple(others), tuple(weights), model, noise, components is not None
    )


def _checked_raters(tasks: pd.DataFrame, raters: pd.DataFrame | None) -> dict[str, pd.Series]:
    if raters is None:
        return {}
    if not raters.index.equals(tasks.index):
        raise InputError(f"found {len(raters):,} rows of raters' scores for {len(tasks):,} tasks; expected the same rows")
    scores = raters.astype("float64")
    outside = ((scores < 0) | (scores > 1)).any()
    if outside.any():
        raise InputError(f"rater {outside.idxmax()!r} has a score outside 0-1; expected beta of each task")
    return {str(name): column for name, column in scores.items()}


def _scheme_weights(tasks: pd.DataFrame, schemes: Sequence[str] | None) -> Mapping[str, pd.Series]:
    """Return the weights of tasks under each scheme; by default without importance where no task has one."""
    rated = "importance" in tasks and tasks["importance"].notna().any()
    if schemes is None:
        schemes = [scheme for scheme in assumption("variance", "schemes") if scheme != "importance" or rated]
    weights: dict[str, pd.Series] = {}
    for scheme in schemes:
        if scheme == "equal":
            weights[scheme] = pd.Series(1.0, index=tasks.index)
        else:
            weights[scheme] = task_weights(tasks, scheme)  # type: ignore[arg-type]  # checked there
    return weights


def _occupation_means(tasks: pd.DataFrame, parents: pd.Series, scores: pd.Series, weight: pd.Series) -> pd.Series:
    """Return weighted means by occupation of OEWS, the O*NET-SOC codes in one with equal weight."""
    counts = scores.notna() & (weight > 0)
    code, weight = tasks["onetsoc_code"][counts], weight[counts]
    by_code = (scores[counts] * weight).groupby(code).sum() / weight.groupby(code).sum()
    parent = parents.groupby(tasks["onetsoc_code"]).first().reindex(by_code.index)
    means: pd.Series = by_code.groupby(parent).mean()
    return means


def _filled(options: NDArray[np.float64], raters: Sequence[str]) -> NDArray[np.float64]:
    study = options[0, 0]
    absent = np.isnan(options) & np.isfinite(study)
    for rater, count in zip(raters, absent.any(axis=1).sum(axis=1), strict=True):
        if count:
            warnings.warn(
                f"{count} of {np.isfinite(study).sum()} occupations have no exposure under rater {rater!r} with some task "
                "weights and keep the study's own there",
                CoverageWarning,
                stacklevel=3,
            )
    return np.where(absent, study, options)


def _error_sds(
    tasks: pd.DataFrame, parents: pd.Series, components: VarianceComponents | None, codes: pd.Index
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the standard deviations of model error and label noise.

    See :mod:`jobimpact.exposure.heads.components` for the formula.
    """
    if components is None:
        return np.zeros(len(codes)), np.zeros(len(codes))
    rows = tasks[tasks["beta"].notna() & (tasks["task_weight"] > 0)].assign(oews=parents)
    sums = variance_sums(rows, "oews", "onetsoc_code").reindex(codes)
    # What tasks of an occupation share does not average out over them; what each has for itself does, with the squared shares.
    model = components.shared * sums["mean"] + (components.own - components.noise) * sums["squares"]
    return np.sqrt(model.to_numpy()), np.sqrt((components.noise * sums["squares"]).to_numpy())


def make_draws(exposures: Exposures, n_draws: int, rng: np.random.Generator) -> Draws:
    """Draw every cause independently of the others; errors of occupations are normal and independent."""
    shape = (len(exposures.codes), n_draws)
    # Normal errors are drawn in single precision: half the memory, and far finer than what 1,000 draws can tell.
    errors = (rng.standard_normal(shape, dtype=np.float32) for _ in range(2))
    model, noise = (
        z * sd[:, None].astype(np.float32) for z, sd in zip(errors, (exposures.model_sd, exposures.noise_sd), strict=True)
    )
    return Draws(
        rater=_balanced(len(exposures.raters), n_draws, rng),
        scheme=_balanced(len(exposures.schemes), n_draws, rng),
        model=model,
        noise=noise,
    )


def _balanced(n_options: int, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return each option from 1 equally often, in random order, so that the choice itself adds no Monte Carlo error."""
    if not n_options:
        return np.zeros(n, dtype=np.intp)
    start = rng.permutation(n_options) + 1
    return rng.permutation(np.resize(start, n))


def drawn_exposures(exposures: Exposures, draws: Draws) -> NDArray[np.float32]:
    """Return (O, D) exposures under the drawn rater, weights and errors."""
    # Unbounded errors: clipping to 0-1 would shift the mean of an occupation near an end.
    options: NDArray[np.float32] = exposures.options[draws.rater, draws.scheme].T.astype(np.float32)
    return options + draws.model + draws.noise
