"""Groups of people, industries and certainty, where a study has them."""

import re

import pandas as pd
import pytest

from jobimpact.facts.measured import measured
from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import DataTable, Request, Tiles
from jobimpact.reporting.words.wording import LANGUAGES
from jobimpact.study import Study
from jobimpact.tables import table_columns


@pytest.fixture(scope="module")
def richer(study):
    """The study with groups of people, industries and a variance ledger of the national mean."""
    groups, whole = study["groups"], study["groups"].query("group_type == 'all'")
    people = (("education", "1", 0.5), ("education", "8", 0.1), ("job_zone", "1", 0.2), ("job_zone", "5", 0.21))
    people += (("sex", "women", 0.3), ("sex", "men", 0.2))
    rows = [whole.assign(group_type=kind, group=group, group_title=group, exposure_beta=value) for kind, group, value in people]
    industries = study["sectors"].assign(i_group="3-digit", naics_sector=study["sectors"]["naics"], release="2025-05")
    mean = float(whole["exposure_beta"].iloc[0])
    parts = (("model", 0.6, 0.02), ("survey sampling", 0.4, 0.01), ("total", 1.0, 0.03))
    ledger = pd.DataFrame(
        [
            ("groups", "all|all", "exposure_beta", mean, cause, share, share, half, mean - half, mean + half)
            for cause, share, half in parts
        ]
        + [("groups", "sex|women - sex|men", "exposure_beta", 0.1, "total", 1.0, 1.0, 0.1, -0.1, 0.3)],
        columns=table_columns("variance_ledger"),
    )
    tables = {
        **study.tables,
        "groups": pd.concat([groups, *rows], ignore_index=True),
        "industries": industries[table_columns("industries")],
        "variance_ledger": ledger,
    }
    return Study(tables, study.manifest)


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_industries_and_certainty(richer, language):
    document = compose(Request(richer, "overview", language))
    blocks = {block.name for block in document.blocks() if isinstance(block, DataTable)}
    assert {"industries", "education", "job-zone", "sex", "certainty"} <= blocks
    assert (
        len({sentence.topic for sentence in document.sentences()} & {"education", "preparation", "sex", "interval", "cause"}) == 5
    )


def test_the_intervals_decide_what_is_said_of_women_and_men(richer):
    text = {sentence.topic: sentence.text for sentence in compose(Request(richer, "overview")).sentences()}
    assert text["sex"] == (
        "The mean exposures of the jobs that women hold (0.30) and of those that men hold (0.20) are not distinguishable within "
        "the intervals of the estimates."
    )
    assert "a doctoral or professional degree (0.50)" in text["education"]
    assert text["preparation"] == "Between O*NET's job zones exposure is about equal."
    assert text["cause"] == "Of its variance, the largest part, 60.0 %, comes from the error of the model."
    assert "the choice of the judge, and a rubric" in text["not in it"]


def table(document, name):
    return next(block for block in document.blocks() if isinstance(block, DataTable) and block.name == name)


def heads(document, name):
    return [column.title for column in table(document, name).columns]


def test_jobs_of_no_known_group_stand_in_a_row_of_their_own(richer):
    """Seven million jobs are of occupations too small for published shares: a table that left them out would hide them."""
    groups = richer["groups"]
    unknown = (
        groups.query("group_type == 'sex'").iloc[:1].assign(group="unknown", group_title="Not published", exposure_beta=0.15)
    )
    more = Study({**richer.tables, "groups": pd.concat([groups, unknown], ignore_index=True)}, richer.manifest)
    for language, name in (("en", "Not published"), ("zh", "未公布")):
        document = compose(Request(more, "overview", language))
        assert [row[0].text for row in table(document, "sex").rows][-1] == name
        assert not any(name in sentence.text for sentence in document.sentences())


def test_a_group_behind_the_jobs_of_no_group_is_not_called_the_second(richer):
    groups = richer["groups"]
    unknown = groups.query("group_type == 'education'").iloc[:1].assign(group="unknown", group_title="?", exposure_beta=0.9)
    more = Study({**richer.tables, "groups": pd.concat([groups, unknown], ignore_index=True)}, richer.manifest)
    text = {sentence.topic: sentence.text for sentence in compose(Request(more, "overview")).sentences()}
    assert "second" not in text.get("education", "")


def test_tables_say_how_many_rows_they_choose_from_and_name_their_codes(richer):
    document = compose(Request(richer, "overview"))
    assert table(document, "industries").note.startswith("The 10 most exposed of 20 three-digit NAICS industries")
    assert heads(document, "industries")[:2] == ["Industry", "NAICS"]
    assert heads(document, "majors")[:2] == ["Major group", "SOC"]
    few = Study({**richer.tables, "industries": richer["industries"].head(4)}, richer.manifest)
    assert table(compose(Request(few, "overview")), "industries").note.startswith("The 4 most exposed of 4 three-digit")


def test_parts_of_the_variance_have_no_interval_beside_that_of_the_whole(richer):
    """The interval of a cause is laid evenly about the mean, that of all is not: side by side they would not agree."""
    assert heads(compose(Request(richer, "overview")), "certainty") == ["Cause", "Part of the variance", "Standard error"]


def test_reports_say_what_their_columns_mean_without_another_report(richer):
    whole = table(compose(Request(richer, "overview")), "sectors").note
    assert ". Covered: share of jobs" in whole
    assert table(compose(Request(richer, "sector", "en", "52")), "compared").note == whole


def test_the_share_of_a_sector_is_not_that_of_a_place(richer):
    document = compose(Request(richer, "occupation", "en", "43-4051"))
    assert "Share of the sector" in heads(document, "mix-sectors")
    assert "Share of the place" in heads(document, "mix-areas")


def test_chinese_headlines_say_what_they_cover_too(richer):
    tiles = next(block for block in compose(Request(richer, "overview", "zh")).blocks() if isinstance(block, Tiles)).tiles
    assert len(tiles) == 5
    assert all(re.search(r"覆盖[\d.,]+[万亿]个岗位中的[\d.,]+[万亿]个（[\d.]+%）。$", tile.definition) for tile in tiles)


def test_a_list_of_tasks_is_named_in_the_language_of_the_report(richer):
    assert compose(Request(richer, "overview", "zh")).subtitle.endswith("任务：本项目自行撰写的起始任务陈述。")
    own = {**richer.manifest, "inputs": {**richer.manifest["inputs"], "tasks": {"name": "mine.csv", "title": ""}}}
    assert compose(Request(Study(richer.tables, own), "overview", "zh")).subtitle.endswith("任务：mine.csv。")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("report_type", ["overview", "methods", "sector", "state", "occupation"])
def test_a_study_of_the_starter_set_says_first_that_it_illustrates_and_what_onet_gives(study, report_type, language):
    keys = {"sector": "52", "state": "CA", "occupation": "43-4051"}
    starter = Study(study.tables, {**study.manifest, "inputs": {**study.manifest["inputs"], "tasks": {"name": "starter"}}})
    first = next(compose(Request(starter, report_type, language, keys.get(report_type, ""))).blocks())
    assert f"{measured()['onet.exposure_beta']:.2f}" in first.sentences[0].text
    own = Study(study.tables, {**study.manifest, "inputs": {**study.manifest["inputs"], "tasks": {"name": "mine.csv"}}})
    assert "O*NET" not in str(next(compose(Request(own, report_type, language, keys.get(report_type, ""))).blocks()))
