"""Opinions and the versions of exposures that are made of them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.estimates.means.occupations import MEASURES, aggregate_occupations
from jobimpact.estimates.means.weights import task_weights
from jobimpact.exposure.heads.rubric import LEVELS, RubricHeads
from jobimpact.facts.codes import oews_code
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.tasks.starter import read_starter_tasks
from jobimpact.validation.robustness.multiverse import build_multiverse
from jobimpact.validation.robustness.opinions import (
    Opinion,
    Opinions,
    head_scorers,
    label_opinions,
    score_opinions,
    study_opinions,
)
from jobimpact.validation.robustness.user_opinions import table_opinions

TASKS = pd.DataFrame(
    {
        # 31-1121 and 31-1122 are published as 31-1120; 29-1229 has two O*NET-SOC codes here.
        "onetsoc_code": ["15-1252.00", "15-1252.00", "31-1121.00", "31-1122.00", "31-1122.00", "29-1229.00", "29-1229.01"],
        "task_id": list("abcdefg"),
        "task_type": ["Core", "Supplemental", "Core", "Core", "Core", "Core", None],
        "importance": [4.0, 1.0, 2.0, 2.0, 2.0, 3.0, np.nan],
        "beta": [1.0, 0.0, 0.0, 0.5, 1.0, 0.2, 0.8],
    }
)
INDICES = pd.DataFrame({"voice": "aioe", "soc_code": ["15-1252", "29-1229"], "index_value": [1.5, -0.5], "split": [True, False]})


def exposures(multiverse, **choices):
    rows = multiverse.versions
    same = np.logical_and.reduce([rows[name] == level for name, level in choices.items()])
    assert same.sum() == 1, choices
    return dict(zip(multiverse.codes, multiverse.exposures[same][0], strict=True))


def planted():
    return Opinions((Opinion("human", "mine", TASKS.drop(columns="task_id")),), INDICES)


class TestVersions:
    def test_weights_of_tasks_and_split_rules(self):
        multiverse = build_multiverse(planted())
        assert exposures(multiverse, task_weights="core", crosswalk="equal") == pytest.approx(
            {"15-1252": 2 / 3, "31-1120": 0.375, "29-1229": 0.5}
        )
        assert exposures(multiverse, task_weights="importance", crosswalk="equal") == pytest.approx(
            {"15-1252": 0.8, "31-1120": 0.375, "29-1229": 0.2}
        )
        # Three tasks of the same weight, one of one code and two of the other; a Core task counts two, one without type one.
        assert exposures(multiverse, task_weights="core", crosswalk="pooled") == pytest.approx(
            {"15-1252": 2 / 3, "31-1120": 0.5, "29-1229": 0.4}
        )
        exact = exposures(multiverse, task_weights="equal", crosswalk="exact")
        assert exact["15-1252"] == pytest.approx(0.5)
        assert np.isnan(exact["31-1120"])
        assert np.isnan(exact["29-1229"])

    def test_an_index_has_no_tasks_and_loses_what_was_split(self):
        multiverse = build_multiverse(planted())
        index = multiverse.versions[multiverse.versions["measure"] == "index"]
        assert index[["rater", "model", "task_weights", "crosswalk"]].to_numpy().tolist() == [
            ["aioe", "published", "none", "equal"], ["aioe", "published", "none", "exact"],
        ]  # fmt: skip
        assert exposures(multiverse, measure="index", crosswalk="equal")["15-1252"] == 1.5
        assert np.isnan(exposures(multiverse, measure="index", crosswalk="exact")["15-1252"])

    def test_what_cannot_be_made_says_why(self):
        bare = Opinions((Opinion("human", "mine", TASKS[["onetsoc_code", "beta"]]),), left_out=(("model=labels", "not here"),))
        multiverse = build_multiverse(bare)
        blocked = multiverse.versions[multiverse.versions["reason"] != ""]
        assert set(blocked["task_weights"]) == {"core", "importance"}
        assert set(blocked["reason"]) == {"no task has a type", "no task has an importance"}
        assert np.isnan(multiverse.exposures[blocked.index]).all()
        notes = multiverse.left_out.set_index("choice")["reason"]
        assert notes["model=labels"] == "not here"
        assert notes["rater=human, model=mine, measure=gamma"] == "gave no gamma score"

    def test_tasks_without_importance_are_counted(self):
        notes = build_multiverse(planted()).left_out
        counted = notes[notes["choice"].str.contains("task_weights=importance")]
        assert counted["reason"].tolist() == ["1 of 7 tasks have no importance and weigh nothing in their occupation"]

    def test_occupation_scores_have_no_weights_of_tasks(self):
        scores = pd.DataFrame({"onetsoc_code": ["15-1252.00"], "beta": [0.3]})
        versions = build_multiverse(Opinions((Opinion("me", "scores", scores, per_task=False),))).versions
        assert versions[["task_weights", "crosswalk"]].to_numpy().tolist() == [["none", "equal"], ["none", "exact"]]

    def test_nothing_is_refused(self):
        with pytest.raises(InputError, match="found no scores and no index"):
            build_multiverse(Opinions())

    @pytest.mark.parametrize("scheme", ["core", "importance"])
    def test_the_study_s_own_version_is_the_study_s_occupations(self, scheme):
        statements = read_starter_tasks()
        rng = np.random.default_rng(5)
        tasks = statements.assign(**{measure: rng.random(len(statements)) for measure in MEASURES})
        tasks.loc[::50, list(MEASURES)] = np.nan
        tasks["task_weight"] = task_weights(tasks, scheme)
        codes = oews_code(tasks["soc_code"])
        occupations = aggregate_occupations(tasks, read_employment("national"), codes.where(codes.notna(), tasks["soc_code"]))
        multiverse = build_multiverse(study_opinions(tasks, "gpt4"))
        for measure, column in MEASURES.items():
            own = exposures(multiverse, measure=measure, task_weights=scheme, crosswalk="equal")
            expected = occupations.set_index("soc_code")[column].reindex(multiverse.codes)
            np.testing.assert_allclose(list(own.values()), expected, rtol=0, atol=1e-11)


class TestOpinions:
    def test_a_study_s_automation_is_gpt4_s(self):
        tasks = TASKS.assign(alpha=0.1, gamma=0.9, automation=0.4)
        human, gpt4 = study_opinions(tasks, "human").opinions
        assert (human.rater, gpt4.rater) == ("human", "gpt4")
        assert [column for column in gpt4.scores if column in MEASURES] == ["automation"]
        assert "automation" not in human.scores
        assert len(study_opinions(tasks, "gpt4").opinions) == 1

    def test_labels(self):
        labels = TASKS.assign(human=["E0", "E1", "E2"] + ["E0"] * 4, gpt4="E1", gpt4_automation="T2").drop(
            columns=["beta", "importance"]
        )
        human, gpt4 = label_opinions(labels.assign(gpt5_4=None), TASKS.head(2)).opinions
        assert human.scores["beta"].tolist()[:3] == [0.0, 1.0, 0.5]
        assert gpt4.scores["automation"].unique().tolist() == [0.5]
        assert human.scores["importance"].notna().sum() == 2

    def test_raters_are_scored_from_texts(self):
        def score(texts, rater):
            return pd.DataFrame({"alpha": 0.1, "beta": len(rater) / 10, "gamma": 0.9, "automation": 0.5}, index=texts.index)

        tasks = TASKS.assign(task="write")
        human, gpt4 = score_opinions(tasks, score, ["human", "gpt4"], "mine").opinions
        assert human.scores["beta"].unique().tolist() == [0.5]
        assert "automation" in gpt4.scores
        assert "automation" not in human.scores

    def test_heads_and_their_parts(self):
        width = sum(map(len, LEVELS.values()))
        members = []
        for shift, reads in ((3.0, 0), (-3.0, 2)):
            bias = np.zeros(width)
            bias[1] = shift  # E1 of the first head, human
            members.append({"head_w": np.zeros((2, width)), "head_b": bias, "reads": np.array(reads)})
        heads = RubricHeads(n_members=2)
        heads.members_, heads.weights_, heads.heads_ = members, np.array([0.75, 0.25]), tuple(LEVELS)
        encoder = SimpleNamespace(encode=lambda texts: np.zeros((len(texts), 4)))
        scorers = head_scorers(pd.Series(["write", None]), encoder, heads)
        assert list(scorers) == ["study", "tuned", "published encoder"]
        alpha = {name: score(pd.Series(["write", None]), "human")["alpha"].tolist() for name, score in scorers.items()}
        high, low = np.exp(3) / (2 + np.exp(3)), np.exp(-3) / (2 + np.exp(-3))
        assert [cells[0] for cells in alpha.values()] == pytest.approx([0.75 * high + 0.25 * low, high, low], abs=1e-6)
        assert all(np.isnan(cells[1]) for cells in alpha.values())
        with pytest.raises(InputError, match="'nobody' is not among"):
            scorers["study"](pd.Series(["write", None]), "nobody")

    def test_user_tables(self):
        long = pd.DataFrame({"SOC_code": ["15-1252", "15-1252"], "rater": ["a", "b"], "label": ["E1", "E2"]})
        a, b = table_opinions(long, "mine").opinions
        assert (a.rater, a.model, a.per_task, a.scores["beta"].tolist()) == ("a", "mine", False, [1.0])
        assert b.scores["beta"].tolist() == [0.5]
        tasks = TASKS[["onetsoc_code", "task_id"]].assign(beta="0.25")
        (own,) = table_opinions(tasks, "mine", TASKS).opinions
        assert (own.rater, own.model, own.per_task) == ("mine", "scores", True)
        assert own.scores["importance"].notna().sum() == 6
        strange = table_opinions(tasks.assign(task_id=["0", *tasks["task_id"][1:]]), "mine", TASKS).left_out
        assert strange == (
            (
                "rater=mine, model=scores",
                "1 of 7 tasks are none of the study's, so that their task_type and importance are not known",
            ),
        )
        assert table_opinions(tasks, "mine", TASKS).left_out == ()
        indices = table_opinions(pd.DataFrame({"voice": ["x"], "soc_code": ["15-1252"], "index_value": ["70"]}), "mine").indices
        assert indices.to_numpy().tolist() == [["x", "15-1252", 70.0, False]]

    def test_user_indices_come_to_the_codes_of_oews(self):
        table = pd.DataFrame({"voice": "x", "soc_code": ["31-1121", "31-1122", "11-1031"], "index_value": [1.0, 2.0, 3.0]})
        found = table_opinions(table, "mine")
        assert found.indices.to_numpy().tolist() == [["x", "31-1120", 1.5, True]]
        assert found.left_out == (("rater=x, model=published", "1 of 3 codes found no partner in OEWS"),)
        (split,) = table_opinions(table.head(1).assign(soc_code="15-1252", split="true"), "mine").indices["split"]
        assert split

    def test_occupations_without_jobs_are_counted(self):
        scores = pd.DataFrame({"onetsoc_code": ["15-1252.00", "55-1011.00"], "beta": [0.3, 0.4]})
        opinions = Opinions((Opinion("me", "scores", scores, per_task=False),))
        notes = build_multiverse(opinions, pd.Index(["15-1252"])).left_out
        assert "1 of 2 occupations found no partner in OEWS" in notes["reason"].tolist()

    @pytest.mark.parametrize(
        ("table", "said"),
        [
            ({"code": ["15-1252"], "beta": [0.1]}, "expected onetsoc_code or soc_code"),
            ({"soc_code": ["15-1252"], "score": [0.1]}, "some of alpha, beta"),
            ({"soc_code": ["15-1252"], "beta": [1.5]}, "found '1.5' as beta"),
            ({"soc_code": ["15-1252"], "beta": ["high"]}, "found 'high' as beta"),
            ({"soc_code": ["99"], "beta": [0.5]}, "found '99' among its codes"),
            ({"soc_code": ["15-1252"], "label": ["E9"]}, "found 'E9' as label"),
            ({"soc_code": ["15-1252"] * 2, "beta": [0.5] * 2}, "15-1252.00 twice"),
            ({"voice": ["x"], "soc_code": ["15-1252"], "index_value": ["?"]}, "found '?' as index_value"),
            ({"voice": ["x"], "soc_code": ["15-1252"], "index_value": ["inf"]}, "found 'inf' as index_value"),
            ({"voice": ["x"], "soc_code": ["15-1252"], "index_value": [None]}, "expected a number"),
            ({"voice": ["x"] * 2, "soc_code": ["15-1252", "15-1252.01"], "index_value": [1, 2]}, "found x 15-1252 twice"),
            ({"voice": [""], "soc_code": ["15-1252"], "index_value": [1]}, "1 rows without voice"),
            ({"soc_code": ["15-1252"], "rater": [None], "beta": [0.5]}, "1 rows without rater"),
            ({"soc_code": ["15-0000"], "beta": [0.5]}, "expected detailed occupations of SOC 2018"),
            ({"soc_code": ["15-1131"], "beta": [0.5]}, "found '15-1131' among its codes"),
            ({"soc_code": ["15-1252"], "beta": [None]}, "none of 1 rows has a score"),
            ({"SOC_code": ["15-1252"], "soc_code": ["15-1252"], "beta": [0.5]}, "'SOC_code' and 'soc_code', which read alike"),
            ({"soc_code": ["15-1252"], "task_id": ["1"], "beta": [0.5], "importance": ["high"]}, "found 'high' as importance"),
            ({"soc_code": ["15-1252"], "task_id": ["1"], "beta": [0.5], "importance": [-1]}, "found '-1' as importance"),
        ],
    )
    def test_bad_tables(self, table, said):
        with pytest.raises(InputError) as caught:
            table_opinions(pd.DataFrame(table), "mine")
        assert said in str(caught.value)

    def test_nobody_speaks_twice(self):
        with pytest.raises(InputError, match="found scores of human by mine twice"):
            planted().joined(planted())
        with pytest.raises(InputError, match="found scores of aioe twice"):
            Opinions(indices=INDICES).joined(Opinions(indices=INDICES))
