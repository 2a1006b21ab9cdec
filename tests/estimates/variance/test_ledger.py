import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimpact.errors import CoverageWarning, InputError
from jobimpact.estimates.means.populations import make_population, occupation_population, population_by
from jobimpact.estimates.variance.draws import occupation_exposures
from jobimpact.estimates.variance.estimator import QUERIES, Query
from jobimpact.estimates.variance.ledger import CAUSES, allocate, crossed_effect, variance_ledger
from jobimpact.exposure.heads.components import VarianceComponents, label_variance
from jobimpact.tables import check_table

N_OCCUPATIONS, N_TASKS = 40, 10
PARTS = VarianceComponents(shared=0.05, own=0.6, noise=0.2, bias=0.0, n_tasks=400, n_occupations=40)
# The standard error of a variance of 1,000 normal draws is 4.5 % of it; 20 % is more than four of them.
TOLERANCE = 0.2
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
    assert found["all|all", "model"] == pytest.approx((weight * (0.05 * means + 0.4 * squares)).sum(), rel=TOLERANCE)
    assert found["all|all", "label noise"] == pytest.approx((weight * 0.2 * squares).sum(), rel=TOLERANCE)
    assert found["all|all", "survey sampling"] == 0


def test_planted_rater_variance_is_recovered(tasks, cells):
    shifts = np.random.default_rng(2).normal(0, 0.03, 50)
    middle = tasks.assign(beta=0.2 + 0.6 * tasks["beta"])
    raters = pd.DataFrame({f"rater {i}": middle["beta"] + shift for i, shift in enumerate(shifts)})
    exposures = occupation_exposures(middle, middle["onetsoc_code"], raters=raters, schemes=())
    found = ledger(exposures, [population_by("sectors", cells, "naics")], queries=MEAN, gaps={"sectors": [("52", "23")]})
    # Every rater is drawn equally often, so that the variance between them is exact but for the divisor 999 in place of 1,000.
    for key in ("52", "23"):
        assert found["variance"][key, "rater"] == pytest.approx(shifts.var(ddof=1), rel=0.002)
    assert found["variance"]["52 - 23", "rater"] == pytest.approx(0, abs=1e-10)  # all raters shift both alike
    assert found["variance"]["52"][["model", "label noise", "crosswalk"]].isna().all()


def test_planted_task_weights_are_recovered(tasks, cells):
    exposures = occupation_exposures(tasks, tasks["onetsoc_code"])
    assert exposures.schemes == ("core", "equal")  # no task has an importance
    found = ledger(exposures, [everybody(cells.assign(emp_prse=0.0))], queries=MEAN)["variance"]
    core, equal = (np.average(exposures.options[0, scheme], weights=cells["tot_emp"]) for scheme in (1, 2))
    assert found["all|all", "task weights"] == pytest.approx((core - equal) ** 2 / 4, rel=0.002)  # each in half of the draws


def test_sampling_part_is_that_of_drawn_employment(tasks, cells):
    """Against 20,000 log-normal draws of employment and wages, with no formula in between."""
    exposures = occupation_exposures(tasks, tasks["onetsoc_code"], schemes=())
    queries = (Query("exposure_beta"), Query("exposure_beta_wage_bill", "wage_bill"), Query("share_workers_50", cut=0.5))
    table = variance_ledger(
        exposures, [population_by("sectors", cells, "naics")], queries=queries, gaps={"sectors": [("52", "23")]}
    )
    found = table[table["cause"] == "survey sampling"].set_index(["row_key", "column_name"])["variance"]
    rng = np.random.default_rng(4)
    beta, shape = exposures.options[0, 0], (20_000, len(cells))
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
    """What shifts every occupation alike shifts both means alike."""
    middle = tasks.assign(beta=0.2 + 0.6 * tasks["beta"])
    raters = pd.DataFrame({f"r{i}": middle["beta"] + shift for i, shift in enumerate((-0.1, 0.0, 0.1))})
    exposures = occupation_exposures(middle, middle["onetsoc_code"], raters=raters, schemes=())
    paid = cells.assign(a_mean=np.linspace(3e4, 9e4, len(cells)))
    table = variance_ledger(exposures, [everybody(paid)])
    found = table[table["cause"] == "total"].set_index("column_name")
    values = found["point_estimate"]
    assert values[PAY_GAP] == pytest.approx(values["exposure_beta_wage_bill"] - values["exposure_beta"])
    parts = table[table["column_name"] == PAY_GAP].set_index("cause")["variance"]
    assert parts["rater"] == pytest.approx(0, abs=1e-10)
    assert 0 < found["estimate_se"][PAY_GAP] < found["estimate_se"]["exposure_beta"] / 5


