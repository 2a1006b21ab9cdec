import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.errors import InputError, ModelError
from jobimpact.exposure.heads.components import VarianceComponents, occupation_standard_errors, read_components, write_components

PARTS = VarianceComponents(shared=0.02, own=0.4, noise=0.1, bias=0.0, n_tasks=1000, n_occupations=50)


def make_tasks(n: int, beta: float = 0.5, weight: float = 1.0, code: str = "a") -> pd.DataFrame:
    return pd.DataFrame({"onetsoc_code": code, "beta": beta, "task_weight": weight}, index=range(n))


def test_formula_by_hand():
    tasks = pd.DataFrame({"onetsoc_code": "a", "beta": [0.5, 0.2], "task_weight": [2.0, 1.0]})
    shared = 0.02 * (2 * 0.25 + 0.16) / 3
    own = 0.4 * (4 * 0.25 + 0.16) / 9
    assert occupation_standard_errors(tasks, PARTS)["a"] == pytest.approx(np.sqrt(shared + own), rel=1e-12)


def test_error_never_falls_below_what_is_shared():
    errors = [occupation_standard_errors(make_tasks(n), PARTS)["a"] for n in (1, 10, 100, 10_000)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] == pytest.approx(np.sqrt(0.02 * 0.25), rel=1e-3)
    alone = VarianceComponents(0.0, 0.4, 0.1, 0.0, 1000, 50)
    assert occupation_standard_errors(make_tasks(10_000), alone)["a"] == pytest.approx(np.sqrt(0.4 * 0.25 / 10_000))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1), st.sampled_from([1.0, 2.0])), min_size=1, max_size=30))
def test_what_raters_agree_on_is_no_less_certain_and_codes_do_not_mix(rows):
    tasks = pd.DataFrame(rows, columns=["onetsoc_code", "beta", "task_weight"])
    labels = occupation_standard_errors(tasks, PARTS)
    agreed = occupation_standard_errors(tasks, PARTS, estimand="agreed")
    assert (agreed < labels).all()
    for code, part in tasks.groupby("onetsoc_code"):
        assert occupation_standard_errors(part, PARTS)[code] == pytest.approx(labels[code])


def test_codes_averaged_with_equal_weight():
    """Two codes with 1 and 4 tasks: shares 1/2 and 4 times 1/8; what is shared does not average away."""
    tasks = pd.concat([make_tasks(1, code="x.01"), make_tasks(4, code="x.02")]).assign(soc_code="x")
    found = occupation_standard_errors(tasks, PARTS, by="soc_code", within="onetsoc_code")["x"]
    assert found == pytest.approx(np.sqrt(0.25 * (0.02 + 0.4 * (1 / 4 + 4 / 64))))


def test_tasks_without_score_or_weight_do_not_count():
    tasks = pd.concat([make_tasks(2), make_tasks(1, beta=np.nan), make_tasks(1, weight=0.0)], ignore_index=True)
    assert occupation_standard_errors(tasks, PARTS)["a"] == occupation_standard_errors(make_tasks(2), PARTS)["a"]
    assert occupation_standard_errors(make_tasks(1, beta=np.nan), PARTS).empty


def test_bad_input():
    with pytest.raises(InputError, match=r"found beta 1\.2"):
        occupation_standard_errors(make_tasks(1, beta=1.2), PARTS)
    with pytest.raises(InputError, match="estimand 'truth' is not known"):
        occupation_standard_errors(make_tasks(1), PARTS, estimand="truth")


@pytest.mark.parametrize("bad", [{"shared": -0.1}, {"noise": 0.5}, {"own": float("nan")}, {"noise": -0.1}, {"shared": "0.02"}])
def test_components_that_cannot_be(bad):
    whole = {"shared": 0.02, "own": 0.4, "noise": 0.1, "bias": 0.0, "n_tasks": 1, "n_occupations": 1}
    with pytest.raises(ModelError, match="variance components"):
        VarianceComponents(**(whole | bad))


def test_written_and_read_back(tmp_path):
    path = tmp_path / "errors.json"
    write_components(PARTS, path)
    assert read_components(path) == PARTS


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps({"shared": 1}), '{"shared": }'])
def test_file_that_is_none(tmp_path, content):
    path = tmp_path / "errors.json"
    with pytest.raises(ModelError, match="cannot be read as variance components"):
        read_components(path)
    path.write_text(content)
    with pytest.raises(ModelError, match="cannot be read as variance components") as caught:
        read_components(path)
    assert "\n" not in str(caught.value)
