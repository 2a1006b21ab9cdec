"""OEWS files: both layouts, flags, releases, and every way in which a file can be wrong."""

import doctest
import gzip
import io
import time
import tomllib
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from jobimpact.errors import InputError, SourceError
from jobimpact.paths import packaged
from jobimpact.sources import oews
from jobimpact.sources.oews import read_oews, stated_release
from jobimpact.tables import check_table

KEY = ["area", "naics", "soc_code"]
FIGURES = ["TOT_EMP", "EMP_PRSE", "H_MEAN", "A_MEAN", "H_MEDIAN", "A_MEDIAN", "MEAN_PRSE"]
OFFICIAL = ["AREA", "AREA_TITLE", "NAICS", "NAICS_TITLE", "I_GROUP", "OCC_CODE", "OCC_TITLE", "O_GROUP", *FIGURES]
FLAT = ["NAICS", "NAICS_TITLE", "NAICS_LEVEL", "OCC_CODE", "OCC_TITLE", "OCC_LEVEL", *FIGURES, "FOOTNOTES"]
STATE = ["AREA", "AREA_TITLE", "STATE_FIPS", "OCC_CODE", "OCC_TITLE", "OCC_LEVEL", *FIGURES, "FOOTNOTES"]
NO_WAGE = ";".join(f"{column}:8" for column in ("H_MEAN", "A_MEAN", "H_MEDIAN", "A_MEDIAN", "MEAN_PRSE"))
TOP = "H_MEAN:5;A_MEAN:5;H_MEDIAN:5;A_MEDIAN:5"

# One made-up economy in both layouts: a total, a broad code that is also the detailed one, a suppressed estimate,
# suppressed wages, a top-coded one, an occupation paid by the hour, one paid by the year.
OFFICIAL_ROWS = [
    ("99", "U.S.", "000000", "Cross-industry", "cross-industry", "00-0000", "All Occupations", "total",
     "1,234,560", "0.1", "30.5", "63,440", "24", "49,920", "0.2"),
    ("99", "U.S.", "000000", "Cross-industry", "cross-industry", "11-0000", "Managers", "major",
     "20,000", "1", "60", "124,800", "#", "#", "0.2"),
    ("99", "U.S.", "31-33", "Manufacturing", "sector", "31-1120", "Home Aides", "broad",
     "4,990", "2.5", "16.25", "33,800", "16", "33,280", "0.9"),
    ("99", "U.S.", "31-33", "Manufacturing", "sector", "31-1120", "Home Aides", "detailed",
     "4,990", "2.5", "16.25", "33,800", "16", "33,280", "0.9"),
    ("99", "U.S.", "31-33", "Manufacturing", "sector", "15-1252", "Developers", "detailed",
     "**", "**", "61.1", "127,090", "60", "124,800", "1.4"),
    ("99", "U.S.", "31-33", "Manufacturing", "sector", "19-1012", "Food Scientists", "detailed",
     "70", "31", "*", "*", "*", "*", "*"),
    ("99", "U.S.", "99", "Government", "sector", "29-1212", "Cardiologists", "detailed",
     "280", "22.2", "#", "#", "#", "#", "7"),
    ("99", "U.S.", "11", "Agriculture", "sector", "27-2011", "Actors", "detailed",
     "40", "40", "23.3", "*", "20.5", "*", "11"),
    ("99", "U.S.", "221100", "Power", "4-digit", "25-2021", "Teachers", "detailed",
     "30", "50", "*", "71,000", "*", "69,500", "3"),
]  # fmt: skip
FLAT_ROWS = [
    ("000000", "Cross-Industry, Private and Government", "0", "00-0000", "All Occupations", "0",
     "1234560", "0.1", "30.50", "63440", "24.00", "49920", "0.2", ""),
    ("000000", "Cross-Industry, Private and Government", "0", "11-0000", "Managers", "0",
     "20000", "1.0", "60.00", "124800", "-", "-", "0.2", "H_MEDIAN:5;A_MEDIAN:5;H_PCT90:5"),
    ("31--34", "Sectors 31, 32, and 33 - Manufacturing", "2", "31-1120", "Home Aides", "3",
     "4990", "2.5", "16.25", "33800", "16.00", "33280", "0.9", ""),
    ("31--34", "Sectors 31, 32, and 33 - Manufacturing", "2", "15-1252", "Developers", "3",
     "-", "-", "61.10", "127090", "60.00", "124800", "1.4", "TOT_EMP:8;EMP_PRSE:8"),
    ("31--34", "Sectors 31, 32, and 33 - Manufacturing", "2", "19-1012", "Food Scientists", "3",
     "70", "31.0", "-", "-", "-", "-", "-", NO_WAGE),
    ("99-100", "Sector 99 - Government", "2", "29-1212", "Cardiologists", "3",
     "280", "22.2", "-", "-", "-", "-", "7.0", TOP),
    ("11--12", "Sector 11 - Agriculture", "2", "27-2011", "Actors", "3",
     "40", "40.0", "23.30", "-", "20.50", "-", "11.0", "A_MEAN:4;A_MEDIAN:4"),
    ("221100", "Power", "4", "25-2021", "Teachers", "3",
     "30", "50.0", "-", "71000", "-", "69500", "3.0", "H_MEAN:4;H_MEDIAN:4"),
]  # fmt: skip


