"""Capabilities that are planted: an encoder that knows a few texts, and files of capabilities."""

import json

from jobimpact.paths import packaged

CARD = json.loads(packaged("exposure", "weights", "capabilities.json").read_text(encoding="utf-8"))
OWN = '[capabilities.diver]\ntitle = "Diving robot"\nstatements = ["Inspect the hulls of ships under water"]\n'


def write_file(folder, text):
    path = folder / "my.toml"
    path.write_text(text, encoding="utf-8")
    return path
