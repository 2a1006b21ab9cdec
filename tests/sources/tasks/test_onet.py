"""O*NET readers: both layouts of the publisher, small files made in those layouts, and every way they can be broken."""

import gzip
import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from jobimpact.errors import SourceError
from jobimpact.sources.tasks.onet import onet_release, read_onet_tasks
from jobimpact.tables import table_columns

CODE, ID, TASK, TYPE = "O*NET-SOC Code", "Task ID", "Task", "Task Type"
# In the official layouts, in words of our own.
STATEMENTS = pd.DataFrame(
    {
        CODE: ["11-1011.00", "11-1011.00", "53-7121.00"],
        ID: [8823, 20461, 12810],
        TASK: ['Decide what the "big" plan of the year is', "Open the yearly meeting", "Pump grain into a ship's hold"],
        TYPE: ["Core", None, "Supplemental"],
        "Incumbents Responding": [95, None, 30],
        "Date": ["08/2023", "08/2023", "07/2015"],
        "Domain Source": ["Incumbent", "Analyst", "Incumbent"],
    }
)
TITLES = pd.DataFrame({CODE: ["11-1011.00", "53-7121.00"], "Title": ["Chief Executives", "Loaders"], "Description": ["-", "-"]})
RATINGS = pd.DataFrame(
    {
        CODE: ["11-1011.00"] * 3 + ["53-7121.00"] * 2,
        ID: [8823, 8823, 8823, 12810, 12810],
        "Scale ID": ["FT", "IM", "RT", "IM", "RT"],
        "Category": [1, None, None, None, None],
        "Data Value": [2.5, 4.54, 97.0, 3.0, 60.0],
        "N": [95] * 5,
        "Standard Error": [0.1] * 5,
        "Lower CI Bound": [1.0] * 5,
        "Upper CI Bound": [5.0] * 5,
        "Recommend Suppress": ["N"] * 5,
        "Date": ["08/2023"] * 5,
        "Domain Source": ["Incumbent"] * 5,
    }
)
README = "O*NET 28.3 Database\nMay 2024 Release\n"


def write_text(table: pd.DataFrame, path: Path) -> Path:
    """Write a table as O*NET does: tabs, bare cells, n/a for missing, CRLF."""
    lines = [table.columns, *table.astype(object).where(table.notna(), "n/a").to_numpy()]
    cells = [[str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell) for cell in line] for line in lines]
    path.write_bytes("".join("\t".join(line) + "\r\n" for line in cells).encode())
    return path


def text_database(folder: Path, **tables: pd.DataFrame) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in {"Task Statements": STATEMENTS, "Occupation Data": TITLES, **tables}.items():
        write_text(table, folder / f"{name}.txt")
    (folder / "Read Me.txt").write_text(README, encoding="utf-8")
    return folder


def excel_database(folder: Path) -> Path:
    folder.mkdir(parents=True)
    titles = TITLES.set_index(CODE)["Title"]
    for name, table in {"Task Statements": STATEMENTS, "Task Ratings": RATINGS}.items():
        titled = table.copy()
        titled.insert(1, "Title", table[CODE].map(titles))
        titled.to_excel(folder / f"{name}.xlsx", sheet_name=name, index=False)
    (folder / "Read Me.txt").write_text(README, encoding="utf-8")
    return folder


