"""One door for all regressions: its table, its notes, and what it refuses."""

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.estimates.regression.regress import regress

rng = np.random.default_rng(0)
TRUTH = rng.normal(size=200)
DATA = pd.DataFrame({"y": 2 * TRUTH + rng.normal(size=200), "x": TRUTH, "noise": rng.normal(size=200), "g": np.arange(200) % 20})


def test_the_table_is_that_of_statsmodels():
    fit = regress(DATA, "y", "x", controls=["noise"], cluster="g")
    assert fit.table["term"].tolist() == ["x", "const", "noise"]
    for column, values in (("estimate", fit.results.params), ("se", fit.results.bse), ("t", fit.results.tvalues)):
        np.testing.assert_array_equal(fit.table[column], values)
    np.testing.assert_array_equal(fit.table[["low", "high"]], fit.results.conf_int(alpha=0.05))
    assert fit.notes == ("Least squares on 200 rows; errors clustered in 20 groups.",)
    assert repr(fit).startswith("Regression of y on x (ols): 3 rows")


def test_a_weak_instrument_is_said():
    fit = regress(DATA, "y", "x", method="iv", replicate="noise")
    assert fit.notes[0].startswith("Two-stage least squares: x instrumented by noise on 200 rows")
    assert fit.notes[1].startswith("The instrument is weak: F of the first stage is ")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "gmm"}, "method 'gmm': expected one of ols, simex, eiv, iv, oriv"),
        ({"reliability": 0.8}, "found error_se or reliability with method 'ols'; expected simex or eiv"),
        ({"method": "iv"}, "found no replicate with method 'iv'"),
        ({"replicate": "noise"}, "found replicate with method 'ols'"),
        ({"method": "eiv", "reliability": 0.8, "replicate": "noise"}, "found 2 of error_se, reliability and replicate"),
    ],
)
def test_what_does_not_belong_together_is_one_line(options, words):
    with pytest.raises(InputError, match=words) as caught:
        regress(DATA, "y", "x", **options)
    assert "\n" not in str(caught.value)
