"""The head for automation and augmentation: planted answers, properties, bad input, and the index itself."""

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError, ModelError
from jobimpact.exposure.heads.usage import UsageHead
from jobimpact.sources.labels.usage import MODES
from jobimpact.training.usage import compare_releases, pooled_ceiling, release_ceiling, train_usage, usage_folds, usage_targets

DIMENSION = 12
QUICK = {"hidden": 16, "epochs": 30, "batch_size": 64, "learning_rate": 1e-2, "weight_decay": 0.01, "n_members": 1}
RELEASES = {"2025-03": 0.35, "2025-08": 0.6, "2025-11": 0.6, "2025-11-claude": 0.4}


class Planted:
    """An encoder whose vector of "task 17" is the seventeenth random unit vector."""

    key = "planted"
    weights_hash = "a" * 64

    def encode(self, texts):
        rows = [np.random.default_rng(int(text.split()[1])).normal(size=DIMENSION) for text in texts]
        return np.array([row / np.linalg.norm(row) for row in rows], dtype="f4")


def planted_usage(n_tasks=600, *, signal=2.0, conversations=400, seed=0):
    """Use whose share of automation rises with the first entry of the vector, from another level in each release."""
    rng = np.random.default_rng(seed)
    texts = [f"task {i}" for i in range(n_tasks)]
    first = Planted().encode(texts)[:, 0]
    tables = []
    for release, level in RELEASES.items():
        share = 1 / (1 + np.exp(-(np.log(level / (1 - level)) + signal * first * 2)))
        counts = np.array([rng.multinomial(conversations, [p, 0, (1 - p) * 0.5, 0, (1 - p) * 0.5]) for p in share])
        table = pd.DataFrame(counts / conversations, columns=list(MODES))
        codes = [f"{11 + 2 * (i % 5)}-{1011 + 10 * (i % 40)}" for i in range(n_tasks)]
        tables.append(table.assign(usage_release=release, task=texts, soc_codes=codes, filtered=0.0, pct=100 / n_tasks))
    usage = pd.concat(tables, ignore_index=True).assign(conversations=float(conversations))
    return usage.assign(automation_share=usage["directive"])


def hide(usage, rows):
    """Filter all use of the rows."""
    blank = dict.fromkeys(MODES, 0.0) | {"filtered": 1.0, "automation_share": np.nan}
    changed = usage.copy()
    changed.loc[rows, list(blank)] = list(blank.values())
    return changed


def row_of(trained, part="all"):
    return trained.figures.set_index("part").loc[part]


@pytest.fixture(scope="module")
def usage():
    return planted_usage()


@pytest.fixture(scope="module")
def trained(usage):
    return train_usage(usage, Planted(), UsageHead(**QUICK))


class TestTraining:
    def test_a_planted_signal_is_found_on_held_out_tasks(self, trained):
        row = row_of(trained)
        assert row["r"] > 0.9
        assert row["r2"] > 0.8
        assert row["mae"] < 0.5 * row["baseline_mae"]

    def test_without_a_signal_nothing_is_found(self):
        row = row_of(train_usage(planted_usage(300, signal=0.0), Planted(), UsageHead(**QUICK)))
        assert abs(row["r"]) < 0.2
        assert row["r2"] < 0.05

    def test_releases_keep_their_levels(self, trained):
        vectors = Planted().encode([f"task {i}" for i in range(1000, 1200)])
        means = {release: trained.head.predict(vectors, release).mean() for release in RELEASES}
        assert means["2025-03"] + 0.1 < means["2025-11"]
        assert means["2025-11-claude"] + 0.1 < means["2025-08"]
        np.testing.assert_array_equal(trained.head.predict(vectors), trained.head.predict(vectors, "2025-11"))

    def test_intervals_cover_nine_in_ten(self, trained):
        assert 0.85 <= trained.card["interval"]["coverage"] <= 0.95
        low, high = trained.head.predict_interval(Planted().encode(["task 5000", "task 5001"]))
        assert (low < high).all()
        assert ((low >= 0) & (high <= 1)).all()

    def test_same_seed_same_head(self, usage, trained):
        again = train_usage(usage, Planted(), UsageHead(**QUICK))
        np.testing.assert_array_equal(again.head.members_[0]["head_w"], trained.head.members_[0]["head_w"])
        pd.testing.assert_frame_equal(again.figures, trained.figures)

    def test_filtered_rows_carry_no_information(self, usage, trained):
        """Rows that tell nothing may be there or not: the same head comes out."""
        rows = usage.index[(usage.index % 7 == 0) & (usage["usage_release"] == "2025-08")]
        blank = hide(usage, rows)
        ours = train_usage(blank, Planted(), UsageHead(**QUICK))
        without = train_usage(blank.drop(index=rows), Planted(), UsageHead(**QUICK))
        np.testing.assert_array_equal(ours.head.members_[0]["head_w"], without.head.members_[0]["head_w"])
        assert (ours.head.members_[0]["head_w"] != trained.head.members_[0]["head_w"]).any()

    def test_card_says_what_it_rests_on(self, trained):
        card = trained.card
        assert card["data"]["n_tasks"] == 600
        assert card["level"] == "2025-11"
        assert card["encoder_hash"] == "a" * 64
        assert row_of(trained)["r"] <= row_of(trained)["ceiling"] + 0.02
        assert row_of(trained, "2025-11")["weighted_r"] <= row_of(trained, "2025-11")["weighted_ceiling"] + 0.02


