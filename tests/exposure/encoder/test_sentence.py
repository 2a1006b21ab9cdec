import subprocess
import sys

import numpy as np
import pytest

from jobimpact.errors import InputError, JobImpactWarning, LongTextWarning, ModelError
from jobimpact.exposure.encoder.cached import EmbeddingCache
from jobimpact.exposure.encoder.models import find_model
from jobimpact.exposure.encoder.sentence import SentenceEncoder, choose_device, choose_precision

TEXTS = [
    "Answer letters from customers about their bills",
    "Lay bricks",
    "Weld steel beams on a building site while standing on a scaffold and keep the seam straight to the drawing",
    "Write code",
    "Feed calves",
]


@pytest.fixture(scope="module", params=["fp32", "bf16"])
def encoder(request):
    if request.param == "bf16" and choose_precision("auto", "cpu") != "bf16":
        pytest.skip("this processor does not compute in bf16")
    return SentenceEncoder(device="cpu", precision=request.param, cache=False)


def test_vector_depends_on_the_text_alone(encoder):
    together = encoder.encode(TEXTS)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    backwards = encoder.encode(TEXTS[::-1])[::-1]
    crowded = encoder.encode([*TEXTS, *(f"{text} number {i}" for i in range(40) for text in TEXTS)])[: len(TEXTS)]
    for other in (alone, backwards, crowded):
        np.testing.assert_array_equal(together, other)


def test_vectors_have_length_one_and_white_space_does_not_count(encoder):
    vectors = encoder.encode(["Lay  bricks\n", "Lay bricks"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(vectors[0], vectors[1])


def test_vectors_are_those_of_sentence_transformers():
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(find_model().folder), device="cpu").encode(TEXTS, normalize_embeddings=True)
    ours = SentenceEncoder(adapter=None, device="cpu", precision="fp32", cache=False).encode(TEXTS)
    np.testing.assert_allclose(ours, plain, atol=1e-6)


def test_second_run_encodes_nothing_and_returns_the_same_bits(tmp_path):
    first = SentenceEncoder(device="cpu", precision="fp32", cache_folder=tmp_path)
    vectors = first.encode(TEXTS)
    second = SentenceEncoder(device="cpu", precision="fp32", cache_folder=tmp_path)
    np.testing.assert_array_equal(second.encode(TEXTS[::-1])[::-1], vectors)
    assert (first.n_encoded, second.n_encoded) == (len(TEXTS), 0)


def test_cached_run_does_not_import_torch(tmp_path):
    SentenceEncoder(device="cpu", precision="fp32", cache_folder=tmp_path).encode(TEXTS)
    code = (
        "import sys, pathlib\nfrom jobimpact.exposure.encoder.sentence import SentenceEncoder\n"
        f"SentenceEncoder(device='cpu', precision='fp32', cache_folder=pathlib.Path({str(tmp_path)!r})).encode({TEXTS!r})\n"
        "assert 'torch' not in sys.modules, 'torch was imported'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_cache_is_never_shared_between_models_or_precisions(tmp_path):
    with EmbeddingCache("model-a-fp32", tmp_path) as store:
        store.put(["Lay bricks"], np.ones((1, 4), dtype="f4"))
    for key in ("model-b-fp32", "model-a-bf16"):
        with EmbeddingCache(key, tmp_path) as store:
            assert store.get(["Lay bricks"]) == {}


def test_broken_cache_is_made_anew(tmp_path):
    with EmbeddingCache("m", tmp_path) as store:
        path = store.path
    path.write_bytes(b"this is not a database" * 100)
    with EmbeddingCache("m", tmp_path) as store:
        store.put(["a"], np.ones((1, 2), dtype="f4"))
        assert list(store.get(["a", "b"])) == ["a"]


def test_cache_that_cannot_be_made_is_left_out_with_a_warning(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("a file where the folder should be")
    with pytest.warns(JobImpactWarning, match="going on without it"), EmbeddingCache("m", blocked) as store:
        store.put(["a"], np.ones((1, 2), dtype="f4"))
        assert store.get(["a"]) == {}


def test_long_text_is_cut_with_a_warning(encoder):
    with pytest.warns(LongTextWarning, match="1 of 2 texts are longer than the 256 tokens"):
        vectors = encoder.encode(["word " * 20_000, "Lay bricks"])
    assert np.isfinite(vectors).all()


def test_odd_texts_get_finite_vectors(encoder):
    odd = ["12345", "🙂🙂", "<p>Lay <b>bricks</b></p>", "回答客户的信件", "\ud800 broken", "a\x00b", "x"]
    assert np.isfinite(encoder.encode(odd)).all()


def test_empty_text_is_refused(encoder):
    with pytest.raises(InputError, match="text 1 is empty"):
        encoder.encode(["Lay bricks", "  "])


def test_wrong_weights_are_refused(tmp_path, monkeypatch):
    from jobimpact.exposure.encoder import models

    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr(models, "_find_folder", lambda name: tmp_path)
    with pytest.raises(ModelError, match="expected 53aa51172d14"):
        find_model()


def test_folder_without_safetensors_is_refused(tmp_path):
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelError, match="never loaded"):
        find_model(str(tmp_path))


def test_absent_device_is_refused():
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    with pytest.raises(ModelError, match="not available on this machine"):
        choose_device("cuda")
