"""Names of report files do not write over each other, and the command that a page shows is one that runs."""

import shlex
from itertools import product

import pytest
from typer.testing import CliRunner

from jobimpact.cli.app import app
from jobimpact.reporting.formats.naming import report_command, report_name, shown_folder
from jobimpact.reporting.formats.write import WRITERS
from jobimpact.study import write_study

KEYS = {"overview": "", "sector": "52", "occupation": "15-1252", "state": "CA", "methods": ""}


def test_every_report_has_a_name_of_its_own():
    asked = list(product(KEYS.items(), ("en", "zh"), WRITERS))
    names = {report_name("study", kind, key, language, form) for (kind, key), language, form in asked}
    assert len(names) == len(asked)
    assert not any("/" in report_name("study", "state", "a/b", "en", form) for form in WRITERS)


@pytest.fixture(scope="module")
def folder(study, tmp_path_factory):
    return write_study(study, tmp_path_factory.mktemp("studies") / "mine").path


@pytest.mark.parametrize("kind", KEYS)
def test_the_command_writes_what_it_names(kind, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = shlex.split(report_command(str(folder), kind, KEYS[kind], "en", "bib"))
    assert command[:2] == ["jobimpact", "report"]
    result = CliRunner().invoke(app, command[1:])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "reports" / report_name(folder.name, kind, KEYS[kind], "en", "bib")).is_file()


def test_a_folder_is_named_from_where_the_reader_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shown_folder(tmp_path / "reports" / "study") == "reports/study"
    assert shown_folder(tmp_path.parent) == str(tmp_path.parent)
