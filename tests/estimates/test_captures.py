"""Figures of R's survey, sandwich, AER, lavaan and Hmisc against ours: every row of tests/golden/captures.csv at 1e-8.

tests/golden/captures.R makes them, and the inputs that both read, with one command.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobimpact.estimates.debias.label_sample import Labelled
from jobimpact.estimates.debias.prediction_powered import debias_mean, reach_beyond
from jobimpact.estimates.means.aggregates import aggregate as aggregate_cells
from jobimpact.estimates.means.levels import with_probabilities
from jobimpact.estimates.means.occupations import MEASURES, mean_by_occupation
from jobimpact.estimates.means.populations import make_population, population_by
from jobimpact.estimates.means.weights import wage_quintiles
from jobimpact.estimates.own_tables.match import match_employment, user_design
from jobimpact.estimates.own_tables.survey import survey_mean, survey_ratio
from jobimpact.estimates.own_tables.user_table import aggregate
from jobimpact.estimates.regression.instruments import first_stage_f
from jobimpact.estimates.regression.regress import regress
from jobimpact.estimates.regression.simex import extrapolate
from jobimpact.estimates.variance.exposures import Exposures
from jobimpact.estimates.variance.ledger import variance_ledger
from jobimpact.estimates.variance.raters import rater_estimates
from jobimpact.facts.evidence import read_evidence
from jobimpact.sources.jobs.user_employment import read_user_employment
from jobimpact.study import Study
from jobimpact.validation.compare.correlation import measure_agreement

pytestmark = pytest.mark.filterwarnings("ignore::jobimpact.errors.CoverageWarning")

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
CAPTURES = pd.read_csv(GOLDEN / "captures.csv", dtype={"group": str, "version": str})
COMPARISONS = 675
STRATA, UNITS = {"stratum_column": "stratum"}, {"stratum_column": "stratum", "psu_column": "psu"}
FINITE = {"sampling_fraction_column": "fraction"}
SURVEYS = {
    "persons": {"persons": True}, "strata": STRATA, "units": {"psu_column": "cluster"}, "strata and units": UNITS,
    "finite strata": STRATA | FINITE, "finite strata and units": UNITS | FINITE,
}  # fmt: skip
REPLICATES = {kind: {"replicate_prefix": f"{kind}*", "method": kind} for kind in ("brr", "fay", "jackknife", "sdr", "bootstrap")}
SURVEYS |= REPLICATES | {"fay": REPLICATES["fay"] | {"fay": 0.5}}
OPTIONS = {"weights": "weight", "cluster": "stratum", "error_se": 0.4, "reliability": 0.8, "replicate": "second"}


@cache
def read(name):
    return pd.read_csv(GOLDEN / name)


def test_there_are_as_many_comparisons_as_ever():
    assert len(CAPTURES) == COMPARISONS
    assert not CAPTURES.duplicated(["input", "group", "quantity"]).any()
    assert CAPTURES["value"].notna().all()
    assert CAPTURES["value"].nunique() > 0.8 * COMPARISONS
    assert CAPTURES["quantity"].nunique() > 40


@pytest.mark.parametrize("row", [*CAPTURES.itertuples(index=False)], ids=lambda row: f"{row.input}-{row.group}-{row.quantity}")
def test_figure_is_that_of_the_independent_program(row):
    """Relative 1e-8; absolute 1e-10 where the figure is 0."""
    assert figures(row.input)[row.group, row.quantity] == pytest.approx(row.value, rel=1e-8, abs=1e-10 * (row.value == 0))


def test_columns_that_agree_with_r_in_the_registry_are_among_the_comparisons():
    name = "tests/estimates/test_captures.py::test_figure_is_that_of_the_independent_program"
    columns = {column for entry in read_evidence() if entry.test == name for column in entry.columns}
    assert columns
    assert columns <= set(CAPTURES["quantity"])


@cache
def figures(name):
    """Return our figures on one input of the captures, by group and quantity."""
    kind, _, option = name.partition(": ")
    makers = {
        "persons": person_figures,
        "cells": cell_figures,
        "ledger": ledger_figures,
        "tasks": task_figures,
        "raters": rater_figures,
        "labels": label_figures,
        "rare labels": rare_label_figures,
        "correlations": correlation_figures,
        "regress": regression_figures,
        "extrapolate": extrapolation_figures,
    }
    return makers[kind](*filter(None, [option]))


def by_group(table):
    """Return the cells of a table by its index and column."""
    return {(group, column): value for column, values in table.items() for group, value in values.items()}


def person_figures(design):
    """Return figures of a survey: of groups read from the file to the table, ratios from its rows."""
    options, path = SURVEYS[design], GOLDEN / "persons.csv"
    occupations = read("cells.csv").drop_duplicates("soc_code").assign(title="-", code=lambda table: table["soc_code"])
    study = Study({"tasks": pd.DataFrame(), "occupations": occupations}, {})
    result = {}
    for by in ("sex", "region"):
        table = aggregate(path, study, code_column="soc_code", group_columns=[by], wage_column="wage", **options)
        result |= by_group(table.table.set_index(by)) | by_group(table.total.set_axis(["all"]))
    method = {name: options[name] for name in ("method", "fay") if name in options}
    columns = {name: value for name, value in options.items() if name not in method}
    employment = read_user_employment(path, "soc_code", "weight", wage_column="wage", **columns)
    rows, sample = match_employment(employment, occupations.assign(matched_at="own")).rows, user_design(employment, **method)
    beta, wage, weight = (rows[name].to_numpy(dtype=float) for name in ("exposure_beta", "wage", "weight"))
    mean = survey_mean(beta, weight, sample, np.isfinite(beta))
    result |= {("all", "low"): mean.low, ("all", "high"): mean.high}
    for group, member in domains(read("persons.csv"), "sex", "region"):
        result[group, "ratio_se"] = survey_ratio(beta * wage, wage, weight, sample, member & np.isfinite(beta * wage)).se
    return result


def domains(table, *columns):
    yield "all", np.ones(len(table), dtype=bool)
    for column in columns:
        for value in table[column].unique():
            yield value, (table[column] == value).to_numpy()


def cell_figures():
    cells = with_probabilities(read("cells.csv"))
    table = aggregate_cells(cells, cells.groupby("sector")["tot_emp"].sum(), "sector")
    result = by_group(table)
    for sector, rows in cells.groupby("sector"):
        parts = rows.assign(wage_quintile=wage_quintiles(rows))
        result |= by_group(parts[["wage_quintile"]].set_axis(sector + " " + parts["soc_code"]))
    return result


def ledger_figures():
    """Return estimates with the error of sampling, of exposures that are exact, and that of the model."""
    cells = read("cells.csv")
    rows = cells.drop_duplicates("soc_code").dropna(subset=["exposure_beta"])
    beta, error, none = rows["exposure_beta"].to_numpy(), rows["exposure_beta_se"].to_numpy(), np.zeros(len(rows))
    women = pd.DataFrame({"row_key": "women", "cell": range(len(cells)), "member_share": cells["women"]})
    members = pd.concat([women, women.assign(row_key="men", member_share=1 - cells["women"])])
    populations = [population_by("sectors", cells, "sector"), make_population("groups", cells, members)]
    gaps = {"sectors": [("a", "b"), ("b", "c")], "groups": [("women", "men")]}
    result = {}
    for cause, errors in (("model", error), ("survey sampling", none)):
        exposures = Exposures(pd.Index(rows["soc_code"]), beta[None], (), errors, none)
        ledger = variance_ledger(exposures, populations, gaps=gaps, n_draws=2)
        for row in ledger[ledger["cause"] == cause].itertuples():
            result[row.row_key, row.column_name] = row.point_estimate
            result[row.row_key, f"{row.column_name} {cause.split()[-1]} se"] = row.estimate_se
    return result


def task_figures():
    return by_group(mean_by_occupation(read("labels.csv"), list(MEASURES), by="soc_code"))


def rater_figures(rater):
    tasks = read("labels.csv").assign(onetsoc_code=lambda table: table["soc_code"])
    sectors = population_by("sectors", read("cells.csv"), "sector")
    table = rater_estimates(tasks, tasks["soc_code"], tasks[[rater]], [sectors])
    return {(f"{row.row} {row.column}", "estimate"): row.estimate for row in table.itertuples()}


def label_figures():
    tasks = read("labels.csv")
    rows = np.flatnonzero(tasks["label"].notna())
    n = len(rows)
    labels = tasks["label"].to_numpy()[rows]
    sample = Labelled(labels, tasks["beta"].to_numpy(), rows, np.full(n, n / len(tasks)), np.full(n, "all", dtype=object))
    size, task_weight = (tasks[name].to_numpy(dtype=float) for name in ("size", "task_weight"))
    means = {
        "equal": debias_mean(sample, np.ones(len(tasks))),
        "size": debias_mean(sample, size),
        "size - task_weight": debias_mean(sample, size, task_weight),
    }
    return {(group, name): value for group, mean in means.items() for name, value in vars(mean).items()}


def rare_label_figures():
    """Of 40 labels, as many of them 1 as the group says: mean and reach above it are the end of Clopper and Pearson."""
    result = {}
    for others in range(5):
        labels = (np.arange(40) < others).astype(float)
        above = reach_beyond(labels, [np.full(40, 1 / 40)], np.zeros(40), 0.95)[1]
        result[str(others), "reach"] = labels.mean() + above
    return result


def correlation_figures():
    persons, result = read("persons.csv"), {}
    for group, member in domains(persons, "sex"):
        ratings = (persons.loc[member, name].to_numpy(dtype=float) for name in ("rating", "second", "weight"))
        agreement = measure_agreement(*ratings, confidence=0.95, draws=2, seed=(1, group))
        result |= {(group, name): estimate.value for name, estimate in vars(agreement).items()}
        result |= {(group, f"pearson_{end}"): getattr(agreement.pearson, end) for end in ("low", "high")}
    return result


def regression_figures(words):
    """Return figures of the regression that is named by its method and its options."""
    method, *names = words.split()
    controls = ["age", "region"] if method in ("ols", "iv") else ["age"]
    options = {name: OPTIONS[name] for name in names} | ({"replicate": "second"} if method in ("iv", "oriv") else {})
    fit = regress(read("persons.csv"), "outcome", "rating", method=method, controls=controls, **options)
    return by_group(fit.table.set_index("term")) | {("rating", "first_stage_f"): first_stage_f(fit.results)}


def extrapolation_figures():
    lambdas = np.array([0, 0.5, 1, 1.5, 2])
    path = 0.8 / (1 + 0.2 * (1 + lambdas))
    return {(name, "estimate"): extrapolate(lambdas, path[:, None], name)[0] for name in ("linear", "quadratic")}
