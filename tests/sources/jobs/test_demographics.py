"""Readers of CPS table 11 and the Census occupation list: small workbooks in their layout, broken ones, and the real ones."""

import warnings
from pathlib import Path

import pytest
from openpyxl import Workbook

from jobimpact.errors import CoverageWarning, SourceError
from jobimpact.sources.jobs.demographics import (
    detailed_soc_codes,
    expand_patterns,
    read_census_occupations,
    read_cps_demographics,
    read_cps_occupations,
)
from jobimpact.tables import table_columns

HEADER = ["Women", "White", "Black or\nAfrican\nAmerican", "Asian", "Hispanic\nor Latino"]
# Figures and the odd titles of headings are invented.
CPS = [
    ("Total, 16 years and over", 300, 46.8, 77, 12.6, 6.7, 18.5),
    (None, None, None, None, None, None, None),
    ("Management occupations", 180, 40.0, 80, 9, 7.3, 11),
    ("Chief executives", 120, 29.2, 85.9, 5.9, 6.7, 6.8),
    ("Legislators", 10, "–", "–", "–", "–", "–"),
    ("Public relations  and fundraising managers", 50, 64.3, 87.4, 8.9, 2.9, 7.5),
    ("Computer and mathematical occupations", 120, 26, 70, 8, 17, 8),
    ("Database administrators and architects", 60, 30, 70, 9, 15, 6),
    ("Other mathematical science occupations", 60, 49.5, 68, 7, 21, 6),
]
CENSUS = [
    ("Chief executives", "0010", "11-1011"),
    ("Legislators", "0030", "11-1031"),
    ("Public relations and fundraising managers", "0060", "11-2030"),
    ("Database administrators, and architects ", "1065", "15-124X"),
    ("Other mathematical science occupations", "1240", "15-20XX"),
    ("Statisticians", "1230", "15-2041"),
    ("Computer network architects", "1106", "15-1241"),
    ("Network and computer systems administrators", "1105", "15-1244"),
    ("Military, rank not specified", "9830", "none"),
]


def write_cps(folder: Path, rows=CPS, header=HEADER, year=2022, note="NOTE: invented.") -> Path:
    book = Workbook()
    sheet = book.active
    for row in [["Table 11"], ["[Numbers in thousands]"], [], ["Occupation", year], [None, "Total"], [None, None, *header], []]:
        sheet.append(row)
    for row in rows:
        sheet.append(row)
    sheet.append([])
    sheet.append([note])
    path = folder / "cpsaat11.xlsx"
    book.save(path)
    return path


def write_census(folder: Path, rows=CENSUS, sheet_name="2018 Census Occ Code List") -> Path:
    book = Workbook()
    book.active.title = "OVERVIEW"
    sheet = book.create_sheet(sheet_name)
    sheet.append([None, "2018 Census Title ", "2018 Census Code", "2018 SOC Code"])
    sheet.append([None, "Management Occupations:", "0010-0440", "11-0000"])
    for row in rows:
        sheet.append([None, *row])
    path = folder / "2018-occupation-code-list-and-crosswalk.xlsx"
    book.save(path)
    return path


def error_of(read, *paths) -> str:
    with pytest.raises(SourceError) as caught:
        read(*paths)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_titles_become_codes_and_percentages_shares(tmp_path):
    write_cps(tmp_path)
    write_census(tmp_path)
    table = read_cps_demographics(tmp_path).set_index("soc_code")
    assert ["soc_code", *table.columns] == table_columns("demographics")
    assert table["share_women"]["11-1011"] == pytest.approx(0.292)
    assert table["employed"]["11-1011"] == 120_000
    assert table.loc["11-1031", ["share_women", "share_hispanic"]].isna().all()
    assert table.index[table["census_code"] == "0060"].tolist() == ["11-2032", "11-2033"]
    assert table["n_soc"][["11-2032", "11-2033", "11-1011"]].tolist() == [2, 2, 1]
    assert table.index[table["census_code"] == "1065"].tolist() == ["15-1242", "15-1243"]
    assert set(table["year"]) == {2022}


def test_what_finds_no_partner_is_named_with_its_employment(tmp_path):
    write_cps(tmp_path)
    write_census(tmp_path, CENSUS[:2] + CENSUS[3:])
    with pytest.warns(CoverageWarning, match=r"1 of 5 occupations .* 50,000 of 300,000 employed: Public relations.*\(50,000\)"):
        table = read_cps_demographics(tmp_path)
    assert not set(table["soc_code"]) & {"11-2032", "11-2033"}


