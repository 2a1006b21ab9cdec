"""Voices on occupations: planted reliabilities, invariance, gaps, families, bad input, and the published indices."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.facts.codes import oews_code
from jobimpact.sources.crosswalks.soc import read_soc_2010_to_2018
from jobimpact.sources.indices.on_oews import bring_to_oews
from jobimpact.sources.indices.read import read_index
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.labels.eloundou import read_eloundou_occupations
from jobimpact.training.consensus.ensemble import OWN_VOICE, ensemble, fit_loadings

LOADINGS = {OWN_VOICE: 0.9, "microsoft": 0.8, "anthropic": 0.7, "aioe": 0.6}


def planted(n: int = 3000, seed: int = 0) -> tuple[np.ndarray, pd.DataFrame, pd.DataFrame]:
    """Return a truth, own scores, and published voices that see the truth with the planted loadings."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=n)
    seen = {voice: load * truth + np.sqrt(1 - load**2) * rng.normal(size=n) for voice, load in LOADINGS.items()}
    codes = [f"{11 + 2 * (i % 20)}-{1000 + i // 20:04d}" for i in range(n)]
    occupations = pd.DataFrame(
        {"soc_code": codes, "title": "Work", "tot_emp": rng.integers(1, 100, n) * 10.0, "exposure_beta": seen.pop(OWN_VOICE)}
    )
    tables = [pd.DataFrame({"voice": voice, "soc_code": codes, "index_value": values}) for voice, values in seen.items()]
    return truth, occupations, pd.concat(tables, ignore_index=True)


class TestPlanted:
    def test_loadings_are_found(self) -> None:
        _, occupations, indices = planted()
        found = ensemble(occupations, indices).weights.set_index("voices")["loading"]
        for voice, loading in LOADINGS.items():
            assert found[voice] == pytest.approx(loading, abs=0.04)

    def test_beats_equal_weights_and_every_voice(self) -> None:
        truth, occupations, indices = planted()

        def agreement(scores: pd.DataFrame) -> float:
            return float(np.corrcoef(scores.set_index("soc_code").loc[occupations["soc_code"], "ensemble"], truth)[0, 1])

        ours = agreement(ensemble(occupations, indices).scores)
        assert ours > agreement(ensemble(occupations, indices, method="equal").scores) + 0.005
        assert ours > np.corrcoef(occupations["exposure_beta"], truth)[0, 1] + 0.01

    def test_standard_error_is_that_of_the_truth(self) -> None:
        truth, occupations, indices = planted()
        silent = indices[~indices["soc_code"].isin(occupations["soc_code"][:1000])]
        scores = ensemble(occupations, silent).scores.set_index("soc_code").loc[occupations["soc_code"]]
        error = (scores["ensemble"].to_numpy() - truth) / scores["ensemble_se"].to_numpy()
        assert np.std(error) == pytest.approx(1, abs=0.06)
        assert (scores["ensemble_se"][:1000] > scores["ensemble_se"][1000:].max()).all()

    def test_voices_of_one_method_count_once(self) -> None:
        _, occupations, indices = planted()
        twin = indices[indices["voice"] == "aioe"].assign(voice="lm_aioe")
        both = ensemble(occupations, pd.concat([indices, twin])).weights.set_index("voices")["loading"]
        assert both["aioe + lm_aioe"] == pytest.approx(LOADINGS["aioe"], abs=0.04)
        fooled = ensemble(occupations, pd.concat([indices, twin]), families={}).weights.set_index("voices")["loading"]
        assert fooled["aioe"] > both["aioe + lm_aioe"] + 0.05


