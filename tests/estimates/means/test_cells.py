import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.estimates.means.cells import check_release, occupation_cells
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.tables import check_table


@pytest.fixture(scope="module")
def sector_oews():
    return read_employment("sector")


@pytest.fixture
def occupations(sector_oews):
    """Two scored occupations and one that is not; all others are unknown to the study."""
    rows = pd.DataFrame({"soc_code": ["13-2052", "43-3071", "11-1021"], "n_tasks": [12, 7, 0], "exposure_beta": [0.5, 0.3, None]})
    return rows.assign(exposure_alpha=0.1, exposure_gamma=0.9, exposure_automation=0.2)


def test_cells_are_those_of_the_sector_the_largest_first(occupations, sector_oews):
    cells = occupation_cells(occupations, sector_oews, "naics", "52")
    check_table("occupation_cells", cells)
    published = sector_oews[(sector_oews["naics"] == "52") & (sector_oews["o_group"] == "detailed")]
    assert len(cells) == len(published)
    assert cells["tot_emp"].dropna().is_monotonic_decreasing
    assert cells["tot_emp"].sum() == published["tot_emp"].sum()
    row = cells.set_index("soc_code").loc["43-3071"]
    assert row["exposure_beta"] == 0.3
    total = sector_oews[(sector_oews["naics"] == "52") & (sector_oews["o_group"] == "total")]["tot_emp"].iloc[0]
    assert row["employment_share"] == pytest.approx(row["tot_emp"] / total)


def test_unscored_and_suppressed_cells_stay_missing_and_come_last(occupations, sector_oews):
    cells = occupation_cells(occupations, sector_oews, "naics", "52")
    rows = cells.set_index("soc_code")
    assert pd.isna(rows.loc["11-1021", "exposure_beta"])
    unknown = rows.drop(index=occupations["soc_code"], errors="ignore")
    assert unknown["exposure_beta"].isna().all()
    assert (unknown["n_tasks"] == 0).all()
    suppressed = cells["tot_emp"].isna()
    assert suppressed.any()
    assert suppressed.tolist() == sorted(suppressed)
    assert (cells["emp_suppressed"] == suppressed).all()


def test_unknown_sector_and_doubled_occupation_are_refused(occupations, sector_oews):
    with pytest.raises(InputError, match="'77' has 0 totals"):
        occupation_cells(occupations, sector_oews, "naics", "77")
    with pytest.raises(pd.errors.MergeError):
        occupation_cells(pd.concat([occupations, occupations]), sector_oews, "naics", "52")


def test_employment_of_another_release_is_refused(sector_oews):
    assert check_release(sector_oews, "2025-05") is sector_oews
    for release in ("2024-05", ""):
        with pytest.raises(InputError, match="run the study again"):
            check_release(sector_oews, release)
