"""Questions asked in every universe: planted multiverses, properties, and the labels and indices themselves."""

import json
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.estimates.aggregates import aggregate_areas, aggregate_groups, aggregate_sectors
from jobimpact.estimates.occupations import MEASURES, aggregate_occupations
from jobimpact.estimates.weights import task_weights
from jobimpact.sources.codes import oews_code
from jobimpact.sources.crosswalks import read_soc_2010_to_2018
from jobimpact.sources.employment import read_employment, read_states
from jobimpact.sources.indices import bring_to_oews, read_aioe, read_lm_aioe, read_microsoft_applicability
from jobimpact.sources.inputs import Inputs
from jobimpact.sources.labels import read_eloundou_labels, read_eloundou_occupations
from jobimpact.sources.starter import read_starter_tasks
from jobimpact.validation.at_hand import opinions_at_hand
from jobimpact.validation.members import Members, find_members
from jobimpact.validation.multiverse import build_multiverse
from jobimpact.validation.opinions import Opinion, Opinions, study_opinions
from jobimpact.validation.queries import Comparison, Ranking, Subject
from jobimpact.validation.robustness import assess_robustness, robustness_record
from jobimpact.validation.survival import member_survival, pair_survival
from jobimpact.validation.user_opinions import table_opinions

OWN = {
    "rater": "gpt4", "model": "study", "measure": "beta", "task_weights": "core", "crosswalk": "equal",
    "worker_weights": "employment", "statistic": "mean",
}  # fmt: skip


@pytest.fixture(scope="module")
def employment():
    return {level: read_employment(level) for level in ("national", "sector", "state")}


@pytest.fixture(scope="module")
def ask(employment):
    """Return a function that asks a question of opinions."""

    built = {}

    def ask(question, opinions, **options):
        if id(opinions) not in built:
            national = employment["national"]
            multiverse = build_multiverse(opinions, pd.Index(national.loc[national["o_group"] == "detailed", "soc_code"]))
            members = find_members(multiverse.codes, national, employment["sector"], employment["state"], read_states())
            # The opinions are kept too, so that their identity stays theirs.
            built[id(opinions)] = multiverse, members, opinions
        multiverse, members, _ = built[id(opinions)]
        return assess_robustness(question, multiverse, members, **options)

    return ask


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
        assert len(result.universes) == 2 * 2 * 3 * 2 * 3 * 5
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
        assert result.universes["universe_weight"].sum() == pytest.approx(1.0)
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
        weights = result.universes.groupby("rater")["universe_weight"].sum()
        assert weights.to_dict() == pytest.approx({"yes": 1 / 3, "no": 1 / 3, "index": 1 / 3})
        assert result.survival_weighted == pytest.approx(2 / 3)
        assert (result.universes["rater"] == "index").sum() == 2 * 3  # exact or not, three weights, the mean alone
        assert any("no level and no share" in reason for reason in result.left_out["reason"])

    def test_a_tie_is_a_no(self, ask, codes):
        flat = Opinions((occupation_scores(codes, "flat", np.full(len(codes), 0.3)),))
        for question in ("sector 52 > sector 23", "sector 23 > sector 52"):
            result = ask(question, flat)
            assert result.verdict == "never"
            assert result.universes["comparable"].abs().max() == 0
            assert result.decisive == ""

    def test_the_wage_gradient_that_was_planted(self, ask, codes, employment):
        wages = employment["national"].query("o_group == 'detailed'").set_index("soc_code")["a_mean"].reindex(codes).fillna(1e5)
        slope = 0.1 * np.log(wages.to_numpy()) - 0.9
        result = ask("sign wage gradient positive", Opinions((occupation_scores(codes, "rising", slope),)))
        assert result.verdict == "always"
        # Codes that OEWS joins are the only ones whose exposure is not on the line: none here.
        assert result.universes["estimate"].dropna().to_numpy() == pytest.approx(0.1, abs=1e-9)
        assert ask("wage gradient < 0", Opinions((occupation_scores(codes, "rising", slope),))).verdict == "never"

    def test_what_is_covered_too_little_is_not_evaluated(self, ask, opposed, codes):
        few = np.full(len(codes), np.nan)
        few[:40] = 0.5
        result = ask("sector 52 > sector 23", opposed.joined(Opinions((occupation_scores(codes, "few", few),))))
        lost = result.universes[result.universes["rater"] == "few"]
        assert lost["answer"].isna().all()
        assert lost["universe_weight"].eq(0).all()
        assert set(lost["reason"]) == {"covers less than 50% of the jobs in question"}
        assert result.left_out["n_left_out"].sum() == len(lost)
        assert len(lost) + result.universes["answer"].notna().sum() == len(result.universes)

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
        bill = result.universes.query("worker_weights == 'wage_bill' and statistic == 'mean' and measure == 'beta'")
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
        pd.testing.assert_series_equal(one.universes["estimate"], -other.universes["estimate"])
        ties = one.universes["estimate"].eq(0).mean()
        assert one.survival + other.survival == pytest.approx(1 - ties)

    def test_record_is_json(self, ask, drawn):
        record = json.loads(json.dumps(robustness_record(ask("group 43-0000 rank <= 3", drawn))))
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


SECTORS = Members("sector", tuple("abcdef"), tuple("ABCDEF"), np.ones((6, 1)), np.ones((6, 1)), np.ones(6))
cells = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4, np.nan]), min_size=6, max_size=6)


