"""Robustness of a conclusion: planted opinions with known answers, and a study."""

import json

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.estimates.means.aggregates import aggregate_areas, aggregate_groups, aggregate_sectors
from jobimpact.estimates.means.occupations import MEASURES, aggregate_occupations
from jobimpact.estimates.means.weights import task_weights
from jobimpact.facts.codes import oews_code
from jobimpact.facts.states import read_states
from jobimpact.sources.tasks.starter import read_starter_tasks
from jobimpact.validation.robustness.opinions import Opinion, Opinions, study_opinions

OWN = {
    "rater": "gpt4", "model": "study", "measure": "beta", "task_weights": "core", "crosswalk": "equal",
    "worker_weights": "employment", "statistic": "mean",
}  # fmt: skip


@pytest.fixture(scope="module")
def codes(employment):
    national = employment["national"]
    return national.loc[national["o_group"] == "detailed", "soc_code"].to_numpy()


def occupation_scores(codes, rater, values, model="mine"):
    scores = pd.DataFrame({"onetsoc_code": [f"{code}.00" for code in codes], "beta": values})
    return Opinion(rater, model, scores.assign(alpha=scores["beta"], gamma=scores["beta"]), per_task=False)


def office(codes):
    """Whether the work is done at a desk, more or less: the majors that finance has and construction has not."""
    return np.array([code < "31" or code[:2] in ("41", "43") for code in codes])


@pytest.fixture(scope="module")
def opposed(codes):
    """Two raters who say the opposite of each other, by two models that say the same."""
    desk = office(codes)
    return Opinions(
        tuple(
            occupation_scores(codes, rater, np.where(desk == high, 0.9, 0.05), model)
            for rater, high in (("yes", True), ("no", False))
            for model in ("one", "two")
        )
    )


