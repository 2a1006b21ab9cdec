"""Citations of data/sources.toml: their fields, and the text that is printed of them."""

import pytest

from jobimpact.facts.citations import Citation
from jobimpact.facts.registry import read_registry

SOURCES = read_registry()


def test_a_paper_in_a_journal():
    assert SOURCES["eloundou-labels"].citation == (
        "Eloundou, T., Manning, S., Mishkin, P., and Rock, D. (2024). GPTs are GPTs: Labor market impact potential of LLMs. "
        "Science 384(6702), 1306-1308. doi:10.1126/science.adj0998. The task texts in it are O*NET 27.2, USDOL/ETA, CC BY 4.0."
    )


def test_a_question_in_a_title_is_no_end_of_it():
    assert "jobs to computerisation? Technological Forecasting and Social Change 114," in SOURCES["frey-osborne"].citation
    text = SOURCES["aei-usage"].citation
    assert text.startswith("Handa, K., Tamkin, A., McCain, M., et al. (2025). Which Economic Tasks are Performed with AI? Evid")
    assert "Conversations. arXiv 2503.04761. Anthropic" in text


def test_a_working_paper_and_proceedings():
    paper = SOURCES["ilo-2025"]
    assert len(paper.reference.authors) == 8
    assert "Exposure. ILO Working Paper 140. Geneva: International Labour Office. doi:10.54394/HETP0387." in paper.citation
    assert "networks. EMNLP-IJCNLP 2019, 3982-3992. doi:10.18653/v1/D19-1410." in SOURCES["all-MiniLM-L6-v2"].citation


def test_a_year_is_said_once():
    onet = SOURCES["onet"].citation
    assert onet.startswith("National Center for O*NET Development. O*NET 30.1 Database (December 2025). U.S. Department")
    assert "Statistics (2012, updated June 2015). Crosswalk" in SOURCES["isco-soc-2010"].citation
    assert SOURCES["cedefop"].reference.year == ""  # 2010-2035 is a span


@pytest.mark.parametrize(("name", "later"), [("nesta-sml", "10.1257/pandp.20181019"), ("felten-aioe", "2303.01157")])
def test_the_links_of_a_second_work_are_not_those_of_the_first(name, later):
    """A DOI bound to the wrong paper would be a false citation; the later work stays in the notes, word for word."""
    reference = SOURCES[name].reference
    assert later not in (reference.doi, reference.eprint)
    assert later in reference.notes


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_every_field_is_printed(source):
    fields = {name: value for name, value in vars(source.reference).items() if value}
    for name, value in fields.items():
        texts = [author.removesuffix("others") for author in value] if isinstance(value, tuple) else [value]
        assert all(text in source.citation for text in texts), name


def test_nothing_is_cited_as_nothing():
    assert str(Citation()) == ""
    assert str(Citation(notes="As the user gave it")) == "As the user gave it."