@given(values=st.lists(cells, min_size=1, max_size=9), k=st.integers(1, 6))
def test_members_of_a_list_stay_in_a_longer_one(values, k):
    rows = np.array(values)
    short, long = (
        member_survival(Ranking(Subject("sector", "a"), n), rows, np.full(len(rows), 1 / len(rows)), SECTORS) for n in (k, k + 1)
    )
    short, long = (table.set_index("member").sort_index() for table in (short, long))
    known = short["n_universes"] > 0
    assert (short["survival"][known] <= long["survival"][known]).all()
    assert long["survival"].isna().equals(~known)
    # A list of k has k members or, with ties at its end, more.
    filled = np.minimum(k, (~np.isnan(rows)).sum(axis=1)).sum()
    assert (short["survival"] * short["n_universes"]).sum() >= filled - 1e-9


def test_a_pair_with_ties_and_no_reversal_is_never_reversed():
    members = Members("sector", tuple("abc"), tuple("ABC"), np.ones((3, 1)), np.ones((3, 1)), np.ones(3))
    values = np.array([[0.3, 0.1, 0.1], [0.3, 0.3, 0.1], [0.3, np.nan, 0.2]])
    question = Comparison(Subject("sector", "a"), Subject("sector", "b"))
    pairs = pair_survival(question, values, np.full(3, 1 / 3), members).set_index(["higher", "lower"])
    assert pairs["verdict"].to_dict() == {("a", "b"): "never reversed", ("a", "c"): "always", ("b", "c"): "never reversed"}
    assert pairs["n_universes"].tolist() == [2, 3, 2]
    assert pairs["survival"].tolist() == [0.5, 1.0, 0.5]


@pytest.fixture(scope="module")
def opinions(publisher_data):
    return opinions_at_hand(Inputs(publisher_data), names=["eloundou_human", "aioe", "lm_aioe", "microsoft"])


@pytest.mark.publisher
class TestPublished:
    def test_labels_come_before_their_means(self, opinions):
        assert "eloundou_human" not in set(opinions.indices["voice"])
        assert (
            "rater=eloundou_human, model=published",
            "the labels that it is the mean of are there themselves",
        ) in opinions.left_out
        assert {opinion.rater for opinion in opinions.opinions} == {"human", "gpt4", "gpt4_alt", "gpt4_0613", "gpt5_4"}

    def test_two_thousand_universes_in_ten_seconds(self, ask, opinions):
        start = time.process_time()
        result = ask("sector 52 > sector 23", opinions)
        assert time.process_time() - start < 10
        assert len(result.universes) >= 2000
        assert result.survival > 0.95

    def test_gpt_5_4_labelled_too_few_occupations(self, ask, opinions):
        result = ask("sector 52 > sector 23", opinions)
        assert result.universes.query("rater == 'gpt5_4'")["answer"].isna().all()

    def test_top_25_lists_agree_on_nothing(self, ask, publisher_data):
        """Findings: the top 25 of human beta, GPT-4 beta, AIOE, LM-AIOE and Microsoft have none in common and 92 in the union.

        On exact codes as published. The copies at hand withhold 105 SOC codes of Eloundou et al., which moves two of the
        five lists: 94 in the union there, 93 after SOC 2010 is bridged to SOC 2018 and to the codes of OEWS.
        """
        occupations = read_eloundou_occupations(publisher_data / "openai_gpts_are_gpts")
        raw = [
            read(publisher_data / folder)
            for read, folder in (
                (read_aioe, "felten_aioe"), (read_lm_aioe, "felten_aioe"),
                (read_microsoft_applicability, "microsoft_working_with_ai"),
            )
        ]  # fmt: skip
        soc = occupations["onetsoc_code"].str[:7]
        published = [table.set_index("soc_code")["index_value"] for table in raw]
        published += [occupations.groupby(soc)[column].mean() for column in ("human_beta", "gpt4_beta")]
        tops = [set(values.nlargest(25, keep="all").index) for values in published]
        assert len(set.intersection(*tops)) == 0
        assert len(set.union(*tops)) == pytest.approx(92, abs=2)

        labels = read_eloundou_labels(publisher_data / "openai_gpts_are_gpts")
        bridged = bring_to_oews(raw, read_soc_2010_to_2018(publisher_data / "crosswalks" / "soc_2010_to_2018_crosswalk.xlsx"))
        opinions = Opinions(indices=bridged.table)
        for rater in ("human", "gpt4"):
            long = labels[["onetsoc_code", "task_id", "task_type"]].assign(rater=rater, model="labels", label=labels[rater])
            opinions = opinions.joined(table_opinions(long, rater))
        members = ask("occupation 15-1252 in top 25", opinions, credence=None)
        multiverse = members.universes.query(
            "measure in ('beta', 'index') and task_weights in ('core', 'none') and crosswalk == 'equal'"
        )
        assert len(multiverse) == 5
        five = _five_versions(opinions)
        assert (five.sum(axis=0) == 5).sum() == 0
        assert (five.sum(axis=0) > 0).sum() == pytest.approx(92, abs=2)


def _five_versions(opinions):
    """Return which occupations are in the top 25 of each of the five lists, after bridging."""
    multiverse = build_multiverse(opinions)
    rows = multiverse.versions
    kept = rows["measure"].isin(["beta", "index"]) & rows["task_weights"].isin(["core", "none"]) & (rows["crosswalk"] == "equal")
    exposures = pd.DataFrame(multiverse.exposures[kept], columns=multiverse.codes)
    return exposures.rank(axis=1, ascending=False, method="min") <= 25
