"""Files that people really have, after public bug reports: what is read from them, or the one line that says what to do."""

import gzip
import json

import openpyxl
import pandas as pd
import pytest

from jobimpact.errors import InputError, RowsWarning
from jobimpact.exposure.doubt.uncertain import doubts
from jobimpact.exposure.encoder.limits import EncoderLimits
from jobimpact.sources.jobs.user_employment import read_user_employment
from jobimpact.sources.tasks.statements import read_user_tasks
from jobimpact.sources.usertables import check_fits, read_user_table, write_user_table

TASKS = ["Write letters", "Lay bricks", "Answer calls"]


def written(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("semicolon.csv", "id;task\n1;Write letters\n2;Lay bricks\n3;Answer calls\n"),
        ("tabs.csv", "id\ttask\n1\tWrite letters\n2\tLay bricks\n3\tAnswer calls\n"),
        ("utf16.tsv", "id\ttask\n1\tWrite letters\n2\tLay bricks\n3\tAnswer calls\n".encode("utf-16")),
        ("mark.csv", "\ufeffid,task\n1,Write letters\n2,Lay bricks\n3,Answer calls\n"),
        ("zipped.csv.gz", gzip.compress(b"id,task\n1,Write letters\n2,Lay bricks\n3,Answer calls\n")),
        ("lines.jsonl", "\n".join(json.dumps({"id": number, "task": task}) for number, task in enumerate(TASKS, 1))),
    ],
)
def test_the_same_table_however_it_is_written(tmp_path, name, content):
    table = read_user_table(written(tmp_path, name, content))
    assert table["task"].tolist() == TASKS
    assert table["id"].astype(str).tolist() == ["1", "2", "3"]


def test_stata_and_a_named_index(tmp_path):
    table = pd.DataFrame({"code": ["15-1252", "47-2061"], "weight": [10.0, 20.0]})
    table.to_stata(tmp_path / "t.dta", write_index=False)
    table.set_index("code").to_parquet(tmp_path / "t.parquet")
    for name in ("t.dta", "t.parquet"):
        assert read_user_employment(tmp_path / name).rows["code"].tolist() == ["15-1252", "47-2061"]


def test_blank_rows_of_one_column_stay(tmp_path):
    table = read_user_table(written(tmp_path, "t.csv", "task\nWrite letters\n\nLay bricks\n\n\nAnswer calls\n"))
    assert len(table) == 6


def test_a_quote_that_is_a_sign_of_inches_swallows_no_rows(tmp_path):
    rows = ['"5 inch bolts', "Lay bricks", 'Read "gauges" daily', '"Write, letters"', 'Cut to 7"']
    table = read_user_table(written(tmp_path, "t.tsv", "id\ttask\n" + "".join(f"{n}\t{row}\n" for n, row in enumerate(rows))))
    assert table["task"].tolist() == [*rows[:3], "Write, letters", rows[4]]
    with pytest.warns(RowsWarning, match="row 1 of 'task' holds line breaks and what look like further rows: close its quote"):
        read_user_table(written(tmp_path, "t.csv", 'id,task\n1,"5 inch bolts\n2,Lay bricks\n3,Cut"\n4,Answer calls\n'))


