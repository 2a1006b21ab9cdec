"""Capabilities: what resembles them scores high, own files work, bad ones are refused, and the labels agree."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import EmptyTextWarning, InputError, MissingScoreWarning, ModelError
from jobimpact.exposure import capability_calibration
from jobimpact.exposure.capabilities import capability_encoder, score_capabilities, score_capability_table
from jobimpact.exposure.capabilities_file import Capability, capabilities_hash, read_capabilities
from jobimpact.exposure.capability_calibration import load_calibration
from jobimpact.exposure.capability_scorer import Background, CapabilityScorer, any_of, nearness_probability
from jobimpact.exposure.capability_training import calibrate_capabilities, calibration_error, fit_step, leave_one_out
from jobimpact.exposure.doubt import DOUBT
from jobimpact.exposure.encoder import SentenceEncoder
from jobimpact.exposure.score import SCORE_COLUMNS
from jobimpact.paths import packaged

CARD = json.loads((Path(capability_calibration.__file__).parent / "weights" / "capabilities.json").read_text(encoding="utf-8"))

# What a task says and which capability it is about, in words that data/capabilities.toml does not use.
PLANTED = {
    "Render a lease agreement from English into Portuguese": "translation",
    "Debug the software of a web shop": "programming",
    "Join steel beams with an arc welder": "robot_manipulation",
    "Steer a delivery van through the city": "mobile_robots",
    "Estimate next quarter's turnover from past years": "forecasting",
    "Sketch pictures for a children's picture book": "image_generation",
    "Look at mammograms for tumours": "image_recognition",
    "Put the spoken words of a meeting on paper": "speech_recognition",
    "Compose a newsletter about the club's year": "writing",
}
OWN = '[capabilities.diver]\ntitle = "Diving robot"\nstatements = ["Inspect the hulls of ships under water"]\n'


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return SentenceEncoder(adapter=None, device="cpu", precision="fp32", cache_folder=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def scores(encoder):
    return score_capability_table(pd.Series(list(PLANTED)), encoder)


def write_file(folder, text):
    path = folder / "my.toml"
    path.write_text(text, encoding="utf-8")
    return path


class TestFile:
    def test_every_shipped_capability_is_documented(self):
        capabilities = read_capabilities()
        assert 12 <= len(capabilities) <= 20
        for name, capability in capabilities.items():
            assert 5 <= len(capability.statements) <= 10, name
            assert capability.title_zh
            assert capability.description
            assert 2010 <= capability.since <= 2026, name
            assert "arXiv:" in capability.source or "doi:" in capability.source, name
            assert capability.maturity, name
        assert {name for name, capability in capabilities.items() if capability.physical} == {
            "robot_manipulation",
            "mobile_robots",
        }

    def test_the_head_of_the_file_names_every_field(self):
        head = packaged("data", "capabilities.toml").read_text(encoding="utf-8").partition("\n[capabilities")[0]
        for field in Capability.__dataclass_fields__:
            assert f"\n# {field} " in head, field

    def test_the_example_in_its_head_is_a_file_that_works(self, tmp_path):
        head = packaged("data", "capabilities.toml").read_text(encoding="utf-8").partition("\n\n[capabilities")[0]
        example = "\n".join(line[6:] for line in head.splitlines() if re.match(r"#     \S", line))
        capabilities = read_capabilities(write_file(tmp_path, example))
        assert list(capabilities) == ["my_tech"]
        assert len(capabilities["my_tech"].statements) == 2
        assert not capabilities["my_tech"].physical

    def test_a_byte_order_mark_and_blanks_do_no_harm(self, tmp_path):
        path = write_file(tmp_path, "\ufeff" + OWN.replace("under water", " under\twater "))
        assert read_capabilities(path)["diver"].statements == ("Inspect the hulls of ships under water",)

    def test_the_hash_is_of_names_and_statements_only(self):
        one = {"a": Capability("A", ("Fly",))}
        assert capabilities_hash(one) == capabilities_hash({"a": Capability("Other", ("Fly",), physical=True)})
        assert len({capabilities_hash(other) for other in (one, {"b": one["a"]}, {"a": Capability("A", ("Swim",))})}) == 3

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", r"found no table \[capabilities.NAME\]; expected one for each technology"),
            ('[capability.a]\ntitle = "A"', r"found no table .* \(did you mean 'capability'\?\)"),
            ("capabilities = 3", "found no table"),
            ("[capabilities]", "found no table"),
            (f"extra = 1\n{OWN}", "found 'extra' beside"),
            ("[capabilities]\na = 3", "found a value 'a' in"),
            ("[capabilities.a\ntitle = 3", "not valid TOML .*line 1"),
            (OWN + OWN, r"not valid TOML \(.*twice.*a name may stand only once"),
            ('[capabilities.a]\nstatements = ["Fly"]', r"\[capabilities.a\]: has no title"),
            ('[capabilities.a]\ntitle = "A"', r"\[capabilities.a\]: has no statements"),
            ('[capabilities.a]\ntitle = "A"\nstatement = ["Fly"]', r"unknown field 'statement' \(did you mean 'statements'\?\)"),
            ('[capabilities.a]\ntitle = "A"\nstatements = []', "statements: is an empty list; expected at least one"),
            ('[capabilities.a]\ntitle = "A"\nstatements = "Fly"', "statements: found 'Fly'; expected a list"),
            ('[capabilities.a]\ntitle = "A"\nstatements = ["Fly", 3]', "statements: number 2 is 3; expected a sentence"),
            ('[capabilities.a]\ntitle = "A"\nstatements = [" "]', "statements: number 1 is ' '; expected a sentence"),
            ('[capabilities.a]\ntitle = "A"\nstatements = ["12"]', "statements: number 1 is '12'; expected a sentence"),
            ('[capabilities.a]\ntitle = "A"\nstatements = ["Fly", "fly"]', "found 'Fly' twice, in a;"),
            (OWN + OWN.replace("capabilities.diver", "capabilities.b"), "found 'Inspect .* twice, in diver and b"),
            ('[capabilities.a]\ntitle = " "\nstatements = ["Fly"]', "title: is empty"),
            ('[capabilities.a]\ntitle = 3\nstatements = ["Fly"]', "title: found 3; expected text"),
            (f"{OWN}physical = 1", "physical: found 1; expected true or false"),
            (f"{OWN}since = true", "since: found True; expected a year"),
            (f'{OWN}maturity = "old"', "maturity: found 'old'; expected one of in use, emerging, research"),
            ('[capabilities.Big-Robot]\ntitle = "A"\nstatements = ["Fly"]', "this name cannot be the end of a column"),
            ('[capabilities.beta]\ntitle = "A"\nstatements = ["Fly"]', "none of alpha, automation, beta, gamma"),
        ],
    )  # fmt: skip
    def test_bad_files_get_one_line(self, tmp_path, text, message):
        with pytest.raises(InputError, match=message) as caught:
            read_capabilities(write_file(tmp_path, text))
        assert "\n" not in str(caught.value)
        assert str(tmp_path / "my.toml") in str(caught.value)

    def test_files_that_cannot_be_read(self, tmp_path):
        with pytest.raises(InputError, match="no such file"):
            read_capabilities(tmp_path / "none.toml")
        with pytest.raises(InputError, match="cannot be read"):
            read_capabilities(tmp_path)
        path = tmp_path / "latin.toml"
        path.write_bytes(OWN.replace("Diving", "Pr\xfcf").encode("latin-1"))
        with pytest.raises(InputError, match="byte 32 is not UTF-8"):
            read_capabilities(path)


class TestScorer:
    def test_moments_give_what_the_vectors_give(self):
        random = np.random.default_rng(0)
        work, statements, tasks = random.normal(1, 1, (400, 8)), random.normal(1, 1, (3, 8)), random.normal(1, 1, (5, 8))
        scorer = CapabilityScorer(intercept=-3.0, slope=2.0).fit(Background.from_vectors(work), {"a": statements})

        def similarity(vectors):
            centred = [(rows - work.mean(axis=0)) for rows in (vectors, statements)]
            unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in centred]
            return (unit[0] @ unit[1].T).mean(axis=1)

        expected = (similarity(tasks) - similarity(work).mean()) / similarity(work).std()
        np.testing.assert_allclose(scorer.transform(tasks)[:, 0], expected, atol=5e-3)  # moments in half precision
        assert scorer.transform(tasks).shape == (5, 1)

    def test_nearer_is_never_less_probable(self):
        calibration = load_calibration()
        probabilities = nearness_probability(np.linspace(-10, 20, 500), calibration.intercept, calibration.slope)
        assert (np.diff(probabilities) > 0).all()
        assert 0 < probabilities.min() < 0.001
        assert 0.9 < probabilities.max() < 1

    def test_any_of_is_bounded_by_the_largest_and_the_sum(self):
        probabilities = np.random.default_rng(0).uniform(size=(50, 4)) / 4
        together = any_of(probabilities)
        assert (together >= probabilities.max(axis=1)).all()
        assert (together <= probabilities.sum(axis=1)).all()
        np.testing.assert_allclose(any_of(probabilities[:, :1]), probabilities[:, 0])

    def test_a_constant_encoder_gives_numbers(self):
        same = np.ones((10, 4))
        scorer = CapabilityScorer(intercept=-3.0, slope=2.0).fit(Background.from_vectors(same), {"a": same[:1]})
        assert np.isfinite(scorer.predict_proba(same)).all()

    def test_nothing_to_learn_from_is_refused(self):
        with pytest.raises(InputError, match="1 vectors make no background"):
            Background.from_vectors(np.ones((1, 4)))
        with pytest.raises(InputError, match="capability 'a' has no statements"):
            CapabilityScorer(intercept=0.0, slope=1.0).fit(Background.from_vectors(np.eye(4)), {"a": np.empty((0, 4))})


class TestStep:
    def test_a_planted_step_is_found(self):
        """Two numbers were drawn, tasks labelled by them; the same two come back, and the probabilities are calibrated."""
        random = np.random.default_rng(0)
        nearness = random.normal(size=(40_000, 3))
        covered = any_of(nearness_probability(nearness, -2.5, 1.8))
        exposed = random.uniform(size=len(covered)) < covered
        intercept, slope = fit_step(nearness, exposed)
        assert intercept == pytest.approx(-2.5, abs=0.1)
        assert slope == pytest.approx(1.8, abs=0.1)
        assert calibration_error(covered, exposed) < 0.02

    def test_a_left_out_capability_like_the_others_stays_calibrated(self):
        random = np.random.default_rng(1)
        nearness = random.normal(size=(40_000, 3))
        exposed = random.uniform(size=len(nearness)) < any_of(nearness_probability(nearness, -2.5, 1.8))
        table = leave_one_out(nearness, exposed, ["a", "b", "c"]).set_index("capability")
        # What the left-out one covers is put down to the other two: the step is too high, by less than that one's share.
        assert (table.loc[["a", "b", "c"], "mean_covered"] - exposed.mean()).between(0, 0.15).all()
        assert table.loc["(none)", "calibration_error"] < 0.02


class TestScores:
    def test_the_planted_capability_is_the_strongest(self, scores):
        assert scores["capability"].tolist() == list(PLANTED.values())

    def test_welding_is_for_robots_and_not_for_language(self, scores):
        weld = scores.iloc[2]
        assert weld["exposure_robot_manipulation"] > 10 * weld["exposure_writing"]
        assert weld["beta"] < scores.iloc[0]["beta"] / 2

    def test_columns_bounds_and_definitions(self, scores):
        names = list(read_capabilities())
        assert list(scores.columns) == [*SCORE_COLUMNS, *(f"exposure_{name}" for name in names), "capability", *DOUBT]
        numbers = scores.drop(columns=["capability", *DOUBT])
        assert numbers.stack().between(0, 1).all()
        assert numbers.notna().all(axis=None)
        np.testing.assert_allclose(scores[["p_e0", "p_e1", "p_e2"]].sum(axis=1), 1, atol=2e-6)
        np.testing.assert_allclose(scores["beta"], scores["p_e1"] + scores["p_e2"] / 2, atol=1e-6)
        np.testing.assert_allclose(scores["gamma"], scores["p_e1"] + scores["p_e2"], atol=1e-6)
        assert ((scores["beta_low"] <= scores["beta"]) & (scores["beta"] <= scores["beta_high"])).all()

    def test_order_and_company_change_nothing(self, encoder, scores):
        texts = pd.Series(list(PLANTED), index=range(10, 19))
        turned = score_capability_table(texts[::-1], encoder)
        pd.testing.assert_frame_equal(turned[::-1].reset_index(drop=True), scores)

    def test_own_file(self, encoder, tmp_path):
        path = write_file(tmp_path, OWN)
        texts = pd.Series(["Check the bottom of a ship while diving", "Write a poem"])
        with pytest.warns(MissingScoreWarning, match="automation is missing in all 2 rows"):
            scores = score_capability_table(texts, encoder, path)
        assert list(scores.columns) == [*SCORE_COLUMNS, "exposure_diver", "capability", *DOUBT]
        assert scores["exposure_diver"].iloc[0] > 0.5
        assert scores["exposure_diver"].iloc[1] < 0.2
        for column in ("beta", "alpha", "gamma", "p_e1"):
            np.testing.assert_allclose(scores[column], scores["exposure_diver"])
        assert (scores["p_e2"] == 0).all()
        assert scores["automation"].isna().all()
        assert ((scores["beta_low"] <= scores["beta"]) & (scores["beta"] <= scores["beta_high"])).all()

    def test_own_file_with_two_counts_either(self, encoder, tmp_path):
        path = write_file(tmp_path, f'{OWN}[capabilities.poet]\ntitle = "Poet"\nstatements = ["Write poems and songs"]')
        with pytest.warns(MissingScoreWarning):
            scores = score_capability_table(pd.Series(["Write a poem", "Inspect ships"]), encoder, path)
        both = scores[["exposure_diver", "exposure_poet"]].to_numpy()
        np.testing.assert_allclose(scores["beta"], any_of(both), atol=2e-6)
        assert scores["capability"].tolist() == ["poet", "diver"]

    def test_a_copy_of_the_shipped_file_is_the_shipped_file(self, encoder, scores, tmp_path):
        path = write_file(tmp_path, packaged("data", "capabilities.toml").read_text(encoding="utf-8"))
        pd.testing.assert_frame_equal(score_capability_table(pd.Series(list(PLANTED)), encoder, path), scores)

    def test_rows_without_text_are_counted_and_stay_missing(self, encoder):
        texts = pd.Series(["Lay bricks", None, "  ", np.nan], dtype=object)
        with pytest.warns(EmptyTextWarning, match="3 of 4 rows have no text that can be scored .* first: row 2"):
            scores = score_capability_table(texts, encoder)
        assert scores["beta"].notna().tolist() == [True, False, False, False]
        assert scores["capability"].notna().tolist() == [True, False, False, False]
        assert scores["uncertain_reason"].tolist()[1:] == ["no text"] * 3

    def test_texts_that_are_no_tasks_are_doubted(self, encoder):
        """HTML is read as text; a word, another language and a number each get the whole range or no score, with a reason."""
        texts = pd.Series(
            ["<b>Lay bricks in straight courses</b>", "Bricks", "Mauern Sie die Wand aus roten Ziegelsteinen auf", "12 34"]
        )
        with pytest.warns(EmptyTextWarning, match="1 of 4 rows"):
            scores = score_capability_table(texts, encoder)
        assert scores["uncertain"].all()
        assert scores["uncertain_reason"].notna().all()
        assert scores["beta"].notna().tolist() == [True, True, True, False]
        assert (scores["beta_high"] - scores["beta_low"]).iloc[:3].eq(1).all()

    def test_no_text_at_all_is_an_error(self, encoder):
        with pytest.raises(InputError, match="none of 2 rows has task text"):
            score_capability_table(pd.Series([None, " "], dtype=object), encoder)

    def test_another_encoder_is_refused(self):
        tuned = SentenceEncoder(device="cpu", precision="fp32", cache=False)
        with pytest.raises(
            ModelError, match=r"calibrated for encoder weights 53aa51172d14\.\.\. .*leave --model and --heads out"
        ):
            score_capability_table(pd.Series(["Lay bricks"]), tuned)

    def test_the_default_encoder_is_the_published_one(self):
        assert capability_encoder(device="cpu", cache=False).weights_hash == load_calibration().encoder_hash


class TestCalibration:
    def test_it_belongs_to_the_shipped_capabilities(self):
        calibration = load_calibration()
        assert calibration.capabilities_hash == capabilities_hash(read_capabilities()), "calibrate again: see capability_training"
        assert CARD["capabilities_hash"] == calibration.capabilities_hash
        assert CARD["slope"] == round(calibration.slope, 4) > 0

    def test_it_comes_back_as_it_was_saved(self, tmp_path):
        calibration = load_calibration()
        calibration.save(tmp_path / "again.npz")
        again = load_calibration(tmp_path / "again.npz")
        nearness = np.random.default_rng(0).normal(size=(5, len(calibration.label_weights)))
        np.testing.assert_array_equal(again.label_probabilities(nearness), calibration.label_probabilities(nearness))
        np.testing.assert_array_equal(again.background.direction_cov, calibration.background.direction_cov)
        assert again.any_quantile == calibration.any_quantile

    def test_other_files_are_refused(self, tmp_path):
        (tmp_path / "bad.npz").write_bytes(b"not an archive")
        for name in ("bad.npz", "none.npz"):
            with pytest.raises(ModelError, match="cannot be read as a calibration of capabilities"):
                load_calibration(tmp_path / name)


@pytest.fixture(scope="module")
def labels(publisher_data):
    from jobimpact.sources.labels import read_eloundou_labels

    return read_eloundou_labels(publisher_data / "openai_gpts_are_gpts")


@pytest.fixture(scope="module")
def occupations(labels, encoder):
    """Means by SOC 2018 code, weight 2 for Core tasks."""
    scores = score_capabilities(labels["task"], encoder).filter(regex=r"^(beta|exposure_\w+)$")
    weight = np.where(labels["task_type"] == "Core", 2.0, 1.0)
    total = pd.Series(weight).groupby(labels["soc_code"]).sum()
    return scores.mul(weight, axis=0).groupby(labels["soc_code"]).sum().div(total, axis=0)


def by_soc_2018(scores, publisher_data):
    """Return means by SOC 2018 code of scores by SOC 2010 code."""
    bridge = pd.read_csv(publisher_data / "crosswalks" / "crosswalk_soc2010_to_soc2018.csv", dtype=str)
    pairs = bridge[["2010 SOC Code", "2018 SOC Code"]].set_axis(["soc_2010", "soc_code"], axis=1)
    joined = scores.rename_axis("soc_2010").reset_index().merge(pairs, on="soc_2010", validate="one_to_many")
    return joined.groupby("soc_code")[list(scores.columns)].mean()


@pytest.mark.slow
@pytest.mark.publisher
class TestPublisher:
    def test_calibration_gives_the_figures_of_the_card(self, labels, encoder):
        """Held-out task r with human beta .60 and occupation r .89: GPT-4's own on the same tasks are .589 and .872."""
        calibrated = calibrate_capabilities(labels, encoder)
        total, card = calibrated.figures.iloc[-1], CARD["figures"][-1]
        for column in ("task_r", "occupation_r", "covered_task_r", "covered_occupation_r", "automation_task_r", "coverage"):
            assert total[column] == pytest.approx(card[column], abs=0.003), column
        assert total["task_r"] > total["gpt4_task_r"]
        assert total["occupation_r"] > total["gpt4_occupation_r"]
        assert total["covered_calibration_error"] < 0.025
        assert 0.88 <= total["coverage"] <= 0.92
        # A capability that nothing was learnt on is off by at most .07 of the tasks, in the worst case.
        assert calibrated.left_out["calibration_error"].max() < 0.08

    def test_language_capabilities_follow_the_published_index(self, occupations, publisher_data):
        """Language Modeling AIOE (Felten, Raj, Seamans 2023, doi:10.2139/ssrn.4375268)."""
        path = publisher_data / "felten_aioe" / "Language Modeling AIOE and AIIE.xlsx"
        index = pd.read_excel(path, sheet_name=0, engine="calamine").iloc[:, [0, 2]].set_axis(["soc", "language"], axis=1)
        joined = occupations.join(by_soc_2018(index.set_index("soc"), publisher_data), how="inner")
        assert len(joined) > 650
        assert joined["beta"].corr(joined["language"]) > 0.85
        assert joined["exposure_writing"].corr(joined["language"]) > 0.75
        assert joined["exposure_robot_manipulation"].corr(joined["language"]) < -0.4

    def test_what_sets_capabilities_apart_follows_daioe(self, occupations, publisher_data):
        """Sub-indices of DAIOE 2023 (Engberg et al.), each less the mean of all, as they rise and fall together (r .66)."""
        ours = {
            "imgrec": "image_recognition",
            "imggen": "image_generation",
            "lngmod": "writing",
            "speechrec": "speech_recognition",
        }
        daioe = pd.read_csv(publisher_data / "daioe" / "daioe_onetsoc2010.csv.gz", sep="\t")
        daioe = daioe[daioe["year"] == 2023]
        columns = [f"daioe_{name}" for name in ours]
        published = by_soc_2018(daioe.groupby(daioe["occ_code_onetsoc2010"].str[:7])[columns].mean(), publisher_data)
        joined = occupations.join(published, how="inner")

        def set_apart(table):
            scaled = (table - table.mean()) / table.std()
            return scaled.sub(scaled.mean(axis=1), axis=0)

        left = set_apart(joined[[f"exposure_{name}" for name in ours.values()]])
        right = set_apart(joined[columns])
        for name, capability in ours.items():
            assert left[f"exposure_{capability}"].corr(right[f"daioe_{name}"]) > 0.35, name

    def test_technologies_that_nobody_here_labelled(self, encoder, publisher_data):
        """TechXposure (Prytkova, Petit et al.): 40 technologies by their descriptions alone, against its scores by ISCO group."""
        folder = publisher_data / "techxposure"
        described = pd.read_csv(folder / "classification_tech40.csv")
        own = {
            f"tech_{row.tech40_id}": Capability(row.tech40_label, (f"{row.tech40_label}. {row.description}",))
            for row in described.itertuples()
        }
        tasks = pd.read_csv(publisher_data / "ilo_gmyrek_2025" / "ilo_2025_scores_60pct.csv.gz", dtype={"ISCO_08": str})
        tasks = tasks[tasks["Task_ISCO"].notna()].reset_index(drop=True)
        with pytest.warns(MissingScoreWarning):
            scores = score_capabilities(tasks["Task_ISCO"], encoder, own)
        ours = scores[[f"exposure_{name}" for name in own]].groupby(tasks["ISCO_08"].str.zfill(4)).mean()
        published = pd.read_csv(folder / "techXposure_isco4d_by_tech.csv.gz", dtype={"isco4d": str})
        published["isco4d"] = published["isco4d"].str.zfill(4)
        theirs = published.set_index(["isco4d", "tech40_id"])["xposure4d"].unstack()  # noqa: PD010 - nothing to aggregate
        groups = ours.index.intersection(theirs.index)
        assert len(groups) > 240
        ranks = [table.loc[groups].rank().to_numpy() for table in (ours, theirs)]
        agreement = np.corrcoef(ranks[0].T, ranks[1].T)[:40, 40:]
        assert np.median(np.diag(agreement)) > 0.45
        assert np.diag(agreement).min() > 0.25
        # Chance would find the right one of 40 in one case.
        assert (agreement.argmax(axis=1) == np.arange(40)).sum() >= 20

    def test_isco_tasks_that_nothing_was_learnt_on(self, encoder, publisher_data):
        """ILO 2025 (Gmyrek et al., Working Paper 140): r .76 by task and .87 by group when this was written."""
        tasks = pd.read_csv(publisher_data / "ilo_gmyrek_2025" / "ilo_2025_scores_60pct.csv.gz", dtype={"ISCO_08": str})
        tasks = tasks[tasks["Task_ISCO"].notna() & tasks["score_2025"].notna()].reset_index(drop=True)
        beta = score_capabilities(tasks["Task_ISCO"], encoder)["beta"]
        assert beta.corr(tasks["score_2025"]) > 0.74
        means = [values.groupby(tasks["ISCO_08"]).mean() for values in (beta, tasks["score_2025"])]
        assert means[0].corr(means[1]) > 0.85
