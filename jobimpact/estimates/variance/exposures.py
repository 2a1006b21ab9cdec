"""Exposure of occupations as the study has it, under other weights of tasks, and how far each may be off."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jobimpact.assumptions import assumption
from jobimpact.errors import CoverageWarning
from jobimpact.estimates.means.definitions import probability_above
from jobimpact.estimates.means.weights import task_weights
from jobimpact.exposure.heads.components import VarianceComponents, variance_sums


@dataclass(frozen=True)
class Exposures:
    """Exposure of every occupation by one judge, under each scheme of task weights, and its errors.

    Attributes
    ----------
    codes
        (O,) codes of the occupations.
    options
        (S + 1, O) exposures; number 0 is what the study has, the others are by scheme. Missing where no task was scored.
    schemes
        Names of the S schemes that are drawn from.
    model_sd, noise_sd
        (O,) standard deviations of the model's error and of the noise of labels in the occupation's mean.
    components_given
        Whether they were estimated; else they are 0.
    """

    codes: pd.Index
    options: NDArray[np.float64]
    schemes: tuple[str, ...]
    model_sd: NDArray[np.float64]
    noise_sd: NDArray[np.float64]
    components_given: bool = True

    @property
    def drawn(self) -> NDArray[np.float64]:
        """The (S, O) exposures that are drawn from; those of the study where there is no scheme."""
        return self.options[1:] if self.schemes else self.options[:1]

    @property
    def error_sd(self) -> NDArray[np.float64]:
        """(O,) standard deviation of both errors together."""
        return np.hypot(self.model_sd, self.noise_sd)

    def expected(self, exposure: NDArray[np.float64], cut: float | None) -> NDArray[np.float64]:
        """Return `exposure` (..., O), or with a cut the probability of lying above it; 0 where it is missing."""
        return np.nan_to_num(exposure if cut is None else probability_above(exposure, self.error_sd, cut))

    def error_variance(self, cut: float | None) -> NDArray[np.float64]:
        """Return the (O,) variance that both errors make: of the exposure, or with a cut of whether it lies above."""
        if cut is None:
            return self.error_sd**2
        above = self.expected(self.drawn, cut)
        spread: NDArray[np.float64] = (above * (1 - above)).mean(axis=0)
        return spread


def occupation_exposures(
    tasks: pd.DataFrame,
    oews_codes: pd.Series,
    *,
    components: VarianceComponents | None = None,
    schemes: Sequence[str] | None = None,
) -> Exposures:
    """Return exposures of occupations under every scheme of task weights.

    O*NET-SOC codes are averaged into their OEWS code with equal weight, as in :func:`aggregate_occupations`.
    Without `components` the model and the noise of labels have no part. An occupation no task of which weighs
    anything in a scheme keeps the exposure of the study there; a warning counts them. By default `schemes`
    are those of data/variance.toml, without importance where no task has one.
    """
    parents = pd.Series(oews_codes.to_numpy(), index=tasks.index)
    weights = {"study": tasks["task_weight"], **_scheme_weights(tasks, schemes)}
    means = [_occupation_means(tasks, parents, weight) for weight in weights.values()]
    codes = means[0].index
    options = np.stack([mean.reindex(codes).to_numpy() for mean in means])
    absent = np.isnan(options) & np.isfinite(options[0])
    for scheme, count in zip(weights, absent.sum(axis=1), strict=True):
        if count:
            warnings.warn(
                f"{count} of {np.isfinite(options[0]).sum()} occupations have no exposure under the task weights {scheme!r} and "
                "keep the study's own there",
                CoverageWarning,
                stacklevel=2,
            )
    model, noise = _error_sds(tasks, parents, components, codes)
    filled = np.where(absent, options[0], options)
    return Exposures(codes, filled, tuple(weights)[1:], model, noise, components is not None)


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


def _occupation_means(tasks: pd.DataFrame, parents: pd.Series, weight: pd.Series) -> pd.Series:
    """Return weighted means by occupation of OEWS, the O*NET-SOC codes in one with equal weight."""
    counts = tasks["beta"].notna() & (weight > 0)
    code, weight = tasks["onetsoc_code"][counts], weight[counts]
    by_code = (tasks["beta"][counts] * weight).groupby(code).sum() / weight.groupby(code).sum()
    parent = parents.groupby(tasks["onetsoc_code"]).first().reindex(by_code.index)
    means: pd.Series = by_code.groupby(parent).mean()
    return means


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


def draw_exposures(exposures: Exposures, n_draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return (O, D) exposures under drawn task weights and errors, which are normal and independent between occupations."""
    errors = normal_scores((len(exposures.codes), n_draws), rng)
    # Each scheme equally often, so that the choice itself adds no Monte Carlo error.
    scheme = rng.permutation(np.resize(rng.permutation(len(exposures.drawn)), n_draws))
    # Unbounded: clipping to 0-1 would shift the mean of an occupation near an end.
    draws: NDArray[np.float64] = exposures.drawn[scheme].T + exposures.error_sd[:, None] * errors
    return draws


def normal_scores(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return rows of quantiles of the standard normal in random order, a Latin hypercube sample.

    Each row has the quantiles of the normal without Monte Carlo error, and so has what rests on one row
    (McKay, Beckman and Conover 1979, doi:10.1080/00401706.1979.10489755).
    """
    from scipy.special import ndtri

    scores = ndtri((np.arange(shape[1]) + 0.5) / shape[1])
    return rng.permuted(np.tile(scores, (shape[0], 1)), axis=1)