class TestTargets:
    def test_levels_of_releases_are_taken_out_before_pooling(self, usage):
        """A task seen in March alone must not look less automated for it."""
        late = usage["usage_release"].isin(["2025-08", "2025-11", "2025-11-claude"])
        some = usage["task"].map(lambda text: int(text.split()[1]) % 2 == 0)
        march_alone = hide(usage, usage.index[late & some])
        targets = usage_targets(march_alone)
        there = targets.tasks["task"].map(lambda text: int(text.split()[1]) % 2 == 0).to_numpy()
        difference = targets.pooled[there].mean() - targets.pooled[~there].mean()
        plain = march_alone.groupby("task")["automation_share"].mean().reindex(targets.tasks["task"]).to_numpy()
        assert abs(difference) < 0.06
        assert plain[there].mean() - plain[~there].mean() < -0.1

    def test_few_or_filtered_conversations_weigh_little(self):
        usage = planted_usage(4)
        usage = usage[usage["usage_release"] == "2025-11"].assign(conversations=[1000.0, 30.0, np.nan, 1000.0])
        usage.loc[usage.index[3], list(MODES)] *= 0.5
        weights = usage_targets(usage.assign(filtered=1 - usage[list(MODES)].sum(axis=1))).weights[:, 0]
        np.testing.assert_allclose(weights, [1000 / 1030, 0.5, 0.5, 0.5 * 500 / 530])

    def test_the_ceiling_is_that_of_the_planted_noise(self):
        """With r releases of n conversations the pooled share's noise is known."""
        targets = usage_targets(planted_usage(2000, signal=0.6, conversations=10))
        share = usage_targets(planted_usage(2000, signal=0.6, conversations=10**6)).pooled
        assert pooled_ceiling(targets)["ceiling"] == pytest.approx(np.corrcoef(targets.pooled, share)[0, 1], abs=0.04)
        true = usage_targets(planted_usage(2000, signal=0.6, conversations=10**6)).automation[:, 2]
        reached = np.corrcoef(targets.automation[:, 2], true)[0, 1]
        assert release_ceiling(targets, "2025-11")["ceiling"] == pytest.approx(reached, abs=0.04)

    def test_overlapping_releases_are_no_two_voices(self, usage):
        pairs = compare_releases(usage_targets(usage)).set_index(["release", "other"])
        assert pairs["overlapping"].sum() == 1
        assert pairs.loc[("2025-11", "2025-11-claude"), "overlapping"]
        assert (pairs["r"] > 0.9).all()

    def test_one_release_has_no_ceiling(self, usage):
        targets = usage_targets(usage[usage["usage_release"] == "2025-03"])
        assert np.isnan(pooled_ceiling(targets)["ceiling"])
        assert np.isnan(release_ceiling(targets, "2025-03")["ceiling"])

    def test_one_text_in_several_occupations_is_on_one_side(self):
        rng = np.random.default_rng(0)
        codes = [f"{major}-{number}011" for major in (11, 13, 15, 25) for number in range(1, 8)]
        tasks = pd.DataFrame(
            {
                "task": [f"task {i}" for i in range(300)],
                "soc_codes": [";".join(rng.choice(codes, rng.integers(1, 4), replace=False)) for _ in range(300)],
            }
        )
        homes = np.zeros(300, dtype=int)
        for train, test in usage_folds(tasks, n_folds=4):
            homes[test] += 1
            assert not set(train) & set(test)
            trained_codes = {code for codes in tasks["soc_codes"].iloc[train] for code in codes.split(";")}
            assert not trained_codes & {text.split(";")[0] for text in tasks["soc_codes"].iloc[test]}
        assert (homes == 1).all()


