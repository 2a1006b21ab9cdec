"""Education, job zones, and shares of people by occupation: packaged tables, their derivation, wrong files."""

import pytest

from jobimpact.errors import InputError, SourceError
from jobimpact.paths import packaged
from jobimpact.sources.jobs import memberships
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.jobs.memberships import Traits, make_memberships, read_trait, read_traits
from jobimpact.sources.jobs.preparation import read_entry_education, read_job_zones
from jobimpact.tables import check_table

NAMES = ["entry_education", "job_zones", "demographics"]


@pytest.fixture(scope="module")
def shares():
    return make_memberships(read_traits())


def test_packaged_tables_are_small_and_fit_the_dictionary():
    for name in NAMES:
        check_table(name, read_trait(name))
        assert packaged("data", "employment", f"{name}.csv").stat().st_size < 80_000
    assert len(read_trait("entry_education")) == 832
    assert len(read_trait("job_zones")) == 923
    with pytest.raises(InputError, match="no packaged trait 'age'"):
        read_trait("age")


@pytest.mark.publisher
def test_both_layouts_of_onet_give_job_zones(publisher_data):
    text, excel = (read_job_zones(publisher_data / name) for name in ("onet_db_29_1_text", "onet_db_30_1_excel"))
    both = text.merge(excel, on="onetsoc_code", validate="one_to_one")
    assert len(both) > 900
    assert (both["job_zone_x"] == both["job_zone_y"]).mean() > 0.98


def test_parts_of_an_occupation_add_up(shares):
    check_table("memberships", shares)
    sums = shares[shares["group"] != "hispanic"].groupby(["group_type", "soc_code"])["group_share"].sum()
    assert sums.to_numpy() == pytest.approx(1.0)
    codes = set(read_employment("national").query("o_group == 'detailed'")["soc_code"])
    assert codes <= set(shares.loc[shares["group_type"] == "education", "soc_code"])
    assert set(shares["soc_code"]) - codes == set()


def test_known_occupations(shares):
    """CPS 2022: 87.9 % women among registered nurses; BLS: bachelor's degree; O*NET 30.1 job zone of 29-1141.00 is 3."""
    nurses = shares[shares["soc_code"] == "29-1141"].set_index(["group_type", "group"])["group_share"]
    assert nurses[("sex", "women")] == pytest.approx(0.879)
    assert nurses[("education", "3")] == 1
    # 29-1141.00 to .04: acute care, psychiatric, critical care nurses, and clinical nurse specialists.
    zones = read_trait("job_zones")
    own = zones[zones["onetsoc_code"].str.startswith("29-1141")]["job_zone"].value_counts(normalize=True)
    assert nurses["job_zone"].to_dict() == pytest.approx({str(zone): share for zone, share in own.items()})


def test_combined_occupations_have_means_weighted_by_cps_employment():
    demographics = read_trait("demographics")
    own = demographics[demographics["soc_code"].isin(["13-1021", "13-1022", "13-1023"])].dropna(subset=["share_women"])
    expected = (own["share_women"] * own["employed"]).sum() / own["employed"].sum()
    found = make_memberships(Traits(demographics=demographics)).query("group == 'women' and soc_code == '13-1020'")
    assert found["group_share"].tolist() == pytest.approx([expected])


def test_without_a_table_its_groups_are_absent():
    assert make_memberships(Traits()).empty
    zones = make_memberships(Traits(job_zones=read_trait("job_zones")))
    assert set(zones["group_type"]) == {"job_zone"}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["15-1252,9,x"], "education code from 1 to 8"),
        (["15-12,3,x"], "a SOC code such as 11-1011"),
        (["15-1252,3,x", "15-1252,4,y"], "15-1252 more than once"),
        (["15-1252,,x"], "without 'Education Code'"),
        ([], "no rows"),
    ],
)
def test_wrong_projections_are_one_line(tmp_path, rows, words):
    path = tmp_path / "projections.csv"
    path.write_text("\n".join(["Occupation Code,Education Code,Typical Entry-Level Education", *rows]) + "\n", encoding="utf-8")
    with pytest.raises(SourceError, match=words) as caught:
        read_entry_education(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("O*NET-SOC Code\tJob Zone\n11-1011.00\t7\n", "'7' in data row 1 .1 such rows.; expected a job zone from 1 to 5"),
        ("O*NET-SOC Code\tJob Zone\n11\t5\n", "expected an O.NET-SOC code"),
        ("O*NET-SOC Code\tZone\n11-1011.00\t5\n", "did you mean 'Zone'"),
    ],
)
def test_wrong_job_zones_are_one_line(tmp_path, text, words):
    (tmp_path / "Job Zones.txt").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=words) as caught:
        read_job_zones(tmp_path)
    assert "\n" not in str(caught.value)
    for missing in (tmp_path / "none", tmp_path.parent):
        with pytest.raises(SourceError, match=r"no such file or folder|found no file 'Job Zones'"):
            read_job_zones(missing if missing.name == "none" else _empty(tmp_path))


def _empty(folder):
    (folder / "empty").mkdir(exist_ok=True)
    return folder / "empty"


def test_a_packaged_file_that_was_changed_is_named(tmp_path, monkeypatch):
    (tmp_path / "job_zones.csv").write_text("onetsoc_code,job_zone\n11-1011.00,9\n", encoding="utf-8")
    monkeypatch.setattr(memberships, "_packaged_file", lambda name: tmp_path / f"{name}.csv")
    with pytest.raises(SourceError, match="is damaged"):
        read_trait("job_zones")
