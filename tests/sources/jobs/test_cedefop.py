"""Cedefop's employment: small tables in its layout, broken ones, and the real ones."""

import gzip
import json

import pytest

from jobimpact.errors import SourceError
from jobimpact.sources.jobs.cedefop import read_cedefop_employment
from jobimpact.tables import check_table


def history(**years):
    return {"history": [{"year": year.removeprefix("y"), "value": value} for year, value in years.items()], "trend": "Growing"}


# Figures are invented.
MAJOR = {"Malta": {"1": history(y2024=40, y2025=41), "2": history(y2024=50, y2025=52), "Total": history(y2024=95, y2025=98)}}
MINOR = {"Malta": {"11": history(y2024=40, y2025=41), "21": history(y2024=50, y2025=52), "Total": history(y2024=95, y2025=98)}}


def write(folder, major=MAJOR, minor=MINOR):
    (folder / "db_occupation.json").write_text(json.dumps(major), encoding="utf-8")
    (folder / "db_occupation_detail.json.gz").write_bytes(gzip.compress(json.dumps(minor).encode()))
    return folder


def test_both_files_make_one_table_and_later_years_are_forecasts(tmp_path):
    table = check_table("cedefop_employment", read_cedefop_employment(write(tmp_path)))
    assert table["isco_group"].unique().tolist() == ["1", "11", "2", "21", "total"]
    assert table.groupby("year")["forecast"].agg(["min", "max"]).to_numpy().tolist() == [[False, False], [True, True]]
    assert not table["aggregate"].any()
    alone = read_cedefop_employment(tmp_path / "db_occupation.json")
    assert alone["isco_group"].unique().tolist() == ["1", "2", "total"]


def test_files_that_disagree_on_a_total_are_refused(tmp_path):
    other = {"Malta": MINOR["Malta"] | {"Total": history(y2024=95, y2025=99)}}
    with pytest.raises(SourceError, match="Malta total 2025 more than once"):
        read_cedefop_employment(write(tmp_path, minor=other))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{broken",
        gzip.compress(b"{}", mtime=0)[:10] + b"\x07" * 20,  # a block of a kind that there is not
        b'{"Malta": {"1": {"values": []}}}',
        b'{"Malta": {"1": {"history": [{"year": "x", "value": 1}]}}}',
    ],
)
def test_broken_files_are_one_line(tmp_path, content):
    (tmp_path / "db_occupation.json").write_bytes(content)
    with pytest.raises(SourceError, match="cannot be read as Cedefop's table") as caught:
        read_cedefop_employment(tmp_path)
    assert "\n" not in str(caught.value)


def test_negative_employment_and_a_folder_without_files(tmp_path):
    with pytest.raises(SourceError, match="tot_emp"):
        read_cedefop_employment(write(tmp_path, major={"Malta": {"1": history(y2024=-1)}}))
    with pytest.raises(SourceError, match="found no db_occupation_detail"):
        read_cedefop_employment(tmp_path / "none")


@pytest.mark.publisher
def test_real_tables(publisher_data):
    """33 countries, 40 sub-major groups, 2010 to 2035; EU-27 in 2024: 216,426,495 employed.

    Tolerance of sums: figures are rounded to persons, so a sum of n can be off by n/2.
    """
    table = check_table("cedefop_employment", read_cedefop_employment(publisher_data / "cedefop_forecast"))
    wide = table.pivot(index=["country", "year"], columns="isco_group", values="tot_emp")
    assert table["country"].nunique() == 33
    assert wide.loc[("Eu-27", 2024), "total"] == 216_426_495
    assert table.loc[table["forecast"], "year"].min() == 2025
    assert table.loc[table["aggregate"], "country"].unique().tolist() == ["Eu-27"]
    two = [group for group in wide.columns if len(group) == 2]
    assert len(two) == 40
    for major in "123456789":
        below = [group for group in two if group.startswith(major)]
        gap = (wide[below].sum(axis=1) - wide[major]).abs()
        assert gap.max() <= 5, major
    # The armed forces are in the total only.
    assert (wide["total"] >= wide[list("123456789")].sum(axis=1) - 5).all()