class TestProperties:
    def test_units_of_an_index_do_not_matter(self) -> None:
        _, occupations, indices = planted(400)
        bent = indices.assign(index_value=np.exp(indices["index_value"]) * 100)
        first, second = ensemble(occupations, indices), ensemble(occupations, bent)
        pd.testing.assert_frame_equal(first.scores, second.scores)

    def test_percentiles_and_spread(self) -> None:
        _, occupations, indices = planted(400)
        pooled = ensemble(occupations, indices)
        by_code = pooled.percentiles.groupby("soc_code")["percentile"]
        spread = (by_code.max() - by_code.min()).reindex(pooled.scores["soc_code"])
        np.testing.assert_allclose(pooled.scores["voice_spread"], spread)
        employment = occupations.set_index("soc_code")["tot_emp"]
        own = pooled.percentiles.query("voice == @OWN_VOICE").set_index("soc_code")["percentile"]
        assert np.average(own, weights=employment[own.index]) == pytest.approx(0.5)

    def test_largest_disagreements(self) -> None:
        _, occupations, indices = planted(400)
        pooled = ensemble(occupations, indices)
        table = pooled.disagreements(5)
        assert table["voice_spread"].tolist() == sorted(pooled.scores["voice_spread"], reverse=True)[:5]
        for _, row in table.iterrows():
            assert row[row["highest_voice"]] - row[row["lowest_voice"]] == pytest.approx(row["voice_spread"])

    def test_gaps(self) -> None:
        """Occupations with one voice, without employment, and without a title stay in the table."""
        _, occupations, indices = planted(400)
        occupations.loc[0, "tot_emp"] = np.nan
        occupations.loc[1, "exposure_beta"] = np.nan
        extra = pd.DataFrame({"voice": ["aioe"], "soc_code": ["53-9999"], "index_value": [0.1]})
        scores = ensemble(occupations, pd.concat([indices, extra])).scores.set_index("soc_code")
        assert len(scores) == 401
        assert scores["ensemble"].notna().all()
        assert scores.loc["53-9999", "n_voices"] == 1
        assert scores.loc["53-9999", "voice_spread"] == 0
        assert scores.loc[occupations.loc[1, "soc_code"], "n_voices"] == 3
        equal = ensemble(occupations, pd.concat([indices, extra]), method="equal").scores.set_index("soc_code")
        assert np.isnan(equal.loc["53-9999", "ensemble_se"])

    def test_z_keeps_distances(self) -> None:
        _, occupations, indices = planted(400)
        far = occupations.assign(exposure_beta=occupations["exposure_beta"].where(occupations.index != 7, 50.0))
        by_rank, by_z = (ensemble(far, indices, standard=s, method="equal").scores.set_index("soc_code") for s in ("rank", "z"))
        code = far.loc[7, "soc_code"]
        assert by_z.loc[code, "ensemble"] > by_rank.loc[code, "ensemble"] + 1


class TestErrors:
    def test_two_voices_cannot_tell_reliability(self) -> None:
        _, occupations, indices = planted(100)
        with pytest.raises(InputError, match=r"found 2 independent voices \(jobimpact, aioe\)"):
            ensemble(occupations, indices[indices["voice"] == "aioe"])
        assert ensemble(occupations, indices[indices["voice"] == "aioe"], method="equal").scores["n_voices"].max() == 2

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"index_value": 1.0}, "says the same of every occupation"),
            ({"soc_code": "99-0000"}, "more than once"),
        ],
    )
    def test_bad_voices(self, change: dict[str, object], message: str) -> None:
        _, occupations, indices = planted(100)
        with pytest.raises(InputError, match=message):
            ensemble(occupations, pd.concat([indices, indices[:100].assign(voice="new", **change)]))

    def test_no_common_codes(self) -> None:
        _, occupations, indices = planted(100)
        foreign = indices[:100].assign(voice="isco", soc_code=[str(1000 + i) for i in range(100)])
        with pytest.raises(InputError, match="voice 'isco' speaks of no occupation with employment"):
            ensemble(occupations, pd.concat([indices, foreign]))

    def test_columns_and_options(self) -> None:
        _, occupations, indices = planted(100)
        with pytest.raises(InputError, match="found no column 'exposure_beta'"):
            ensemble(occupations.drop(columns="exposure_beta"), indices)
        with pytest.raises(InputError, match="found method 'median'"):
            ensemble(occupations, indices, method="median")  # type: ignore[arg-type]  # what is tested

    def test_a_missing_correlation(self) -> None:
        table = pd.DataFrame(np.eye(3), index=list("abc"), columns=list("abc"))
        table.loc["a", "b"] = np.nan
        with pytest.raises(InputError, match="voices a and b have fewer than 10 occupations in common"):
            fit_loadings(table)


@pytest.mark.publisher
def test_published_voices(publisher_data: Path) -> None:
    """Human labels, Microsoft, Anthropic and AIOE see one thing: loadings above .7; no top 25 is shared by all."""
    tables = [
        read_index("microsoft", publisher_data / "microsoft_working_with_ai"),
        read_index("anthropic", publisher_data / "anthropic_economic_index"),
        read_index("aioe", publisher_data / "felten_aioe"),
        read_index("lm_aioe", publisher_data / "felten_aioe"),
    ]
    indices = bring_to_oews(
        tables, read_soc_2010_to_2018(publisher_data / "crosswalks" / "soc_2010_to_2018_crosswalk.xlsx")
    ).table
    labels = read_eloundou_occupations(publisher_data / "openai_gpts_are_gpts")
    human = labels.groupby(oews_code(labels["onetsoc_code"]))["human_beta"].mean().rename("exposure_beta")
    national = read_employment("national").query("o_group == 'detailed'")
    occupations = national.merge(human, left_on="soc_code", right_index=True, how="outer", validate="one_to_one")
    pooled = ensemble(occupations, indices)
    assert pooled.weights["loading"].between(0.7, 1).all()
    assert len(pooled.weights) == 4
    top = pooled.percentiles.groupby("voice")[["soc_code", "percentile"]].apply(
        lambda v: set(v.nlargest(25, "percentile")["soc_code"])
    )
    assert not set.intersection(*top)
    titles = pooled.scores.nlargest(5, "ensemble")["title"].tolist()
    assert "Interpreters and Translators" in titles
