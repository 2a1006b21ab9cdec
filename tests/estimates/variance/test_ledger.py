import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.estimates.means.populations import make_population, occupation_population, population_by
from jobimpact.estimates.variance.exposures import draw_exposures, occupation_exposures
from jobimpact.estimates.variance.ledger import COMPONENTS, variance_ledger
from jobimpact.estimates.variance.shares import QUERIES, Query
from jobimpact.exposure.heads.components import VarianceComponents, label_variance
from jobimpact.tables import check_table

N_OCCUPATIONS, N_TASKS = 40, 10
PARTS = VarianceComponents(shared=0.05, own=0.6, noise=0.2, bias=0.0, n_tasks=400, n_occupations=40)
MEAN = (Query("exposure_beta"),)
QUERIES_OF_STUDIES = [query.column_name for query in QUERIES]
PAY_GAP = "exposure_beta_wage_bill - exposure_beta"


@pytest.fixture(scope="module")
def tasks():
    rng = np.random.default_rng(0)
    codes = np.repeat([f"11-{1000 + i}" for i in range(N_OCCUPATIONS)], N_TASKS)
    beta = np.clip(np.repeat(rng.uniform(0.2, 0.7, N_OCCUPATIONS), N_TASKS) + rng.normal(0, 0.1, len(codes)), 0, 1)
    types = np.where(np.arange(len(codes)) % 2 == 0, "Core", "Supplemental")
    table = pd.DataFrame({"onetsoc_code": codes, "beta": beta, "task_type": types, "importance": np.nan})
    return table.assign(task_weight=np.where(types == "Core", 2.0, 1.0))


@pytest.fixture(scope="module")
def cells(tasks):
    codes = sorted(set(tasks["onetsoc_code"]))
    jobs = np.random.default_rng(1).uniform(1e3, 1e4, len(codes))
    table = pd.DataFrame({"soc_code": codes, "tot_emp": jobs, "emp_prse": 20.0, "a_mean": 5e4, "mean_prse": 5.0})
    return table.assign(naics=np.where(np.arange(len(codes)) < 10, "52", "23"))


def ledger(exposures, population, **options):
    table = variance_ledger(exposures, population, **options)
    check_table("variance_ledger", table)
    return table.set_index(["row_key", "cause"])


def everybody(cells):
    return population_by("groups", cells.assign(key="all|all"), "key")


def test_planted_model_error_and_label_noise_are_recovered(tasks, cells):
    exposures = occupation_exposures(tasks, tasks["onetsoc_code"], components=PARTS, schemes=())
    found = ledger(exposures, [everybody(cells.assign(emp_prse=0.0))], queries=MEAN)["variance"]
    share = tasks["task_weight"] / tasks.groupby("onetsoc_code")["task_weight"].transform("sum")
    variance = label_variance(tasks["beta"])
    squares = (share**2 * variance).groupby(tasks["onetsoc_code"]).sum().to_numpy()
    means = (share * variance).groupby(tasks["onetsoc_code"]).sum().to_numpy()
    weight = (cells["tot_emp"] / cells["tot_emp"].sum()).to_numpy() ** 2
    assert found["all|all", "model"] == pytest.approx((weight * (0.05 * means + 0.4 * squares)).sum(), rel=1e-9)
    assert found["all|all", "label noise"] == pytest.approx((weight * 0.2 * squares).sum(), rel=1e-9)
    assert found["all|all", "survey sampling"] == 0


def test_planted_task_weights_are_recovered(tasks, cells):
    exposures = occupation_exposures(tasks, tasks["onetsoc_code"])
    assert exposures.schemes == ("core", "equal")  # no task has an importance
    found = ledger(exposures, [everybody(cells.assign(emp_prse=0.0))], queries=MEAN)["variance"]
    core, equal = (np.average(exposures.options[scheme], weights=cells["tot_emp"]) for scheme in (1, 2))
    assert found["all|all", "task weights"] == pytest.approx((core - equal) ** 2 / 4)  # each as likely


