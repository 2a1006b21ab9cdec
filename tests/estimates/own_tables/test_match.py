"""Users' own employment: codes matched at any level, unknown codes listed with their size."""

import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.estimates.means.levels import EXPOSURES
from jobimpact.estimates.own_tables.classifications import study_exposures
from jobimpact.estimates.own_tables.match import match_employment
from jobimpact.sources.jobs.user_employment import read_user_employment
from jobimpact.sources.store.inputs import Inputs
from jobimpact.tables import check_table


def read(tmp_path, table, **options):
    path = tmp_path / "own.csv"
    pd.DataFrame(table).to_csv(path, index=False)
    return read_user_employment(path, **options)


@pytest.fixture(scope="module")
def exposures(all_scored):
    return study_exposures("soc-2018", pd.DataFrame(), all_scored, Inputs(None)).exposures.table()


def test_codes_of_every_kind_find_their_exposure(tmp_path, exposures):
    codes = ["15-1252", "31-1121", "15-1252.00", "15-1200", "29-1210"]
    employment = read(tmp_path, {"code": codes, "weight": 1.0}, totals="keep")
    rows = match_employment(employment, exposures).rows
    assert rows["exposure_beta"].notna().all()
    # OEWS publishes 31-1121 only within 31-1120.
    beta = exposures.set_index("code")["exposure_beta"]
    assert rows["exposure_beta"].tolist() == beta[["15-1252", "31-1120", "15-1252", "15-1200", "29-1210"]].tolist()


def test_onetsoc_codes_have_their_own_exposure_before_that_of_their_soc_code(tmp_path, exposures):
    own = pd.DataFrame({"code": ["15-1252.01"], "matched_at": "onetsoc", **dict.fromkeys(EXPOSURES, 0.123)})
    both = pd.concat([exposures, own], ignore_index=True)
    employment = read(tmp_path, {"code": ["15-1252.01", "15-1252.02"], "weight": 1.0}, classification="onetsoc")
    rows = match_employment(employment, both).rows
    assert rows["exposure_beta"].tolist() == [0.123, exposures.set_index("code").loc["15-1252", "exposure_beta"]]


def test_unknown_codes_are_listed_with_their_size_and_nothing_is_lost(tmp_path, exposures):
    table = {"code": ["15-1252", "99-9999", "chef", "", "chef"], "weight": [60, 10, 5, 20, 5]}
    employment = read(tmp_path, table)
    matched = match_employment(employment, exposures)
    unknown = check_table("unknown_codes", matched.unknown)
    assert unknown["unknown_code"].tolist() == ["", "99-9999", "chef"]
    assert unknown["n_rows"].tolist() == [1, 1, 2]
    assert unknown["emp_share"].sum() == pytest.approx(0.4)


def test_a_code_that_stands_twice_among_the_exposures(tmp_path, exposures):
    employment = read(tmp_path, {"code": ["15-1252"], "weight": [1]})
    with pytest.raises(InputError, match="twice among the exposures"):
        match_employment(employment, pd.concat([exposures, exposures]))
