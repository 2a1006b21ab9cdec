"""The store: what was answered is there again, whatever happened in between."""

import sqlite3
from contextlib import closing

import pytest

from jobimpact.errors import InputError
from jobimpact.exposure.rater.answers import Answer, AnswerStore
from jobimpact.exposure.rater.prompts import Question, read_prompts

PROMPT, OTHER = read_prompts().asking("exposure")[:2]
ASKED = Question(PROMPT, "Pay bills")
GIVEN = Answer(ASKED, {"E0": 0.1, "E1": 0.7000000000000001, "E2": 0.2}, 0.95, raw='{"choices": "größe"}')


def test_answer_comes_back_as_it_was(tmp_path):
    path = tmp_path / "folder" / "answers.sqlite"
    with AnswerStore(path) as store:
        store.put("model", GIVEN)
    with AnswerStore(path) as store:
        assert store.get("model", [ASKED]) == {ASKED: GIVEN}


def test_answer_belongs_to_its_prompt_model_and_text(tmp_path):
    with AnswerStore(tmp_path / "a.sqlite") as store:
        store.put("model", GIVEN)
        others = [Question(OTHER, "Pay bills"), Question(PROMPT, "Pay bill"), Question(PROMPT, "Pay bills", "Clerk")]
        assert store.get("model", others) == {}
        assert store.get("another model", [ASKED]) == {}


def test_failed_answer_is_kept_with_its_raw_text_and_asked_again(tmp_path):
    path = tmp_path / "a.sqlite"
    with AnswerStore(path) as store:
        store.put("model", Answer(ASKED, reason="none of A, B, C", raw="I cannot say"))
        assert store.get("model", [ASKED]) == {}
        with closing(sqlite3.connect(path)) as reader:
            rows = reader.execute("SELECT reason, raw, task FROM answers").fetchall()
        assert rows == [("none of A, B, C", "I cannot say", "Pay bills")]
        store.put("model", GIVEN)
        assert store.get("model", [ASKED]) == {ASKED: GIVEN}


def test_answers_of_a_killed_run_are_there(tmp_path):
    """A second connection sees what the first wrote while that one is still open: nothing waits for the end of the run."""
    path = tmp_path / "a.sqlite"
    with AnswerStore(path) as first:
        first.put("model", GIVEN)
        with AnswerStore(path) as second:
            assert second.get("model", [ASKED]) == {ASKED: GIVEN}


def test_file_that_is_no_store_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_bytes(b"my notes, which nobody may overwrite" * 50)
    before = path.read_bytes()
    with pytest.raises(InputError, match="cannot be used as a store of answers"), AnswerStore(path):
        pass
    assert path.read_bytes() == before


def test_folder_in_the_place_of_the_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="choose another file"), AnswerStore(tmp_path):
        pass
    with pytest.raises(InputError, match="the store of answers is closed"):
        AnswerStore(tmp_path / "a.sqlite").put("model", GIVEN)
