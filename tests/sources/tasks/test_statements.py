import pytest

from jobimpact.errors import CodeWarning, InputError
from jobimpact.sources.tasks.statements import read_user_tasks
from jobimpact.tables import check_table


def write(tmp_path, text):
    path = tmp_path / "tasks.csv"
    path.write_text(text)
    return path


def test_codes_of_any_shape_become_onetsoc(tmp_path):
    path = write(tmp_path, "soc_code,task\n11-1011,a\n11-1011.0,b\n111011,c\n11-1011.03,d\n")
    tasks = check_table("task_statements", read_user_tasks(path))
    assert tasks["onetsoc_code"].tolist() == ["11-1011.00"] * 3 + ["11-1011.03"]
    assert tasks["task_id"].tolist() == ["1", "2", "3", "4"]


def test_publishers_column_names_are_understood(tmp_path):
    path = write(tmp_path, "O*NET-SOC Code,Title,Task ID,Task,Task Type\n11-1011.00,Chief Executives,8823.0,Lead,Core\n")
    row = read_user_tasks(path).iloc[0]
    assert row[["title", "task_id", "task_type"]].tolist() == ["Chief Executives", "8823", "Core"]


def test_rows_without_usable_code_are_counted(tmp_path):
    path = write(tmp_path, "soc_code,task\n11-1011,a\n,b\nnan,c\n")
    with pytest.warns(CodeWarning, match="2 of 3 rows have no usable occupation code and are left out, first: row 2"):
        assert len(read_user_tasks(path)) == 1


BAD = {
    "soc_code,task,id\n11-1011,a,7\n11-1011,b,7\n": "2 rows share their task_id within an occupation, first '7' in 11-1011.00",
    "task\na\n": "no column with occupation codes",
    "soc_code,tsk\n11-1011,a\n": "did you mean 'tsk'",
    "soc_code,task\nnan,a\n": "none of 1 occupation codes is usable, first 'nan'",
    "soc_code,task,task_type\n11-1011,a,Main\n": "task type 'Main' in row 1; expected Core or Supplemental",
    "soc_code,task,importance\n11-1011,a,7\n": "importance '7' in row 1; expected a number from 1 to 5",
}


@pytest.mark.parametrize("text", BAD)
def test_bad_table_is_one_clear_line(tmp_path, text):
    with pytest.raises(InputError) as caught:
        read_user_tasks(write(tmp_path, text))
    assert BAD[text] in str(caught.value)
