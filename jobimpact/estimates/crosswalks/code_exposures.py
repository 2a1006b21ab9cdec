"""Exposure of the codes of any classification, as weights over the scored occupations of a study, with draws of the weights.

Weights, not means alone, are kept: two codes that rest on the same occupations share their errors, and so do
the groups of a user's table that hold both.

Unknown shares of a crosswalk drawn many times, so that what they do to an estimate can be measured.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.matrices import chain_shares, occupation_weights, quotient, rows_of_one, share_matrix
from jobimpact.estimates.crosswalks.shares import check_crosswalk
from jobimpact.estimates.means.levels import SCORES, with_probabilities
from jobimpact.estimates.means.occupations import MEASURES, mean_by_occupation
from jobimpact.estimates.variance.exposures import Exposures, draw_exposures, occupation_exposures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import scipy.sparse as sp
    from numpy.typing import NDArray

OWN = "own"
_UNKNOWN = ("equal", "similarity")  # bases of shares that nobody published
_LEAST_DRAWS = 2


@dataclass(frozen=True)
class CodeExposures:
    """Exposure of K codes as weights over U scored units (occupations of a study, or its O*NET-SOC codes).

    Attributes
    ----------
    codes
        (K,) codes that have an exposure, each once.
    matched_at
        (K,) what the exposure of the code is of, in words.
    weights
        (K, U) rows that sum to 1.
    weight_draws
        `weights` under each draw of the shares that the crosswalks assume; empty where none is assumed.
    jobs
        (K,) US jobs of scored occupations that the code stands for; 0 where none are known.
    us_jobs
        All US jobs, scored or not, that a code stands for, by code; codes without an exposure are there too.
    scored_share
        (K,) part of all US jobs behind the code whose occupations were scored; missing where no jobs are
        known.
    scores
        (U, 6) exposures of the units and their probabilities of lying above a cut, in the order of `SCORES`.
    error_of, errors
        (U,) number of the occupation whose error a unit has, and (E,) standard errors of exposure_beta of
        occupations, missing where the study has none.
    shifts
        (S, E) how far exposure_beta of occupations lies from the study's under each scheme of task weights.
    """

    codes: pd.Index
    matched_at: NDArray[np.object_]
    weights: sp.csr_matrix
    weight_draws: tuple[sp.csr_matrix, ...]
    jobs: NDArray[np.float64]
    us_jobs: pd.Series
    scored_share: NDArray[np.float64]
    scores: NDArray[np.float64]
    error_of: NDArray[np.intp]
    errors: NDArray[np.float64]
    shifts: NDArray[np.float64]

    def table(self) -> pd.DataFrame:
        """Return ``code``, ``matched_at`` and the `SCORES` of every code."""
        means = pd.DataFrame(self.weights @ self.scores, columns=SCORES)
        # The sum of weights of 1 can pass a bound of its parts by rounding.
        return pd.DataFrame({"code": self.codes.to_numpy(), "matched_at": self.matched_at}).join(means.clip(0, 1))

    def beta(self) -> NDArray[np.float64]:
        """Return the (U,) beta of the units."""
        beta: NDArray[np.float64] = self.scores[:, SCORES.index("exposure_beta")]
        return beta

    def deviations(self) -> NDArray[np.float64]:
        """Return (E, D) draws of how far exposure_beta of occupations is off, those of a study's own variance ledger."""
        none = np.zeros(len(self.errors))
        options = np.vstack([none, self.shifts])
        names = tuple(str(number) for number in range(len(self.shifts)))
        exposures = Exposures(pd.RangeIndex(len(none)), options, names, np.nan_to_num(self.errors), none)
        rng = np.random.default_rng(int(assumption("variance", "seed")))
        return draw_exposures(exposures, int(assumption("variance", "draws")), rng)


