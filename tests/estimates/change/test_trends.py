"""Shift-share parts add up; use of AI by release and month: published figures, planted trends."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.estimates.change.trends import compare_usage, message_trends, shift_share

rows = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.floats(0.1, 1e6), st.floats(0, 1)),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row[0],
)
HOME = {"a": "x", "b": "x", "c": "y", "d": "y", "e": "z", "f": "z"}


def table(cells):
    return pd.DataFrame(cells, columns=["code", "jobs", "exposure"]).assign(home=lambda frame: frame["code"].map(HOME))


@given(rows, rows)
def test_parts_add_up(old, new):
    options = {"key": "code", "weight": "jobs", "value": "exposure"}
    plain = shift_share(table(old), table(new), **options)
    split = shift_share(table(old), table(new), group="home", **options)
    assert plain.before == pytest.approx(np.average(table(old)["exposure"], weights=table(old)["jobs"]), abs=1e-12)
    for found in (plain, split):
        assert sum(found.parts.values()) == pytest.approx(found.after - found.before, abs=1e-12)
    assert split.parts["between_groups"] + split.parts["within_groups"] == pytest.approx(plain.parts["composition"], abs=1e-12)
    assert plain.units["content"].sum() == pytest.approx(plain.parts["content"], abs=1e-12)


@given(rows)
def test_same_values_leave_composition_alone(old):
    doubled = table(old).assign(jobs=lambda frame: frame["jobs"] * np.arange(1, len(frame) + 1))
    found = shift_share(table(old), doubled, key="code", weight="jobs", value="exposure")
    assert found.parts["content"] == 0.0
    same = shift_share(table(old), table(old).assign(exposure=0.5), key="code", weight="jobs", value="exposure")
    assert same.parts["composition"] == 0.0


def test_groups_by_hand():
    """Jobs move from group x (.2) to group y (.6), and inside y from .4 to .8."""
    old = pd.DataFrame({"code": list("acd"), "home": ["x", "y", "y"], "jobs": [50.0, 25.0, 25.0], "exposure": [0.2, 0.4, 0.8]})
    between = shift_share(old, old.assign(jobs=[20.0, 40.0, 40.0]), key="code", weight="jobs", value="exposure", group="home")
    assert between.parts == pytest.approx({"between_groups": 0.3 * (0.6 - 0.2), "within_groups": 0.0, "content": 0.0})
    within = shift_share(old, old.assign(jobs=[50.0, 10.0, 40.0]), key="code", weight="jobs", value="exposure", group="home")
    assert within.parts == pytest.approx({"between_groups": 0.0, "within_groups": 0.15 * 0.4, "content": 0.0})


def test_a_unit_has_one_group():
    """A unit that is in x before and in y after would move a group's weight and leave the part between groups at 0."""
    old = pd.DataFrame({"code": list("ab"), "home": ["x", "y"], "jobs": [50.0, 50.0], "exposure": [0.2, 0.6]})
    options = {"key": "code", "weight": "jobs", "value": "exposure", "group": "home"}
    with pytest.raises(InputError, match=r"found 'a' in the home x before and y after \(1 such units\); expected each unit"):
        shift_share(old, old.assign(home="y"), **options)
    with pytest.raises(InputError, match=r"found 'b' in the home (nan|None) before"):
        shift_share(old.assign(home=["x", None]), old.assign(home=["x", None]), **options)
    new = pd.DataFrame({"code": ["a", "c"], "home": ["x", "z"], "jobs": [50.0, 50.0], "exposure": [0.2, 0.6]})
    assert shift_share(old, new, **options).parts["between_groups"] == pytest.approx(0.0)


def test_unit_twice_and_no_weight_are_one_line():
    good = pd.DataFrame({"code": ["a"], "jobs": [1.0], "exposure": [0.5]})
    with pytest.raises(InputError, match="found 'a' twice after"):
        shift_share(good, pd.concat([good, good]), key="code", weight="jobs", value="exposure")
    with pytest.raises(InputError, match="found no unit with weight and value before"):
        shift_share(good.assign(jobs=np.nan), good, key="code", weight="jobs", value="exposure")


def test_usage_of_one_release_by_hand():
    modes = {"directive": [0.5, 0.0], "feedback_loop": [0.0, 0.25], "task_iteration": [0.25, 0.0]}
    modes |= {"validation": [0.0, 0.25], "learning": [0.0, 0.0], "filtered": [0.25, 0.5]}
    usage = pd.DataFrame({"usage_release": "2025-08", "task": ["Write", "Read"], "pct": [60.0, 20.0], **modes})
    statements = pd.DataFrame(
        {"onetsoc_code": ["11-1011.00"] * 2 + ["11-1021.00"] * 2, "task": ["write", "read", "write", "sing"]}
    )
    shares = {"2025-02": pd.DataFrame({"task": ["write", "none"], "pct": [70.0, 30.0]})}
    found = compare_usage(usage, statements, shares)
    # Told: 60 x .75 + 20 x .5 = 55 of 80; automation 60 x .5 + 20 x .25 = 35.
    late = found.loc["2025-08"]
    assert late["automation_share"] == pytest.approx(35 / 55)
    assert late["automation_share"] + late["augmentation_share"] == pytest.approx(1)
    assert late["filtered"] == pytest.approx((60 * 0.25 + 20 * 0.5) / 80)
    assert late["tasks_covered"] == pytest.approx(2 / 3)
    assert (late["occupations_25"], late["occupations_75"]) == (1.0, 0.5)
    early = found.loc["2025-02"]
    assert (early["n_tasks"], early["pct"], early["occupations_75"]) == (1, 70.0, 0.0)
    assert np.isnan(early["automation_share"])


