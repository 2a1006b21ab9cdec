"""The audit finds planted bias, and finds none where there is none more often than it says."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.sources.jobs.demographics import detailed_soc_codes
from jobimpact.training.audit import audit, clustered_mean, holm

CODES = [code for code in detailed_soc_codes() if not code.startswith("55-")]


def simulate(seed: int, planted: dict[str, float] | None = None, n_codes: int = 400) -> pd.DataFrame:
    """Return predictions that are right on average but share errors within occupations; `planted` bias by major group."""
    rng = np.random.default_rng(seed)
    codes = np.sort(rng.choice(CODES, n_codes, replace=False))
    place = np.repeat(np.arange(n_codes), rng.integers(5, 30, n_codes))
    beta = np.clip(rng.uniform(0.2, 0.8, n_codes)[place] + rng.normal(0, 0.1, len(place)), 0.05, 0.95)
    tasks = pd.DataFrame({"soc_code": codes[place], "beta": beta})
    tasks["onetsoc_code"] = tasks["soc_code"] + ".00"
    # Residuals of an occupation share a part, so that errors which take tasks for independent are too small by half.
    chance = beta + np.minimum(beta, 1 - beta) * rng.uniform(-0.6, 0.6, n_codes)[place]
    tasks["human"] = (rng.random(len(place)) < chance).astype("float64")
    tasks["task_type"] = rng.choice(["Core", "Supplemental", None], len(place), p=[0.6, 0.3, 0.1])
    tasks["task"] = ["x" * int(length) for length in rng.integers(10, 200, len(place))]
    shift = tasks["soc_code"].str[:2].map(planted or {}).fillna(0.0)
    tasks["beta"] = (tasks["beta"] + shift).clip(0, 1)
    return tasks.assign(beta_low=0.0, beta_high=1.0)


def demographics(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"soc_code": CODES, "share_women": np.where(rng.random(len(CODES)) < 0.3, np.nan, rng.random(len(CODES)))}
    )


class TestAudit:
    def test_planted_bias_is_flagged_and_established_and_no_other(self):
        table = audit(simulate(1, {"51": 0.2, "29": -0.2}), demographics=demographics())
        majors = table[table["dimension"] == "soc_major"].set_index("group")
        assert majors.index[majors["established"]].tolist() == ["29-0000", "51-0000"]
        assert majors["bias"]["51-0000"] == pytest.approx(0.2, abs=0.06)
        assert (majors["bias_low"] < majors["bias"]).all()

    def test_every_task_is_once_in_every_dimension(self):
        tasks = simulate(0)
        zones = pd.Series(3, index=tasks["onetsoc_code"].unique()[:100])
        table = audit(tasks, demographics=demographics(), job_zones=zones)
        assert table["dimension"].unique().tolist() == [
            "all", "soc_major", "wage_quintile", "women_quintile", "length_quintile", "task_type", "job_zone",
        ]  # fmt: skip
        assert (table.groupby("dimension")["n_tasks"].sum() == len(tasks)).all()
        bias = (table["bias"] * table["n_tasks"]).groupby(table["dimension"]).sum() / len(tasks)
        np.testing.assert_allclose(bias, (tasks["beta"] - tasks["human"]).mean(), atol=1e-12)
        zone = table[table["dimension"] == "job_zone"]
        assert zone["group"].tolist() == ["3", "unknown"]
        women = table[table["dimension"] == "women_quintile"]
        assert women["group"].tolist() == ["1", "2", "3", "4", "5", "unknown"]
        assert women["n_soc_codes"].head(5).between(45, 65).all()

    def test_wage_groups_follow_published_wages(self):
        """OEWS May 2025: chief executives are among the best paid, cooks in fast food among the lowest."""
        tasks = simulate(0, n_codes=800)
        table = audit(tasks[tasks["soc_code"].isin(["11-1011", "35-2011", "15-1252", "37-2011", "29-1141"])])
        wages = table[table["dimension"] == "wage_quintile"]
        assert wages["n_soc_codes"].tolist() == [1] * len(wages)
        low = [float(title.split()[2].replace(",", "")) for title in wages["group_title"]]
        assert low == sorted(low)

    def test_even_model_is_called_uneven_as_often_as_stated(self):
        """25 even-handed models: a family error of 5 % makes more than four false alarms less than 1 in 100 times."""
        alarms, widths = 0, []
        for seed in range(25):
            table = audit(simulate(100 + seed, n_codes=650))
            alarms += bool((table["p_adjusted"] < 0.05).any())
            widths.append((table["bias_low"] <= 0) & (table["bias_high"] >= 0))
        assert alarms <= 4
        # The intervals of single groups cover zero about as often as they say; groups of few SOC codes a little less.
        assert np.concatenate(widths).mean() == pytest.approx(0.95, abs=0.015)

    def test_one_soc_code_has_no_standard_error_and_no_verdict(self):
        tasks = simulate(0, n_codes=3)
        one = audit(tasks[tasks["soc_code"] == tasks["soc_code"].iloc[0]]).set_index("dimension").loc["all"]
        assert one[["bias_se", "bias_low", "p_adjusted"]].isna().all()
        assert not one["established"]

    def test_coverage_width_and_correlation_by_hand(self):
        tasks = simulate(0, n_codes=2).head(4).assign(
            beta=[0.1, 0.2, 0.3, 0.6], human=[0.0, 0.5, 0.5, 1.0], beta_low=[0, 0, 0, 0.5], beta_high=[0.2, 0.4, 0.8, 0.9]
        )  # fmt: skip
        row = audit(tasks).iloc[0]
        assert (row["coverage"], row["mean_width"]) == (0.5, pytest.approx(0.45))
        assert row["r_human"] == pytest.approx(np.corrcoef(tasks["beta"], tasks["human"])[0, 1])
        assert row["bias"] == pytest.approx(-0.2)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda tasks: tasks.drop(columns=["beta_low", "human"]), "lack beta_low, human"),
            (lambda tasks: tasks.iloc[:0], "have no rows"),
            (lambda tasks: tasks.assign(beta=np.nan), "rows with a missing cell"),
            (lambda tasks: tasks.assign(human=2.0), "a number outside 0 to 1"),
            (lambda tasks: tasks.assign(soc_code="99-1011"), "'99-1011' is no SOC 2018 code"),
        ],
    )
    def test_bad_predictions(self, change, message):
        with pytest.raises(InputError, match=message) as caught:
            audit(change(simulate(0, n_codes=5)))
        assert "\n" not in str(caught.value)

    def test_bad_companions(self):
        with pytest.raises(InputError, match="demographics lack share_women"):
            audit(simulate(0, n_codes=5), demographics=demographics()[["soc_code"]])
        with pytest.raises(InputError, match="demographics have a SOC code more than once"):
            audit(simulate(0, n_codes=5), demographics=pd.concat([demographics()] * 2))
        with pytest.raises(InputError, match="job zones have an O"):
            audit(simulate(0, n_codes=5), job_zones=pd.Series([1, 2], index=["11-1011.00"] * 2))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_is_ordered_and_never_smaller(values):
    adjusted = holm(values)
    assert (adjusted >= np.array(values)).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(values, kind="stable")]) >= 0).all()


def test_holm_by_hand_with_a_missing_value():
    assert holm([0.01, np.nan, 0.04, 0.03]).round(6).tolist()[0::2] == [0.03, 0.06]
    assert np.isnan(holm([0.01, np.nan])[1])


def test_clustered_error_by_hand():
    """Two clusters with means 1 and 3: sums of deviations -2 and 2, squares doubled, over n = 4; one degree of freedom."""
    found = clustered_mean(np.array([1.0, 1.0, 3.0, 3.0]), np.array(["a", "a", "b", "b"]))
    assert (found.mean, found.n_clusters) == (2.0, 2)
    assert found.error == pytest.approx(np.sqrt(16) / 4)
    assert found.freedom == pytest.approx(1.0)


@given(st.integers(2, 30), st.integers(1, 6), st.integers(0, 99))
def test_equal_clusters_are_a_t_test_of_their_means(n_clusters, size, seed):
    values = np.random.default_rng(seed).normal(size=(n_clusters, size))
    found = clustered_mean(values.ravel(), np.repeat(np.arange(n_clusters), size))
    assert found.error == pytest.approx(values.mean(axis=1).std(ddof=1) / np.sqrt(n_clusters))
    assert found.freedom == pytest.approx(n_clusters - 1)


def test_unequal_clusters_leave_fewer_degrees_of_freedom():
    found = clustered_mean(np.arange(26.0), np.array([0] * 20 + [1, 2, 3, 4, 5, 6]))
    assert 1 < found.freedom < 3
