import json
from pathlib import Path

import numpy as np
import pytest

import jobimpact.exposure
from jobimpact.exposure.card import write_model
from jobimpact.exposure.encoder import SentenceEncoder
from jobimpact.exposure.rubric import LEVELS, RubricHeads
from jobimpact.exposure.score import load_heads
from jobimpact.exposure.training import label_levels, train_heads

WEIGHTS = Path(jobimpact.exposure.__file__).parent / "weights"


def test_shipped_heads_belong_to_the_packaged_encoder_and_stay_small():
    card = json.loads((WEIGHTS / "model_card.json").read_text())
    assert load_heads().encoder_hash_ == card["encoder_hash"] == SentenceEncoder(cache=False).weights_hash
    assert (WEIGHTS / "rubric.npz").stat().st_size < 5 * 2**20


def test_shipped_heads_beat_kernel_ridge_and_gpt4_on_held_out_occupations():
    total = json.loads((WEIGHTS / "model_card.json").read_text())["figures"][-1]
    assert total["task_r"] > max(total["reference_task_r"], total["gpt4_task_r"])
    assert total["occupation_r"] > max(total["reference_occupation_r"], total["gpt4_occupation_r"])


@pytest.mark.slow
@pytest.mark.publisher
def test_training_learns_from_the_real_labels(publisher_data, tmp_path):
    """One network and two folds on a few SOC codes: enough to see that the loop works and does not leak."""
    from jobimpact.sources.labels import read_eloundou_labels

    labels = read_eloundou_labels(publisher_data / "openai_gpts_are_gpts")
    labels = labels[labels["soc_code"].str[-1] == "3"].reset_index(drop=True)
    settings = RubricHeads(n_members=1, epochs=10, hidden=64, batch_size=64)
    trained = train_heads(labels, SentenceEncoder(adapter=None, device="cpu"), settings, n_folds=2)
    total = trained.figures.iloc[-1]
    assert total["task_r"] > 0.55
    assert total["occupation_r"] > 0.80
    low, high = trained.heads.beta_interval(np.array([[0.5, 0.2, 0.3]]))
    assert 0 <= low[0] < high[0] <= 1
    write_model(trained, tmp_path / "heads")
    assert RubricHeads.load(tmp_path / "heads" / "rubric.npz").beta_quantile_ == trained.heads.beta_quantile_
    assert "| this model |" in (tmp_path / "heads" / "model_card.md").read_text()


def test_levels_follow_the_rubric():
    import pandas as pd

    labels = pd.DataFrame(
        {"human": ["E0", "E2"], "gpt4": ["E1", None], "gpt4_alt": ["E0", "E0"], "gpt4_automation": ["T0", "T4"]}
    )
    levels = label_levels(labels)
    assert list(levels) == list(LEVELS)
    assert levels["human"].tolist() == [0, 2]
    assert levels["gpt4"].tolist() == [1, -1]
    assert levels["gpt4_automation"].tolist() == [0, 4]
