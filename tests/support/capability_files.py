"""Capabilities that are planted: an encoder that knows a few texts, and files of capabilities."""

import json
from pathlib import Path

from jobimpact.exposure.capabilities import calibration as capability_calibration

CARD = json.loads(
    (Path(capability_calibration.__file__).parents[1] / "weights" / "capabilities.json").read_text(encoding="utf-8")
)
OWN = '[capabilities.diver]\ntitle = "Diving robot"\nstatements = ["Inspect the hulls of ships under water"]\n'


def write_file(folder, text):
    path = folder / "my.toml"
    path.write_text(text, encoding="utf-8")
    return path
