"""Workbooks as openpyxl and calamine read them."""

import dataclasses
import math
import tempfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from jobimpact.errors import InputError
from jobimpact.reporting.compose.document import DataTable, PrintedCell
from jobimpact.reporting.formats.codebook import read_exports
from jobimpact.reporting.formats.datafiles import document_tables
from jobimpact.reporting.formats.workbook import cells as workbook_cells
from jobimpact.reporting.formats.workbook.cells import lines_in, open_book, sheet_name
from jobimpact.reporting.formats.workbook.workbook import printed_format, unrounded, write_xlsx
from jobimpact.study import TABLES
from jobimpact.tables import column_entries, read_dictionary

# XlsxWriter writes 16 significant digits, a double has up to 17.
RELATIVE = 1e-15


@pytest.fixture(scope="module")
def document(small_document, study):
    return dataclasses.replace(small_document, tables=study.tables, claims=study["claims"])


@pytest.fixture(scope="module")
def path(document, tmp_path_factory):
    return write_xlsx(document, tmp_path_factory.mktemp("book") / "report.xlsx")


@pytest.fixture(scope="module")
def book(path):
    return openpyxl.load_workbook(path)


def test_sheets_in_their_order(book, document):
    names = book.sheetnames
    assert names[:2] == ["About", "Table 1 by-sector"]
    assert names[-2:] == ["Dictionary", "Sources"]
    assert names[2] == "Claims"
    assert names[3:-2] == [f"Data {name}" for name in document.tables if name != "claims"]