def code_exposures(
    occupations: pd.DataFrame,
    steps: Sequence[pd.DataFrame],
    *,
    n_draws: int | None = None,
    seed: int | None = None,
) -> CodeExposures:
    """Return the exposure of the codes at the end of a chain of crosswalks from the codes of OEWS.

    A code has the mean of the occupations that send jobs to it, weighted by the US jobs that they send; where
    none of them has jobs, by their shares. That is
    :func:`jobimpact.estimates.crosswalks.carry.convert_scores` of the chain. Codes none of whose occupations
    was scored are not in it. `n_draws` and `seed` of the assumed shares are by default those of
    data/crosswalks.toml.
    """
    has_score = occupations["exposure_beta"].notna().to_numpy()
    if not has_score.any():
        raise InputError("the study has no occupation with an exposure; expected one at least: run it on tasks with SOC codes")
    start = pd.Index(occupations["soc_code"])
    # Jobs that OEWS withholds weigh nothing; a code all of whose sources are withheld goes by its shares.
    jobs = np.nan_to_num(occupations["tot_emp"].to_numpy(dtype=float))
    flows, codes = chain_shares([share_matrix(step) for step in steps], start)
    base, sent, whole = occupation_weights(flows, jobs, has_score)
    draws = []
    for shares in draw_share_sets(steps, n_draws, seed):
        matrices = [share_matrix(step, share) for step, share in zip(steps, shares, strict=True)]
        draws.append(occupation_weights(chain_shares(matrices, start)[0], jobs, has_score)[0])
    rows = np.flatnonzero(np.asarray(base.sum(axis=1)).ravel() > 0)
    errors = occupations["exposure_beta_se"].to_numpy(dtype=float)[has_score]
    return CodeExposures(
        codes[rows],
        np.full(len(rows), OWN, dtype=object),
        base[rows],
        tuple(matrix[rows] for matrix in draws),
        sent[rows],
        pd.Series(whole, index=codes),
        quotient(sent, whole)[rows],
        with_probabilities(occupations).loc[has_score, SCORES].to_numpy(dtype=float),
        np.arange(len(errors)),
        errors,
        np.zeros((0, len(errors))),
    )


def with_schemes(
    exposures: CodeExposures, tasks: pd.DataFrame, oews_codes: pd.Series, occupations: pd.DataFrame
) -> CodeExposures:
    """Return `exposures` with what the other schemes of task weights make of a study's occupations."""
    by_scheme = occupation_exposures(tasks, oews_codes)
    codes = occupations.loc[occupations["exposure_beta"].notna(), "soc_code"]
    position = by_scheme.codes.get_indexer(pd.Index(codes))
    return replace(exposures, shifts=(by_scheme.drawn - by_scheme.options[0])[:, position])


def with_groups(exposures: CodeExposures, groups: Mapping[str, pd.Series], *, by_jobs: bool) -> CodeExposures:
    """Return `exposures` with groups of its codes beside them; codes with an exposure stay as they are.

    `groups` has, by what ``matched_at`` says of them, the group of every code of ``exposures.us_jobs``. With
    `by_jobs` codes weigh in a group what US jobs they stand for; else all the same, for want of employment:
    their parts are then drawn as unknown shares are, Dirichlet with the concentration of
    data/crosswalks.toml, the same for all groups above.
    """
    import scipy.sparse as sp

    out, n = exposures, len(exposures.codes)
    size = exposures.us_jobs.reindex(exposures.codes).to_numpy(dtype=float) if by_jobs else np.ones(n)
    sizes = [size] * len(exposures.weight_draws) if by_jobs else _drawn_sizes(n, len(exposures.weight_draws))
    for matched_at, group in groups.items():
        names = group.reindex(exposures.codes)
        number, labels = pd.factorize(names)
        member = np.flatnonzero((number >= 0) & (size > 0) & ~names.isin(out.codes).to_numpy())
        members = sp.csr_matrix((size[member], (number[member], member)), shape=(len(labels), n))
        rows = np.flatnonzero(np.asarray(members.sum(axis=1)).ravel() > 0)
        # A group keeps the draws of its codes: two groups that share a code go up and down together.
        members, names_of = members[rows], pd.Index(labels)[rows]
        jobs = np.asarray((members > 0) @ exposures.jobs).ravel()
        whole = exposures.us_jobs.groupby(group).sum().reindex(names_of).to_numpy(dtype=float)
        out = replace(
            out,
            codes=out.codes.append(names_of),
            matched_at=np.append(out.matched_at, np.full(len(rows), matched_at, dtype=object)),
            weights=_stacked(out.weights, members, exposures.weights, np.ones(n)),
            weight_draws=tuple(
                _stacked(above, members, below, np.divide(draw, size, out=np.zeros(n), where=size > 0))
                for above, below, draw in zip(out.weight_draws, exposures.weight_draws, sizes, strict=True)
            ),
            jobs=np.append(out.jobs, jobs),
            scored_share=np.append(out.scored_share, quotient(jobs, whole)),
        )
    return out


