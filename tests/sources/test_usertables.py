import pandas as pd
import pytest
from openpyxl import load_workbook

from jobimpact.errors import InputError
from jobimpact.sources.usertables import find_column, read_user_table, write_user_table, written_whole

TABLE = pd.DataFrame({"id": ["001", "1.0"], "task": ["Lay bricks", "=HYPERLINK(1)"], "note": ["NA", ""]})


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "jsonl"])
def test_cells_come_back_as_written(tmp_path, ending):
    path = tmp_path / f"tasks.{ending}"
    write_user_table(TABLE, path)
    pd.testing.assert_frame_equal(read_user_table(path).astype(str), TABLE.astype(str), check_dtype=False)


def test_excel_text_is_never_a_formula(tmp_path):
    path = tmp_path / "tasks.xlsx"
    write_user_table(TABLE, path)
    sheet = load_workbook(path).active
    assert [cell.data_type for cell in sheet["B"]] == ["s", "s", "s"]
    assert read_user_table(path)["task"].tolist() == TABLE["task"].tolist()


def test_excel_refuses_a_cell_that_it_would_cut(tmp_path):
    with pytest.raises(InputError, match="row 1 of 'task' has more than 32,767 characters"):
        write_user_table(pd.DataFrame({"task": ["a" * 40_000]}), tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_byte_order_mark_is_not_part_of_the_first_name(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbftask\nLay bricks\n")
    assert read_user_table(path).columns.tolist() == ["task"]


BAD = {
    "empty.csv": (b"", "the file is empty"),
    "header.csv": (b"task\n", "there is a header and no rows"),
    "bytes.csv": (b"task\n\xff\xfe\xfabad\n", "not utf-8 text: save the file as UTF-8, or say what it is with encoding"),
    "quote.csv": (b'task\n"unclosed quote\n', "cannot be read as .csv"),
    "twice.csv": (b"task,task\na,b\n", "the column 'task' is there twice"),
    "ragged.csv": (b"task,id\na,b\na,b,c\n", "cannot be read as .csv"),
    "fake.xlsx": (b"PK\003\004junk", "cannot be read as .xlsx"),
    "broken.jsonl": (b'{"task": "a"\n', "cannot be read as .jsonl"),
    "noise.parquet": (b"\x00\x01" * 99, "cannot be read as .parquet"),
    "tasks.doc": (b"task\na\n", "unknown ending '.doc'"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_file_is_one_clear_line(tmp_path, name):
    content, expected = BAD[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_user_table(tmp_path / name)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_folder_and_missing_file(tmp_path):
    (tmp_path / "dir.csv").mkdir()
    with pytest.raises(InputError, match="this is a folder"):
        read_user_table(tmp_path / "dir.csv")
    with pytest.raises(InputError, match="no such file"):
        read_user_table(tmp_path / "missing.csv")


def test_other_encoding_can_be_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("task\nServe in the café\n".encode("cp1252"))
    assert read_user_table(path, encoding="cp1252")["task"].tolist() == ["Serve in the café"]


def test_nearest_column_is_named():
    table = pd.DataFrame(columns=["tsk", "id"])
    with pytest.raises(InputError, match=r"did you mean 'tsk'\? The columns are: tsk, id. Choose one with --text"):
        find_column(table, "task", option="--text-column", name="f.csv")
    assert find_column(pd.DataFrame(columns=["Task "]), "task", option="-", name="f") == "Task "


def test_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), written_whole(path) as temporary:
        temporary.write_text(f"half of the new{1 / 0}")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_user_table(TABLE, tmp_path / "file" / "out.csv")
