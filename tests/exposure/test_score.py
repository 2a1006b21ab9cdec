import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import EmptyTextWarning, InputError, ModelError
from jobimpact.exposure.doubt.uncertain import BETWEEN_LABELS
from jobimpact.exposure.encoder.sentence import SentenceEncoder, choose_precision
from jobimpact.exposure.score import RUBRIC_COLUMNS, SCORE_COLUMNS, add_scores, load_heads, score_texts

TEXTS = pd.Series(
    [
        "Write a newsletter about the week's events",
        "Lay bricks in a straight course",
        "Translate a contract into Spanish",
    ],
    index=[7, 3, 5],
)


LABELS = (0, 0.5, 1)


@pytest.fixture(scope="module")
def encoder():
    return SentenceEncoder(device="cpu", precision="fp32", cache=False)


@pytest.fixture(scope="module")
def scores(encoder):
    return score_texts(TEXTS, encoder)


def test_scores_keep_the_index_and_obey_their_definitions(scores):
    assert list(scores.columns) == RUBRIC_COLUMNS
    assert scores.index.tolist() == [7, 3, 5]
    np.testing.assert_allclose(scores[["p_e0", "p_e1", "p_e2"]].sum(axis=1), 1, atol=2e-6)
    np.testing.assert_allclose(scores["alpha"], scores["p_e1"], atol=1e-6)
    np.testing.assert_allclose(scores["beta"], scores["p_e1"] + scores["p_e2"] / 2, atol=1e-6)
    np.testing.assert_allclose(scores["gamma"], scores["p_e1"] + scores["p_e2"], atol=1e-6)
    assert scores[SCORE_COLUMNS].stack().between(0, 1).all()
    assert scores[["beta_low", "beta_high"]].isin(LABELS).all(axis=None)
    assert (scores["beta_low"] <= scores["beta_high"]).all()


def test_writing_is_more_exposed_than_bricklaying(scores):
    assert scores.loc[7, "beta"] > 0.5
    assert scores.loc[3, "beta"] < 0.2


def test_rows_without_text_are_counted_and_stay_missing(encoder):
    texts = pd.Series(["Lay bricks", None, "  ", np.nan], dtype=object)
    with pytest.warns(EmptyTextWarning, match=r"3 of 4 rows have no text that can be scored .*no text: 3.* first: row 2"):
        scores = score_texts(texts, encoder)
    assert scores["beta"].notna().tolist() == [True, False, False, False]
    assert scores["uncertain_reason"].tolist()[1:] == ["no text"] * 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Bricklaying", "one word"),
        ("<p>Lay <b>bricks</b> in a straight course</p>", "HTML"),
        ("Bearbeiten Sie die Anfragen der Kunden und schreiben Sie die Antworten", "German"),
        ("Write a newsletter " * 4000, "longer than"),
    ],
)
@pytest.mark.filterwarnings("ignore::jobimpact.errors.LongTextWarning")
def test_doubted_text_is_scored_with_the_widest_interval_and_a_reason(encoder, text, reason):
    row = score_texts(pd.Series([text]), encoder).iloc[0]
    assert row["uncertain"]
    assert reason in row["uncertain_reason"]
    assert (row["beta_low"], row["beta_high"]) == (0, 1)
    assert 0 <= row["beta"] <= 1


def test_a_score_between_two_labels_has_both_and_is_uncertain(encoder):
    """The conformal interval of this text holds none of the three labels."""
    row = score_texts(["Explain to a customer what has failed and what repair or replacement will cost"], encoder).iloc[0]
    assert (row["beta_low"], row["beta_high"]) == (0.5, 1)
    assert row["uncertain"]
    assert row["uncertain_reason"] == BETWEEN_LABELS


@pytest.mark.parametrize("text", ["12 345", "\U0001f600\U0001f600", "<br/>", "---"])
def test_text_without_letters_is_missing_with_a_reason(encoder, text):
    with pytest.warns(EmptyTextWarning, match="1 of 2 rows"):
        scores = score_texts(pd.Series(["Lay bricks in a straight course", text]), encoder)
    assert scores["beta"].notna().tolist() == [True, False]
    assert scores["uncertain_reason"].notna().iloc[1]