def test_sampling_part_is_that_of_drawn_employment(tasks, cells):
    """Against 20,000 log-normal draws of employment and wages, with no formula in between."""
    exposures = occupation_exposures(tasks, tasks["onetsoc_code"], schemes=())
    queries = (Query("exposure_beta"), Query("exposure_beta_wage_bill", "wage_bill"), Query("share_workers_50", cut=0.5))
    table = variance_ledger(
        exposures, [population_by("sectors", cells, "naics")], queries=queries, gaps={"sectors": [("52", "23")]}
    )
    found = table[table["cause"] == "survey sampling"].set_index(["row_key", "column_name"])["variance"]
    rng = np.random.default_rng(4)
    beta, shape = exposures.options[0], (20_000, len(cells))
    spread = np.sqrt(np.log1p(0.2**2)), np.sqrt(np.log1p(0.05**2))
    factors = [np.exp(sd * rng.standard_normal(shape) - sd**2 / 2) for sd in spread]
    jobs = cells["tot_emp"].to_numpy() * factors[0]
    drawn = {
        "exposure_beta": (jobs, beta),
        "exposure_beta_wage_bill": (jobs * factors[1], beta),
        "share_workers_50": (jobs, (beta >= 0.5).astype(float)),
    }
    finance = (cells["naics"] == "52").to_numpy()
    bill, mean = (weight[:, finance] @ beta[finance] / weight[:, finance].sum(axis=1) for weight in (jobs * factors[1], jobs))
    assert found["52", PAY_GAP] == pytest.approx((bill - mean).var(), rel=0.1)
    for column, (weight, value) in drawn.items():
        first, second = ((weight[:, part] @ value[part]) / weight[:, part].sum(axis=1) for part in (finance, ~finance))
        # The formula is of first order: with relative errors of 20 percent it is right within some percent.
        assert found["52", column] == pytest.approx(first.var(), rel=0.1)
        assert found["52 - 23", column] == pytest.approx((first - second).var(), rel=0.1)


def test_mean_by_wage_bill_less_that_by_jobs_is_known_better_than_either(tasks, cells):
    """The error of an occupation is in both means."""
    exposures = occupation_exposures(tasks, tasks["onetsoc_code"], components=PARTS, schemes=())
    paid = cells.assign(a_mean=np.linspace(3e4, 9e4, len(cells)))
    table = variance_ledger(exposures, [everybody(paid)])
    found = table[table["cause"] == "total"].set_index("column_name")
    values = found["point_estimate"]
    assert values[PAY_GAP] == pytest.approx(values["exposure_beta_wage_bill"] - values["exposure_beta"])
    assert 0 < found["estimate_se"][PAY_GAP] < found["estimate_se"]["exposure_beta"] / 2


def test_an_occupation_less_a_group_of_which_it_is_a_part(tasks, cells):
    exposures = occupation_exposures(tasks, tasks["onetsoc_code"], components=PARTS, schemes=())
    populations = [occupation_population(exposures.codes), everybody(cells)]
    code = str(exposures.codes[0])
    found = ledger(exposures, populations, queries=MEAN, gaps={"occupations": [(code, "groups:all|all")]})
    row = found.loc[f"{code} - groups:all|all", "total"]
    assert row["table_name"] == "occupations"
    assert row["point_estimate"] == pytest.approx(
        found.loc[code, "total"]["point_estimate"] - found.loc["all|all", "total"]["point_estimate"]
    )
    parts = found["variance"]
    # The occupation's own model error stays, less its small share in the group.
    assert parts[f"{code} - groups:all|all", "model"] == pytest.approx(parts[code, "model"], rel=0.2)
    assert parts[f"{code} - groups:all|all", "survey sampling"] == pytest.approx(parts["all|all", "survey sampling"], rel=1e-6)
    for pair, message in (((code, "groups:a|b"), "names 'a|b'"), ((code, "cities:1"), "names 'cities:1'")):
        with pytest.raises(InputError, match=message):
            variance_ledger(exposures, populations, queries=MEAN, gaps={"occupations": [pair]})


