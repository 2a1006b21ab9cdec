"""Groups of jobs: parts of the country that add up to it, with what they cover and rest on."""

import numpy as np
import pandas as pd
import pytest

from jobimpact.estimates.means import aggregates
from jobimpact.estimates.means.aggregates import aggregate_groups, aggregate_industries, aggregate_sectors, group_notes
from jobimpact.estimates.means.levels import UNKNOWN
from jobimpact.estimates.means.soc_levels import published_groups, soc_group
from jobimpact.estimates.means.weights import wage_groups, wage_quintiles
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.tables import check_table

PUBLISHED = 155_495_730
# What BLS publishes of detailed occupations: legislators are in the total and in 11-1000 only.
DETAILED = 155_481_840
PARTITIONS = ["soc_major", "soc_minor", "soc_broad", "education", "job_zone", "sex"]


@pytest.fixture(scope="module")
def groups(part_scored, national, memberships):
    return check_table("groups", aggregate_groups(part_scored, national, memberships))


def test_every_type_is_there_with_its_groups(groups):
    sizes = groups["group_type"].value_counts().to_dict()
    # SOC 2018 has 22 civilian major groups; 94 of its minor and 454 of its broad groups are in OEWS May 2025.
    assert sizes == {
        "all": 1, "soc_major": 22, "soc_minor": 94, "soc_broad": 454, "wage_quintile": 5, "wage_decile": 10, "education": 8,
        "job_zone": 6, "sex": 3, "race_ethnicity": 6,
    }  # fmt: skip


@pytest.mark.parametrize("group_type", PARTITIONS)
def test_parts_of_a_partition_add_up_to_the_country(groups, group_type):
    """OEWS May 2025: 155,495,730 jobs in all, 155,481,840 in released detailed occupations.

    Tolerance: published totals are rounded to tens, so each group can be off by 5; shares of occupations are not rounded.
    """
    rows = groups[groups["group_type"] == group_type]
    whole = groups[groups["group_type"] == "all"].iloc[0]
    expected = PUBLISHED if group_type == "soc_major" else DETAILED
    # The minor group 11-1000 is published with its legislators, which the detailed occupations leave out.
    slack = 13_890 if group_type == "soc_minor" else 0
    assert abs(rows["tot_emp"].sum() - expected) <= 5 * (len(rows) + 1) + slack
    assert rows["emp_matched"].sum() == pytest.approx(whole["emp_matched"], rel=1e-12)
    mean = np.average(rows["exposure_beta"].fillna(0), weights=rows["emp_matched"])
    assert mean == pytest.approx(whole["exposure_beta"], rel=1e-9)