def test_no_cell_is_a_formula_and_texts_stay_whole(book, documents):
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    risky = [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@"))]
    assert documents.HOSTILE[3] in {cell.value for cell in risky}
    assert all(cell.quotePrefix for cell in risky)
    texts = {cell.value for cell in cells if isinstance(cell.value, str)}
    assert {*documents.HOSTILE[:6]} <= texts


@pytest.mark.parametrize("name", ["tasks", "occupations", "sectors", "areas", "groups"])
def test_study_tables_are_read_back(path, study, name):
    read = pd.read_excel(path, sheet_name=f"Data {name}", engine="calamine", dtype=None, keep_default_na=False, na_values=[""])
    table = study[name] if name == "tasks" else getattr(study, name)
    assert read.columns.tolist() == table.columns.tolist()
    assert len(read) == len(table)
    for column in table:
        if table[column].dtype.kind in "iuf":
            difference = (read[column].astype(float) - table[column].astype(float)).abs()
            assert (difference <= RELATIVE * table[column].abs()).where(table[column].notna(), True).all(), column
            assert (read[column].isna() == table[column].isna()).all(), column
        elif table[column].dtype.kind == "b":
            assert read[column].tolist() == table[column].tolist(), column


def test_codes_are_text(book, study):
    column = [cell.value for cell in book["Data areas"]["A"]]
    assert column == ["area", *study["areas"]["area"]]
    assert "01" in column


def test_missing_cells_are_empty_and_explained(book, document):
    sheet = book["Table 1 by-sector"]
    table = next(block for block in document.blocks() if isinstance(block, DataTable))
    missing = sum(cell.value is not None and math.isnan(cell.value) for row in table.rows for cell in row)
    values = [cell.value for cell in sheet["C"]]
    assert values[4] == 0.4567
    assert values[5 : 5 + missing] == [None] * missing
    assert "\N{EN DASH}" not in [cell.value for row in sheet.iter_rows() for cell in row]
    assert f"Empty cells: {missing}. An empty cell is a missing value" in sheet.cell(sheet.max_row, 1).value


def test_printed_numbers_are_numbers_with_the_format_of_their_unit(book):
    sheet = book["Table 1 by-sector"]
    assert (sheet["B5"].value, sheet["B5"].number_format) == (1_234_560, "#,##0")
    assert sheet["C5"].number_format == "0.00"
    areas = book["Data areas"]
    formats = {areas.cell(1, at).value: areas.cell(2, at).number_format for at in range(1, areas.max_column + 1)}
    assert formats["matched_share"] == r"0.0\ %"
    assert formats["wage_bill"] == "$#,##0"
    assert formats["tot_emp"] == "#,##0"


def test_every_measured_unit_of_a_study_has_a_format():
    """Without one, a cell shows as many digits as it is wide: 0.0770143007055 beside 6.6522E-05."""
    dictionary, formats = read_dictionary(), read_exports()["number_formats"]
    entries = [column_entries(table)[name] for table in TABLES for name in dictionary["tables"][table]["columns"]]
    units = {entry["unit"] for entry in entries if entry["type"] == "float"}
    # Few whole numbers, and claims, whose cells have formats of their own.
    assert units - set(formats) == {"1-5", "weight", "as named in unit"}


def test_heads_are_frozen_and_filtered(book, study):
    sheet = book["Data occupations"]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == f"A1:T{len(study['occupations']) + 1}"
    assert book["Table 1 by-sector"].freeze_panes == "B5"
    assert book["Table 1 by-sector"].auto_filter.ref == "A4:D12"


def test_every_claim_leads_to_its_cell(book, document):
    sheet = book["Claims"]
    head = [cell.value for cell in sheet[1]]
    assert head[:4] == ["Claim", "Printed", "Value, unrounded", "Cell"]
    assert sheet.max_row == len(document.claims) + 1
    single = 0
    for row in sheet.iter_rows(min_row=2):
        place, address = row[3].value.split("!")
        assert row[3].hyperlink.location == f"'{place}'!{address}"
        if row[head.index("Kind")].value in ("value", "share"):
            single += 1
            assert book[place][address].value == pytest.approx(row[2].value, rel=RELATIVE)
    assert single > 20


def test_a_claim_follows_its_cell(document, study, tmp_path):
    turned = {**study.tables, "sectors": study["sectors"].iloc[::-1].reset_index(drop=True)}
    book = openpyxl.load_workbook(write_xlsx(dataclasses.replace(document, tables=turned), tmp_path / "turned.xlsx"))
    row = next(row for row in book["Claims"].iter_rows(min_row=2) if row[0].value == "sectors.52.exposure_beta")
    place, address = row[3].value.split("!")
    assert book[place][address].value == pytest.approx(row[2].value, rel=RELATIVE)
    assert book[place].cell(book[place][address].row, 1).value == "52"


def test_about_says_what_it_is(book, document):
    texts = [cell.value for row in book["About"].iter_rows() for cell in row if isinstance(cell.value, str)]
    assert texts[0] == document.title
    for wanted in (
        "Headline figures and their definitions",
        "Mean exposure (beta) of covered jobs. Covers 87.5 % of 1.2 million jobs.",
    ):
        assert wanted in texts
    assert "Exposure is not job loss." in texts
    assert "US public domain" in texts
    assert "May 2025" in texts
    assert "Nothing: every table is here whole, and no text was cut." in texts
    assert any("[wording chosen by SmolLM2-135M]" in text for text in texts)
    assert {"Data tasks", "Claims", "Dictionary", "Sources", "Table 1 by-sector"} <= set(texts)


def test_dictionary_describes_every_column(book, document):
    rows = {(row[0], row[1]): row for row in book["Dictionary"].iter_rows(min_row=2, values_only=True)}
    tables = document_tables(document)
    assert set(rows) == {(name, column) for name, table in tables.items() for column in table}
    assert rows["areas", "tot_emp"][3] == "jobs"
    assert all(row[6] for row in rows.values())


def test_a_long_text_is_cut_and_named(small_document, tmp_path):
    tasks = pd.DataFrame({"task": ["short", "字" * 40_000, "\N{GRINNING FACE}" * 16_500]})
    book = openpyxl.load_workbook(
        write_xlsx(dataclasses.replace(small_document, tables={"tasks": tasks}), tmp_path / "long.xlsx")
    )
    cells = [cell.value for cell in book["Data tasks"]["A"]][1:]
    assert cells[0] == "short"
    for cell in cells[1:]:
        assert len(cell.encode("utf-16-le")) // 2 in (32_766, 32_767)
        assert cell.endswith("[... cut here: a cell holds no more]")
    about = [cell.value for row in book["About"].iter_rows() for cell in row]
    for address, found in (("A3", "40,000"), ("A4", "33,000")):
        assert any(str(text).startswith(f"Data tasks!{address}: {found} characters, cut at 32,767") for text in about)


def test_a_table_beyond_the_rows_of_a_sheet_is_named(small_document, tmp_path, monkeypatch):
    limits = {"excel_rows": 5}
    real = workbook_cells.assumption
    monkeypatch.setattr(
        "jobimpact.reporting.formats.workbook.workbook.assumption", lambda file, name: limits.get(name) or real(file, name)
    )
    book = openpyxl.load_workbook(write_xlsx(small_document, tmp_path / "rows.xlsx"))
    assert "Data sectors" in book.sheetnames
    assert "Data tasks" not in book.sheetnames
    about = [cell.value for row in book["About"].iter_rows() for cell in row]
    assert any(str(text).startswith("Table tasks: 7 rows and a head are more than the 5 rows of a sheet.") for text in about)
    assert "tasks" in {cell.value for cell in book["Dictionary"]["A"]}


def test_text_that_looks_like_markup_of_the_file_stays_text(small_document, tmp_path):
    texts = ["<r><t>x</t></r>", "<r></r>", "_x0041_", "a\x01b", "\ufffe", " space ", "http://example.org", "mailto:a@b", "{=1}"]
    table = pd.DataFrame({"task": texts})
    path = write_xlsx(dataclasses.replace(small_document, tables={"tasks": table}), tmp_path / "odd.xlsx")
    sheet = openpyxl.load_workbook(path, rich_text=False)["Data tasks"]
    read = [cell.value for cell in sheet["A"]][1:]
    assert read[:2] == texts[:2]
    assert read[5:] == texts[5:]
    assert not any(cell.hyperlink for cell in sheet["A"])
    calamine = pd.read_excel(path, sheet_name="Data tasks", engine="calamine")["task"].tolist()
    assert calamine[2:4] == texts[2:4]


@given(texts=st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), min_size=1, max_size=30))
@settings(max_examples=15)
def test_any_text_is_read_back(texts):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.xlsx"
        book = open_book(path, language="en", title="", subject="")
        sheet = book.sheet("x")
        for row, text in enumerate(texts):
            sheet.put(row, 0, text)
        sheet.finish()
        book.book.close()
        rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert [row[0] for row in rows] == texts


