"""Every page on a tiny study, without a browser."""

from dataclasses import replace

import pandas as pd
import pytest

from jobimpact.reporting.words.wording import format_cell
from jobimpact.study import read_study, write_study

PAGES = ("overview", "occupations", "sectors", "states", "groups")


def captions(app):
    return [caption.value for caption in app.caption]


def values(app):
    return {metric.label: metric.value for metric in app.metric}


def in_url(app, name):
    """Return a parameter of the URL; older Streamlit gives a list."""
    value = app.query_params[name]
    return value[0] if isinstance(value, list) else value


@pytest.mark.parametrize("page", PAGES)
def test_page_shows_its_figures_with_source_and_coverage(open_page, tiny_study, page):
    app = open_page(page, tiny_study)
    assert not app.exception
    assert not app.error
    sources = [text for text in captions(app) if text.startswith("Source")]
    assert sources
    for text in sources:
        assert "OEWS May 2025" in text
        assert "covers" in text.lower()
        assert "Self-employed not included" in text
    assert len(app.dataframe) == len(app.get("download_button")) > 0


@pytest.mark.parametrize("page", PAGES)
def test_missing_study_is_one_line_that_says_what_to_do(open_page, tmp_path, page):
    for study in (None, tmp_path / "nothing"):
        app = open_page(page, study)
        assert not app.exception
        assert [error.value.count("\n") for error in app.error] == [0]
        assert "jobimpact run" in app.error[0].value
        assert not app.metric


@pytest.mark.parametrize(("file", "content"), [("tasks.parquet", b"PAR1 cut"), ("manifest.json", b"{"), ("claims.parquet", b"")])
def test_broken_study_is_one_line(open_page, broken_study, file, content):
    app = open_page("overview", broken_study(file, content))
    assert not app.exception
    assert len(app.error) == 1
    assert "broken" in app.error[0].value


def test_a_study_with_another_table_layout_is_one_line(open_page, broken_study, tiny_study, tmp_path):
    table = pd.read_parquet(tiny_study / "sectors.parquet").drop(columns="naics_title")
    table.to_parquet(tmp_path / "sectors.parquet")
    app = open_page("sectors", broken_study("sectors.parquet", (tmp_path / "sectors.parquet").read_bytes()))
    assert not app.exception
    assert len(app.error) == 1
    assert "sectors.parquet is not as it was written" in app.error[0].value


def test_employment_of_another_release_is_one_line(open_page, broken_study, tiny_study):
    manifest = (tiny_study / "manifest.json").read_bytes().replace(b'"2025-05"', b'"2019-05"')
    app = open_page("sectors", broken_study("manifest.json", manifest))
    assert not app.exception
    assert "2019-05" in app.error[0].value
    assert "jobimpact run" in app.error[0].value


def test_overview_prints_the_headlines_from_the_tables(open_page, tiny_study):
    app, study = open_page("overview", tiny_study), read_study(tiny_study)
    nation = study["groups"].iloc[0]
    shown = values(app)
    # The tiny study covers little of employment: its numbers say so, and no sector is the most exposed.
    assert len(shown) == 4
    only = ", covered occupations only"
    assert shown[f"Mean exposure of employment{only}"] == format_cell(nation["exposure_beta"], "0-1")
    assert shown[f"Jobs in highly exposed occupations{only}"] == format_cell(nation["share_workers_50"], "share")
    assert all(metric.help for metric in app.metric)
    assert any("not job loss" in text.value for text in app.markdown)
    assert len(app.get("plotly_chart")) == 2  # for wide and for narrow screens


def test_a_study_without_any_matched_job_says_so(open_page, lonely_study):
    for page in PAGES:
        app = open_page(page, lonely_study)
        assert not app.exception, page
        assert not app.error, page
    app = open_page("overview", lonely_study)
    assert not app.metric
    assert "No job of this study" in app.warning[0].value
    assert values(open_page("sectors", lonely_study, sector="52"))["Exposure (beta)"] == "no covered jobs"


def test_chosen_occupation_has_card_and_tasks(open_page, tiny_study):
    app = open_page("occupations", tiny_study, occupation="15-1252")
    row = read_study(tiny_study)["occupations"].set_index("soc_code").loc["15-1252"]
    assert values(app)["Exposure (beta)"] == "0.70"
    assert values(app)["Jobs"] == format_cell(row["tot_emp"], "jobs")
    assert values(app)["Median annual wage"] == format_cell(row["a_median"], "US dollars per year")
    tasks = app.dataframe[-1].value
    assert tasks["beta"].tolist() == [0.9, 0.7, 0.5]
    assert tasks["label_set"].tolist() == ["any label"] * 3


def test_combined_occupation_has_the_tasks_of_all_its_parts(open_page, tiny_study):
    app = open_page("occupations", tiny_study, occupation="31-1120")
    assert app.dataframe[-1].value["beta"].tolist() == [0.3, 0.2, 0.05]


def test_unscored_occupation_is_said_to_be_unscored(open_page, tiny_study):
    app = open_page("occupations", tiny_study, occupation="53-3032")
    assert values(app)["Exposure (beta)"] == "not scored"
    assert values(app)["Automation grade"] == "not scored"
    assert "unknown, not zero" in app.info[0].value
    listed = app.dataframe[0].value
    row = listed[listed["soc_code"] == "53-3032"].iloc[0]
    assert pd.isna(row["exposure_beta"])
    assert not any(value in ("0", "0.00", "0.0 %") for value in values(app).values())


