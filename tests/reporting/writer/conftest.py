"""Sentences of a study, their ledger, and rules that reword them soundly or make them false."""

import importlib.util
from pathlib import Path

import pytest

from jobimpact.reporting.claims import Claim, read_claims
from jobimpact.reporting.narrative import Name, Sentence, summarise

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
