import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.screen.browse import (
    ALL_JOBS,
    caveats,
    compare_rows,
    coverage,
    coverages,
    local_choices,
    occupation_peers,
    occupation_tasks,
    order_by_exposure,
    select_row,
    style_table,
)
from jobimpact.screen.tiles import group_tiles, headline_tiles, occupation_tiles


def test_tasks_of_a_combined_occupation_sorted_with_unscored_last():
    tasks = pd.DataFrame(
        {
            "soc_code": ["31-1121", "31-1122", "31-1122", "29-1141"],
            "task_id": ["1", "2", "3", "4"],
            "beta": [0.2, np.nan, 0.4, 0.9],
            "beta_low": [0.0, np.nan, 0.0, 0.5],
            "beta_high": [0.5, np.nan, 0.5, 1.0],
        }
    )
    assert occupation_tasks(tasks, "31-1120")["task_id"].tolist() == ["3", "1", "2"]
    assert occupation_tasks(tasks, "29-1141")["task_id"].tolist() == ["4"]
    assert occupation_tasks(tasks, "11-1011").empty


def test_select_row_takes_exactly_one():
    table = pd.DataFrame({"soc_code": ["11-1011", "11-1021", "11-1021"], "n_tasks": [1, 2, 3]})
    assert select_row(table, "soc_code", "11-1011") == {"soc_code": "11-1011", "n_tasks": 1}
    for code in ("99-9999", "11-1021"):
        with pytest.raises(InputError, match=code):
            select_row(table, "soc_code", code)


def test_styled_table_prints_units_words_and_top_codes():
    table = pd.DataFrame(
        {
            "title": ["A", "B", "C"],
            "n_tasks": [12, 0, 3],
            "exposure_beta": [0.456, np.nan, 0.0],
            "tot_emp": [1_234_560.0, 50.0, np.nan],
            "a_median": [239_200.0, 51_230.0, np.nan],
            "median_top_coded": [True, False, True],
        },
        index=[7, 3, 3],
    )
    columns = ["title", "n_tasks", "exposure_beta", "tot_emp", "a_median"]
    page = style_table(table, columns).to_html()
    for text in ("12", "not scored", "0.46", "1,234,560", "$239,200 or more", "$51,200"):
        assert f">{text}</td>" in page, text
    assert page.count("or more") == 1
    assert "median_top_coded" not in page
    assert style_table(table, columns).data["exposure_beta"].tolist()[0] == 0.456


def test_peers_of_an_occupation(study):
    peers = occupation_peers(study.tables, "29-1141")
    assert list(peers) == ["Registered Nurses", "Healthcare Practitioners and Technical Occupations", ALL_JOBS]
    comparison = compare_rows(peers)
    assert comparison["exposure_beta"].tolist() == [row["exposure_beta"] for row in peers.values()]
    assert "matched_share" not in comparison
    nation = {"US": select_row(study["groups"], "group_type", "all")}
    assert compare_rows(nation)["matched_share"].iloc[0] == nation["US"]["matched_share"]


def test_coverage_names_both_numbers(study):
    row = {"emp_matched": 750_000.0, "tot_emp": 1_000_000.0, "matched_share": 0.75}
    assert coverage(row) == "Covers 750,000 of 1.0 million jobs (75.0 %)."
    named = {"An occupation": {"exposure_beta": 0.5}, "Ohio: all": row, "Guam": row}
    assert coverages(named) == (
        "Ohio: all: covers 750,000 of 1.0 million jobs (75.0 %). Guam: covers 750,000 of 1.0 million jobs (75.0 %)."
    )


def test_headline_tiles_carry_definition_and_coverage(study):
    tiles = headline_tiles(study.tables)
    assert len(tiles) == 5
    assert all("Covers" in tile.note and tile.definition for tile in tiles)


def tile(tiles, label):
    return next(tile for tile in tiles if tile.label == label)


def with_row(study, **cells):
    occupations = study["occupations"].set_index("soc_code", drop=False)
    for column, value in cells.items():
        occupations.loc["29-1141", column] = value
    return {**study.tables, "occupations": occupations.reset_index(drop=True)}


def test_tiles_of_an_occupation_say_what_is_not_known(study):
    known = occupation_tiles(study.tables, "29-1141")
    assert "of 222 scored occupations" in tile(known, "Exposure (beta)").note
    assert "Relative standard error" in tile(known, "Jobs").note
    row = select_row(study["occupations"], "soc_code", "29-1141")
    assert f"{row['emp_prse']:.1f} %" in tile(known, "Jobs").note
    missing = dict.fromkeys(
        ["exposure_beta", "exposure_automation", "tot_emp", "emp_prse", "a_median", "a_mean", "wage_quintile"]
    )
    tiles = occupation_tiles(with_row(study, **missing), "29-1141")
    assert [tile.value for tile in tiles] == ["not scored", "not scored", "not published", "not published"]


def test_top_coded_wage_is_said_to_be_a_bound(study):
    tables = with_row(study, a_median=239_200.0, median_top_coded=True)
    wage = tile(occupation_tiles(tables, "29-1141"), "Median annual wage")
    assert wage.value == "$239,200 or more"
    assert "Top-coded" in wage.note
    plain = tile(occupation_tiles(study.tables, "29-1141"), "Median annual wage")
    assert "more" not in plain.value
    assert "Top-coded" not in plain.note


def test_tiles_of_a_sector_without_covered_jobs(study):
    row = select_row(study["sectors"], "naics", "52")
    assert tile(group_tiles(row, study.tables, "sectors", "52"), "Suppressed cells").value == str(row["cells_suppressed"])
    missing = row | {"exposure_beta": np.nan, "share_workers_50": np.nan, "matched_share": 0.0}
    empty = group_tiles(missing, study.tables, "sectors", "52")
    assert tile(empty, "Exposure (beta)").value == "no covered jobs"
    assert tile(empty, "Matched share").value == "0.0 %"


def test_rows_are_named_in_the_language_of_the_page(study):
    columns = ("area", "state", "area_title")
    english = local_choices(study["areas"], columns, "areas", "en")
    chinese = local_choices(study["areas"], columns, "areas", "zh")
    assert list(english.values()) == sorted(english.values())
    assert english["CA"] == "California"
    assert chinese["CA"] == "加利福尼亚州"
    assert set(english) == set(chinese) == set(study["areas"]["state"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_caveats_are_those_of_the_report(language):
    human, model = (caveats({"parameters": {"rater": rater}}, language) for rater in ("human", "gpt4"))
    assert len(human) == len(model) > 4
    assert [text for text in human if text not in model] != []  # who labelled is said of people and of models
    assert not any("{" in text for text in human + model)


def test_a_sector_of_which_little_is_covered_is_not_ranked():
    sectors = pd.DataFrame({"naics": ["52", "23", "11"], "exposure_beta": [0.9, 0.2, 0.3], "matched_share": [0.2, 0.9, 0.8]})
    assert order_by_exposure(sectors)["naics"].tolist() == ["11", "23", "52"]
    assert order_by_exposure(sectors)["exposure_beta"].isna().tolist() == [False, False, True]