def as_csv(header, rows):
    return pd.DataFrame(rows, columns=header).to_csv(index=False)


def as_workbook(header, rows, sheet="national_M2025_dl", notes=("May 2025 OEWS Estimates",)):
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in (header, *rows):
        book.active.append([number(cell) for cell in row])
    described = book.create_sheet("Field Descriptions")
    for note in notes:
        described.append([note])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def number(cell):
    """Give figures as numbers, as BLS's workbooks have them, and codes as text."""
    plain = cell.replace(",", "")
    return cell if not plain.replace(".", "").isdigit() or cell in {"99", "000000", "11", "221100"} else float(plain)


def as_zip(members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


@pytest.fixture
def put(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def official(put):
    return put("national_M2025_dl.csv", "\ufeff" + as_csv(OFFICIAL, OFFICIAL_ROWS))


def assert_fails(call, *words):
    with pytest.raises(SourceError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 500
    for word in words:
        assert word in message


def test_the_examples_of_the_docstrings_run():
    assert doctest.testmod(oews) == (0, 1)


def test_both_layouts_give_the_same_table(official, put):
    flat = put("may2025/national_industry_occupation.csv.gz", gzip.compress(as_csv(FLAT, FLAT_ROWS).encode()))
    workbook = put("national_M2025_dl.xlsx", as_workbook(OFFICIAL, OFFICIAL_ROWS))
    zipped = put("oesm25nat.zip", as_zip({"oesm25nat/": "", "oesm25nat/national_M2025_dl.xlsx": workbook.read_bytes()}))
    expected = read_oews(official)
    assert len(expected) == len(OFFICIAL_ROWS) - 1
    for path in (flat, workbook, zipped):
        pd.testing.assert_frame_equal(read_oews(path), expected)


def test_flags_and_values_of_each_kind_of_cell(official):
    rows = read_oews(official).set_index("soc_code")
    flags = ["emp_suppressed", "wage_suppressed", "mean_top_coded", "median_top_coded"]
    set_flags = {code: [flag for flag in flags if rows.loc[code, flag]] for code in rows.index}
    assert set_flags == {
        "00-0000": [],
        "11-0000": ["median_top_coded"],
        "31-1120": [],
        "15-1252": ["emp_suppressed"],
        "19-1012": ["wage_suppressed"],
        "29-1212": ["mean_top_coded", "median_top_coded"],
        "27-2011": [],
        "25-2021": [],
    }
    assert rows.loc["00-0000", ["tot_emp", "h_mean", "a_mean"]].tolist() == [1234560, 30.5, 63440]
    assert rows.loc["29-1212", ["h_mean", "a_mean", "h_median", "a_median"]].tolist() == [115, 239200, 115, 239200]
    assert rows.loc["27-2011", ["h_mean", "a_mean"]].isna().tolist() == [False, True]
    assert rows.loc["25-2021", ["h_mean", "a_mean"]].isna().tolist() == [True, False]
    assert rows.loc["31-1120", "o_group"] == "detailed"


def test_state_rows_get_two_digit_codes_and_all_industries(put):
    rows = [("0100000", "Alabama", "01", "00-0000", "All", "0", "10", "0.0", "1", "2", "3", "4", "0.1", "")]
    states = read_oews(put("may2025/state_occupation.csv", as_csv(STATE, rows)))
    assert states.loc[0, ["area", "area_title", "naics", "i_group", "o_group"]].tolist() == [
        "01", "Alabama", "000000", "cross-industry", "total",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("flat", "official_words"),
    [
        (("44--46", "Sectors 44 and 45 - Retail Trade", "2"), ("44-45", "sector")),
        (("48--50", "Sectors 48 and 49 - Retail Trade", "2"), ("48-49", "sector")),
        (("21--22", "Sector 21 - Retail Trade", "2"), ("21", "sector")),
        (("999101", "Federal Government", "2"), ("999101", "ownership")),
        (("000001", "Private", "1"), ("000001", "ownership")),
        (("611005", "Schools, Privately Owned", "4"), ("611005", "ownership")),
        (("113000", "Logging", "3"), ("113000", "3-digit")),
        (("3250A1", "Chemicals (3251 only)", "4"), ("3250A1", "4-digit")),
        (("237130", "Power Lines", "5"), ("237130", "5-digit")),
        (("722511", "Restaurants", "5"), ("722511", "6-digit")),
    ],
)
def test_industries_of_the_flat_files_in_the_words_of_the_official_ones(put, flat, official_words):
    row = (*flat, *FLAT_ROWS[0][3:])
    industry = read_oews(put("x_M2025.csv", as_csv(FLAT, [row]))).loc[0]
    assert (industry["naics"], industry["i_group"]) == official_words
    assert " - " not in industry["naics_title"]


def test_levels_are_kept_as_asked(official):
    rows = read_oews(official, i_groups=["sector"], o_groups=("detailed",))
    assert rows["i_group"].unique().tolist() == ["sector"]
    assert len(rows) == 5
    for wrong in ({"i_groups": "sector"}, {"o_groups": ["details"]}):
        with pytest.raises(InputError, match="expected a list of"):
            read_oews(official, **wrong)


def test_headers_in_lower_case_and_blanks_are_read(put):
    header = [f" {column.lower()} " for column in OFFICIAL]
    rows = [tuple(f" {cell} " for cell in row) for row in OFFICIAL_ROWS]
    expected = read_oews(put("a_M2025.csv", as_csv(OFFICIAL, OFFICIAL_ROWS)))
    pd.testing.assert_frame_equal(read_oews(put("b_M2025.csv", as_csv(header, rows))), expected)


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("national_M2024_dl.xlsx", "2024-05"),
        ("national_May2021_dl.csv.gz", "2021-05"),
        ("oesm23nat.zip", "2023-05"),
        ("may2025/state_occupation.csv.gz", "2025-05"),
        ("may2025/natsector_M2024_dl.xlsx", "2024-05"),
        ("sum2024/figures.csv", None),
    ],
)
def test_the_release_in_a_name(name, release):
    assert stated_release(name) == release


def test_the_release_comes_from_names_or_the_argument(put):
    silent = put("figures.csv", as_csv(OFFICIAL, OFFICIAL_ROWS))
    assert read_oews(silent, release="2025-05")["release"].unique().tolist() == ["2025-05"]
    assert_fails(lambda: read_oews(silent), "does not tell its release", "release=")
    with pytest.raises(InputError, match="such as 2025-05"):
        read_oews(silent, release="May 2025")
    by_sheet = put("figures.xlsx", as_workbook(OFFICIAL, OFFICIAL_ROWS))
    assert read_oews(by_sheet)["release"].iloc[0] == "2025-05"


def test_a_release_that_contradicts_the_argument_or_the_workbook(official, put):
    assert_fails(lambda: read_oews(official, release="2024-05"), "2025-05", "2024-05", "national_M2025_dl.csv")
    renamed = put("national_M2023_dl.xlsx", as_workbook(OFFICIAL, OFFICIAL_ROWS))
    assert_fails(lambda: read_oews(renamed), "2023-05", "May 2025 OEWS Estimates")


def test_top_codes_of_a_release_that_nobody_knows(put):
    note = "# = indicates a wage equal to or greater than $125.50 per hour or $261,040 per year"
    stated = as_workbook(OFFICIAL, OFFICIAL_ROWS, "national_M2031_dl", ("May 2031 OEWS Estimates", note))
    rows = read_oews(put("national_M2031_dl.xlsx", stated)).set_index("soc_code")
    assert rows.loc["29-1212", ["h_mean", "a_mean"]].tolist() == [125.5, 261040]
    silent = put("national_M2031_dl.csv", as_csv(OFFICIAL, OFFICIAL_ROWS))
    assert_fails(lambda: read_oews(silent), "2031-05", "top_codes.toml")
    # Without a top-coded cell the bound is not needed.
    assert len(read_oews(put("b_M2031.csv", as_csv(OFFICIAL, OFFICIAL_ROWS[:1])))) == 1


def test_one_of_several_workbooks_in_a_zip_is_chosen_by_its_name(put):
    sectors = as_workbook(OFFICIAL, OFFICIAL_ROWS, "natsector_M2025_dl")
    members = {f"in4/{name}": sectors for name in ("natsector_M2025_dl.xlsx", "nat4d_M2025_dl.xlsx")}
    path = put("oesm25in4.zip", as_zip({**members, "in4/field_descriptions.xlsx": "x"}))
    assert_fails(lambda: read_oews(path), "nat4d_M2025_dl.xlsx", "natsector_M2025_dl.xlsx", "member=")
    assert_fails(lambda: read_oews(path, member="state*.xlsx"), "no such file", "state*.xlsx")
    assert len(read_oews(path, member="natsector*.xlsx")) == len(OFFICIAL_ROWS) - 1


@pytest.mark.parametrize("member", ["../national_M2025_dl.xlsx", "/tmp/national_M2025_dl.xlsx", "a\\..\\..\\b.xlsx"])  # noqa: S108
def test_a_zip_with_paths_outside_the_folder(put, tmp_path, member):
    path = put("in/oesm25nat.zip", as_zip({member: as_workbook(OFFICIAL, OFFICIAL_ROWS)}))
    assert_fails(lambda: read_oews(path), "oesm25nat.zip", "outside")
    assert [found.name for found in tmp_path.rglob("*.*")] == ["oesm25nat.zip"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a_M2025.csv", "", ["is empty"]),
        ("a_M2025.csv", "\ufeff", ["is empty"]),
        ("a_M2025.csv.gz", gzip.compress(b""), ["is empty"]),
        ("a_M2025.csv", ",".join(OFFICIAL) + "\n", ["no rows"]),
        ("a_M2025.xlsx", as_workbook(OFFICIAL, []), ["no rows"]),
        ("a_M2025.xlsx", as_workbook([], []), ["missing", "I_GROUP"]),
        ("a_M2025.xlsx", b"<!DOCTYPE html><html>Access Denied</html>", ["web page", "refused"]),
        ("a_M2025.xls", b"\xd0\xcf\x11\xe0" + bytes(600), ["old .xls"]),
        ("a_M2025.xlsx", as_workbook(OFFICIAL, OFFICIAL_ROWS)[:3000], ["truncated", "download it again"]),
        ("a_M2025.csv.gz", gzip.compress(as_csv(FLAT, FLAT_ROWS).encode())[:-20], ["truncated"]),
        ("a_M2025.csv", as_csv(FLAT, FLAT_ROWS)[:-60], ["last line", "truncated"]),
        ("a_M2025.csv", as_csv(OFFICIAL, OFFICIAL_ROWS).replace("Actors", "Act\xe9").encode("latin-1"), ["UTF-8"]),
        ("a_M2025.zip", as_zip({"readme.txt": "x"}), ["no such file", "*.xlsx"]),
        ("a_M2025.zip", b"PK\x03\x04 broken", ["a_M2025.zip", "download it again"]),
    ],
)  # fmt: skip
def test_files_that_are_empty_broken_or_of_another_kind(put, name, content, words):
    path = put(name, content)
    assert_fails(lambda: read_oews(path), *words)


