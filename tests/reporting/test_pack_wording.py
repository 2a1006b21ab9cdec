"""Replication packs of reports that a language model worded: remade without the model, every sentence verified again."""

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
from jobimpact.reporting.writer.account import with_account
from jobimpact.reporting.writer.generate import rewrite
from jobimpact.reporting.writer.replay import replay
from jobimpact.study import Study

pytest.importorskip("rouge_score", reason="the extra reports is not installed")
pytest.importorskip("sacrebleu", reason="the extra reports is not installed")


class Swapper:
    """A model that turns "Exposure is ... in [N1] ([C1]), ..." around where it can, and lies elsewhere."""

    model_id = "swapper-1"

    def write(self, conversations, seed=None):
        for number, turns in enumerate(conversations):
            said = turns[-1][1].partition(": ")[2]
            yield number, (said.replace(" and ", ", and ", 1) if " and " in said else "Half of [C1] will be lost."), ""


def worded(study, **wanted):
    document = compose(Request(study, **wanted))
    return with_account(*rewrite(document, Swapper()), "swapper-1")


@pytest.fixture(scope="module")
def document(study):
    found = worded(study)
    assert sum(bool(sentence.written_by) for sentence in found.sentences()) >= 2
    return found


def failed(folder):
    return {check.name: check.found for check in check_pack(folder) if not check.passed}


def test_kept_sentences_make_the_same_document_again(study, document):
    kept = document.tables["written_sentences"]
    again, outcomes = replay(compose(document.request), kept)
    assert [sentence.text for sentence in again.sentences()] == [sentence.text for sentence in document.sentences()]
    assert [sentence.written_by for sentence in again.sentences()] == [s.written_by for s in document.sentences()]
    pd.testing.assert_frame_equal(again.tables["written_sentences"], kept)
    pd.testing.assert_frame_equal(again.tables["writing_quality"], document.tables["writing_quality"])
    assert len(outcomes) == len(kept)


@pytest.mark.slow
def test_the_pack_remakes_the_worded_report(folder, study, document):
    checks = check_pack(folder)
    assert not [str(check) for check in checks if not check.passed]
    accepted = (document.tables["written_sentences"]["outcome"] == "accepted").sum()
    assert f"ok      wording: {accepted} of {accepted} sentences of a language model are verified again" in map(str, checks)
    page = (folder / "report" / "report.html").read_text(encoding="utf-8")
    written = next(sentence for sentence in document.sentences() if sentence.written_by)
    assert "swapper-1" in page
    assert page == render_html(worded(read_back(folder, study)))
    assert written.text in " ".join(document.tables["written_sentences"]["written_text"])
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert f"kept in `{WORDING}`" in readme


def read_back(folder, study):
    """Return the study with the manifest of the pack, whose hashes the page prints."""
    return Study(study.tables, json.loads((folder / "study" / "manifest.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("column", "old", "new"),
    [
        ("template", "", " All jobs will be lost."),
        ("template", "[C1]", "0.99"),
        ("template", "[C1]", ""),
        ("realiser_text", "", " More."),
    ],
)
def test_a_changed_wording_is_refused(folder, column, old, new):
    kept = pd.read_parquet(folder / WORDING)
    row = kept.index[(kept["outcome"] == "accepted") & kept["template"].str.contains("[C1]", regex=False)][0]
    text = kept.loc[row, column]
    kept.loc[row, column] = text.replace(old, new, 1) if old else text + new
    assert kept.loc[row, column] != text
    kept.to_parquet(folder / WORDING, index=False)
    found = failed(folder)
    assert "are borne out; " in found["wording"]
    assert "report/report.html" in found
    assert not any("\n" in line for line in found.values())


def test_a_report_without_a_model_has_no_wording(study, tmp_path):
    with zipfile.ZipFile(write_pack(compose(Request(study)), tmp_path / "plain.zip")) as pack:
        assert WORDING not in pack.namelist()
        assert "language model worded" not in pack.read("README.md").decode()


@pytest.mark.slow
def test_texts_that_may_not_be_passed_on_are_not_in_the_wording(study, tmp_path):
    inputs = study.manifest["inputs"]
    closed = {**study.manifest, "inputs": {**inputs, "tasks": {**inputs["tasks"], "licence": "the user's own"}}}
    document = worded(dataclasses.replace(study, manifest=closed), report_type="occupation", key="15-1252")
    with zipfile.ZipFile(write_pack(document, tmp_path / "closed.zip")) as pack:
        pack.extractall(tmp_path / "closed")
    assert not failed(tmp_path / "closed")
    texts = set(study["tasks"]["task"].dropna())
    kept = "\n".join(pd.read_parquet(tmp_path / "closed" / WORDING).astype(str).to_numpy().ravel())
    assert not [text for text in texts if text in kept]
