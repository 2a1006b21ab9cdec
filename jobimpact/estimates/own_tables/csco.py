"""Exposure of the groups of CSCO 2022, the Chinese classification of occupations; unweighted, as no employment is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from jobimpact.estimates.means.levels import SCORES
from jobimpact.estimates.own_tables.aggregates import errors_of_cells
from jobimpact.estimates.own_tables.classifications import study_exposures
from jobimpact.estimates.own_tables.results import Aggregates, check_level, errors_sentence, make_result
from jobimpact.exposure.text_crosswalk import pair_csco
from jobimpact.sources.store.inputs import Inputs
from jobimpact.sources.tasks.csco import read_csco_structure
from jobimpact.study import open_study
from jobimpact.tables import check_table, table_columns

if TYPE_CHECKING:
    from pathlib import Path

    from jobimpact.estimates.crosswalks.code_exposures import CodeExposures
    from jobimpact.study import Study

_WEIGHTING = "unweighted: each detailed occupation counts once, no employment by CSCO occupation is published"


def aggregate_csco(
    study: Study | str | Path | None = None,
    *,
    level: float | None = None,
    data: str | Path | None = None,
    progress: bool = False,
) -> Aggregates:
    """Put the exposure of a study on the groups of China's classification CSCO 2022, which have no employment.

    Parameters
    ----------
    study
        A study or its folder; by default the one written last.
    level
        Of the intervals, by default that of the study's own (data/variance.toml).
    data
        Folder with publishers' files under their own names, which comes before the data folder.
    progress
        Whether a bar is shown while the texts are read.

    Raises
    ------
    SourceError
        If the file of CSCO or ISCO-08 is not here, with the command that brings it.

    Examples
    --------
    >>> aggregate_csco("reports/study")
    Traceback (most recent call last):
        ...
    jobimpact.errors.SourceError: csco22.csv* is not here: ... `jobimpact sources add csco FILE_OR_FOLDER`
    """
    level = check_level(level)
    source, inputs = open_study(study), Inputs(data)
    pairs = pair_csco(inputs, progress=progress)
    exposures = study_exposures("csco-2022", source["tasks"], source["occupations"], inputs, csco_pairs=pairs)
    table = csco_groups(exposures.exposures, inputs.table(read_csco_structure, "csco", "csco22.csv*"), level=level)
    heads = table[table["level"] == 1]
    coverage = (
        f"Exposure covers {int(heads['n_occupations'].sum()):,} of {int(heads['n_detailed'].sum()):,} detailed occupations, each "
        f"counted once (no employment is published), over {exposures.path}."
    )
    sentences = {"coverage": coverage, "errors": errors_sentence(table, level, "it is no sample")}
    return make_result(source, "csco", "csco-2022", table, ["csco_code", "title"], sentences)


def csco_groups(exposures: CodeExposures, structure: pd.DataFrame, *, level: float | None = None) -> pd.DataFrame:
    """Return the table ``csco_aggregates``: unweighted mean exposure of the groups of CSCO 2022.

    ``n_detailed`` counts the occupations of a group, ``n_occupations`` those with an exposure,
    ``occupations_50`` is the expected share of these with exposure_beta of 0.50 or more.
    """
    depth = int(structure["level"].max())
    detailed = structure.loc[structure["level"] == depth, ["csco_code"]]
    scores = exposures.table().rename(columns={"code": "csco_code"})[["csco_code", *SCORES]]
    occupations = detailed.merge(scores, on="csco_code", how="left", validate="one_to_one")
    pieces = occupations["csco_code"].str.split("-")
    groups = {number: pieces.str[:number].str.join("-") for number in range(1, depth)}
    table = pd.concat([_means(occupations, group).assign(level=number) for number, group in groups.items()])
    table = table.rename_axis("csco_code").reset_index()
    titles = structure.set_index("csco_code")["title"]
    table = table.assign(title=table["csco_code"].map(titles), weighting=_WEIGHTING)
    cells = pd.concat([pd.DataFrame({"group": group, "code": occupations["csco_code"]}) for group in groups.values()])
    with_exposure = cells[cells["code"].isin(scores["csco_code"])].assign(tot_emp=1.0)
    beta = table["exposure_beta"].to_numpy(dtype=float)
    table = table.join(errors_of_cells(with_exposure, table["csco_code"].tolist(), beta, exposures, level))
    return check_table("csco_aggregates", table[table_columns("csco_aggregates")])


def _means(occupations: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    has_score = occupations["exposure_beta"].notna()
    counts = has_score.groupby(group).agg(["size", "sum"]).astype("int64")
    return (
        occupations[SCORES]
        .groupby(group)
        .mean()
        .assign(
            n_detailed=counts["size"],
            n_occupations=counts["sum"],
            share_scored=counts["sum"] / counts["size"],
        )
        .rename(columns={"share_workers_50": "occupations_50"})
    )
