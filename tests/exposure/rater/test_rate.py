"""The whole way from texts to the table, with raters that are planted."""

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import EmptyTextWarning, InputError, LongTextWarning, MissingAnswerWarning, ModelError
from jobimpact.exposure.rater.answers import AnswerStore
from jobimpact.exposure.rater.prompts import read_prompts
from jobimpact.exposure.rater.rate import rate_texts
from jobimpact.exposure.score import SCORE_COLUMNS
from jobimpact.tables import check_table, table_columns

BOOK = read_prompts()
EXPOSURE, AUTOMATION = BOOK.asking("exposure"), BOOK.asking("automation")


def honest(prompt, task):
    """A rater that finds writing exposed and everything else not, whatever the wording."""
    levels = list(prompt.answers)
    chosen = 1 if "rite" in task else 0
    return {level: 0.8 if i == chosen else 0.2 / (len(levels) - 1) for i, level in enumerate(levels)}


def biased(prompt, task):
    """The honest rater with a liking for the first answer of the first prompt, three times the odds."""
    shares = np.array(list(honest(prompt, task).values())) * (
        np.array([3] + [1] * (len(prompt.answers) - 1)) if prompt == EXPOSURE[0] else 1
    )
    if task in BOOK.settings["neutral"]:
        shares = np.array([3.0 if prompt == EXPOSURE[0] else 1.0] + [1.0] * (len(prompt.answers) - 1))
    return dict(zip(prompt.answers, (shares / shares.sum()).tolist(), strict=True))


TEXTS = pd.Series(["Write letters", "Lay bricks", "Write letters"], index=[5, 3, 9])


def test_scores_keep_index_and_contract(planted):
    backend = planted(honest)
    table = rate_texts(TEXTS, backend)
    assert list(table.columns[:9]) == SCORE_COLUMNS
    assert list(table.columns) == table_columns("ratings")
    check_table("ratings", table)
    assert table.index.tolist() == [5, 3, 9]
    assert table["p_e1"].tolist() == [0.8, 0.1, 0.8]
    assert table["beta"].tolist() == pytest.approx([0.85, 0.15, 0.85])
    assert table["automation"].tolist() == pytest.approx([0.8 * 0.25 + 0.05 * 2.25, 0.05 * 2.5, 0.8 * 0.25 + 0.05 * 2.25])
    assert table["beta_prompt_sd"].eq(0).all()
    assert len(backend.asked) == 2 * len(BOOK.prompts)  # the same text is asked about once


def test_spread_is_that_of_a_rater_moved_by_the_wording(planted):
    def moved(prompt, task):
        levels = list(prompt.answers)
        chosen = EXPOSURE.index(prompt) % 2 if prompt in EXPOSURE else 0
        return {level: float(i == chosen) for i, level in enumerate(levels)}

    steady, wavering = rate_texts(TEXTS, planted(honest)), rate_texts(TEXTS, planted(moved))
    assert wavering["beta"].tolist() == [0.5] * 3
    assert wavering["beta_prompt_sd"].tolist() == pytest.approx([np.std([0, 1, 0, 1], ddof=1)] * 3, abs=1e-6)
    assert ((wavering["beta_high"] - wavering["beta_low"]) > (steady["beta_high"] - steady["beta_low"])).all()


def test_calibration_takes_out_a_planted_bias(planted):
    plain = rate_texts(TEXTS, planted(honest))
    np.testing.assert_allclose(rate_texts(TEXTS, planted(biased), calibrate=True)["beta"], plain["beta"], atol=2e-6)
    assert (rate_texts(TEXTS, planted(biased))["beta"] < plain["beta"] - 0.01).all()


def test_calibration_of_a_model_without_probabilities_is_refused(planted):
    with pytest.raises(ModelError, match=r"prompt 'letters' cannot be calibrated.*gives no probabilities"):
        rate_texts(TEXTS, planted(honest, mass=None), calibrate=True)