def zipped(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{folder.name}/{file.name}")
    return path


def error_of(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        read_onet_tasks(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


class TestRead:
    @pytest.mark.parametrize("layout", ["text", "gz", "excel", "text-zip", "excel-zip"])
    def test_layouts_give_the_same_table(self, tmp_path: Path, layout: str) -> None:
        folder = tmp_path / "db_28_3"
        if layout.startswith("excel"):
            excel_database(folder)
        else:
            text_database(folder, **{"Task Ratings": RATINGS})
        if layout == "gz":
            for file in list(folder.glob("Task*.txt")):
                file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
                file.unlink()
        path = zipped(folder) if layout.endswith("zip") else folder
        tasks = read_onet_tasks(path)
        assert list(tasks.columns) == table_columns("task_statements")
        assert tasks["onetsoc_code"].tolist() == STATEMENTS[CODE].tolist()
        assert tasks["soc_code"].tolist() == ["11-1011", "11-1011", "53-7121"]
        assert tasks["title"].tolist() == ["Chief Executives", "Chief Executives", "Loaders"]
        assert tasks["task_id"].tolist() == ["8823", "20461", "12810"]
        assert tasks["task"].tolist() == STATEMENTS[TASK].tolist()
        assert tasks["task_type"].fillna("?").tolist() == ["Core", "?", "Supplemental"]
        assert tasks["importance"].fillna(-1).tolist() == [4.54, -1, 3.0]
        assert onet_release(path) == "28.3"

    def test_no_ratings_file_leaves_importance_missing(self, tmp_path: Path) -> None:
        tasks = read_onet_tasks(text_database(tmp_path))
        assert tasks["importance"].isna().all()
        assert tasks["importance"].dtype == "float64"

    def test_statements_alone_use_their_neighbours(self, tmp_path: Path) -> None:
        folder = text_database(tmp_path)
        assert read_onet_tasks(folder / "Task Statements.txt")["title"].iloc[2] == "Loaders"

    def test_without_titles_the_code_stands_in(self, tmp_path: Path) -> None:
        path = write_text(STATEMENTS, tmp_path / "Task Statements.txt")
        assert read_onet_tasks(path)["title"].iloc[2] == "53-7121.00"

    def test_decimals_of_task_ids_go(self, tmp_path: Path) -> None:
        path = write_text(STATEMENTS.assign(**{ID: ["8823.0", "20461.0", "12810.0"]}), tmp_path / "Task Statements.txt")
        assert read_onet_tasks(path)["task_id"].tolist() == ["8823", "20461", "12810"]

    def test_a_byte_order_mark_is_no_part_of_the_header(self, tmp_path: Path) -> None:
        path = write_text(STATEMENTS, tmp_path / "Task Statements.txt")
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
        assert len(read_onet_tasks(path)) == 3


class TestRelease:
    def test_comes_from_the_folder_where_no_read_me_is(self, tmp_path: Path) -> None:
        folder = text_database(tmp_path / "kept" / "db_29_1_text")
        (folder / "Read Me.txt").unlink()
        assert onet_release(folder) == "29.1"
        assert onet_release(folder / "Task Statements.txt") == "29.1"
        assert onet_release(folder.parent) == "29.1"

    def test_is_unknown_where_nothing_tells_it(self, tmp_path: Path) -> None:
        assert onet_release(write_text(STATEMENTS, tmp_path / "Task Statements.txt")) == "unknown"


class TestErrors:
    def test_missing_path(self, tmp_path: Path) -> None:
        assert error_of(tmp_path / "db") == (
            f"{tmp_path / 'db'}: no such file or folder; expected an O*NET database, its zip or its Task "
            "Statements: run `jobimpact sources pull onet`, or check the path"
        )

    def test_missing_file(self, tmp_path: Path) -> None:
        assert error_of(tmp_path) == (
            f"{tmp_path}: found no file 'Task Statements' in it; expected an O*NET database, its zip or its Task "
            "Statements: run `jobimpact sources pull onet`, or give a file itself"
        )

    def test_renamed_column(self, tmp_path: Path) -> None:
        path = write_text(STATEMENTS.rename(columns={TYPE: "TaskType"}), tmp_path / "Task Statements.txt")
        assert error_of(path) == (
            "Task Statements.txt: found no column 'Task Type' (did you mean 'TaskType'?) among 'O*NET-SOC Code', "
            "'Task ID', 'Task', 'TaskType', 'Incumbents Responding', 'Date', 'Domain Source'; expected the publisher's "
            "layout with 'O*NET-SOC Code', 'Task ID', 'Task', 'Task Type': give the file as the publisher released it"
        )

    def test_renamed_column_in_excel(self, tmp_path: Path) -> None:
        path = tmp_path / "Task Statements.xlsx"
        STATEMENTS.rename(columns={CODE: "SOC Code"}).to_excel(path, index=False)
        assert "found no column 'O*NET-SOC Code' (did you mean 'SOC Code'?) among 'SOC Code', 'Task ID'" in error_of(path)

    def test_wrong_layout(self, tmp_path: Path) -> None:
        path = tmp_path / "Task Statements.txt"
        STATEMENTS.to_csv(path, index=False)
        assert "found no column 'O*NET-SOC Code'" in error_of(path)

    def test_wrong_kind_of_file(self, tmp_path: Path) -> None:
        path = tmp_path / "Task Statements.pdf"
        path.write_bytes(b"%PDF")
        assert error_of(path) == (
            "Task Statements.pdf: found a file of another kind; expected one of .txt, .tsv, .csv, .txt.gz, .tsv.gz, "
            ".csv.gz, .xlsx: give that file"
        )

    @pytest.mark.parametrize("kept", [0.0, 0.3, 0.9])
    def test_truncated_gz(self, tmp_path: Path, kept: float) -> None:
        many = pd.concat([STATEMENTS.assign(**{ID: STATEMENTS[ID] + step}) for step in range(200)])
        whole = gzip.compress(write_text(many, tmp_path / "x.txt").read_bytes(), mtime=0)
        path = tmp_path / "Task Statements.txt.gz"
        path.write_bytes(whole[: int(len(whole) * kept)])
        if not kept:
            assert error_of(path) == "Task Statements.txt.gz: found an empty file; expected a table: download it again"
            return
        assert error_of(path) == (
            f"Task Statements.txt.gz: found {path.stat().st_size:,} bytes that are not a whole gzip file; expected "
            "the file as the publisher has it: download it again"
        )

    @pytest.mark.parametrize("kept", [0.0, 0.3, 0.99])
    def test_truncated_xlsx(self, tmp_path: Path, kept: float) -> None:
        path = excel_database(tmp_path / "excel") / "Task Statements.xlsx"
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
        assert error_of(path) == (
            f"Task Statements.xlsx: found {path.stat().st_size:,} bytes that are not a whole Excel workbook; expected "
            "the file as the publisher has it: download it again"
        )

    def test_damaged_xlsx(self, tmp_path: Path) -> None:
        path = excel_database(tmp_path / "excel") / "Task Statements.xlsx"
        content = bytearray(path.read_bytes())
        middle = len(content) // 3
        content[middle : middle + 50] = bytes(byte ^ 0x55 for byte in content[middle : middle + 50])
        path.write_bytes(content)
        assert "are not a whole Excel workbook" in error_of(path)

    def test_a_zip_called_xlsx(self, tmp_path: Path) -> None:
        path = zipped(text_database(tmp_path / "db")).rename(tmp_path / "Task Statements.xlsx")
        assert "are not a whole Excel workbook" in error_of(path)

    @pytest.mark.parametrize("kept", [0.0, 0.5, 0.99])
    def test_truncated_zip(self, tmp_path: Path, kept: float) -> None:
        path = zipped(text_database(tmp_path / "db"))
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
        assert error_of(path) == (
            f"db.zip: found {path.stat().st_size:,} bytes that are not a whole zip archive (broken off, or another "
            "kind of file); expected the archive as the publisher has it: download it again"
        )

    def test_truncated_text(self, tmp_path: Path) -> None:
        path = write_text(STATEMENTS, tmp_path / "Task Statements.txt")
        path.write_bytes(path.read_bytes()[: path.read_bytes().index(b"Pump")])
        assert error_of(path) == (
            "Task Statements.txt: found data row 3 of 3 without 'Task'; expected it in every row (a download that "
            "broke off ends so): download it again"
        )

    def test_header_alone(self, tmp_path: Path) -> None:
        path = write_text(STATEMENTS.iloc[:0], tmp_path / "Task Statements.txt")
        assert error_of(path) == ("Task Statements.txt: found a header and no rows; expected the whole table: download it again")

    def test_not_utf8(self, tmp_path: Path) -> None:
        path = write_text(STATEMENTS, tmp_path / "Task Statements.txt")
        path.write_bytes(path.read_bytes().replace(b"grain", b"gr\xe4in"))
        assert error_of(path) == (
            "Task Statements.txt: found bytes that are not UTF-8 text; expected the publisher's text file: download it "
            "again, and do not save it from a spreadsheet"
        )

    def test_rows_of_unequal_length(self, tmp_path: Path) -> None:
        path = write_text(STATEMENTS, tmp_path / "Task Statements.txt")
        path.write_bytes(path.read_bytes() + b"a\tb\tc\td\te\tf\tg\th\r\n")
        assert "found rows of unequal length" in error_of(path)

    def test_repeated_key(self, tmp_path: Path) -> None:
        path = write_text(pd.concat([STATEMENTS, STATEMENTS.iloc[:2]]), tmp_path / "Task Statements.txt")
        assert error_of(path) == (
            "Task Statements.txt: found 11-1011.00 8823 more than once (2 such rows); expected one row for each "
            "onetsoc_code and task_id: remove the copies or download the file again"
        )

    def test_repeated_rating(self, tmp_path: Path) -> None:
        folder = text_database(tmp_path, **{"Task Ratings": pd.concat([RATINGS, RATINGS.iloc[1:2]])})
        assert error_of(folder) == (
            "Task Ratings.txt: found the importance of 11-1011.00 8823 more than once; expected one row on scale IM "
            "for each task: download it again"
        )

    def test_rating_that_is_no_number(self, tmp_path: Path) -> None:
        values = ["2.5", "high", "97", "3", "60"]
        folder = text_database(tmp_path, **{"Task Ratings": RATINGS.assign(**{"Data Value": values})})
        assert error_of(folder) == (
            "Task Ratings.txt: found 'high' in data row 2 (1 such rows); expected a number from 1 to 5 as Data Value: "
            "give the file as the publisher released it"
        )

    def test_rating_off_the_scale(self, tmp_path: Path) -> None:
        folder = text_database(tmp_path, **{"Task Ratings": RATINGS.assign(**{"Data Value": 7.5})})
        assert "importance" in error_of(folder)

    def test_code_of_another_kind(self, tmp_path: Path) -> None:
        path = write_text(STATEMENTS.assign(**{CODE: ["1111", "1111", "9333"]}), tmp_path / "Task Statements.txt")
        assert error_of(path) == (
            "Task Statements.txt: found '1111' in data row 1 (3 such rows); expected an O*NET-SOC code such as "
            "11-1011.00: give the file as the publisher released it"
        )

    def test_task_type_of_another_kind(self, tmp_path: Path) -> None:
        path = write_text(STATEMENTS.assign(**{TYPE: "Vital"}), tmp_path / "Task Statements.txt")
        assert "task_type" in error_of(path)


@pytest.mark.publisher
class TestPublisher:
    @pytest.mark.parametrize(
        ("folder", "release", "untyped"), [("onet_db_29_1_text", "29.1", 1157), ("onet_db_30_1_excel", "30.1", 845)]
    )
    def test_whole_release(self, publisher_data: Path, folder: str, release: str, untyped: int) -> None:
        started = time.process_time()
        tasks = read_onet_tasks(publisher_data / folder)
        assert time.process_time() - started < 5
        assert onet_release(publisher_data / folder) == release
        assert len(tasks) == 18_796
        assert tasks["onetsoc_code"].nunique() == 923
        assert tasks["task_type"].isna().sum() == untyped
        assert not tasks["task_id"].str.contains(".", regex=False).any()
        assert not tasks["title"].str.match(r"\d\d-").any()
        assert (tasks["task"] == tasks["task"].str.strip()).all()

    def test_releases_share_their_tasks(self, publisher_data: Path) -> None:
        old = read_onet_tasks(publisher_data / "onet_db_29_1_text")
        new = read_onet_tasks(publisher_data / "onet_db_30_1_excel")
        assert len(set(old["task_id"]) & set(new["task_id"])) == 18_775
