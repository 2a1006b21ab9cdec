"""Zip archives: nothing leaves its folder, nothing is half unpacked, nothing that was there is touched."""

import zipfile
from pathlib import Path

import pytest

from jobimpact.errors import SourceError
from jobimpact.sources.store.archives import extract_zip, opened_folder

MEMBERS = {"db/Task Statements.txt": b"one task\n" * 50, "db/Read Me.txt": b"read me\n"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out" / "db"


def write_zip(path: Path, **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**MEMBERS, **more}.items():
            archive.writestr(name, content)
    return path


def refusal(path: Path, folder: Path, **options: int) -> str:
    with pytest.raises(SourceError) as caught:
        extract_zip(path, folder, **options)
    assert not folder.exists()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_everything_is_unpacked(tmp_path: Path, folder: Path) -> None:
    written = extract_zip(write_zip(tmp_path / "db.zip"), folder)
    assert {path.relative_to(folder).as_posix(): path.read_bytes() for path in written} == MEMBERS


def test_only_what_is_wanted_is_unpacked(tmp_path: Path, folder: Path) -> None:
    written = extract_zip(write_zip(tmp_path / "db.zip"), folder, wanted=lambda name: name == "Read Me.txt")
    assert written == [folder / "db" / "Read Me.txt"]


def test_an_archive_opens_as_a_folder_that_goes_again(tmp_path: Path) -> None:
    with opened_folder(write_zip(tmp_path / "db.zip")) as opened:
        assert (opened / "db" / "Read Me.txt").is_file()
    assert not opened.exists()
    with opened_folder(tmp_path) as opened:
        assert opened == tmp_path
    assert opened.exists()


@pytest.mark.parametrize(
    "member",
    ["../../evil.txt", "/etc/evil.txt", "C:\\evil.txt", "..\\evil.txt", "a/../../evil.txt", "\\\\host\\evil.txt"],
)
def test_a_member_outside_the_folder(tmp_path: Path, folder: Path, member: str) -> None:
    assert refusal(write_zip(tmp_path / "db.zip", **{member: b"x"}), folder) == (
        f"db.zip: found the member {member!r}, which points outside the folder; expected plain relative paths: nothing "
        "was unpacked, do not trust this archive"
    )
    assert not list(tmp_path.rglob("*evil.txt"))


def test_a_member_outside_the_folder_that_is_not_wanted(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "db.zip", **{"../evil.txt": b"x"})
    with (
        pytest.raises(SourceError, match="points outside the folder"),
        opened_folder(path, lambda name: "Read" in name),
    ):
        pass


def test_a_link(tmp_path: Path, folder: Path) -> None:
    path, link = write_zip(tmp_path / "db.zip"), zipfile.ZipInfo("db/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refusal(path, folder) == (
        "db.zip: found the member 'db/link', which is a link; expected plain files: nothing was unpacked, do not trust "
        "this archive"
    )


def test_more_than_the_limit(tmp_path: Path, folder: Path) -> None:
    assert refusal(write_zip(tmp_path / "db.zip"), folder, limit=100) == (
        "db.zip: found 458 bytes once unpacked; expected at most 100: unpack it yourself if you trust it, and give the folder"
    )


def test_a_member_twice(tmp_path: Path, folder: Path) -> None:
    path = write_zip(tmp_path / "db.zip")
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("db/Read Me.txt", b"other")
    assert refusal(path, folder) == "db.zip: found 'db/Read Me.txt' 2 times; expected each file once: download it again"


def test_an_encrypted_member(tmp_path: Path, folder: Path) -> None:
    path = write_zip(tmp_path / "db.zip")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag in the directory
    path.write_bytes(content)
    assert refusal(path, folder) == (
        "db.zip: found the member 'db/Task Statements.txt' encrypted; expected an open archive: unpack it with its "
        "password and give the folder"
    )


def test_damaged_content_leaves_nothing(tmp_path: Path, folder: Path) -> None:
    path = write_zip(tmp_path / "db.zip")
    content = bytearray(path.read_bytes())
    place = content.index(b"Read Me.txt") + len(b"Read Me.txt")
    content[place + 1] ^= 0xFF
    path.write_bytes(content)
    assert refusal(path, folder) == (
        f"db.zip: found {len(content)} bytes that are not a whole zip archive (broken off, or another kind of file); "
        "expected the archive as the publisher has it: download it again"
    )


def test_a_missing_archive(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "db.zip"
    assert refusal(path, folder) == f"{path}: no such file; expected a zip archive: check the path"


def test_a_folder_that_is_there_is_never_touched(tmp_path: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError):
        extract_zip(write_zip(tmp_path / "db.zip"), folder)
    assert (folder / "mine.txt").read_text(encoding="utf-8") == "mine"
