"""What a teacher says of unlabelled texts, and that its lessons never hold a text of a test."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from jobimpact.errors import ModelError
from jobimpact.exposure.encoder.models import DEFAULT_MODEL
from jobimpact.exposure.heads.rubric import LEVELS
from jobimpact.training.distillation import Lessons, Teacher, teach, unlabelled, with_lessons
from jobimpact.training.finetune import LAYERS, TuneSettings
from jobimpact.training.heads import one_hot

OFFICE = ["write a letter to", "summarise the report of", "translate the contract of", "draft an invoice for"]
BUILDING = ["lay bricks for", "weld a gate for", "dig a trench for", "carry sacks to"]
PEOPLE = ["a customer", "the mayor", "a neighbour", "the bank", "a school", "the farm", "a hotel", "the museum"]


TEXTS = st.lists(st.sampled_from(["Weld gates and fences", "WELD  gates and fences", "Lay bricks in courses", "short", ""]))


@given(TEXTS, TEXTS)
def test_no_labelled_text_is_ever_taught(texts, labelled):
    found = unlabelled(texts, labelled)
    keys = [" ".join(text.split()).casefold() for text in found]
    assert not set(keys) & {" ".join(text.split()).casefold() for text in labelled}
    assert len(set(keys)) == len(keys)
    assert unlabelled(found, labelled) == found


def test_lessons_come_behind_and_choose_no_epoch():
    targets = {"human": one_hot(np.array([0, 1]), 3)}
    lessons = Lessons(("c",), {"human": np.array([[0.2, 0.3, 0.5]])})
    texts, joined, validation = with_lessons(["a", "b"], targets, np.array([False, True]), lessons)
    assert texts == ["a", "b", "c"]
    np.testing.assert_array_equal(joined["human"], [[1, 0, 0], [0, 1, 0], [0.2, 0.3, 0.5]])
    assert validation.tolist() == [False, True, False]
    assert with_lessons(["a"], targets, validation, None)[0] == ["a"]


def test_lessons_come_back_as_written_without_what_is_labelled_since(tmp_path):
    rng = np.random.default_rng(0)
    texts = ("Weigh the fish at the pier", "Lay bricks in\nstraight courses", "Write letters to the bank")
    targets = {head: rng.dirichlet(np.ones(len(levels)), 3) for head, levels in LEVELS.items()}
    Lessons(texts, targets, {"teacher": "large", "teacher_rank": 0}).save(tmp_path / "lessons.npz")
    again = Lessons.load(tmp_path / "lessons.npz")
    assert again.texts == ("Weigh the fish at the pier", "Lay bricks in straight courses", "Write letters to the bank")
    assert again.about == {"teacher": "large", "teacher_rank": 0}
    for head, target in targets.items():
        np.testing.assert_allclose(again.targets[head], target, atol=1e-3)
    kept = again.without(["LAY bricks in straight  courses"])
    assert kept.texts == (texts[0], texts[2])
    np.testing.assert_array_equal(kept.targets["human"], again.targets["human"][[0, 2]])


def test_what_is_no_lessons_is_refused_in_one_line(tmp_path):
    (tmp_path / "text.npz").write_text("no archive")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    short = {"texts": np.array("one text"), "about": np.array("{}"), "head_human": np.zeros((2, 3))}
    np.savez(tmp_path / "short.npz", **short)
    for name in ("text.npz", "other.npz", "short.npz", "nowhere.npz"):
        with pytest.raises(ModelError) as error:
            Lessons.load(tmp_path / name)
        assert name in str(error.value)
        assert "\n" not in str(error.value)


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 4])
def test_a_teacher_says_what_it_learnt(tmp_path, rank):
    """Verbs are office work or building; the teacher sees them with half of the people and is asked about the others."""
    known, new = ([f"{verb} {person}" for person in part for verb in OFFICE + BUILDING] for part in (PEOPLE[:6], PEOPLE[6:]))
    level = np.array([1 if text.startswith(tuple(OFFICE)) else 0 for text in known])
    targets = {head: one_hot(level, len(LEVELS[head])) for head in ("human", "gpt4_automation")}
    rate = 1e-3 if rank else 1e-4
    settings = TuneSettings(epochs=3, batch_size=8, rank=rank, top_layers=2, learning_rate=rate)
    none = np.zeros(len(known), dtype=bool)
    lessons = teach(Teacher(DEFAULT_MODEL, tuple(new), settings), known, targets, none, tmp_path / "teacher")
    assert lessons.texts == tuple(new)
    assert {head: part.shape for head, part in lessons.targets.items()} == {"human": (16, 3), "gpt4_automation": (16, 5)}
    np.testing.assert_allclose(lessons.targets["human"].sum(axis=1), 1)
    expected = np.array([text.startswith(tuple(OFFICE)) for text in new])
    assert ((lessons.targets["human"][:, 1] > 0.5) == expected).all()
    if rank:
        modules = json.loads((tmp_path / "teacher" / "adapter_config.json").read_text())["target_modules"]
        assert len(modules) == 12
    else:
        modules = [*load_file(tmp_path / "teacher" / LAYERS)]
        assert len(modules) == 32
    assert all(".layer.4." in name or ".layer.5." in name for name in modules)