def with_partners(exposures: CodeExposures, pairs: pd.DataFrame, matched_at: str, *, n_draws: int | None = None) -> CodeExposures:
    """Return the exposure of the codes that `pairs` starts from, each the mean of its partners by share.

    Partners without an exposure do not count. Draws of assumed shares are crossed with those of `exposures`
    one by one. No US jobs are known of the codes, and ``scored_share`` is the mean of their partners'.
    """
    matrix, codes, partners = share_matrix(pairs)
    position = partners.get_indexer(exposures.codes)
    present = np.flatnonzero(position >= 0)
    columns = position[present]
    rows = np.flatnonzero(np.asarray(matrix[:, columns].sum(axis=1)).ravel() > 0)

    def carried(shares: sp.csr_matrix, weights: sp.csr_matrix) -> sp.csr_matrix:
        return rows_of_one(shares[rows][:, columns] @ weights[present])

    number = n_draws or len(exposures.weight_draws) or None
    share_draws = [share_matrix(pairs, share)[0] for (share,) in draw_share_sets([pairs], number, None)]
    weight_draws = exposures.weight_draws or (exposures.weights,) * len(share_draws)
    share_draws = share_draws or [matrix] * len(weight_draws)
    draws = tuple(carried(shares, weights) for shares, weights in zip(share_draws, weight_draws, strict=True))
    share = matrix[rows][:, columns]
    return replace(
        exposures,
        codes=codes[rows],
        matched_at=np.full(len(rows), matched_at, dtype=object),
        weights=carried(matrix, exposures.weights),
        weight_draws=draws,
        jobs=np.zeros(len(rows)),
        us_jobs=pd.Series(0.0, index=codes),
        scored_share=share @ np.nan_to_num(exposures.scored_share[present]),
    )


def with_onetsoc(
    exposures: CodeExposures, tasks: pd.DataFrame, oews_codes: pd.Series, occupations: pd.DataFrame
) -> CodeExposures:
    """Return `exposures` of SOC codes with the O*NET-SOC codes of a study's tasks, each by its own tasks.

    The error of an O*NET-SOC code is taken to be that of its occupation: the study does not keep the parts
    that it is made of.
    """
    import scipy.sparse as sp

    means = mean_by_occupation(tasks, list(MEASURES))
    parents = pd.Series(oews_codes.to_numpy(), index=tasks["onetsoc_code"].array).groupby(level=0).first()
    soc_codes = pd.Index(occupations.loc[occupations["exposure_beta"].notna(), "soc_code"])
    # The mean over O*NET-SOC codes is the occupation's, so its error is the only one that is known.
    position = soc_codes.get_indexer(pd.Index(parents.reindex(means.index)))
    means, position = means[position >= 0], position[position >= 0]
    n = len(means)
    scores = with_probabilities(means.rename(columns=MEASURES).assign(exposure_beta_se=exposures.errors[position]))

    def widened(weights: sp.csr_matrix) -> sp.csr_matrix:
        return sp.block_diag([weights, sp.identity(n)]).tocsr()

    return replace(
        exposures,
        codes=exposures.codes.append(pd.Index(means.index.astype(object))),
        matched_at=np.append(exposures.matched_at, np.full(n, "onetsoc", dtype=object)),
        weights=widened(exposures.weights),
        weight_draws=tuple(widened(weights) for weights in exposures.weight_draws),
        jobs=np.append(exposures.jobs, np.zeros(n)),
        scored_share=np.append(exposures.scored_share, np.ones(n)),
        scores=np.vstack([exposures.scores, scores[SCORES].to_numpy(dtype=float)]),
        error_of=np.append(exposures.error_of, position),
    )


def _drawn_sizes(n: int, n_draws: int) -> list[NDArray[np.float64]]:
    """Return draws of the sizes of n codes that nothing is known of: over any group they are Dirichlet."""
    # A stream of its own, beside those of the steps.
    rng = np.random.default_rng([int(assumption("crosswalks", "seed")), n])
    return list(rng.standard_gamma(float(assumption("crosswalks", "concentration")), size=(n_draws, n)))


def _stacked(above: sp.csr_matrix, members: sp.csr_matrix, below: sp.csr_matrix, factor: NDArray[np.float64]) -> sp.csr_matrix:
    """Return the weights `above` with those of groups, means of the codes `below`, under them."""
    import scipy.sparse as sp

    return sp.vstack([above, rows_of_one(members @ sp.diags(np.nan_to_num(factor))) @ below]).tocsr()