def test_wage_parts_hold_equal_parts_of_employment(groups, all_scored):
    for group_type, count in (("wage_quintile", 5), ("wage_decile", 10)):
        rows = groups[groups["group_type"] == group_type].sort_values("group")
        share = rows["tot_emp"] / rows["tot_emp"].sum()
        # An occupation is never split, and the largest holds 2.7 % of employment.
        assert share.between(1 / count - 0.014, 1 / count + 0.014).all()
        wages = rows["wage_bill"] / rows["emp_matched"]
        assert wages.is_monotonic_increasing
    pd.testing.assert_series_equal(wage_quintiles(all_scored), wage_groups(all_scored, 5))
    assert ((wage_groups(all_scored, 10) + 1) // 2).equals(wage_quintiles(all_scored))


def test_race_and_ethnicity_overlap_only_by_hispanics(groups):
    rows = groups[groups["group_type"] == "race_ethnicity"].set_index("group")["tot_emp"]
    assert rows.drop("hispanic").sum() == pytest.approx(DETAILED)


def test_cps_totals_are_near_the_published_ones(groups):
    """CPS table 11, 2022: 46.8 % women, 77.0 % White, 12.6 % Black, 6.7 % Asian, 18.5 % Hispanic of 158.3 million employed.

    Tolerance: .035, because OEWS leaves out the self-employed, who are men and White more often, and farms.
    """
    known = groups[(groups["group"] != UNKNOWN) & groups["group_type"].isin(["sex", "race_ethnicity"])].set_index("group")[
        "tot_emp"
    ]
    total = known["women"] + known["men"]
    published = {"women": 0.468, "white": 0.770, "black": 0.126, "asian": 0.067, "hispanic": 0.185}
    for group, share in published.items():
        assert known[group] / total == pytest.approx(share, abs=0.035), group


def test_wage_bill_is_missing_where_wages_of_the_group_are_not_known(groups):
    people = groups["group_type"].isin(["sex", "race_ethnicity"])
    assert groups.loc[people, ["wage_bill", "exposure_beta_wage_bill"]].isna().all(axis=None)
    # Actors, musicians and the like are paid by the hour: BLS publishes no annual wage of theirs.
    bare = groups[~people & groups["wage_bill"].isna()]
    assert set(bare["group_type"]) <= {"soc_broad"}
    assert (bare["emp_matched"] > 0).all()


def test_types_that_are_not_given_are_absent_and_named(part_scored, national, memberships):
    bare = aggregate_groups(part_scored, national)
    assert not {"education", "job_zone", "sex", "race_ethnicity"} & set(bare["group_type"])
    notes = group_notes(bare)
    assert [note.split(":")[0] for note in notes if "absent" in note] == ["education", "job_zone", "sex", "race_ethnicity"]
    education = memberships[memberships["group_type"] == "education"]
    notes = group_notes(aggregate_groups(part_scored, national, education))
    assert sum("absent" in note for note in notes) == 3
    assert any("exposure covers" in note and "155,495,730" in note for note in notes)


def test_notes_count_the_jobs_outside_the_groups(groups):
    notes = {note.split(":")[0]: note for note in group_notes(groups)}
    zones = groups[groups["group_type"] == "job_zone"].set_index("group")["tot_emp"]
    assert f"{PUBLISHED - zones.drop(UNKNOWN).sum():,.0f} jobs of the country are in none of its groups" in notes["job_zone"]
    assert "in none of its groups" not in notes["soc_major"]
    assert "equal parts" in notes["job_zone"]


def test_a_membership_of_the_users_own(all_scored, national):
    codes = all_scored["soc_code"].tolist()
    own = pd.DataFrame(
        {"group_type": "union", "group": "member", "group_title": "Members", "soc_code": codes[:3], "group_share": 0.25}
    )
    rows = aggregate_groups(all_scored, national, own).query("group_type == 'union'").set_index("group")
    held = all_scored.set_index("soc_code").loc[codes[:3], "tot_emp"].sum()
    assert rows.loc["member", "tot_emp"] == pytest.approx(held / 4)
    # What is not said to be a member's is not taken for another's.
    assert rows.loc[UNKNOWN, "tot_emp"] == pytest.approx(DETAILED - held)


# --- SOC levels ----------------------------------------------------------------------------------------------------


@pytest.mark.publisher
def test_groups_of_codes_are_those_of_the_official_structure(publisher_data):
    """SOC 2018 definitions (BLS): each detailed occupation stands below its broad, minor and major group in the list."""
    sheet = pd.read_excel(publisher_data / "crosswalks" / "soc_2018_definitions.xlsx", header=None, dtype=str, engine="calamine")
    body = sheet[sheet[0].isin(["Major", "Minor", "Broad", "Detailed"])]
    assert len(body) == 23 + 98 + 459 + 867
    above = {level: body[1].where(body[0] == level.title()).ffill() for level in ("major", "minor", "broad")}
    detailed = body[0] == "Detailed"
    for level in above:
        ours = soc_group(body.loc[detailed, 1], level)
        assert (ours == above[level][detailed]).all(), level


def test_groups_that_bls_lists_under_another_level_are_found(national):
    broad, minor = published_groups(national, "broad"), published_groups(national, "minor")
    # 29-1210 holds 29-1211 to 29-1229; 35-1010 is listed as a minor group; 39-7000 has one occupation, listed alone.
    assert broad.loc["29-1210", "tot_emp"] == 754_760
    assert broad.loc["35-1010", "tot_emp"] == 1_423_280
    detailed = national[national["o_group"] == "detailed"].set_index("soc_code")
    assert minor.loc["39-7000", "tot_emp"] == detailed.loc["39-7010" if "39-7010" in detailed.index else "39-7012", "tot_emp"]
    assert minor["title"].notna().all()


# --- industries ----------------------------------------------------------------------------------------------------


def test_industries_and_sectors_are_the_same_jobs(part_scored):
    industries = check_table("industries", aggregate_industries(part_scored, read_employment("industry")))
    sectors = check_table("sectors", aggregate_sectors(part_scored, read_employment("sector"))).set_index("naics")
    three = industries[industries["i_group"] == "3-digit"]
    assert three["tot_emp"].sum() == pytest.approx(PUBLISHED, abs=5 * 86)
    assert industries["release"].unique().tolist() == ["2025-05"]
    sums = three.groupby("naics_sector")["emp_matched"].sum()
    assert set(sums.index) == set(sectors.index)
    # Finer cells are suppressed more often, so they hold at most what the sector's hold, within rounding.
    assert (sums <= sectors["emp_matched"] + 5 * 700).all()
    assert (sums >= 0.97 * sectors["emp_matched"]).all()
    assert (industries["cells_suppressed"] > 0).any()


def test_government_has_the_same_exposure_as_sector_and_industry(part_scored):
    industries = aggregate_industries(part_scored, read_employment("industry")).set_index(["i_group", "naics"])
    sectors = aggregate_sectors(part_scored, read_employment("sector")).set_index("naics")
    assert industries.loc[("3-digit", "999000"), "exposure_beta"] == pytest.approx(sectors.loc["99", "exposure_beta"])


def test_an_occupation_that_stands_twice_is_refused(all_scored):
    with pytest.raises(pd.errors.MergeError):
        aggregate_industries(pd.concat([all_scored, all_scored]), read_employment("industry"))


def test_missing_measures_weigh_nothing():
    table = pd.DataFrame({"g": ["a", "a"], "w": [1.0, 3.0], "x": [0.4, np.nan], "y": [0.0, 1.0]})
    means = aggregates.weighted_means(table, ["x", "y"], "w", "g").loc["a"]
    assert means.tolist() == [0.4, 0.75]
