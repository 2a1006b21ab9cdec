"""Replication packs of reports whose wordings a language model chose: remade without the model from the choices."""

import dataclasses
import json
import zipfile

import pandas as pd
import pytest

from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import Request
from jobimpact.reporting.formats.html import render_html
from jobimpact.reporting.formats.pack.checks import check_pack
from jobimpact.reporting.formats.pack.pack import WORDING, write_pack
from jobimpact.reporting.words.phrasebook import choose_wordings, replay
from jobimpact.study import Study


class Last:
    """A model that takes the last of the wordings and leans to no letter."""

    model_id = "last-1"

    def shares(self, question, letters):
        return [1 / len(letters)] * len(letters) if "A. ..." in question else [place / 100 for place in range(len(letters))]


def worded(study, **wanted):
    return choose_wordings(compose(Request(study, **wanted)), Last())[0]


@pytest.fixture(scope="module")
def document(study):
    found = worded(study)
    assert sum(bool(sentence.written_by) for sentence in found.sentences()) >= 2
    return found


def failed(folder):
    return {check.name: check.message for check in check_pack(folder) if not check.passed}


def test_kept_sentences_make_the_same_document_again(study, document):
    kept = document.tables["written_sentences"]
    again, wrong = replay(compose(document.request), kept)
    assert not wrong
    assert [sentence.text for sentence in again.sentences()] == [sentence.text for sentence in document.sentences()]
    assert [sentence.written_by for sentence in again.sentences()] == [s.written_by for s in document.sentences()]
    pd.testing.assert_frame_equal(again.tables["written_sentences"], kept)
    pd.testing.assert_frame_equal(again.tables["writing_quality"], document.tables["writing_quality"])


@pytest.mark.slow
def test_the_pack_remakes_the_worded_report(folder, study, document):
    checks = check_pack(folder)
    assert not [str(check) for check in checks if not check.passed]
    chosen = (document.tables["written_sentences"]["outcome"] == "chosen").sum()
    assert f"ok      wording: {chosen} of {chosen} sentences stand in a wording that people wrote" in map(str, checks)
    page = (folder / "report" / "report.html").read_text(encoding="utf-8")
    written = next(sentence for sentence in document.sentences() if sentence.written_by)
    assert "last-1" in page
    assert page == render_html(worded(read_back(folder, study)))
    assert written.text in " ".join(document.tables["written_sentences"]["printed_text"])
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert f"kept in `{WORDING}`" in readme


def read_back(folder, study):
    """Return the study with the manifest of the pack, whose hashes the page prints."""
    return Study(study.tables, json.loads((folder / "study" / "manifest.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("column", "value"),
    [("wording", 1), ("wording", 99), ("printed_text", "All jobs will be lost."), ("default_text", "No job will be lost.")],
)
def test_a_changed_wording_is_refused(folder, column, value):
    kept = pd.read_parquet(folder / WORDING)
    row = kept.index[kept["wording"] > 1][0]
    kept.loc[row, column] = value
    kept.to_parquet(folder / WORDING, index=False)
    found = failed(folder)
    assert "is no wording of a sentence of this report" in found["wording"]
    assert "report/report.html" in found
    assert not any("\n" in line for line in found.values())


def test_a_report_without_a_model_has_no_wording(study, tmp_path):
    with zipfile.ZipFile(write_pack(compose(Request(study)), tmp_path / "plain.zip")) as pack:
        assert WORDING not in pack.namelist()
        assert "language model chose" not in pack.read("README.md").decode()


@pytest.mark.slow
def test_texts_that_may_not_be_passed_on_are_not_in_the_wording(study, tmp_path):
    inputs = study.manifest["inputs"]
    closed = {**study.manifest, "inputs": {**inputs, "tasks": {**inputs["tasks"], "licence": "the user's own"}}}
    document = worded(dataclasses.replace(study, manifest=closed), report_type="occupation", key="15-1252")
    with zipfile.ZipFile(write_pack(document, tmp_path / "closed.zip")) as pack:
        pack.extractall(tmp_path / "closed")
    assert not failed(tmp_path / "closed")
    texts = set(study["tasks"]["task"].dropna())
    kept = "\n".join(map(str, pd.read_parquet(tmp_path / "closed" / WORDING).to_numpy().ravel()))
    assert not [text for text in texts if text in kept]
