"""An encoder and heads that are planted, so that what each word does is known."""

import numpy as np
import pandas as pd

from jobimpact.exposure.heads.intervals import label_ends

PULL = {"write": 0.6, "撰": 0.6, "lift": -0.2}  # what each word adds to beta; every other word nothing
START = 0.3
REFERENCE = pd.DataFrame(
    {
        "reference": "eloundou-labels",
        "onetsoc_code": ["27-3043.00", "53-7062.00", "13-2011.00", "13-2011.00", "27-3043.00"],
        "title": ["Writers", "Movers", "Accountants", "Accountants", "Writers"],
        "task": ["write short stories", "lift heavy boxes", "check bills", "Check  bills", "write ads"],
        "human": ["E1", "E0", "E2", "E0", "E1"],
        "gpt4": ["E1", "E0", "E2", "E2", "E1"],
        "gpt4_alt": ["E1", "E0", "E1", "E1", "E1"],
    }
)


class PlantedEncoder:
    """Letters of the text, hashed; the last number carries the planted beta."""

    key = weights_hash = "planted"

    def __init__(self):
        self.calls, self.seen = 0, []

    def encode(self, texts):
        self.calls += 1
        self.seen += list(texts)
        assert all(text.strip() for text in texts)
        rows = np.zeros((len(texts), 65), dtype="f4")
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[sum(map(ord, word)) % 64] += 1
            row[:64] /= np.linalg.norm(row[:64]) or 1
            row[64] = START + sum(text.lower().count(word) * pull for word, pull in PULL.items())
        return rows


class PlantedHeads:
    encoder_hash_ = "planted"
    heads_ = ("human", "gpt4", "gpt4_alt", "gpt4_automation")

    def predict_proba(self, vectors):
        beta = np.clip(vectors[:, 64].astype(float), 0, 1)
        label = np.column_stack([1 - beta, beta, np.zeros(len(beta))])
        return dict.fromkeys(("human", "gpt4", "gpt4_alt"), label) | {"gpt4_automation": np.full((len(beta), 5), 0.2)}

    def beta_interval(self, probabilities, *_):
        beta = probabilities[:, 1]
        return label_ends(beta - 0.1, beta + 0.1)


class WordsOnly(PlantedEncoder):
    """The same without the planted number: unit vectors, as an encoder gives them."""

    def encode(self, texts):
        return super().encode(texts)[:, :64]


def write_labels(folder):
    """Write three tasks of our own words in the authors' layout."""
    authors = {
        "O*NET-SOC Code": ["11-1011.00", "11-1011.00", "53-7121.00"],
        "Task ID": [8823.0, 20461.0, 12810.0],
        "Task": ["Decide what the plan of the year is", "Open the yearly meeting", "Pump grain into a ship"],
        "Task Type": ["Core", None, "Supplemental"],
        "Title": ["Chief Executives", "Chief Executives", "Loaders"],
        "human_exposure_agg": ["E2", "E0", "E0"],
        "gpt4_exposure": ["E1", "E0", "E0"],
        "gpt4_exposure_alt_rubric": ["E2", "E1", "E0"],
        "gpt4_automation": ["T2", "T1", "T0"],
    }
    path = folder / "full_labelset.tsv"
    pd.DataFrame(authors).to_csv(path, sep="\t")
    return path