class TestPlanted:
    def test_one_choice_decides_all(self, ask, opposed):
        result = ask("sector 52 > sector 23", opposed)
        assert len(result.table) == 2 * 2 * 3 * 2 * 3 * 5
        assert result.survival == pytest.approx(0.5)
        assert result.verdict == "sometimes"
        assert result.decisive == "rater"
        split = result.answer_split.table.set_index("choice")
        assert split.loc["rater", ["main", "total", "shapley"]].tolist() == pytest.approx([1.0, 1.0, 1.0])
        assert split["shapley"].drop("rater").abs().max() < 1e-9
        assert result.answer_split.interaction == pytest.approx(0.0, abs=1e-9)
        levels = result.choices.set_index(["choice", "choice_level"])["survival"]
        assert levels["rater", "yes"] == 1
        assert levels["rater", "no"] == 0
        assert levels["model", "one"] == 0.5

    def test_credence_moves_the_weighted_share_alone(self, ask, opposed):
        result = ask("sector 52 > sector 23", opposed, credence={"rater=yes": 3, "statistic=mean": 2})
        assert result.survival == pytest.approx(0.5)
        assert result.survival_weighted == pytest.approx(0.75)
        assert result.table["universe_weight"].sum() == pytest.approx(1.0)
        with pytest.raises(InputError, match="no such level"):
            ask("sector 52 > sector 23", opposed, credence={"rater=nobody": 1})
        for credence in (-1, float("inf"), float("nan")):
            with pytest.raises(InputError, match="expected 0 or more"):
                ask("sector 52 > sector 23", opposed, credence={"rater=yes": credence})

    def test_every_rater_counts_the_same(self, ask, opposed, codes):
        """An index has fewer universes than a rater, and the same weight."""
        desk = office(codes)
        index = pd.DataFrame({"voice": "index", "soc_code": codes, "index_value": np.where(desk, 7.0, 3.0), "split": False})
        result = ask("sector 52 > sector 23", opposed.joined(Opinions(indices=index)))
        weights = result.table.groupby("rater")["universe_weight"].sum()
        assert weights.to_dict() == pytest.approx({"yes": 1 / 3, "no": 1 / 3, "index": 1 / 3})
        assert result.survival_weighted == pytest.approx(2 / 3)
        assert (result.table["rater"] == "index").sum() == 2 * 3  # exact or not, three weights, the mean alone
        assert any("no level and no share" in reason for reason in result.left_out["reason"])

    def test_a_tie_is_a_no(self, ask, codes):
        flat = Opinions((occupation_scores(codes, "flat", np.full(len(codes), 0.3)),))
        for question in ("sector 52 > sector 23", "sector 23 > sector 52"):
            result = ask(question, flat)
            assert result.verdict == "never"
            assert result.table["comparable"].abs().max() == 0
            assert result.decisive == ""

    def test_the_wage_gradient_that_was_planted(self, ask, codes, employment):
        wages = employment["national"].query("o_group == 'detailed'").set_index("soc_code")["a_mean"].reindex(codes).fillna(1e5)
        slope = 0.1 * np.log(wages.to_numpy()) - 0.9
        result = ask("sign wage gradient positive", Opinions((occupation_scores(codes, "rising", slope),)))
        assert result.verdict == "always"
        # Codes that OEWS joins are the only ones whose exposure is not on the line: none here.
        assert result.table["estimate"].dropna().to_numpy() == pytest.approx(0.1, abs=1e-9)
        assert ask("wage gradient < 0", Opinions((occupation_scores(codes, "rising", slope),))).verdict == "never"

    def test_what_is_covered_too_little_is_not_evaluated(self, ask, opposed, codes):
        few = np.full(len(codes), np.nan)
        few[:40] = 0.5
        result = ask("sector 52 > sector 23", opposed.joined(Opinions((occupation_scores(codes, "few", few),))))
        lost = result.table[result.table["rater"] == "few"]
        assert lost["answer"].isna().all()
        assert lost["universe_weight"].eq(0).all()
        assert set(lost["reason"]) == {"covers less than 50% of the jobs in question"}
        assert result.left_out["n_left_out"].sum() == len(lost)
        assert len(lost) + result.table["answer"].notna().sum() == len(result.table)

    def test_ranks_say_among_how_many(self, ask, opposed, codes):
        """Occupations without an exposure might stand above: how many there are is said."""
        whole = ask("occupation 15-1252 in top 25", opposed)
        assert not whole.left_out["choice"].eq("rank").any()
        some = np.linspace(0, 1, len(codes))
        some[::10] = np.nan
        result = ask("occupation 15-1252 in top 25", opposed.joined(Opinions((occupation_scores(codes, "some", some),))))
        (reason,) = result.left_out.loc[result.left_out["choice"].eq("rank"), "reason"]
        # Codes that OEWS joins have no exact exposure.
        assert reason.endswith(f"{len(codes) - len(codes[::10])} to {len(codes)} of {len(codes)}")

    def test_a_share_hangs_on_its_sign(self, ask, codes):
        """All jobs exactly on the cut: reached by all, passed by none."""
        on_cut = Opinions((occupation_scores(codes, "me", np.full(len(codes), 0.5)),))
        result = ask("share workers at 0.5 above 0.9", on_cut)
        assert dict(result.choices.query("choice == 'statistic'")[["choice_level", "survival"]].to_numpy()) == {
            ">= 0.5": 1,
            "> 0.5": 0,
        }
        assert result.decisive == "statistic"
        assert ask("share workers >= 0.5 above 0.9", on_cut).verdict == "always"
        assert ask("share workers > 0.5 above 0.9", on_cut).verdict == "never"


@pytest.fixture(scope="module")
def tasks():
    statements = read_starter_tasks()
    rng = np.random.default_rng(11)
    tasks = statements.assign(**{measure: rng.random(len(statements)) for measure in MEASURES})
    return tasks.assign(task_weight=task_weights(tasks))


@pytest.fixture(scope="module")
def drawn(tasks):
    return study_opinions(tasks, "gpt4")


