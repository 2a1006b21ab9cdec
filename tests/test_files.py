"""A folder is whole under its name or not there, whenever its writer is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jobimpact.files import folder_written_whole, recover_folder

# Writes the folder anew and dies at the start of the N-th rename: the first takes the old folder away, the second puts the new.
KILLED = """
import os, signal, sys
from pathlib import Path
from jobimpact.files import folder_written_whole
rename, calls = Path.rename, []
def killed(self, target):
    calls.append(target)
    if len(calls) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)
Path.rename = killed
with folder_written_whole(Path(sys.argv[1])) as folder:
    (folder / "text").write_text("new")
"""


def write(path, text):
    with folder_written_whole(path) as folder:
        (folder / "text").write_text(text)


def kill_writer(path, at):
    result = subprocess.run([sys.executable, "-c", KILLED, str(path), str(at)], check=False)
    assert result.returncode == -signal.SIGKILL


@pytest.fixture
def path(tmp_path):
    write(tmp_path / "a study [x].old-1", "old")
    return tmp_path / "a study [x].old-1"


@pytest.mark.parametrize(("at", "text"), [(1, "old"), (2, "new")])
def test_a_kill_at_either_rename_loses_no_folder(path, at, text):
    kill_writer(path, at)
    assert path.exists() == (at == 1)
    recover_folder(path)
    assert (path / "text").read_text() == text
    write(path, "newest")
    assert (path / "text").read_text() == "newest"


def test_the_old_folder_comes_back_where_its_successor_is_gone(path):
    kill_writer(path, 2)
    (successor,) = path.parent.glob(".*.partial-*")
    (successor / "text").unlink()
    successor.rmdir()
    recover_folder(path)
    assert (path / "text").read_text() == "old"
    assert list(path.parent.iterdir()) == [path]


def test_what_killed_writers_left_is_cleared_up_when_it_is_stale_and_not_before(path):
    kill_writer(path, 1)
    write(path, "new")
    (leftover,) = path.parent.glob(".*.partial-*")
    os.utime(leftover, (0, 0))
    write(path, "newest")
    assert list(path.parent.iterdir()) == [path]


def test_the_working_folder_has_a_name_too(path, monkeypatch):
    kill_writer(path, 1)
    monkeypatch.chdir(path)
    recover_folder(Path())
    recover_folder(Path("/"))
    assert (path / "text").read_text() == "old"


def test_an_error_leaves_the_old_folder_and_nothing_beside_it(path):
    with pytest.raises(ValueError, match="stop"), folder_written_whole(path):
        raise ValueError("stop")
    with pytest.raises(ValueError, match="stop"), folder_written_whole(path.parent / "never"):
        raise ValueError("stop")
    assert list(path.parent.iterdir()) == [path]
    assert (path / "text").read_text() == "old"
