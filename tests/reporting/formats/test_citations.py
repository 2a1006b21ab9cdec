"""Citations as publishers write them, taken apart: every expected value is read off the citation in data/sources.toml."""

import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.paths import packaged
from jobimpact.reporting.formats.citations import parse_citation

SOURCES = tomllib.loads(packaged("data", "sources.toml").read_text(encoding="utf-8"))


def test_a_paper_in_a_journal():
    found = parse_citation(SOURCES["eloundou-labels"]["citation"])
    assert [name for name, _ in found.persons] == ["Eloundou", "Manning", "Mishkin", "Rock"]
    assert (found.year, found.journal, found.volume, found.number, found.pages) == (
        "2024",
        "Science",
        "384",
        "6702",
        "1306-1308",
    )
    assert found.doi == "10.1126/science.adj0998"
    assert found.rest == ("The task texts in it are O*NET 27.2, USDOL/ETA, CC BY 4.0",)


def test_a_title_that_ends_with_a_question_is_followed_by_its_journal():
    found = parse_citation(SOURCES["frey-osborne"]["citation"])
    assert found.title == "The future of employment: How susceptible are jobs to computerisation?"
    assert (found.journal, found.volume, found.pages) == ("Technological Forecasting and Social Change", "114", "254-280")


def test_a_question_within_a_title_ends_nothing():
    found = parse_citation(SOURCES["aei-usage"]["citation"])
    assert found.title.endswith("Evidence from Millions of Claude Conversations")
    assert (found.others, found.eprint) == (True, "2503.04761")


def test_a_working_paper_and_proceedings():
    paper = parse_citation(SOURCES["ilo-2025"]["citation"])
    assert (paper.institution, paper.series, paper.number, len(paper.persons)) == ("ILO", "Working Paper", "140", 8)
    model = parse_citation(SOURCES["all-MiniLM-L6-v2"]["citation"])
    assert (model.booktitle, model.pages, model.doi) == ("EMNLP-IJCNLP 2019", "3982-3992", "10.18653/v1/D19-1410")


def test_an_institution_is_no_person():
    found = parse_citation(SOURCES["onet"]["citation"])
    assert (found.persons, found.institution) == ((), "National Center for O*NET Development")
    assert (found.year, found.title) == ("2025", "O*NET 30.1 Database (December 2025)")


@pytest.mark.parametrize(("name", "later"), [("nesta-sml", "10.1257/pandp.20181019"), ("felten-aioe", "2303.01157")])
def test_the_links_of_a_second_work_are_not_those_of_the_first(name, later):
    """A DOI bound to the wrong paper would be a false citation; the later work stays in the rest, word for word."""
    found = parse_citation(SOURCES[name]["citation"])
    assert later not in (found.doi, found.eprint)
    assert later in " ".join(found.rest)


def test_the_end_of_a_span_is_no_year():
    assert parse_citation(SOURCES["cedefop"]["citation"]).year == ""


@pytest.mark.parametrize("name", list(SOURCES))
def test_nothing_of_a_citation_is_lost(name):
    citation = SOURCES[name]["citation"]
    found = parse_citation(citation)
    told = " ".join(
        str(part) for part in (*(name for pair in found.persons for name in pair), *vars(found).values(), *found.rest) if part
    )
    marks = re.compile(r"[\s/(),.;:?-]+")
    missing = {word for word in marks.split(citation) if word} - set(marks.split(told))
    assert missing <= {"and", "et", "al", "doi", "arXiv"}  # what the fields say without words


@given(st.text())
def test_any_text_is_read(text):
    assert parse_citation(text).title in " ".join(text.split())