def test_a_missing_file_and_a_folder(tmp_path):
    assert_fails(lambda: read_oews(tmp_path / "national_M2025_dl.xlsx"), "not there", "national_M2025_dl.xlsx")
    assert_fails(lambda: read_oews(tmp_path), "is a folder")


@pytest.mark.parametrize(
    ("header", "rows", "words"),
    [
        (OFFICIAL, OFFICIAL_ROWS, ["TOT_EMP (did you mean TOTAL_EMP?)", "official layout"]),
        (FLAT, FLAT_ROWS, ["TOT_EMP (did you mean TOTAL_EMP?)", "flat industry layout"]),
        (STATE, [("0100000", "Alabama", "01", *FLAT_ROWS[0][3:])], ["TOT_EMP (did you mean TOTAL_EMP?)", "flat state"]),
    ],
)
def test_a_renamed_column_is_named_with_the_nearest_one(put, header, rows, words):
    renamed = ["TOTAL_EMP" if column == "TOT_EMP" else column for column in header]
    assert_fails(lambda: read_oews(put("a_M2025.csv", as_csv(renamed, rows))), *words)


def test_another_publishers_table_is_refused(put):
    path = put("a_M2025.csv", "task_id,task\n1,Write reports\n")
    assert_fails(lambda: read_oews(path), "missing", "more", "as BLS publishes it")


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("TOT_EMP", "many", ["TOT_EMP", "'many'", "* ** # -"]),
        ("TOT_EMP", "-10", ["tot_emp"]),
        ("OCC_CODE", "1110000", ["soc_code"]),
        ("I_GROUP", "galaxy", ["i_group"]),
        ("O_GROUP", "finest", ["o_group"]),
    ],
)
def test_cells_that_oews_never_holds(put, column, cell, words):
    row = dict(zip(OFFICIAL, OFFICIAL_ROWS[0], strict=True)) | {column: cell}
    assert_fails(lambda: read_oews(put("a_M2025.csv", as_csv(OFFICIAL, [tuple(row.values())]))), *words)