def test_gap_of_overlapping_groups_counts_their_common_cells_once(tasks, cells):
    exposures = occupation_exposures(tasks, tasks["onetsoc_code"], schemes=())
    members = pd.DataFrame({"row_key": np.repeat(["a", "b"], len(cells)), "cell": np.tile(np.arange(len(cells)), 2)})
    population = make_population("groups", cells, members.assign(member_share=np.repeat([0.4, 0.6], len(cells))))
    found = ledger(exposures, [population], queries=MEAN, gaps={"groups": [("a", "b")]})["variance"]
    assert found["a", "total"] > 0
    # A difference of sums over cells: its rounding is relative to what the sums are of.
    assert found["a - b", "total"] == pytest.approx(0, abs=1e-6 * found["a", "total"])


@pytest.fixture(scope="module")
def full(tasks, cells):
    exposures = occupation_exposures(tasks, tasks["onetsoc_code"], components=PARTS)
    populations = [occupation_population(exposures.codes), everybody(cells), population_by("sectors", cells, "naics")]
    return exposures, populations


def test_parts_add_up_to_the_whole(full):
    table = variance_ledger(*full, gaps={"sectors": [("52", "23")]})
    check_table("variance_ledger", table)
    keys = ["table_name", "row_key", "column_name"]
    parts = table[table["cause"] != "total"].groupby(keys)["variance"].sum()
    total = table[table["cause"] == "total"].set_index(keys)["variance"]
    np.testing.assert_allclose(parts, total.reindex(parts.index), rtol=1e-12)
    shares = table[table["cause"] != "total"].groupby(keys)["variance_share"].sum()
    np.testing.assert_allclose(shares[total.reindex(shares.index) > 0], 1)
    assert (table["variance"].dropna() >= 0).all()
    assert table.groupby(keys).size().eq(len(COMPONENTS) + 1).all()
    # Components have no interval of their own that could contradict the total's.
    assert table.loc[table["cause"] != "total", ["estimate_low", "estimate_high"]].isna().all(axis=None)


def test_every_estimate_lies_inside_its_interval(full):
    whole = variance_ledger(*full, gaps={"sectors": [("52", "23")]}).query("cause == 'total'")
    assert whole["point_estimate"].between(whole["estimate_low"], whole["estimate_high"]).all()
    singles = ~whole["row_key"].str.contains(" - ") & (whole["column_name"] != PAY_GAP)
    assert whole.loc[singles, ["estimate_low", "estimate_high"]].stack().between(0, 1).all()


def test_share_above_a_cut_is_the_mean_of_its_draws_and_its_variance_theirs(tasks, cells):
    """Against 20,000 draws of exposures and of employment, with no formula in between."""
    exposures = occupation_exposures(tasks, tasks["onetsoc_code"], components=PARTS)
    table = variance_ledger(exposures, [everybody(cells)], queries=(Query("share_workers_50", cut=0.5),)).set_index("cause")
    rng = np.random.default_rng(4)
    draws = draw_exposures(exposures, 20_000, rng) >= 0.5
    jobs = cells["tot_emp"].to_numpy()[:, None] * (1 + 0.2 * rng.standard_normal(draws.shape))
    shares = (jobs * draws).sum(axis=0) / jobs.sum(axis=0)
    se = table.loc["total", "estimate_se"]
    assert se == pytest.approx(shares.std(), rel=0.05)
    # The study's own weights of tasks are one of two schemes that are drawn.
    schemes = table.loc["task weights", "estimate_se"]
    assert table.loc["total", "point_estimate"] == pytest.approx(shares.mean(), abs=schemes + 0.01)
    low, high = np.quantile(shares, [0.025, 0.975])
    assert table.loc["total", ["estimate_low", "estimate_high"]].tolist() == pytest.approx([low, high], abs=0.1 * (high - low))


