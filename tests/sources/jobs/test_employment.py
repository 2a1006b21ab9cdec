"""Employment that the package carries or the user derived: its figures, and which of them is read."""

import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.facts.codes import normalise_soc
from jobimpact.facts.states import read_states
from jobimpact.paths import packaged
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.tables import check_table

LEVELS = ["national", "sector", "state", "industry"]

KEY = ["area", "naics", "soc_code"]


@pytest.mark.parametrize("level", LEVELS)
def test_packaged_tables_fit_the_dictionary_and_are_small(data_home, level):
    estimates = read_employment(level)
    check_table("oews", estimates)
    assert estimates["release"].unique().tolist() == ["2025-05"]
    assert not estimates.duplicated(KEY).any()
    assert (normalise_soc(estimates["soc_code"]) == estimates["soc_code"]).all()
    pd.testing.assert_frame_equal(estimates, estimates.sort_values(KEY, kind="stable"))
    assert packaged("data", "employment", f"{level}_occupation.parquet").stat().st_size < 900_000


def test_packaged_figures(data_home):
    national, sectors, states, industries = (read_employment(level) for level in LEVELS)
    assert national.loc[national["o_group"] == "total", "tot_emp"].tolist() == [155_495_730]
    assert national["o_group"].value_counts().to_dict() == {
        "detailed": 830, "broad": 163, "minor": 88, "major": 22, "total": 1,
    }  # fmt: skip
    assert len(sectors) == 8_974
    assert sectors["naics"].nunique() == 20
    assert {"31-33", "44-45", "48-49", "99"} <= set(sectors["naics"])
    assert len(states) == 37_408
    assert states["area"].nunique() == 54
    for part in (sectors, states, industries):
        assert set(part["o_group"]) == {"total", "major", "detailed"}
    totals = sectors.loc[sectors["o_group"] == "total", "tot_emp"]
    assert abs(totals.sum() - 155_495_730) <= 21 * 5
    assert sectors.query("naics == '99' and o_group == 'total'")["tot_emp"].tolist() == [10_242_890]


def test_industries_of_three_digits_make_up_their_sectors(data_home):
    """May 2025: 85 3-digit industries partition the country; 241 of 4 digits leave out what BLS does not publish there.

    Tolerance: each published total is rounded to tens, so that n parts and their sum differ by at most 5 (n + 1).
    """
    totals = read_employment("industry").query("o_group == 'total'")
    sectors = read_employment("sector").query("o_group == 'total'").set_index("naics")["tot_emp"]
    three, four = (totals[totals["i_group"] == level] for level in ("3-digit", "4-digit"))
    assert (len(three), len(four)) == (85, 241)
    assert abs(three["tot_emp"].sum() - 155_495_730) <= 5 * 86
    ranges = {**dict.fromkeys(("31", "32", "33"), "31-33"), "44": "44-45", "45": "44-45", "48": "48-49", "49": "48-49"}
    of_sector = three["naics"].str[:2].replace(ranges)
    sums = three.groupby(of_sector)["tot_emp"].agg(["sum", "size"])
    assert set(sums.index) == set(sectors.index)
    assert ((sums["sum"] - sectors).abs() <= 5 * (sums["size"] + 1)).all()
    assert four["tot_emp"].sum() == 146_777_970
    bare = set(three["naics"].str[:3]) - set(four["naics"].str[:3])
    assert bare == {"327", "455", "484", "517", "523", "531"}
    below = four.groupby(four["naics"].str[:3])["tot_emp"].agg(["sum", "size"])
    above = three.set_index(three["naics"].str[:3])["tot_emp"].reindex(below.index)
    assert ((below["sum"] - above).abs() <= 5 * (below["size"] + 1)).all()


def test_suppression_is_as_large_as_expected(data_home):
    sectors = read_employment("sector").query("o_group == 'detailed'")
    published = sectors["tot_emp"].sum() / 155_495_730
    # Half a per cent of employment is in cells that BLS does not release; a reader that drops rows would show here.
    assert 0.99 < published < 1
    assert 0 < sectors["emp_suppressed"].mean() < 0.1


def test_states_have_their_tiles(data_home):
    states = read_states()
    assert len(states) == 54
    assert states.columns.tolist() == ["fips", "state", "name", "territory", "row", "column"]
    assert not states.duplicated(["row", "column"]).any()
    assert states["fips"].is_unique
    assert states["state"].is_unique
    assert states.loc[states["territory"], "state"].tolist() == ["GU", "PR", "VI"]
    published = read_employment("state").drop_duplicates("area").set_index("area")["area_title"]
    assert states.set_index("fips")["name"].to_dict() == published.to_dict()
    tile = states.set_index("state")
    for west, east in (("CA", "NV"), ("TX", "FL"), ("WA", "ME"), ("OR", "ID"), ("KS", "VA")):
        assert tile.loc[west, "column"] < tile.loc[east, "column"]
    for north, south in (("ND", "TX"), ("ME", "FL"), ("WA", "CA"), ("MN", "LA"), ("NY", "DC")):
        assert tile.loc[north, "row"] < tile.loc[south, "row"]


def test_a_level_that_does_not_exist():
    with pytest.raises(InputError, match="expected one of national, sector, industry, state"):
        read_employment("county")