def test_an_occupation_less_a_group_of_which_it_is_a_part(tasks, cells):
    raters = pd.DataFrame({f"r{i}": (tasks["beta"] + shift).clip(0, 1) for i, shift in enumerate((-0.1, 0.0, 0.1))})
    exposures = occupation_exposures(tasks, tasks["onetsoc_code"], components=PARTS, raters=raters, schemes=())
    populations = [occupation_population(exposures.codes), everybody(cells)]
    code = str(exposures.codes[0])
    found = ledger(exposures, populations, queries=MEAN, gaps={"occupations": [(code, "groups:all|all")]})
    row = found.loc[f"{code} - groups:all|all", "total"]
    assert row["table_name"] == "occupations"
    assert row["point_estimate"] == pytest.approx(
        found.loc[code, "total"]["point_estimate"] - found.loc["all|all", "total"]["point_estimate"]
    )
    # Raters move both alike, so that the difference has less of their variance than the occupation alone.
    parts = found["variance"]
    assert parts[f"{code} - groups:all|all", "rater"] < parts[code, "rater"] / 5
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
    rng = np.random.default_rng(5)
    raters = pd.DataFrame({f"r{i}": np.clip(tasks["beta"] + rng.normal(0, 0.2, len(tasks)), 0, 1) for i in range(4)})
    exposures = occupation_exposures(tasks, tasks["onetsoc_code"], components=PARTS, raters=raters)
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
    assert table.groupby(keys).size().eq(len(CAUSES) + 1).all()
    whole = table[table["cause"] == "total"]
    assert (whole["estimate_low"] <= whole["estimate_high"]).all()