def test_a_release_of_which_no_mode_is_told_has_no_split():
    modes = dict.fromkeys(("directive", "feedback_loop", "task_iteration", "validation", "learning"), 0.0)
    usage = pd.DataFrame({"usage_release": "2025-08", "task": ["write"], "pct": [60.0], **modes, "filtered": 1.0})
    statements = pd.DataFrame({"onetsoc_code": ["11-1011.00"], "task": ["write"]})
    row = compare_usage(usage, statements).loc["2025-08"]
    assert np.isnan(row[["automation_share", "augmentation_share"]].astype(float)).all()
    assert (row["filtered"], row["pct"]) == (1.0, 60.0)


@pytest.mark.publisher
def test_published_coverage_and_split_of_use(publisher_data):
    """Handa et al. 2025, arXiv 2503.04761: 36 % of occupations use AI in a quarter of tasks, 4 % in three; 43 % automation."""
    from jobimpact.sources.labels.usage import read_task_usage
    from jobimpact.sources.labels.usage_shares import read_task_shares, read_usage_statements

    folder = publisher_data / "anthropic_economic_index" / "budget_lab"
    statements = read_usage_statements(folder / "onet_task_statements_old.csv.gz")
    first = read_task_shares(folder / "onet_task_mappings.csv.gz")
    found = compare_usage(read_task_usage(folder), statements, {"2025-02": first})
    assert found.index.tolist() == ["2025-02", "2025-03", "2025-08", "2025-11", "2025-11-claude"]
    assert found.loc["2025-02", "occupations_25"] == pytest.approx(0.36, abs=0.005)  # rounding of the paper
    assert found.loc["2025-02", "occupations_75"] == pytest.approx(0.04, abs=0.005)
    assert found.loc["2025-03", "automation_share"] == pytest.approx(0.43, abs=0.005)


def monthly(slope, noise=0.0, seed=0, activities=20):
    rng = np.random.default_rng(seed)
    months = [f"{2024 + (6 + step) // 12}-{(6 + step) % 12 + 1:02d}" for step in range(18)]
    rows = [
        ("work", month, f"4.A.1.a.1.I{number:02d}", 0.02 + (slope if number == 0 else 0) * step / 12 + noise * rng.normal())
        for number in range(activities)
        for step, month in enumerate(months)
    ]
    return pd.DataFrame(rows, columns=["messages", "month", "iwa", "message_share"])


def test_planted_trend_is_found_and_noise_is_not():
    found = message_trends(monthly(0.01, noise=0.0005, seed=1))
    assert found.index[0] == "4.A.1.a.1.I00"
    assert found["slope"].iloc[0] == pytest.approx(0.01, abs=0.001)  # standard error .0005 x sqrt(12 / 18) / .43 a year
    assert found["established"].iloc[0]
    # False discoveries are held to 5 %: with 19 activities at most two.
    assert found["established"].iloc[1:].sum() <= 2
    assert found["noise"].median() == pytest.approx(0.0005, rel=0.3)


def test_trend_within_one_step_of_rounding_is_not_established():
    exact = message_trends(monthly(0.0005, noise=1e-6))
    assert exact.loc["4.A.1.a.1.I00", "p_adjusted"] < 0.05
    assert not exact["established"].any()


def test_activities_are_added_up_at_a_higher_level_and_few_months_give_no_trend():
    shares = monthly(0.01, noise=0.0005)
    assert message_trends(shares, by=9).index.tolist() == ["4.A.1.a.1"]
    assert message_trends(shares, by=9)["mean_share"].iloc[0] == pytest.approx(
        shares.groupby("month")["message_share"].sum().mean()
    )
    short = message_trends(shares[shares["month"] < "2025-01"])
    assert short["months"].eq(6).all()
    assert short["slope"].isna().all()
    assert not short["established"].any()
    with pytest.raises(InputError, match="found no messages 'play'"):
        message_trends(shares, "play")


@pytest.mark.publisher
def test_use_of_chatgpt_by_month(publisher_data):
    from jobimpact.sources.vintages import read_message_shares

    shares = read_message_shares(publisher_data / "openai_chatgpt_usage_iwa")
    for messages in ("all", "work"):
        found = message_trends(shares, messages)
        assert len(found) == 260
        assert 0 < found["established"].sum() < found["slope"].notna().sum()
        # Most activities are so small that a month tells nothing: the noise is of the size of the rounding step.
        assert found["noise"].median() < 0.001