def test_a_code_goes_to_the_narrowest_pattern():
    codes = ["51-4031", "51-4034", "51-4081", "51-4121", "51-4199", "25-1194", "53-7062"]
    found = expand_patterns(["51-4XXX", "51-403X", "51-4031", "51-4120", "25-1000"], codes)
    assert dict(zip(found["soc_code"], found["soc_pattern"], strict=True)) == {
        "51-4031": "51-4031", "51-4034": "51-403X", "51-4081": "51-4XXX", "51-4121": "51-4120", "51-4199": "51-4XXX",
        "25-1194": "25-1000",
    }  # fmt: skip


def test_soc_2018_has_867_detailed_occupations():
    """BLS, 2018 SOC: 867 detailed occupations, none with a code that ends in 0."""
    codes = detailed_soc_codes()
    assert len(codes) == len(set(codes)) == 867
    assert not any(code.endswith("0") for code in codes)


class TestErrors:
    def test_missing(self, tmp_path):
        assert "no such file or folder; expected cpsaat11.xlsx" in error_of(read_cps_occupations, tmp_path / "x.xlsx")
        assert "found no file 'cpsaat11' or" in error_of(read_cps_occupations, tmp_path)

    def test_rows_cut_off(self, tmp_path):
        message = error_of(read_cps_occupations, write_cps(tmp_path, CPS[:-1]))
        assert "found 4 occupations with 240,000 employed and a total of 300,000" in message

    def test_no_total(self, tmp_path):
        assert "a total of 0 rows 'Total, 16 years and over'" in error_of(read_cps_occupations, write_cps(tmp_path, CPS[1:]))

    @pytest.mark.parametrize("cell", ["n.a.", 101, -1])
    def test_cell_that_is_no_percentage(self, tmp_path, cell):
        rows = [*CPS[:3], ("Chief executives", 120, cell, 85.9, 5.9, 6.7, 6.8), *CPS[4:]]
        assert "a cell below the header that is neither a number nor a dash" in error_of(
            read_cps_occupations, write_cps(tmp_path, rows)
        )

    def test_other_table(self, tmp_path):
        path = write_cps(tmp_path, header=["Men", *HEADER[1:]])
        assert "found 0 rows with the header Women, White" in error_of(read_cps_occupations, path)

    def test_broken_off(self, tmp_path):
        path = write_cps(tmp_path)
        path.write_bytes(path.read_bytes()[:-200])
        assert "not a whole Excel workbook" in error_of(read_cps_occupations, path)

    def test_census_without_its_sheet(self, tmp_path):
        message = error_of(read_census_occupations, write_census(tmp_path, sheet_name="List"))
        assert "found the sheets OVERVIEW, List; expected '2018 Census Occ Code List'" in message

    def test_census_code_twice(self, tmp_path):
        assert "9 Census occupation codes with a SOC code, 1 twice" in error_of(
            read_census_occupations, write_census(tmp_path, [*CENSUS, CENSUS[0]])
        )


@pytest.mark.publisher
class TestPublisher:
    def test_every_title_has_a_code_and_every_civilian_occupation_a_title(self, publisher_data):
        """CPS 2022, table 11: 158,291 thousand employed, 46.8 % women, 565 detailed occupations."""
        folder = publisher_data / "openai_gpts_are_gpts"
        cps = read_cps_occupations(folder / "cpsaat11.xlsx")
        assert len(cps) == 565
        assert cps["employed"].sum() == pytest.approx(158_291_000, rel=1e-4)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            table = read_cps_demographics(folder, publisher_data / "crosswalks")
        assert set(detailed_soc_codes()) - set(table["soc_code"]) == {
            code for code in detailed_soc_codes() if code.startswith("55-")
        }
        once = table.drop_duplicates("census_code").dropna(subset=["share_women"])
        assert len(table.drop_duplicates("census_code")) == 565
        women = (once["share_women"] * once["employed"]).sum() / once["employed"].sum()
        # 203 occupations below 50,000 employed have no share; they are a fiftieth of employment.
        assert women == pytest.approx(0.468, abs=0.005)
        chief = table.set_index("soc_code").loc["11-1011"]
        assert (chief["employed"], chief["share_women"], chief["year"]) == (1_780_000, pytest.approx(0.292), 2022)

    def test_both_copies_are_the_same(self, publisher_data):
        folder = publisher_data / "openai_gpts_are_gpts"
        copies = [read_cps_occupations(folder / name) for name in ("cpsaat11.xlsx", "bls_occupation_demographics_2022.xlsx")]
        assert copies[0].equals(copies[1])