class TestStudy:
    def test_the_study_s_own_universe_is_the_study(self, ask, tasks, drawn, employment):
        codes = oews_code(tasks["soc_code"])
        occupations = aggregate_occupations(tasks, employment["national"], codes.where(codes.notna(), tasks["soc_code"]))
        sectors = aggregate_sectors(occupations, employment["sector"]).set_index("naics")
        result = ask("sector 52 > sector 23", drawn, reference=OWN)
        gap = sectors.loc["52", "exposure_beta"] - sectors.loc["23", "exposure_beta"]
        assert result.reference["estimate"] == pytest.approx(gap, abs=1e-9)
        assert result.reference["covered"] == pytest.approx(sectors.loc[["52", "23"], "matched_share"].min())
        bill = result.table.query("worker_weights == 'wage_bill' and statistic == 'mean' and measure == 'beta'")
        bill = bill.query("task_weights == 'core' and crosswalk == 'equal'")["estimate"].iloc[0]
        by_bill = sectors["exposure_beta_wage_bill"]
        assert bill == pytest.approx(by_bill["52"] - by_bill["23"], abs=1e-9)
        areas = aggregate_areas(occupations, employment["state"], read_states()).set_index("area")["exposure_beta"]
        assert ask("state CA > state 48", drawn, reference=OWN).reference["estimate"] == pytest.approx(
            areas["06"] - areas["48"], abs=1e-9
        )
        groups = aggregate_groups(occupations, employment["national"]).set_index(["group_type", "group"])
        share = ask("share workers >= 0.5 above 0.2", drawn, reference={**OWN, "statistic": ">= 0.5"})
        assert share.reference["estimate"] == pytest.approx(groups.loc[("all", "all"), "share_workers_50"], abs=1e-9)
        level = ask("exposure quintile 5 above 0.2", drawn, reference=OWN).reference["estimate"]
        assert level == pytest.approx(groups.loc[("wage_quintile", "5"), "exposure_beta"], abs=1e-9)

    def test_ranks_are_those_of_the_estimates(self, ask, drawn):
        by_rank = ask("sector 52 in top 20", drawn).members
        assert by_rank["verdict"].eq("always").all()
        first = ask("sector 52 in top 1", drawn)
        assert first.members["survival"].sum() >= 1 - 1e-9  # ties share a rank
        pairs = ask("sector 52 > sector 23", drawn).pairs
        assert len(pairs) == 20 * 19 / 2
        assert pairs["survival"].between(0, 1).all()

    def test_a_longer_list_survives_more(self, ask, drawn):
        lists = [ask(f"sector 52 in top {k}", drawn) for k in (1, 3, 8, 19, 20)]
        survivals = [found.survival for found in lists]
        assert survivals == sorted(survivals)
        assert survivals[-1] == 1

    def test_the_other_way_round_the_answers_turn(self, ask, drawn):
        one, other = (ask(question, drawn) for question in ("state 06 > state 48", "state 06 < state 48"))
        pd.testing.assert_series_equal(one.table["estimate"], -other.table["estimate"])
        ties = one.table["estimate"].eq(0).mean()
        assert one.survival + other.survival == pytest.approx(1 - ties)

    def test_record_is_json(self, ask, drawn):
        record = json.loads(json.dumps(ask("group 43-0000 rank <= 3", drawn).to_record()))
        assert record["query"] == "group 43-0000 in top 3"
        assert len(record["universes"]) == record["n_universes"]
        assert len(record["members"]) == 22
        assert record["assumptions"]["cuts"] == [0.1, 0.5]
        assert sum(row["shapley_estimate"] for row in record["choice_importance"]) == pytest.approx(1.0)

    @pytest.mark.parametrize(
        ("question", "said"),
        [
            ("sector 99999 > sector 23", "expected the code of one of 20"),
            ("sector finance > sector 23", "52 Finance and Insurance"),
            ("state ZZ > state 48", "expected the code of one of 54"),
            ("occupation 11-9999 in top 3", "is not known"),
            ("quintile 7 > quintile 1", "expected the code of one of 5"),
            ("sector 52 in top 21", "is true whatever the scores: there are 20"),
        ],
    )
    def test_codes_that_are_not_there(self, ask, drawn, question, said):
        with pytest.raises(InputError) as caught:
            ask(question, drawn)
        assert said in str(caught.value)

    def test_a_question_that_no_universe_can_answer(self, ask):
        indices = pd.DataFrame({"voice": "x", "soc_code": ["15-1252"], "index_value": [2.0], "split": False})
        with pytest.raises(InputError, match="cannot be answered in any of 0 universes"):
            ask("exposure sector 52 above 0.4", Opinions(indices=indices))
        with pytest.raises(InputError, match="covers less than 50%"):
            ask("sector 52 > sector 23", Opinions(indices=indices))
