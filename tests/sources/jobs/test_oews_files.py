"""OEWS files that are not as they should be: every way in which a file can be wrong is one line."""

import gzip

import pytest
from support.oews_files import FLAT, FLAT_ROWS, OFFICIAL, OFFICIAL_ROWS, STATE, as_csv, as_workbook, as_zip, assert_fails

from jobimpact.sources.jobs.oews import read_oews


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
        ("a_M2025.csv.gz", gzip.compress(b"", mtime=0), ["is empty"]),
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