def test_nothing_but_numbers_is_missing_with_a_reason_and_no_error(encoder):
    with pytest.warns(EmptyTextWarning, match="2 of 2 rows"):
        scores = score_texts(pd.Series(["12", "99 %"]), encoder)
    assert scores["beta"].isna().all()
    assert scores["uncertain_reason"].notna().all()


def test_repeated_index_keeps_its_rows(encoder):
    scores = score_texts(pd.Series(["Lay bricks in a straight course", "Write code"], index=[1, 1]), encoder)
    assert len(scores) == 2


def test_markup_changes_no_score(encoder):
    marked = pd.Series(["<p>Lay bricks in a straight&nbsp;course</p>", "Lay bricks in a straight course"])
    scores = score_texts(marked, encoder)
    assert scores.loc[0, SCORE_COLUMNS[:6]].tolist() == scores.loc[1, SCORE_COLUMNS[:6]].tolist()


def test_no_text_at_all_is_an_error(encoder):
    with pytest.raises(InputError, match="none of 2 rows has task text"):
        score_texts(pd.Series([None, " "], dtype=object), encoder)


def test_heads_of_another_encoder_are_refused(encoder):
    heads = load_heads()

    class Other:
        key = "other"
        weights_hash = "0" * 64

        def encode(self, texts):
            return np.zeros((len(texts), 384))

    with pytest.raises(ModelError, match=r"the heads belong to encoder weights .* the model has 000000000000"):
        score_texts(TEXTS, Other(), heads)


def test_unknown_rater_is_refused(encoder):
    with pytest.raises(InputError, match="rater 'me' is not known"):
        score_texts(TEXTS, encoder, rater="me")


def test_table_keeps_rows_and_columns_in_order(encoder):
    table = pd.DataFrame({"id": ["001", "001"], "task": ["Lay bricks", "Write code"], "note": ["=1+1", "NA"]})
    scored = add_scores(table, score_texts(table["task"], encoder))
    pd.testing.assert_frame_equal(scored[["id", "task", "note"]], table)
    assert list(scored.columns) == ["id", "task", "note", *RUBRIC_COLUMNS]


def test_table_with_a_score_column_is_refused(encoder):
    with pytest.raises(InputError, match="the columns beta are there already"):
        add_scores(pd.DataFrame({"task": ["a"], "beta": [1]}), pd.DataFrame({"beta": [0.5]}))


@pytest.mark.slow
@pytest.mark.publisher
def test_bf16_changes_no_score_by_more_than_half_a_hundredth(publisher_data):
    from jobimpact.sources.labels.eloundou import read_eloundou_labels

    if choose_precision("auto", "cpu") != "bf16":
        pytest.skip("this processor does not compute in bf16")
    texts = read_eloundou_labels(publisher_data / "openai_gpts_are_gpts")["task"].drop_duplicates().sample(1000, random_state=0)
    betas = [
        score_texts(texts, SentenceEncoder(device="cpu", precision=precision, cache=False))["beta"]
        for precision in ("fp32", "bf16")
    ]
    assert (betas[0] - betas[1]).abs().max() <= 0.005


def test_list_and_array_score_as_a_series_does_and_a_table_is_refused(encoder, scores):
    for texts in (TEXTS.tolist(), TEXTS.to_numpy(dtype=object)):
        pd.testing.assert_frame_equal(score_texts(texts, encoder), scores.reset_index(drop=True))
    with pytest.raises(InputError, match=r"texts is a DataFrame with the columns 'task', 'other'; expected one of its columns"):
        score_texts(pd.DataFrame({"task": TEXTS, "other": TEXTS}), encoder)
    with pytest.raises(InputError, match="texts is one str; expected a list"):
        score_texts("Lay bricks", encoder)
