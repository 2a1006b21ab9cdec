"""Robustness with the published indices and relabellings."""

import time

import pandas as pd
import pytest

from jobimpact.sources.crosswalks.soc import read_soc_2010_to_2018
from jobimpact.sources.indices.on_oews import bring_to_oews
from jobimpact.sources.indices.read import read_index
from jobimpact.sources.labels.eloundou import read_eloundou_labels, read_eloundou_occupations
from jobimpact.sources.store.inputs import Inputs
from jobimpact.validation.robustness.multiverse import build_multiverse
from jobimpact.validation.robustness.opinions import Opinions, opinions_at_hand
from jobimpact.validation.robustness.user_opinions import table_opinions


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
        assert len(result.table) >= 2000
        assert result.survival > 0.95

    def test_gpt_5_4_labelled_too_few_occupations(self, ask, opinions):
        result = ask("sector 52 > sector 23", opinions)
        assert result.table.query("rater == 'gpt5_4'")["answer"].isna().all()

    def test_top_25_lists_agree_on_nothing(self, ask, publisher_data):
        """Findings: the top 25 of human beta, GPT-4 beta, AIOE, LM-AIOE and Microsoft have none in common and 92 in the union.

        On exact codes as published. The copies at hand withhold 105 SOC codes of Eloundou et al., which moves two of the
        five lists: 94 in the union there, 93 after SOC 2010 is bridged to SOC 2018 and to the codes of OEWS.
        """
        occupations = read_eloundou_occupations(publisher_data / "openai_gpts_are_gpts")
        raw = [
            read_index(name, publisher_data / folder)
            for name, folder in (
                ("aioe", "felten_aioe"), ("lm_aioe", "felten_aioe"),
                ("microsoft", "microsoft_working_with_ai"),
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
        multiverse = members.table.query(
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