def test_chinese(small_chinese_document, tmp_path):
    book = openpyxl.load_workbook(write_xlsx(small_chinese_document, tmp_path / "zh.xlsx"))
    assert book.sheetnames[0] == "说明"
    assert book.sheetnames[-2:] == ["数据字典", "来源"]
    assert book["说明"]["A1"].value == small_chinese_document.title


def test_same_document_same_bytes(small_document, tmp_path):
    first, second = (write_xlsx(small_document, tmp_path / name).read_bytes() for name in ("a.xlsx", "b.xlsx"))
    assert first == second


def test_without_the_library_one_line_says_what_to_install(small_document, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "xlsxwriter", None)
    with pytest.raises(InputError, match=r"pip install 'jobimpact\[reports\]'"):
        write_xlsx(small_document, tmp_path / "none.xlsx")
    assert not list(tmp_path.iterdir())


def test_sheet_names_are_valid_and_different():
    taken = set()
    for name in ("Data a" * 9, "data a" * 9, "'quoted'", "a[b]:c*d?e/f\\g", "History", "", "\x00\n"):
        chosen = sheet_name(name, taken)
        taken.add(chosen.casefold())
        assert 0 < len(chosen) <= 31
        assert not set(chosen) & set("[]:*?/\\\n\x00")
        assert not chosen.startswith("'")
        assert chosen.casefold() != "history"
    assert len(taken) == 7


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("0.46", 0.4567, "0.00"),
        ("1,234,560", 1_234_560.0, "#,##0"),
        ("$50,200", 50_230.0, "$#,##0"),
        ("8.5 %", 0.08526, r"0.0\ %"),
        ("8.5%", 0.08526, "0.0%"),
        ("3.1 %", 3.1, '0.0" %"'),
        ("0.0 %", 0.0, r"0.0\ %"),
        ("-0.034", -0.0344, "0.000"),
        ("+0.034", 0.0344, "+0.000;-0.000"),
        ("2.8 million", 2_764_870.0, ""),
        ("highest", 1.0, ""),
        ("\N{EN DASH}", math.nan, ""),
    ],
)
def test_a_cell_shows_what_the_report_prints(text, value, expected):
    assert printed_format(PrintedCell(text, value, "share")) == expected


def test_number_formats_and_lines():
    assert [unrounded(value) for value in (3.0, 0.5, float("nan"))] == ["#,##0", "0.000000", "0.000000"]
    assert [lines_in(text, 10) for text in ("", "a" * 10, "a" * 11, "字" * 6, "a\nb")] == [1, 1, 2, 2, 2]


def test_infinite_and_empty_values(small_document, tmp_path):
    book = open_book(tmp_path / "values.xlsx", language="en", title="t" * 300, subject="")
    sheet = book.sheet("x")
    for row, value in enumerate((float("inf"), float("nan"), None, "", True, -0.5)):
        sheet.put(row, 0, value)
    sheet.finish()
    book.book.close()
    read = [cell.value for cell in openpyxl.load_workbook(tmp_path / "values.xlsx")["x"]["A"]]
    assert read == ["inf", None, None, None, True, -0.5]