def test_rows_without_text_are_missing_with_a_reason(planted):
    backend = planted(honest)
    with pytest.warns(EmptyTextWarning, match="3 of 4 rows have no task text .* first: row 2"):
        table = rate_texts(pd.Series(["Lay bricks", None, "  ", np.nan], dtype=object), backend)
    assert table["beta"].notna().tolist() == [True, False, False, False]
    assert table["reason"].tolist() == ["", *["no task text"] * 3]
    assert table["uncertain"].tolist() == [False, True, True, True]
    check_table("ratings", table)
    with pytest.raises(InputError, match="none of 2 rows has task text"):
        rate_texts(pd.Series([None, " "], dtype=object), backend)


def test_long_text_is_cut_with_a_warning_and_a_reason(planted):
    backend = planted(honest)
    with pytest.warns(LongTextWarning, match="1 of 2 texts are longer than 2,000 characters"):
        table = rate_texts(pd.Series(["word " * 10_000, "Lay bricks"]), backend)
    assert max(len(question.task) for question in backend.asked) <= 2000
    assert table["reason"].tolist() == ["text cut at 2,000 characters", ""]
    assert table["uncertain"].tolist() == [True, False]


def test_odd_texts_are_asked_about_as_they_are(planted):
    odd = ["12345", "🙂🙂", "<p>Lay <b>bricks</b></p>", "回答客户的信件", "\ud800 broken", "a\x00b", "x", "{task}", "{title}"]
    backend = planted(honest)
    assert rate_texts(pd.Series(odd, dtype=object), backend)["beta"].notna().all()
    assert {question.task for question in backend.asked} >= {"12345", "🙂🙂", "? broken", "{task}"}
    for question in backend.asked:
        assert question.prompt.fill(question.task).count("</task>") == 1


def test_titles_go_with_their_texts(planted, tmp_path):
    file = tmp_path / "my.toml"
    file.write_text(
        '[[prompts]]\nid = "t"\nquestion = "exposure"\nlanguage = "en"\n'
        'template = "{title}: {task} yes no some"\nanswers = { E0 = "no", E1 = "yes", E2 = "some" }\n'
    )
    backend = planted(honest)
    table = rate_texts(TEXTS, backend, read_prompts(file), titles=pd.Series(["Clerk", "Mason"], index=[5, 3]))
    assert [(question.task, question.title) for question in backend.asked] == [
        ("Write letters", "Clerk"), ("Lay bricks", "Mason"), ("Write letters", ""),
    ]  # fmt: skip
    assert table["reason"].eq("no prompt asks about automation").all()
    assert table["automation"].isna().all()
    assert table["beta_prompt_sd"].isna().all()


def test_interrupted_run_keeps_its_answers_and_the_next_asks_the_rest(planted, tmp_path):
    path = tmp_path / "answers.sqlite"
    first = planted(honest, stop_after=5)
    with AnswerStore(path) as store, pytest.raises(KeyboardInterrupt):
        rate_texts(TEXTS, first, store=store)
    second = planted(honest)
    with AnswerStore(path) as store:
        table = rate_texts(TEXTS, second, store=store)
    assert len(first.asked) == 5
    assert len(second.asked) == 2 * len(BOOK.prompts) - 5
    assert not set(first.asked) & set(second.asked)
    pd.testing.assert_frame_equal(table, rate_texts(TEXTS, planted(honest)))


def test_another_model_or_another_text_is_asked_anew(planted, tmp_path):
    with AnswerStore(tmp_path / "answers.sqlite") as store:
        rate_texts(TEXTS, planted(honest), store=store)
        same, other = planted(honest), planted(honest, model_id="other")
        rate_texts(TEXTS.iloc[::-1], same, store=store)
        rate_texts(TEXTS, other, store=store)
    assert (len(same.asked), len(other.asked)) == (0, 2 * len(BOOK.prompts))


def test_missing_answers_are_counted_and_none_at_all_is_an_error(planted):
    with pytest.warns(MissingAnswerWarning, match="2 of 12 answers are missing, first: HTTP 500"):
        table = rate_texts(
            TEXTS,
            planted(lambda prompt, task: "HTTP 500" if task == "Lay bricks" and prompt in AUTOMATION else honest(prompt, task)),
        )
    assert table["automation"].notna().tolist() == [True, False, True]
    assert table["reason"].tolist() == ["", "automation missing (HTTP 500)", ""]
    with pytest.raises(ModelError, match="none of 12 questions was answered, first: HTTP 500"):
        rate_texts(TEXTS, planted(lambda prompt, task: "HTTP 500"))