def test_json_lines_end_at_line_ends_only_and_keep_large_numbers(tmp_path):
    rows = [{"id": 76561198003753557, "task": "a\u2028b\u0085c"}, {"id": None, "task": "d"}, {"id": "A-18", "task": "e"}]
    path = written(tmp_path, "t.jsonl", "\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    table = read_user_table(path)
    assert table["id"].tolist() == [76561198003753557, None, "A-18"]
    write_user_table(table, tmp_path / "again.jsonl")
    assert read_user_table(tmp_path / "again.jsonl")["task"].tolist() == [row["task"] for row in rows]
    write_user_table(table, tmp_path / "t.parquet")
    assert pd.read_parquet(tmp_path / "t.parquet")["id"].iloc[0] == "76561198003753557"


def workbook(tmp_path, rows, *, first=None):
    book = openpyxl.Workbook()
    sheet = book.active
    if first is not None:
        sheet.append([first])
        sheet = book.create_sheet("Data")
    for row in rows:
        sheet.append(row)
    book.save(tmp_path / "t.xlsx")
    return tmp_path / "t.xlsx"


def test_a_workbook_names_its_sheets_and_takes_one(tmp_path):
    path = workbook(tmp_path, [["occ", "task"], ["15-1252", "Write code"]], first="Prepared for the ministry")
    with pytest.raises(InputError, match=r"expected one row.*another sheet of Sheet, Data with sheet"):
        read_user_tasks(path)
    assert read_user_tasks(path, code_column="occ", sheet="Data")["soc_code"].tolist() == ["15-1252"]
    with pytest.raises(InputError, match="found no sheet 'Date'; the sheets are Sheet, Data"):
        read_user_table(path, sheet="Date")


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_header_below_a_title_is_named(tmp_path, ending):
    rows = [["Employment by occupation"], [], ["occ", "task"], ["15-1252", "Write code"]]
    path = workbook(tmp_path, rows)
    if ending == "csv":
        path = written(tmp_path, "t.csv", "\n".join(",".join(row) for row in rows))
    with pytest.raises(InputError, match=r"the header seems to be in row 3 \(occ, ?task\): delete the rows above it"):
        read_user_table(path)


def test_formulas_without_results_and_far_cells_are_refused(tmp_path):
    with pytest.raises(InputError, match="cell B2 holds a formula without a result"):
        read_user_table(workbook(tmp_path, [["code", "weight"], ["15-1252", "=100+20"]]))
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"], book.active["XFD1048576"] = "task", "Write letters", "x"
    book.save(tmp_path / "far.xlsx")
    with pytest.raises(InputError, match="a sheet of 3 cells reaches to XFD1048576, far from the others"):
        read_user_table(tmp_path / "far.xlsx")


@pytest.mark.parametrize(
    ("cells", "separator", "numbers"),
    [
        (["1 234", "12\u00a0500", "3\u202f000"], ",", [1234, 12500, 3000]),
        (["(D)", "c", "1"], ",", [None, None, 1]),
        (["1.234,5", "0,875", "2"], ";", [1234.5, 0.875, 2]),
        (["1,234", "12,500", "3"], ";", [1234, 12500, 3]),
    ],
)
def test_numbers_as_offices_write_them(tmp_path, cells, separator, numbers):
    codes = ["15-1252", "47-2061", "43-4051"]
    text = f"code{separator}weight\n" + "".join(f'{code}{separator}"{cell}"\n' for code, cell in zip(codes, cells, strict=True))
    weights = read_user_employment(written(tmp_path, "t.csv", text)).rows["weight"]
    assert [None if pd.isna(weight) else weight for weight in weights] == numbers


def test_a_decimal_comma_is_not_taken_for_thousands(tmp_path):
    path = written(tmp_path, "t.tsv", "code\tweight\n15-1252\t1,234\n47-2061\t2,500\n43-4051\t0,875\n")
    with pytest.raises(InputError, match=r"row 3 of 'weight' has '0,875'; is that a decimal comma.*write 0.875"):
        read_user_employment(path)


def test_totals_without_a_code_and_padded_groups(tmp_path):
    path = written(tmp_path, "t.csv", "code,weight\n15-1252,100\n47-2061,200\nTotal,300\n")
    with pytest.raises(InputError, match=r"found 1 groups .*first: Total.*would count twice"):
        read_user_employment(path)
    path = written(tmp_path, "i.csv", "code,weight\n2500,100\n5200,200\n9000,50\n")
    assert read_user_employment(path, classification="isco").rows["code"].tolist() == ["25", "52", "9"]


def test_dates_that_excel_made_and_names_of_code_columns(tmp_path):
    with pytest.raises(InputError, match=r"Excel has made a date of a code \(Nov-21\): format the column as text"):
        read_user_tasks(written(tmp_path, "t.csv", "soc_code,task\nNov-21,Write code\n"))
    for name in ("SOC Code", "OCC_CODE", "OCCSOC", "soc6", "O*NET-SOC 2019 Code", "socCode"):
        path = written(tmp_path, "n.csv", f"{name},task\n15-1252,Write code\n43-4051,nan\n")
        tasks = read_user_tasks(path)
        assert tasks["soc_code"].tolist() == ["15-1252", "43-4051"]
        assert tasks["task"].isna().tolist() == [False, True]


def test_a_workbook_takes_what_it_can_hold_and_says_what_it_cannot(tmp_path):
    times = pd.date_range("2026-01-01", periods=2, tz="Europe/Berlin")
    table = pd.DataFrame({"task": ["a\x0bb", "=1+1"], "posted": times})
    write_user_table(table, tmp_path / "t.xlsx")
    assert pd.read_excel(tmp_path / "t.xlsx", engine="calamine")["task"].tolist() == ["ab", "=1+1"]
    with pytest.raises(InputError, match="1,048,576 rows are more than the 1,048,575 of an Excel sheet"):
        check_fits(pd.DataFrame({"a": range(1_048_576)}), tmp_path / "t.xlsx")


@pytest.mark.parametrize("text", ["Answer calls • Write quotes", "Answer calls | Write it", "1. Answer calls 2. Write it"])
def test_a_list_in_one_cell_is_several_tasks(text):
    assert "several sentences or tasks" in doubts(pd.Series([text]), EncoderLimits()).loc[0, "uncertain_reason"]


def test_one_column_of_quoted_texts_has_its_header_in_the_first_row(tmp_path):
    lines = ["task", "Write letters", '"Walk, early each day"', '"Lay bricks, and point them"']
    table = read_user_table(written(tmp_path, "t.csv", "\n".join(lines)))
    assert table["task"].tolist() == ["Write letters", "Walk, early each day", "Lay bricks, and point them"]