def test_the_same_seed_gives_the_same_ledger_and_another_nearly_the_same(full):
    first, again, other = (variance_ledger(*full, queries=MEAN, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    totals = [table[(table["cause"] == "total")]["variance"].to_numpy() for table in (first, other)]
    assert not np.array_equal(*totals)
    np.testing.assert_allclose(*totals, rtol=0.3)


def test_means_of_a_share_above_a_cut_have_parts_that_sum_to_the_joint_draws(full):
    """Causes that push across the same cut act together; the whole stays the variance of the joint draws."""
    table = variance_ledger(*full, queries=(Query("share_workers_50", cut=0.5),)).set_index(["table_name", "cause"])
    rows = table.loc["groups"]
    assert rows.loc["total", "variance"] == pytest.approx(rows.loc[list(CAUSES), "variance"].sum())
    assert rows.loc["rater", "variance_share"] > 0.05
    assert rows.loc["model", "variance_share"] > 0.05


@settings(max_examples=20)
@given(st.floats(0.01, 1), st.floats(0.01, 1), st.floats(0, 1), st.integers(0, 2**16))
def test_crossed_design_recovers_main_effects_and_what_is_shared(a, b, c, seed):
    """y = a x + b z + c x z with standard normal x, z: main effect of x is a^2, shared c^2, whichever z is larger."""
    rng = np.random.default_rng(seed)
    x, z = rng.standard_normal(4000), rng.standard_normal(60)
    effect = crossed_effect((a * x + b * other + c * x * other)[None] for other in z)
    spread = np.std(z, ddof=1)
    main, shared = (a + c * z.mean()) ** 2, (c * spread) ** 2
    assert effect.shared[0] == pytest.approx(shared, rel=0.2, abs=1e-9)
    assert effect.main[0] == pytest.approx(main - shared / 60, rel=0.2, abs=0.01)


def test_parts_of_two_causes_that_act_together_are_equal_when_the_causes_are():
    rng = np.random.default_rng(6)
    x, z, background = rng.standard_normal(5000), rng.standard_normal(5000), rng.standard_normal((2, 200))
    effects = {
        "x": crossed_effect((x * other)[None] for other in background[0]),
        "z": crossed_effect((z * other)[None] for other in background[1]),
    }
    parts, whole = allocate(effects, (x * z)[None], {})
    assert whole[0] == pytest.approx(1, rel=0.15)
    assert parts["x"][0] / whole[0] == pytest.approx(0.5, abs=0.1)


def test_group_without_a_matched_cell_is_missing_and_stays(tasks, cells):
    exposures = occupation_exposures(tasks, tasks["onetsoc_code"], components=PARTS, schemes=())
    lost = cells.assign(naics=cells["naics"].where(cells.index > 0, "99"), tot_emp=cells["tot_emp"].where(cells.index > 0))
    found = ledger(exposures, [population_by("sectors", lost, "naics")], queries=MEAN)
    assert np.isnan(found.loc[("99", "total"), "point_estimate"])
    assert found.loc[("52", "total"), "point_estimate"] > 0


def test_rater_without_scores_of_an_occupation_is_warned_about(tasks):
    raters = pd.DataFrame({"a": tasks["beta"], "b": tasks["beta"].where(tasks["onetsoc_code"] != "11-1000")})
    with pytest.warns(CoverageWarning, match="1 of 40 occupations have no exposure under rater 'b'"):
        exposures = occupation_exposures(tasks, tasks["onetsoc_code"], raters=raters, schemes=())
    np.testing.assert_allclose(exposures.options[2, 0], exposures.options[0, 0])


def test_bad_input_is_one_line(tasks, cells, full):
    exposures, populations = full
    codes = tasks["onetsoc_code"]
    with pytest.raises(InputError, match="rater 'a' has a score outside 0-1"):
        occupation_exposures(tasks, codes, raters=pd.DataFrame({"a": tasks["beta"] + 1}))
    with pytest.raises(InputError, match="found 3 rows of raters' scores for 400 tasks"):
        occupation_exposures(tasks, codes, raters=pd.DataFrame({"a": [0.1, 0.2, 0.3]}))
    with pytest.raises(InputError, match="found one rater, 'a'"):
        variance_ledger(occupation_exposures(tasks, codes, raters=pd.DataFrame({"a": tasks["beta"]})), populations)
    with pytest.raises(InputError, match="a gap names '54', which sectors has not"):
        variance_ledger(exposures, populations, gaps={"sectors": [("54", "52")]})
    with pytest.raises(InputError, match="found 3 draws; expected at least 4"):
        variance_ledger(exposures, populations, n_draws=3)
    with pytest.raises(InputError, match="no column 'emp_prse'"):
        population_by("sectors", cells.drop(columns="emp_prse"), "naics")
    members = pd.DataFrame({"row_key": ["x", "x"], "cell": [0, 0], "member_share": 0.5})
    with pytest.raises(InputError, match="has cell 0 twice"):
        make_population("sectors", cells, members)


@pytest.mark.publisher
@pytest.mark.slow
def test_ledger_of_a_us_study_has_its_estimates_at_every_level(publisher_data):
    """Human labels of Eloundou et al. 2024 as predictions, GPT-4's two labellings as raters, OEWS May 2025."""
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
    occupations = aggregate_occupations(tasks, national, codes)
    raters = pd.DataFrame({name: labels[name].map(dict(LABEL_EXPOSURE["beta"])) for name in ("human", "gpt4", "gpt4_alt")})
    exposures = occupation_exposures(tasks, codes, components=PARTS, raters=raters)
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
    nation = table[(table["row_key"] == "all|all") & (table["column_name"] == "exposure_beta")].set_index("cause")
    assert nation.loc["rater", "variance_share"] > 0.5  # human 0.32 against GPT-4 0.37: the rater is most of it