def draw_shares(
    crosswalk: pd.DataFrame, *, n_draws: int | None = None, concentration: float | None = None, seed: int | None = None
) -> Iterator[pd.DataFrame]:
    """Yield crosswalks in which ``equal`` and ``similarity`` shares are drawn; others stay.

    The shares of a code with K partners are Dirichlet with parameters `concentration` x K x the share at
    hand, independently of those of other codes: their mean is the share at hand, their sum stays, and with
    concentration 1 and equal shares every way to share the code out is as likely as any other. Defaults are
    those of data/crosswalks.toml.

    Examples
    --------
    >>> from jobimpact.sources.crosswalks.us import read_oews_to_soc_2018
    >>> draw = next(draw_shares(read_oews_to_soc_2018(), n_draws=2))
    >>> shares = draw.loc[draw["from_code"] == "31-1120", "share"]
    >>> bool((shares != 0.5).all()), round(float(shares.sum()), 9)
    (True, 1.0)
    """
    n_draws = int(assumption("crosswalks", "n_draws")) if n_draws is None else n_draws
    concentration = float(assumption("crosswalks", "concentration") if concentration is None else concentration)
    seed = int(assumption("crosswalks", "seed")) if seed is None else seed
    if n_draws < _LEAST_DRAWS or not concentration > 0:
        raise InputError(
            f"found {n_draws} draws and concentration {concentration}; expected two draws or more and a number above 0"
        )
    plan, rng = _plan(crosswalk, concentration), np.random.default_rng(seed)
    for _ in range(n_draws):
        yield plan.draw(rng)


def draw_share_sets(steps: Sequence[pd.DataFrame], n_draws: int | None, seed: int | None) -> Iterator[list[NDArray[np.float64]]]:
    """Yield the shares of every step of a chain under each draw; nothing where no step assumes any."""
    if not any((step["share_basis"].isin(_UNKNOWN) & (step["share"] > 0)).any() for step in steps):
        return
    first = int(assumption("crosswalks", "seed")) if seed is None else seed
    # Each step has a stream of its own, so that another step in the chain leaves its draws as they were.
    streams = [draw_shares(step, n_draws=n_draws, seed=first + number) for number, step in enumerate(steps)]
    for draws in zip(*streams, strict=True):
        yield [step["share"].to_numpy(dtype=float) for step in draws]


@dataclass(frozen=True)
class _Plan:
    """What is drawn in a crosswalk: `rows` of its pairs, `alpha` and code number of each, and what each code has to share out."""

    crosswalk: pd.DataFrame
    rows: NDArray[np.intp]
    alpha: NDArray[np.float64]
    code: NDArray[np.intp]
    sums: NDArray[np.float64]

    def draw(self, rng: np.random.Generator) -> pd.DataFrame:
        # log of a gamma(alpha) variate, from gamma(alpha + 1): a small alpha would give 0 for every partner of a code.
        logs = np.log(rng.standard_gamma(self.alpha + 1)) + np.log1p(-rng.random(len(self.alpha))) / self.alpha
        highest = np.full(len(self.sums), -np.inf)
        np.maximum.at(highest, self.code, logs)
        weights = np.exp(logs - highest[self.code])
        totals = np.bincount(self.code, weights, minlength=len(self.sums))
        share = self.crosswalk["share"].to_numpy(dtype="float64", copy=True)
        share[self.rows] = (self.sums / totals)[self.code] * weights
        basis = self.crosswalk["share_basis"].to_numpy(dtype=object, copy=True)
        basis[self.rows] = "drawn"
        return self.crosswalk.assign(share=share, share_basis=basis)


def _plan(crosswalk: pd.DataFrame, concentration: float) -> _Plan:
    """Plan draws of the shares that are unknown and above 0, of codes that have several such shares."""
    check_crosswalk(crosswalk)
    unknown = crosswalk["share_basis"].isin(_UNKNOWN) & (crosswalk["share"] > 0)
    several = unknown.groupby(crosswalk["from_code"]).transform("sum") > 1
    mask = (unknown & several).to_numpy()
    code, names = pd.factorize(crosswalk.loc[mask, "from_code"])
    share = crosswalk["share"].to_numpy(dtype="float64")[mask]
    sums = np.bincount(code, share, minlength=len(names)).astype(np.float64)
    partners = np.bincount(code, minlength=len(names))
    return _Plan(crosswalk, np.flatnonzero(mask), concentration * partners[code] * share / sums[code], code, sums)
