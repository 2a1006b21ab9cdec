"""`jobimpact report`: which report, in which formats, where; and what is refused before anything is written."""

import re

import pandas as pd
import pytest
from typer.testing import CliRunner

from jobimpact.cli.app import app
from jobimpact.errors import InputError, JobImpactError
from jobimpact.tables import read_dictionary, table_columns


@pytest.fixture
def run(study, tmp_path, monkeypatch):
    """Return a function that runs the command in this process, in an empty folder, and returns the files that it names."""
    monkeypatch.setattr("jobimpact.study.read_study", lambda path: study)
    monkeypatch.chdir(tmp_path)

    def run(*words):
        done = CliRunner().invoke(app, ["report", "mine", *map(str, words)])
        if isinstance(done.exception, JobImpactError):
            raise done.exception
        assert done.exit_code == 0, done.output
        run.said = done.stdout
        said = [line.removeprefix("Report: ") for line in done.stdout.splitlines() if line.startswith("Report: ")]
        assert all((tmp_path / name).is_file() for name in said)
        return said

    return run


def test_the_call_of_the_first_version(run, tmp_path):
    assert run("--format", "html", "--out", "report.html") == ["report.html"]
    assert run() == ["reports/mine.html"]
    assert (tmp_path / "report.html").read_bytes() == (tmp_path / "reports" / "mine.html").read_bytes()


def test_a_key_says_the_type(run, tmp_path):
    assert run("--naics", "52") == ["reports/mine-sector-52.html"]
    assert run("--state", "CA", "--format", "html", "--type", "state") == ["reports/mine-state-CA.html"]
    assert "Finance and Insurance" in (tmp_path / "reports" / "mine-sector-52.html").read_text()


