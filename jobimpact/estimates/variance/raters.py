"""Every estimate of a study by each judge who might have been asked: human raters and language models."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.means.populations import Population
from jobimpact.estimates.variance.exposures import occupation_exposures
from jobimpact.estimates.variance.shares import QUERIES, make_shares
from jobimpact.exposure.heads.components import VarianceComponents
from jobimpact.tables import table_columns

_LEVELS = {"occupations": "occupation", "sectors": "sector", "industries": "industry", "areas": "area"}


def rater_estimates(
    tasks: pd.DataFrame,
    oews_codes: pd.Series,
    raters: pd.DataFrame,
    populations: Sequence[Population],
    components: VarianceComponents | None = None,
) -> pd.DataFrame:
    """Return the estimates of all groups by each judge.

    Parameters
    ----------
    tasks
        Table ``tasks`` of a study.
    oews_codes
        For each row of `tasks`, the code under which OEWS publishes its occupation.
    raters
        (rows of `tasks`, R) beta by each judge, missing where a judge has none.
    populations
        Of :mod:`jobimpact.estimates.means.populations`.
    components
        Errors of the model on human labels; those of other judges, which nobody measured, are taken to be alike
        in shares above a cut.

    Returns
    -------
    pandas.DataFrame
        Table ``raters``: ``level`` (``country``, ``sector``, a type of group, ...), ``table row column`` (the
        cell of the study), ``rater`` and its ``estimate``. The study's own judge has the study's own values.

    Raises
    ------
    InputError
        If a score is not a beta, or the rows are others than those of the tasks.
    """
    if not raters.index.equals(tasks.index):
        raise InputError(f"found {len(raters):,} rows of raters' scores for {len(tasks):,} tasks; expected the same rows")
    scores = raters.astype("float64")
    outside = ((scores < 0) | (scores > 1)).any()
    if outside.any():
        raise InputError(f"rater {outside.idxmax()!r} has a score outside 0-1; expected beta of each task")
    parts = []
    for rater in scores:
        by_rater = tasks.assign(beta=scores[rater])
        exposures = occupation_exposures(by_rater, oews_codes, components=components, schemes=())
        for population in populations:
            shares = make_shares(population, exposures.codes, exposures.options[0])
            for query in QUERIES if population.weighted_by_jobs else QUERIES[:1]:
                estimate = shares.shares[query.weight] @ exposures.expected(exposures.options[0], query.cut)
                rows = pd.DataFrame({"row": shares.keys, "estimate": np.clip(estimate, 0, 1)})
                parts.append(rows.assign(table=population.table_name, column=query.column_name, rater=str(rater)))
    table = pd.concat(parts, ignore_index=True)
    kind = table["row"].str.partition("|")[0].where(table["row"] != "all|all", "country")
    return table.assign(level=table["table"].map(_LEVELS).fillna(kind))[table_columns("raters")]