def test_two_different_estimates_under_one_key(put):
    other = ("99", "U.S.", *OFFICIAL_ROWS[0][2:8], "999", *OFFICIAL_ROWS[0][9:])
    path = put("all_data_M_2025_M2025.csv", as_csv(OFFICIAL, [OFFICIAL_ROWS[0], other]))
    assert_fails(lambda: read_oews(path), "two different estimates", "00-0000")


# --- the publisher's own files -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bls(publisher_data):
    return publisher_data / "bls_oews"


@pytest.fixture(scope="module")
def industries(bls):
    return read_oews(bls / "may2025/national_industry_occupation.csv.gz")


@pytest.fixture(scope="module")
def states(bls):
    return read_oews(bls / "may2025/state_occupation.csv.gz")


@pytest.fixture(scope="module")
def sectors_2024(bls):
    return read_oews(bls / "natsector_M2024_dl.xlsx")


def total(estimates, naics="000000"):
    return estimates.query("o_group == 'total' and naics == @naics")["tot_emp"].sum()


@pytest.mark.publisher
@pytest.mark.parametrize(
    ("year", "millions", "detailed"),
    [(2020, 139.10, 789), (2021, 140.89, 831), (2022, 147.89, 830), (2023, 151.85, 831), (2024, 154.19, 831)],
)
def test_national_files_have_the_published_employment(bls, year, millions, detailed):
    estimates = read_oews(bls / f"national_M{year}_dl.xlsx")
    assert round(total(estimates) / 1e6, 2) == millions
    assert (estimates["o_group"] == "detailed").sum() == detailed
    assert estimates["release"].unique().tolist() == [f"{year}-05"]
    assert not estimates.duplicated(KEY).any()
    # Every row has one of the two mean wages.
    assert not (estimates["a_mean"].isna() & estimates["h_mean"].isna() & ~estimates["wage_suppressed"]).any()


