import json

import numpy as np
import pytest

from jobimpact.errors import ModelError
from jobimpact.exposure.encoder.models import find_model
from jobimpact.exposure.encoder.sentence import SentenceEncoder
from jobimpact.exposure.heads.rubric import LEVELS
from jobimpact.training.finetune import TuneSettings, tune_encoder
from jobimpact.training.heads import one_hot

OFFICE = ["write a letter to", "summarise the report of", "translate the contract of", "draft an invoice for"]
BUILDING = ["lay bricks for", "weld a gate for", "dig a trench for", "carry sacks to"]
PEOPLE = ["a customer", "the mayor", "a neighbour", "the bank", "a school", "the farm", "a hotel", "the museum"]


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """An adapter trained for a few steps on texts whose label is plain."""
    texts = [f"{verb} {person}" for person in PEOPLE for verb in OFFICE + BUILDING]
    level = np.array([1 if text.startswith(tuple(OFFICE)) else 0 for text in texts])
    targets = {head: one_hot(level, len(levels)) for head, levels in LEVELS.items()}
    validation = np.arange(len(texts)) >= len(texts) - 16
    out = tmp_path_factory.mktemp("tuned") / "adapter"
    settings = TuneSettings(epochs=3, batch_size=8, rank=4)
    return tune_encoder(find_model().folder, texts, targets, validation, out, settings), texts, level


def test_labels_are_learnt_and_the_curve_says_which_epoch_was_kept(tuned):
    result, _, _ = tuned
    assert result.curve["kept"].iloc[0]
    assert result.curve["loss"].is_monotonic_decreasing
    assert result.curve.loc[result.curve["kept"], "task_r"].iloc[-1] > 0.9


def test_without_validation_the_last_epoch_is_kept(tmp_path):
    texts = [f"{verb} {person}" for person in PEOPLE[:2] for verb in OFFICE + BUILDING]
    targets = {"human": one_hot(np.array([1, 1, 1, 1, 0, 0, 0, 0] * 2), 3)}
    settings = TuneSettings(epochs=2, batch_size=8, rank=2)
    none = np.zeros(len(texts), dtype=bool)
    result = tune_encoder(find_model().folder, texts, targets, none, tmp_path / "adapter", settings)
    assert result.curve["kept"].tolist() == [True, True]
    assert result.curve["cross_entropy"].isna().all()
    assert result.heads.heads_ == ("human",)


def test_members_start_alike_and_part(tmp_path):
    from safetensors.numpy import load_file

    texts = [f"{verb} {person}" for person in PEOPLE[:2] for verb in OFFICE + BUILDING]
    targets = {"human": one_hot(np.array([1, 1, 1, 1, 0, 0, 0, 0] * 2), 3)}
    none = np.zeros(len(texts), dtype=bool)
    downs = []
    for member in (0, 0, 1):
        settings = TuneSettings(epochs=1, batch_size=4, rank=2, member=member)
        tuned = tune_encoder(find_model().folder, texts, targets, none, tmp_path / str(len(downs)), settings)
        weights = load_file(tuned.adapter / "adapter_model.safetensors")
        downs.append(np.concatenate([weights[name].ravel() for name in sorted(weights) if "lora_A" in name]).astype("f4"))
    np.testing.assert_array_equal(downs[0], downs[1])
    assert 0 < np.abs(downs[0] - downs[2]).max() < 0.1


def test_written_adapter_and_heads_reproduce_the_training_model(tuned):
    result, texts, level = tuned
    encoder = SentenceEncoder(adapter=result.adapter, device="cpu", precision="fp32", cache=False)
    probabilities = result.heads.halved().predict_proba(encoder.encode(texts))["human"]
    assert (probabilities.argmax(axis=1) == level).mean() > 0.95
    plain = SentenceEncoder(adapter=None, device="cpu", precision="fp32", cache=False)
    adapted, published = np.split(encoder.encode(texts) * np.sqrt(np.float32(2)), 2, axis=1)
    np.testing.assert_allclose(published, plain.encode(texts), atol=1e-6)
    assert np.abs(adapted - published).max() > 1e-3
    assert plain.weights_hash != encoder.weights_hash
    assert plain.key != encoder.key


def test_adapter_is_small_and_names_no_path(tuned):
    result, _, _ = tuned
    assert {path.name for path in result.adapter.iterdir()} == {"adapter_config.json", "adapter_model.safetensors"}
    config = json.loads((result.adapter / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] is None
    assert config["target_modules"] == sorted(config["target_modules"])
    assert sum(path.stat().st_size for path in result.adapter.iterdir()) < 2**20


def test_folder_that_is_no_adapter_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"adapter_config\.json is missing"):
        SentenceEncoder(adapter=tmp_path)