class TestHead:
    def test_shares_of_modes_sum_to_one(self, trained):
        vectors = Planted().encode([f"task {i}" for i in range(50)])
        modes = trained.head.predict_modes(vectors)
        np.testing.assert_allclose(modes.sum(axis=1), 1)
        assert (modes >= 0).all()
        np.testing.assert_allclose(trained.head.predict(vectors), modes[:, 0] + modes[:, 1])
        assert modes[:, [1, 3]].max() < 0.05  # never used in the planted releases

    def test_saved_head_is_the_same(self, trained, tmp_path):
        vectors = Planted().encode([f"task {i}" for i in range(50)])
        trained.head.save(tmp_path / "usage.npz")
        loaded = UsageHead.load(tmp_path / "usage.npz")
        assert loaded.get_params() == trained.head.get_params()
        assert (loaded.encoder_hash_, loaded.level_, loaded.releases_) == ("a" * 64, "2025-11", tuple(RELEASES))
        np.testing.assert_array_equal(loaded.predict(vectors), trained.head.halved().predict(vectors))
        np.testing.assert_allclose(loaded.predict(vectors), trained.head.predict(vectors), atol=2e-3)
        np.testing.assert_array_equal(loaded.predict_interval(vectors), trained.head.halved().predict_interval(vectors))

    def test_shipped_size_is_small(self, tmp_path):
        rng = np.random.default_rng(0)
        vectors = rng.normal(size=(40, 384))
        shares = rng.dirichlet(np.ones(5), size=(40, 4))
        UsageHead(epochs=1).fit(vectors, shares, np.ones((40, 4))).save(tmp_path / "usage.npz")
        assert (tmp_path / "usage.npz").stat().st_size < 300_000

    @pytest.mark.parametrize("content", [b"", b"not a zip", None])
    def test_broken_file_is_one_clear_error(self, tmp_path, content):
        path = tmp_path / "usage.npz"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ModelError, match="cannot be read as a trained usage head"):
            UsageHead.load(path)

    def test_file_of_another_kind_is_refused(self, tmp_path):
        np.savez(tmp_path / "usage.npz", weights=np.zeros(3))
        with pytest.raises(ModelError, match="cannot be read as a trained usage head"):
            UsageHead.load(tmp_path / "usage.npz")

    def test_unknown_release_is_refused(self, trained):
        with pytest.raises(InputError, match="release '2024-01' was not trained on; expected one of 2025-03, "):
            trained.head.predict(Planted().encode(["task 1"]), "2024-01")

    @pytest.mark.parametrize("change", ["rows", "sum", "weight"])
    def test_shares_that_are_none_are_refused(self, change):
        vectors, shares, weights = np.ones((3, 2)), np.full((3, 4, 5), 0.2), np.ones((3, 4))
        if change == "rows":
            vectors = vectors[:2]
        elif change == "sum":
            shares[1, 2] = 0.3
        else:
            weights[:] = 0
        with pytest.raises(InputError, match="found "):
            UsageHead(epochs=1).fit(vectors, shares, weights)


class TestBadTables:
    def test_all_filtered(self, usage):
        with pytest.raises(InputError, match=r"found no share of automation in 2,400 rows"):
            usage_targets(hide(usage, usage.index))

    def test_no_codes(self, usage):
        with pytest.raises(InputError, match="found 2,400 of 2,400 rows without soc_codes, first: 'task 0'"):
            usage_targets(usage.assign(soc_codes=None))


@pytest.mark.publisher
def test_no_code_and_no_text_on_both_sides_of_the_index(publisher_data):
    from jobimpact.sources.labels.usage import read_task_usage

    targets = usage_targets(read_task_usage(publisher_data / "anthropic_economic_index" / "budget_lab"))
    tasks = targets.tasks
    assert len(tasks) == 3448
    assert targets.pooled_weights.min() >= 0
    for train, test in usage_folds(tasks):
        codes = {code for codes in tasks["soc_codes"].iloc[train] for code in codes.split(";")}
        assert not codes & set(tasks["soc_codes"].iloc[test].str.split(";").str[0])
        assert not set(tasks["task"].iloc[train].str.casefold()) & set(tasks["task"].iloc[test].str.casefold())
    assert release_ceiling(targets, "2025-11")["ceiling"] == pytest.approx(np.sqrt(0.7705), abs=1e-4)


@pytest.mark.slow
@pytest.mark.publisher
def test_use_of_tasks_in_unseen_occupations_is_predicted(publisher_data):
    """On the vectors of the encoder that travels with the package; ridge on them gives r .56, weighted .64."""
    from jobimpact.exposure.encoder.sentence import SentenceEncoder
    from jobimpact.sources.labels.usage import read_task_usage

    usage = read_task_usage(publisher_data / "anthropic_economic_index" / "budget_lab")
    row = row_of(train_usage(usage, SentenceEncoder(device="cpu")))
    assert row["r"] > 0.57
    assert row["weighted_r"] > 0.65
    assert row["mae"] < row["baseline_mae"] - 0.03