def test_the_same_seed_gives_the_same_ledger_and_another_nearly_the_same(full):
    first, again, other = (variance_ledger(*full, queries=MEAN, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    lows = [table.loc[table["cause"] == "total", "estimate_low"].to_numpy() for table in (first, other)]
    assert not np.array_equal(*lows)
    np.testing.assert_allclose(*lows, atol=0.1 * first["estimate_se"].max())
    np.testing.assert_array_equal(first["variance"], other["variance"])  # no draw is in a variance


def test_group_without_a_matched_cell_is_missing_and_stays(tasks, cells):
    exposures = occupation_exposures(tasks, tasks["onetsoc_code"], components=PARTS, schemes=())
    lost = cells.assign(naics=cells["naics"].where(cells.index > 0, "99"), tot_emp=cells["tot_emp"].where(cells.index > 0))
    found = ledger(exposures, [population_by("sectors", lost, "naics")], queries=MEAN)
    assert np.isnan(found.loc[("99", "total"), "point_estimate"])
    assert found.loc[("52", "total"), "point_estimate"] > 0


def test_bad_input_is_one_line(tasks, cells, full):
    exposures, populations = full
    with pytest.raises(InputError, match="a gap names '54'; expected a row such as"):
        variance_ledger(exposures, populations, gaps={"sectors": [("54", "52")]})
    with pytest.raises(InputError, match="found 1 draws; expected at least 2"):
        variance_ledger(exposures, populations, n_draws=1)
    with pytest.raises(InputError, match="found one scheme of task weights, 'core'"):
        variance_ledger(occupation_exposures(tasks, tasks["onetsoc_code"], schemes=["core"]), populations)
    with pytest.raises(InputError, match="no column 'emp_prse'"):
        population_by("sectors", cells.drop(columns="emp_prse"), "naics")
    members = pd.DataFrame({"row_key": ["x", "x"], "cell": [0, 0], "member_share": 0.5})
    with pytest.raises(InputError, match="has cell 0 twice"):
        make_population("sectors", cells, members)


@pytest.mark.publisher
@pytest.mark.slow
def test_ledger_of_a_us_study_has_its_estimates_at_every_level(publisher_data):
    """Human labels of Eloundou et al. 2024 as predictions, OEWS May 2025."""
    from jobimpact.estimates.means.aggregates import aggregate_areas, aggregate_groups, aggregate_sectors
    from jobimpact.estimates.means.occupations import aggregate_occupations
    from jobimpact.estimates.means.populations import study_populations
    from jobimpact.estimates.means.weights import task_weights
    from jobimpact.facts.codes import oews_code
    from jobimpact.facts.states import read_states
    from jobimpact.sources.jobs.employment import read_employment
    from jobimpact.sources.labels.eloundou import LABEL_EXPOSURE, read_eloundou_labels

    labels = read_eloundou_labels(publisher_data / "openai_gpts_are_gpts")
    scores = {name: labels["human"].map(dict(value)) for name, value in LABEL_EXPOSURE.items()}
    tasks = labels.assign(task_weight=task_weights(labels), automation=0.0, importance=np.nan, **scores)
    codes = oews_code(tasks["soc_code"]).fillna(tasks["soc_code"])
    national, sector, state = (read_employment(level) for level in ("national", "sector", "state"))
    occupations = aggregate_occupations(tasks, national, codes, PARTS)
    exposures = occupation_exposures(tasks, codes, components=PARTS)
    table = variance_ledger(exposures, study_populations(occupations, national, sector, state), n_draws=300)
    check_table("variance_ledger", table)
    wide = table[table["cause"] == "total"].pivot_table(
        index=["table_name", "row_key"], columns="column_name", values="point_estimate"
    )
    groups = aggregate_groups(occupations, national)
    own = {
        "sectors": aggregate_sectors(occupations, sector).set_index("naics"),
        "areas": aggregate_areas(occupations, state, read_states()).set_index("area"),
        "groups": groups.set_index(groups["group_type"] + "|" + groups["group"]),
    }
    for name, study in own.items():
        for column in QUERIES_OF_STUDIES:
            np.testing.assert_allclose(wide.loc[name][column], study[column].reindex(wide.loc[name].index), rtol=1e-9)
