"""The national overview as a page: all of it there, the same bytes for the same tables, whatever is in the study."""

import re
import subprocess
import sys
import time

import pytest

from jobimpact.errors import InputError
from jobimpact.reporting.claims.facts import Facts
from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import Request
from jobimpact.reporting.formats.html import render_html
from jobimpact.reporting.formats.write import write_report
from jobimpact.reporting.words.overview import summarise
from jobimpact.sources.tasks.starter import read_starter_tasks
from jobimpact.study import Study


@pytest.fixture(scope="session")
def page_of(documents):
    """Return a function: what a browser sees of a study's overview."""
    return lambda study: documents.Page(overview(study))


def overview(study):
    return render_html(compose(Request(study)))


def words_of(page):
    return " ".join(" ".join(page.words).split())


@pytest.fixture(scope="module")
def text(study):
    return overview(study)


@pytest.fixture(scope="module")
def page(study, page_of):
    return page_of(study)


def summary_of(text):
    return text[text.index('<section id="summary"') : text.index('<section id="limits"')]


def test_the_report_is_the_same_bytes(study, text, tmp_path):
    write_report(compose(Request(study)), tmp_path / "one.html", "html")
    assert (tmp_path / "one.html").read_bytes() == text.encode()
    assert len(text.encode()) < 1_000_000


def test_what_differs_between_runs_is_not_in_it(study, text):
    later = Study(
        study.tables, {**study.manifest, "seconds": {"score": 99.9}, "model": {**study.manifest["model"], "texts_encoded": 0}}
    )
    assert overview(later) == text
    assert "abacus" not in text
    assert str(study.path) not in text or study.path is None


def test_another_process_writes_the_same_bytes(study, text, tmp_path):
    folder = tmp_path / "tables"
    folder.mkdir()
    for name, table in study.tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    code = f"""
import json, pathlib, pandas as pd
from jobimpact.study import Study
from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import Request
from jobimpact.reporting.formats.write import write_report
folder = pathlib.Path({str(folder)!r})
tables = {{path.stem: pd.read_parquet(path) for path in folder.glob('*.parquet')}}
write_report(compose(Request(Study(tables, {study.manifest!r}))), folder / 'report.html', 'html')
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONHASHSEED": "7", "PYTHONPATH": ":".join(sys.path)})
    assert (folder / "report.html").read_text(encoding="utf-8") == text


def test_every_number_of_the_summary_leads_to_its_cell(study, text, page):
    identifiers = page.values("id")
    assert len(identifiers) == len(set(identifiers))
    targets = [value.removeprefix("#") for value in page.values("href") if value.startswith("#")]
    assert set(targets) <= set(identifiers)
    printed = {part.claim_id for found in summarise(Facts(study.tables)) for part in found.parts if hasattr(part, "claim_id")}
    assert {f"c-{claim}" for claim in printed} <= set(targets)
    outside = re.sub(r"<a class=\"claim\".*?</a>|<[^>]+>", "", summary_of(text))
    assert not re.search(r"\d", outside)


def test_the_summary_reads_as_the_sentences(study, text):
    read = " ".join(re.sub(r"<[^>]+>", "", summary_of(text)).split()).replace("\N{NO-BREAK SPACE}", " ")
    for found in summarise(Facts(study.tables)):
        assert found.text.replace("&", "&amp;") in read


def test_five_headlines_with_definitions(study, text):
    tiles = re.findall(r'<li class="tile">(.*?)</li>', text)
    assert len(tiles) == 5
    national = study["groups"].query("group_type == 'all'").iloc[0]
    for tile, value in zip(
        tiles, (national["exposure_beta"], None, None, national["exposure_beta_wage_bill"], None), strict=True
    ):
        assert re.search(r"Covers [\d.]+", tile)
        if value is not None:
            assert f">{value:.2f}</a>" in tile


def test_landmarks_figures_and_names(page):
    assert page.tags.count("caption") == page.tags.count("table")
    assert page.tags.count("figcaption") == page.tags.count("figure") == page.tags.count("svg") == 5
    labels = [value for tag, name, value in page.attributes if tag == "svg" and name == "aria-label"]
    assert len(labels) == 5
    assert all(labels)


def test_every_sector_and_state_is_in_it_with_its_coverage(study, page):
    words = words_of(page).replace("\N{NO-BREAK SPACE}", " ")
    for row in study["sectors"].to_dict(orient="records"):
        assert f"{row['naics_title']} {row['naics']}" in words
        assert f"{100 * row['matched_share']:.1f} %" in words
    for title in study["areas"]["area_title"]:
        assert title in words


def test_caveats_method_sources_and_hashes(page):
    words = words_of(page)
    for said in (
        "Exposure is not job loss",
        "one year's raters",
        "self-employed",
        "did not release",
        "predictions",
        "Method in short",
        "core tasks counting twice as much as others",
    ):
        assert said in words
    assert "not stated" not in words[words.rindex("What this report is made from") : words.rindex("Every figure and its cell")]
    for digest in ("ab", "00", "11", "22"):
        assert digest in page.words


def test_the_words_of_a_users_file_stay_words(make_study, odd_statements, documents):
    study = make_study(odd_statements)
    manifest = {
        **study.manifest,
        "inputs": {**study.manifest["inputs"], "tasks": {"name": "x", "title": "</title><script>x.csv"}},
    }
    titles = odd_statements.set_index("soc_code")["title"]
    occupations = study["occupations"]
    occupations = occupations.assign(title=occupations["soc_code"].map(titles).fillna(occupations["title"]))
    page = documents.Page(overview(Study({**study.tables, "occupations": occupations}, manifest)))
    assert set(page.tags) <= documents.TAGS
    assert not any(name.startswith("on") for _, name, _ in page.attributes)
    words = "".join(page.words)
    for said in [*odd_statements["title"], *odd_statements["task"], "</title><script>x.csv"]:
        assert said in words
    assert "{{ 7 * 7 }}" in words


def test_one_occupation(make_study, page_of):
    statements = read_starter_tasks()
    page = page_of(make_study(statements[statements["soc_code"] == "43-4051"]))
    assert "nan" not in " ".join(page.words).lower().split()


def test_without_sectors_areas_and_wages(study, changed, page_of):
    none = changed(study, "sectors", slice(None), "exposure_beta", float("nan"))
    none = Study({**none.tables, "areas": study["areas"].iloc[:0], "groups": study["groups"].query("group_type == 'all'")}, {})
    assert "no covered jobs" in "".join(page_of(none).words)


def test_a_study_that_matched_nothing(make_study, page_of):
    statements = read_starter_tasks().iloc[:5].assign(soc_code="55-1011", onetsoc_code="55-1011.00")
    words = words_of(page_of(make_study(statements)))
    assert "No job could be given an exposure" in words
    assert "This study has no headline numbers" in words


def test_a_folder_that_cannot_be_written(study, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"):
        write_report(compose(Request(study)), tmp_path / "file" / "report.html", "html")


def test_the_report_is_quick(study):
    start = time.perf_counter()
    overview(study)
    assert time.perf_counter() - start < 20  # about 1 s; the bound is for a busy machine


def test_importing_the_report_does_not_import_plotly():
    modules = "import sys, jobimpact.reporting.formats.html, jobimpact.reporting.claims.claims"
    code = f"{modules}; assert not {{'plotly', 'torch', 'jinja2'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