@pytest.mark.publisher
def test_the_csv_of_may_2021_equals_the_workbook(publisher_data, bls):
    from_csv = read_oews(publisher_data / "openai_gpts_are_gpts/national_May2021_dl.csv.gz")
    pd.testing.assert_frame_equal(from_csv, read_oews(bls / "national_M2021_dl.xlsx"))


@pytest.mark.publisher
def test_may_2025_by_industry(industries):
    assert len(industries) == 134_477
    assert total(industries) == 155_495_730
    assert total(industries, "99") == 10_242_890
    assert industries["emp_suppressed"].sum() == 8_409
    assert industries["wage_suppressed"].sum() == 1_479
    assert industries["mean_top_coded"].sum() == 21
    assert industries["naics"].nunique() == 444
    assert not industries.duplicated(KEY).any()
    all_industries = industries[industries["i_group"] == "cross-industry"]
    assert all_industries["o_group"].value_counts().to_dict() == {
        "detailed": 830, "broad": 163, "minor": 88, "major": 22, "total": 1,
    }  # fmt: skip
    developers = all_industries.set_index("soc_code").loc["15-1252"]
    assert developers["title"] == "Software Developers"
    assert developers["o_group"] == "detailed"


@pytest.mark.publisher
def test_may_2025_by_state(states):
    assert len(states) == 37_408
    assert states["area"].nunique() == 54
    assert states["area"].str.fullmatch(r"\d\d").all()
    assert states["emp_suppressed"].sum() == 1_318
    assert states["mean_top_coded"].sum() == 92
    assert total(states[states["area"] == "01"]) == 2_113_660
    assert not states.duplicated(KEY).any()


