"""Sentences of a study, their ledger, and rules that reword them soundly or make them false."""

import importlib.util
import json
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobimpact.reporting.claims.claims import Claim, read_claims
from jobimpact.reporting.words.narrative import Name, Sentence, summarise
from jobimpact.reporting.writer.verify import verify

HERE = Path(__file__).parent


def _module(name):
    spec = importlib.util.spec_from_file_location(f"writer_{name}", HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def paraphrases():
    return _module("paraphrases")


@pytest.fixture(scope="session")
def corruptions():
    return _module("corruptions")


@pytest.fixture(scope="session")
def sentences(study):
    return [found for found in summarise(study["claims"]) if any(not isinstance(part, str) for part in found.parts)]


@pytest.fixture(scope="session")
def ledger(study):
    return read_claims(study["claims"])


def make_claim(text, row="52", *, table="sectors", column="exposure_beta", value=0.0, kind="value", unit="0-1", title=""):
    return Claim(f"{table}.{row}.{column}.{kind}.{unit}", kind, table, row, title, column, value, unit, 2, text, "")


@pytest.fixture(scope="session")
def claim():
    return make_claim


@pytest.fixture(scope="session")
def sector_sentence():
    """Return a function: the two names with their exposures, the first higher than the second."""

    def make(first="Finance and Insurance", second="Retail Trade"):
        upper = make_claim("0.48", "52", value=0.4794, title=first)
        lower = make_claim("0.20", "44-45", value=0.2041, title=second)
        direction = make_claim("higher", "52 - 44-45", kind="direction", unit="direction", value=0.2753)
        rank = make_claim("highest", "52", kind="rank", unit="rank from the top", value=1.0, title=first)
        parts = (
            "Exposure is ", direction, " in ", Name(first, "sectors", "52"), " (", upper, ") than in ",
            Name(second, "sectors", "44-45"), " (", lower, ").",
        )  # fmt: skip
        return Sentence("pair", "body", parts, (direction, upper, lower, rank))

    return make


@dataclass(frozen=True)
class FreeCase:
    """A sentence with free rewordings of it and lies about it."""

    sentence: Sentence
    sound: tuple[str, ...]
    lies: tuple[str, ...]


@pytest.fixture(scope="session")
def free_cases():
    """Return sentences of one study, each with the texts that were written for it without knowledge of the rules."""
    return [free_case(**entry) for entry in json.loads((HERE / "free_rewordings.json").read_text(encoding="utf-8"))]


@pytest.fixture(scope="session")
def held_out_cases():
    """Return sentences with texts that no rule was made or changed for: what is accepted of them is accepted of any."""
    return [free_case(**entry) for entry in json.loads((HERE / "held_out_rewordings.json").read_text(encoding="utf-8"))]


def free_case(topic, parts, claims, sound, lies):
    made = [
        make_claim(
            text, row, table=table, column=column, value=math.nan if value is None else value, kind=kind, unit=unit, title=title
        )
        for text, row, table, column, value, kind, unit, title in claims
    ]
    pieces = [part if isinstance(part, str) else Name(*part["name"]) if "name" in part else made[part["claim"]] for part in parts]
    return FreeCase(Sentence(topic, "body", tuple(pieces), tuple(made)), tuple(sound), tuple(lies))


@pytest.fixture(scope="session")
def saying(free_cases):
    """Return a function that finds the sentence with these words among those of free_rewordings.json."""

    def find(words):
        return next(case.sentence for case in free_cases if words in case.sentence.text)

    return find


@pytest.fixture(scope="session")
def judged(saying):
    """Return a function that verifies what judged.toml says of a module's sentences."""
    cases = tomllib.loads((HERE / "judged.toml").read_text(encoding="utf-8"))

    def judge(module):
        for case in cases[module]:
            sentence = saying(case["sentence"])
            for text in (f" {sentence.text}", *case["sound"]):
                verdict = verify(text, sentence)
                assert verdict.accepted, f"{text}\n{verdict.reasons}"
            for lie in case["lies"]:
                assert not verify(lie, sentence).accepted, lie

    return judge