def test_several_formats_go_into_a_folder(run, tmp_path):
    said = run("--format", "html", "--format", "bib", "--format", "csv", "--format", "html", "--out", "out")
    assert said == ["out/mine.html", "out/mine.bib", "out/mine-csv.zip"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["mine-csv.zip", "mine.bib", "mine.html"]


def test_the_ending_says_the_format(run, tmp_path):
    assert run("--out", "sources.bib") == ["sources.bib"]
    assert (tmp_path / "sources.bib").read_text().lstrip().startswith(("@", "%"))
    assert run("--out", "own.csv") == ["own.csv"]
    assert "own-areas.csv" in {path.name for path in tmp_path.iterdir()}
    assert pd.read_csv(tmp_path / "own.csv", dtype=str)["soc_code"].str.fullmatch(r"\d\d-\d{4}").all()


def test_the_file_is_named_by_the_code_however_the_key_is_written(run):
    assert run("--state", "california") == run("--state", "06") == ["reports/mine-state-CA.html"]
    assert run("--naics", "Finance and Insurance", "--format", "bib") == ["reports/mine-sector-52.bib"]
    assert run("--soc", "15-1252.00", "--format", "bib", "--language", "zh") == ["reports/mine-occupation-15-1252-zh.bib"]


def test_a_format_that_fails_takes_the_others_with_it(run, tmp_path, monkeypatch):
    def fail(document, path):
        raise InputError("no room")

    (tmp_path / "there").mkdir()
    monkeypatch.setattr("jobimpact.reporting.formats.workbook.workbook.write_xlsx", fail)
    for folder in ("there", "new/folder"):
        with pytest.raises(InputError, match="no room"):
            run("--format", "bib", "--format", "xlsx", "--out", folder)
    assert [path.name for path in tmp_path.rglob("*")] == ["there"]


def test_a_brand_orders_the_sections(run, tmp_path):
    (tmp_path / "brand").mkdir()
    (tmp_path / "brand" / "brand.toml").write_text('name = "Ministry of Work"\n[sections]\nfirst = ["limits"]\n')
    run("--brand", "brand", "--out", "branded.html")
    text = (tmp_path / "branded.html").read_text()
    assert "Ministry of Work" in text
    assert text.index('<section id="limits"') < text.index('<section id="headlines"')
    assert "without the brand" not in run.said
    run("--brand", "brand", "--format", "replication")
    assert "The replication pack is without the brand" in run.said


def test_latex_is_written_again_over_its_own_folder_alone(run, tmp_path):
    pytest.importorskip("typst", reason="typst is not installed")
    for _ in range(2):
        assert run("--format", "tex", "--format", "bib", "--out", "out") == ["out/mine.tex", "out/mine.bib"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["mine-files", "mine.bib", "mine.tex"]
    (tmp_path / "out" / "mine-files" / "thesis.txt").write_text("mine")
    (tmp_path / "out" / "mine.bib").write_text("before")
    with pytest.raises(InputError, match="holds other files"):
        run("--format", "tex", "--format", "bib", "--out", "out")
    assert (tmp_path / "out" / "mine.bib").read_text() == "before"


def test_a_comparison_is_of_the_estimate_that_is_asked_for(run, tmp_path):
    run("--other", "before", "--estimate", "share:alpha>=0.3", "--out", "share.html")
    said = (tmp_path / "share.html").read_text()
    assert "the share of all covered jobs in occupations with exposure (alpha, the model alone) of 0.30 or more" in said


class Nonsense:
    """A model that answers a question about letters with words."""

    model_id = "nonsense-1"

    def shares(self, question, letters):
        return ["Half of all jobs will be lost."]


class Last:
    """A model that takes the last of the wordings and leans to no letter."""

    model_id = "last-1"

    def shares(self, question, letters):
        return [1 / len(letters)] * len(letters) if "A. ..." in question else [place / 100 for place in range(len(letters))]


def sections(page):
    return re.findall(r'<section id="(?!writer)[a-z]+".*?</section>', page, re.DOTALL)


def test_a_model_that_answers_nonsense_changes_nothing(run, tmp_path, monkeypatch):
    monkeypatch.setattr("jobimpact.exposure.rater.writing.letter_chooser", lambda *model: Nonsense())
    run("--naics", "52", "--out", "plain.html")
    run("--naics", "52", "--out", "nonsense.html", "--writer", "nonsense")
    assert re.search(r"Wordings by nonsense-1: 0 of \d+ chosen, 0 other than the first", run.said)
    assert re.search(r"No choice for \d+ sentences, which stand in their first wording: ValueError", run.said)
    plain, nonsense = ((tmp_path / name).read_text() for name in ("plain.html", "nonsense.html"))
    # The only difference is the section that says so.
    assert sections(plain) == sections(nonsense)
    assert len(sections(plain)) > 5
    assert "No usable answer" in nonsense
    assert 'id="writer"' not in plain


def test_a_model_chooses_among_wordings_and_the_report_says_so(run, tmp_path, monkeypatch):
    monkeypatch.setattr("jobimpact.exposure.rater.writing.letter_chooser", lambda *model: Last())
    run("--naics", "52", "--out", "last.html", "--writer", "last")
    chosen, asked, changed = map(int, re.search(r"last-1: (\d+) of (\d+) chosen, (\d+) other than the first", run.said).groups())
    assert chosen == asked >= changed > 5
    assert "Wording chosen by last-1 among those that people wrote" in (tmp_path / "last.html").read_text()


class Drafter:
    """A model that repeats placeholders, adds figures, and makes placeholders up."""

    model_id = "drafter-1"

    def write(self, prompts, seed=None):
        for number, _ in enumerate(prompts):
            yield number, "It is about [C1]. In 2030 it will be 99 %. See [C99]. Nothing else is known.", ""


def test_a_draft_stands_beside_the_report(run, tmp_path, monkeypatch):
    pytest.importorskip("rouge_score", reason="the extra reports is not installed")
    monkeypatch.setattr("jobimpact.exposure.rater.writing.text_backend", lambda *model: Drafter())
    run("--out", "plain.html")
    run("--out", "drafted.html", "--draft", "drafter")
    assert (tmp_path / "plain.html").read_text() == (tmp_path / "drafted.html").read_text()
    lines = (tmp_path / "drafted-draft.md").read_text().splitlines()
    assert lines[0].startswith("DRAFT by the language model drafter-1: a person has to check every sentence")
    assert any(re.fullmatch(r"It is about \S+.* `\{\S+\}`", line) for line in lines)
    assert "Nothing else is known. `{no claim}`" in lines
    assert not any("99" in line or "C99" in line for line in lines[:-2])
    assert re.search(r"left out for digits or unknown placeholders: \d\d?; .*ROUGE-L 0\.\d+, chrF", lines[-1])
    assert "Draft, to be checked by a person" in run.said


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--format", "odt"), "--format 'odt': this is no format of a report"),
        (("--type", "sector"), "--type sector needs --naics"),
        (("--type", "overview", "--soc", "15-1252"), "--type overview goes without --soc"),
        (("--naics", "52", "--state", "CA"), "found --naics and --state; expected one of them"),
        (("--naics", "00"), "NAICS sector '00': not in this study"),
        (("--naics", "Finace"), r"nearest: 52 \(Finance and Insurance\)"),
        (("--naics", ""), "found no key for the report; expected a NAICS sector"),
        (("--out", "x.odt"), "--out x.odt: no format has that ending; expected a --format of html, pdf"),
        (("--out", "x.zip"), "--out x.zip: csv, dta, figures, pack have that ending; expected a --format of csv, dta"),
        (
            ("--out", "x.html", "--format", "pdf"),
            "found a name that ends in .html for the format pdf; expected .pdf, or a folder",
        ),
        (("--out", "x.svg", "--format", "figures"), "expected .zip, or a folder"),
        (("--format", "html", "--format", "bib", "--out", "a.html"), "found one file for 2 formats; expected a folder"),
        (("--base-url", "http://127.0.0.1:1"), "is given without a model: name it with --writer or --draft"),
        (("--estimate", "mean:beta"), "--estimate goes with a comparison alone"),
        (("--other", "x", "--estimate", "mean:joy"), "estimate 'mean:joy': expected a form such as mean:beta"),
        (("--brand", "nowhere"), "found no brand.toml"),
        (("--out", "closed/report.html"), "cannot be written .*closed is a file, not a folder"),
    ],
)
def test_what_is_refused_leaves_nothing(run, tmp_path, words, expected):
    (tmp_path / "closed").write_text("a file")
    with pytest.raises(InputError, match=expected):
        run(*words)
    assert [path.name for path in tmp_path.iterdir()] == ["closed"]


def test_replications_stand_in_the_methods_annex(run, tmp_path):
    types = read_dictionary()["columns"]
    row = {name: {"float": 0.04577, "int": 2}.get(types[name]["type"], "x") for name in table_columns("replications")}
    row |= {name: types[name]["values"][0] for name in row if "values" in types[name]} | {"what": "tasks of a paper"}
    pd.DataFrame([row]).to_parquet(tmp_path / "r.parquet")
    run("--type", "methods", "--replications", "r.parquet", "--out", "m.html")
    assert "tasks of a paper" in (tmp_path / "m.html").read_text()
    (tmp_path / "broken.parquet").write_text("no parquet")
    for words in (("--replications", "broken.parquet", "--type", "methods"), ("--replications", "r.parquet")):
        with pytest.raises(InputError) as error:
            run(*words, "--out", "n.html")
        assert "replications" in str(error.value)
    assert not (tmp_path / "n.html").exists()