@pytest.mark.publisher
def test_both_releases_name_the_same_twenty_sectors(industries, sectors_2024):
    now = industries[industries["i_group"] == "sector"].drop_duplicates("naics").set_index("naics")["naics_title"]
    before = sectors_2024.drop_duplicates("naics").set_index("naics")["naics_title"]
    assert len(now) == 20
    assert sorted(now.index) == sorted(before.index)
    # Government is worded differently; all others have one title in both layouts.
    assert now.drop("99").to_dict() == before.drop("99").to_dict()
    assert sectors_2024["emp_suppressed"].sum() == 1_056


@pytest.mark.publisher
def test_sectors_add_up_to_the_country(bls, industries, sectors_2024):
    sectors = industries[industries["i_group"] == "sector"]
    for parts, country in ((sectors, industries), (sectors_2024, read_oews(bls / "national_M2024_dl.xlsx"))):
        sums = parts.query("o_group == 'total'")["tot_emp"].sum()
        # Twenty totals and one sum, each rounded to tens.
        assert abs(sums - total(country)) <= 21 * 5


@pytest.mark.publisher
def test_detailed_occupations_never_exceed_the_total(industries, states):
    for estimates in (industries, states):
        by_cell = estimates.pivot_table("tot_emp", ["area", "naics"], "o_group", ["sum", "count"])
        for level in ("detailed", "major"):
            rounding = 5 * (by_cell["count", level] + 1)
            excess = by_cell["sum", level] - by_cell["sum", "total"] - rounding
            assert excess.max() <= 0, (level, excess.idxmax())


@pytest.mark.publisher
def test_wages_lie_where_their_flags_say(industries, states):
    for estimates in (industries, states):
        assert (estimates.loc[estimates["mean_top_coded"], "a_mean"].dropna() == 239_200).all()
        assert (estimates.loc[estimates["median_top_coded"], "h_median"].dropna() == 115).all()
        assert estimates.loc[estimates["wage_suppressed"], ["a_mean", "h_mean"]].isna().all(axis=None)
        assert estimates.loc[estimates["emp_suppressed"], ["tot_emp", "emp_prse"]].isna().all(axis=None)
        assert estimates.loc[~estimates["emp_suppressed"], ["tot_emp", "emp_prse"]].notna().all(axis=None)


@pytest.mark.publisher
def test_top_codes_are_those_that_the_workbooks_state(bls):
    entries = tomllib.loads(packaged("data", "employment", "top_codes.toml").read_text(encoding="utf-8"))["top_codes"]
    for year in range(2020, 2025):
        sheet = pd.read_excel(bls / f"national_M{year}_dl.xlsx", sheet_name="Field Descriptions", header=None, engine="calamine")
        notes = "\n".join(sheet[0].dropna().astype(str))
        entry = next(entry for entry in entries if entry["first_release"] <= f"{year}-05" <= entry["last_release"])
        assert f"${entry['hourly']:.2f} per hour or ${entry['annual']:,} per year" in notes
    footnotes = pd.read_csv(bls / "may2025/footnote.csv.gz", dtype=str).set_index("footnote_code")["footnote_text"]
    assert f"${entries[-1]['hourly']:.2f} per hour or ${entries[-1]['annual']:,} per year" in footnotes["5"]
    assert entries[-1]["last_release"] == "2025-05"
    assert all(entry["annual"] == 2080 * entry["hourly"] for entry in entries)


@pytest.mark.publisher
def test_the_publishers_files_cut_short(bls, put):
    for name in ("may2025/state_occupation.csv.gz", "national_M2024_dl.xlsx"):
        whole = (bls / name).read_bytes()
        cut = put(f"may2025/{Path(name).name}", whole[: len(whole) * 2 // 3])
        assert_fails(lambda path=cut: read_oews(path), "truncated", cut.name)


@pytest.mark.publisher
def test_the_largest_file_is_read_in_seconds_and_fits_the_schema(bls):
    start = time.perf_counter()
    estimates = read_oews(bls / "may2025/national_industry_occupation.csv.gz")
    # About 3 s on two cores; the bound leaves room for a machine that has other things to do.
    assert time.perf_counter() - start < 15
    check_table("oews", estimates)
