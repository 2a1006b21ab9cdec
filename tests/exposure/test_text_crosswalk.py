"""Crosswalks by likeness of texts: vectors in, pairs out, always labelled as what they are."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.carry import convert_employment
from jobimpact.estimates.crosswalks.code_exposures import draw_shares
from jobimpact.exposure.text_crosswalk import match_texts, match_vectors
from jobimpact.tables import check_table

SYSTEMS = {"from_system": "CSCO 2022", "to_system": "ISCO-08"}
THERE = pd.DataFrame({"code": ["2512", "6111", "0110"], "title": ["Software developers", "Field crop growers", "Officers"]})
AXES = np.eye(4)[:3]


class Letters:
    """An encoder of two languages without a model: the vector says how often each of four words stands in the text."""

    key = "letters"
    weights_hash = ""
    words = (("software", "软件"), ("crop", "作物"), ("army", "军"), ("other", "其他"))

    def encode(self, texts):
        counts = np.array([[sum(text.count(word) for word in words) for words in self.words] for text in texts], dtype="f4")
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def csco(codes, **more):
    return pd.DataFrame({"code": codes, "title": [f"title of {code}" for code in codes], **more})


def test_the_likest_codes_become_partners():
    vectors = np.array([[0.8, 0.6, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]])
    found = match_vectors(csco(["2-02-10-03", "1-01-00-00"]), vectors, THERE, AXES, **SYSTEMS)
    check_table("text_crosswalk", found)
    pairs = found.set_index(["from_code", "to_code"])
    assert pairs["text_similarity"].round(9).to_dict() == {
        ("1-01-00-00", "0110"): 1.0, ("2-02-10-03", "2512"): 0.8, ("2-02-10-03", "6111"): 0.6,
    }  # fmt: skip
    near, far = pairs.loc["2-02-10-03", "share"]
    assert near + far == pytest.approx(1)
    assert near / far == pytest.approx(np.exp(0.2 / 0.05))
    assert pairs["partial"].tolist() == [False, True, True]
    assert set(pairs["method"]) == {"text similarity"}
    # Not even a single partner counts as the only one.
    assert set(pairs["share_basis"]) == {"similarity"}
    assert pairs.loc[("1-01-00-00", "0110"), "to_title"] == "Officers"


def test_a_code_like_nothing_has_no_pair():
    found = match_vectors(csco(["2", "3"]), np.array([[0, 0, 0, 1.0], [1.0, 0, 0, 0]]), THERE, AXES, **SYSTEMS)
    assert found["from_code"].tolist() == ["3"]
    alone = match_vectors(csco(["2"]), np.array([[0, 0, 0, 1.0]]), THERE, AXES, **SYSTEMS)
    assert alone.empty
    strict = match_vectors(csco(["2"]), np.array([[0.8, 0.6, 0.0, 0.0]]), THERE, AXES, least_similarity=0.7, **SYSTEMS)
    assert strict["to_code"].tolist() == ["2512"]


def test_texts_of_a_code_are_averaged_over_two_languages():
    left = csco(["2-02", "2-02", "5-01"], text=["软件", "软件其他", "作物"])
    right = THERE.assign(text=["software", "crop", "army"])
    found = match_texts(left, right, Letters(), **SYSTEMS)
    best = found.drop_duplicates("from_code").set_index("from_code")
    assert best["to_code"].to_dict() == {"2-02": "2512", "5-01": "6111"}
    mean = np.array([1, 0, 0, 0]) + np.array([1, 0, 0, 1]) / np.sqrt(2)
    assert best.loc["2-02", "text_similarity"] == pytest.approx(mean[0] / np.linalg.norm(mean))


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_shares_sum_to_one_and_length_of_vectors_does_not_matter(seed, n):
    rng = np.random.default_rng(seed)
    left, right = rng.normal(size=(6, 3)), rng.normal(size=(5, 3))
    here, there = csco([f"c{row}" for row in range(6)]), pd.DataFrame({"code": list("vwxyz"), "title": list("vwxyz")})
    found = match_vectors(here, left, there, right, n_partners=n, **SYSTEMS)
    longer = match_vectors(here, left * 7, there, right / 3, n_partners=n, **SYSTEMS)
    pd.testing.assert_frame_equal(found, longer)
    sums = found.groupby("from_code")["share"].sum()
    assert np.allclose(sums, 1)
    assert set(sums.index) <= set(here["code"])
    assert found.groupby("from_code").size().max() <= min(n, 5)


def test_employment_over_it_is_assumed_and_its_shares_can_be_drawn():
    found = match_vectors(csco(["2"]), np.array([[0.8, 0.6, 0, 0]]), THERE, AXES, **SYSTEMS)
    moved = convert_employment(pd.Series({"2": 10.0, "9": 1.0}), found)
    assert moved.employment["employment_assumed"].sum() == pytest.approx(10)
    assert moved.without_partner["from_code"].tolist() == ["9"]
    drawn = next(draw_shares(found, n_draws=2))
    assert set(drawn["share_basis"]) == {"drawn"}


def test_bad_input():
    with pytest.raises(InputError, match=r"CSCO 2022: found vectors of shape .1, 4. for 2 texts"):
        match_vectors(csco(["2", "3"]), np.ones((1, 4)), THERE, AXES, **SYSTEMS)
    with pytest.raises(InputError, match="found vectors of 2 and 4 dimensions"):
        match_vectors(csco(["2"]), np.ones((1, 2)), THERE, AXES, **SYSTEMS)
    with pytest.raises(InputError, match="found no direction in the vectors of 2"):
        match_vectors(csco(["2"]), np.zeros((1, 4)), THERE, AXES, **SYSTEMS)
    with pytest.raises(InputError, match="found no direction in the vectors of 2"):
        match_vectors(csco(["2"]), np.full((1, 4), np.nan), THERE, AXES, **SYSTEMS)
    with pytest.raises(InputError, match="found 0 partners"):
        match_vectors(csco(["2"]), np.ones((1, 4)), THERE, AXES, n_partners=0, **SYSTEMS)
    with pytest.raises(InputError, match="CSCO 2022: found no column 'title'"):
        match_vectors(pd.DataFrame({"code": ["2"]}), np.ones((1, 4)), THERE, AXES, **SYSTEMS)
    with pytest.raises(InputError, match=r"CSCO 2022: found no text for 2 .1 such rows."):
        match_texts(csco(["2"], text=[" "]), THERE.assign(text="army"), Letters(), **SYSTEMS)
    with pytest.raises(InputError, match="CSCO 2022: found no column 'text'"):
        match_texts(csco(["2"]), THERE.assign(text="army"), Letters(), **SYSTEMS)
