import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from jobimpact.errors import InputError
from jobimpact.exposure.heads.rubric import RubricHeads
from jobimpact.training.tuning import average_adapters, average_heads, blend_heads

A, B = "base.layer.lora_A.weight", "base.layer.lora_B.weight"


def write_adapter(folder, seed, rank=3):
    generator = torch.Generator().manual_seed(seed)
    folder.mkdir()
    weights = {A: torch.randn(rank, 8, generator=generator), B: torch.randn(10, rank, generator=generator)}
    save_file(weights, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(f'{{"r": {rank}, "lora_alpha": {2 * rank}}}')
    return 2 * weights[B] @ weights[A]


def read_update(folder):
    weights = load_file(folder / "adapter_model.safetensors")
    return weights[B].float() @ weights[A].float()


def test_full_rank_average_is_the_mean_update(tmp_path):
    updates = [write_adapter(tmp_path / str(seed), seed) for seed in range(2)]
    average_adapters([tmp_path / "0", tmp_path / "1"], tmp_path / "out", rank=6)
    assert torch.allclose(read_update(tmp_path / "out"), sum(updates) / 2, atol=2e-2)


def test_lower_rank_is_the_best_approximation(tmp_path):
    updates = [write_adapter(tmp_path / str(seed), seed) for seed in range(2)]
    average_adapters([tmp_path / "0", tmp_path / "1"], tmp_path / "out", rank=4)
    values = torch.linalg.svdvals(sum(updates) / 2)
    lost = torch.linalg.norm(read_update(tmp_path / "out") - sum(updates) / 2)
    assert abs(lost - values[4:].norm()) < 0.03


def test_heads_are_averaged_entry_by_entry():
    members = []
    for value in (1.0, 3.0):
        heads = RubricHeads(hidden=0, n_members=1)
        heads.members_, heads.heads_ = [{"head_w": np.full((4, 3), value), "head_b": np.zeros(3)}], ("human",)
        members.append(heads)
    np.testing.assert_array_equal(average_heads(members).members_[0]["head_w"], np.full((4, 3), 2.0))


def linear(first, names=("human",)):
    heads = RubricHeads(hidden=0, n_members=1)
    heads.members_, heads.heads_, heads.weights_ = [{"head_w": first, "head_b": np.zeros(3)}], names, np.ones(1)
    return heads


def test_blend_is_the_weighted_mean_of_both_on_their_halves(tmp_path):
    rng = np.random.default_rng(0)
    one, two = linear(rng.normal(size=(4, 3))), linear(rng.normal(size=(6, 3)))
    halves = [part / np.linalg.norm(part, axis=1, keepdims=True) for part in (rng.normal(size=(5, 4)), rng.normal(size=(5, 6)))]
    # The halves of a vector have the lengths that their dimensions would have in a vector of one piece.
    both = np.concatenate([halves[0] * np.sqrt(0.4), halves[1] * np.sqrt(0.6)], axis=1)
    blended = blend_heads(one, two, 0.25)
    expected = 0.75 * one.predict_proba(halves[0])["human"] + 0.25 * two.predict_proba(halves[1])["human"]
    np.testing.assert_allclose(blended.predict_proba(both)["human"], expected)
    blended.save(tmp_path / "heads.npz")
    loaded = RubricHeads.load(tmp_path / "heads.npz")
    np.testing.assert_allclose(loaded.predict_proba(both)["human"], expected, atol=3e-3)


def test_heads_of_other_raters_are_not_blended():
    with pytest.raises(InputError, match="cannot be blended"):
        blend_heads(linear(np.ones((4, 3))), linear(np.ones((4, 3)), ("human", "gpt4")), 0.5)