def test_occupation_outside_oews_has_a_card_and_its_title_is_plain_text(open_page, tiny_study):
    app = open_page("occupations", tiny_study, occupation="55-1011")
    assert not app.error
    assert values(app)["Jobs"] == "not published"
    assert values(app)["Median annual wage"] == "not published"
    assert app.subheader[0].value == r"Air Crew Officers at \$5 \*each\* (55-1011)"


def test_search_finds_parts_codes_and_misspellings(open_page, tiny_study):
    app = open_page("occupations", tiny_study)
    assert not app.metric  # nothing is chosen before anybody asks
    for query, found in {
        "nurs regist": "29-1141",
        "151252": "15-1252",
        "31-1121": "31-1120",
    }.items():
        app.text_input[0].set_value(query).run()
        assert app.selectbox[0].value == found, query
        assert app.metric
    app.text_input[0].set_value("custmer servce").run()
    assert app.selectbox[0].value is None  # a guess opens no card
    assert app.selectbox[0].options[0].endswith("(43-4051)")
    assert "Did you mean" in app.info[0].value


@pytest.mark.parametrize(
    "query",
    ["", "   ", "!!!", "$(rm)", "<script>alert(1)</script>", "(", "[a-z", "15-12", "ñandú 🦤", "x" * 100, "\\", "'", "%00"],
)
def test_odd_searches_are_answered(open_page, tiny_study, query):
    app = open_page("occupations", tiny_study)
    app.text_input[0].set_value(query).run()
    assert not app.exception
    assert not app.error
    assert app.info or app.dataframe


def test_unknown_codes_in_the_url_are_said_and_harmless(open_page, tiny_study):
    for page, name in (("occupations", "occupation"), ("sectors", "sector"), ("states", "state")):
        app = open_page(page, tiny_study, **{name: "<b>$1$</b>"})
        assert not app.exception
        assert not app.error
        assert len(app.warning) == 1
        assert "<b>" not in app.warning[0].value.replace("\\<b\\>", "")


def test_choice_of_a_sector_stands_in_the_url_and_its_figures_are_the_tables(open_page, tiny_study):
    app = open_page("sectors", tiny_study, sector="52")
    row = read_study(tiny_study)["sectors"].set_index("naics").loc["52"]
    assert values(app)["Exposure (beta)"] == format_cell(row["exposure_beta"], "0-1")
    assert values(app)["Matched share"] == format_cell(row["matched_share"], "share")
    assert values(app)["Suppressed cells"] == str(row["cells_suppressed"])
    largest = app.dataframe[-1].value
    assert largest["tot_emp"].iloc[0] == largest["tot_emp"].max()
    app.selectbox[0].set_value("62").run()
    assert in_url(app, "sector") == "62"
    assert app.subheader[0].value == "Health Care and Social Assistance"


def test_state_is_compared_with_the_country(open_page, tiny_study):
    app, study = open_page("states", tiny_study, state="CA"), read_study(tiny_study)
    comparison = next(frame.value for frame in app.dataframe if "name" in frame.value)
    assert comparison["name"].tolist() == ["California", "United States"]
    own = study["areas"].set_index("state").loc["CA"]
    assert comparison["exposure_beta"].tolist() == [own["exposure_beta"], study["groups"]["exposure_beta"].iloc[0]]
    app = open_page("states", tiny_study, state="PR")
    assert any("territory" in text for text in captions(app))


def test_a_new_study_under_the_same_name_is_shown(open_page, tiny_study, broken_study, tmp_path):
    import os

    same = broken_study("report.html", b"")
    before = values(open_page("sectors", same, sector="52"))["Matched share"]
    study = read_study(same)
    write_study(replace(study, tables={**study.tables, "sectors": study["sectors"].assign(matched_share=0.5)}), same)
    os.utime(same / "manifest.json", ns=(1, 1))
    assert before != "50.0 %"
    assert values(open_page("sectors", same, sector="52"))["Matched share"] == "50.0 %"


def test_intervals_stand_beside_exposures(open_page, tiny_study):
    app, sectors = open_page("sectors", tiny_study, sector="54"), read_study(tiny_study)["sectors"].set_index("naics")
    beta = sectors.loc["54", "exposure_beta"]
    shown = (
        f"95\N{NO-BREAK SPACE}% interval {format_cell(beta - 0.05, '0-1')} to {format_cell(min(beta + 0.05, 1.0), '0-1')}, given"
    )
    assert any(shown in text for text in captions(app))
    table = app.dataframe[0].value
    assert {"estimate_low", "estimate_high"} <= set(table)


def test_industries_of_a_sector_are_those_of_the_study(open_page, tiny_study):
    app, industries = open_page("sectors", tiny_study, sector="62"), read_study(tiny_study)["industries"]
    own = industries[industries["naics_sector"] == "62"]
    shown = next(part.value for part in app.dataframe if "naics" in part.value)
    assert set(shown["naics"]) == set(own["naics"])
    assert len(own) > 10


def test_groups_of_every_kind_can_be_chosen(open_page, tiny_study):
    groups = read_study(tiny_study)["groups"]
    for kind in ("education", "sex", "wage_decile", "soc_broad"):
        app = open_page("groups", tiny_study, groups=kind)
        assert not app.exception
        assert app.dataframe[0].value["group_title"].tolist() == groups.loc[groups["group_type"] == kind, "group_title"].tolist()
        assert in_url(app, "groups") == kind
