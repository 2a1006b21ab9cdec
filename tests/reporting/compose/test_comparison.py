"""Comparisons of two studies: which is which, what may be said of a change, and what could not be exchanged."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.estimates.change.estimate import Estimate
from jobimpact.estimates.means.aggregates import aggregate_groups
from jobimpact.exposure.heads.components import VarianceComponents, occupation_standard_errors
from jobimpact.facts.codes import published_codes
from jobimpact.reporting.compose.appendix import ledger_rows
from jobimpact.reporting.compose.comparison import changed_rows, estimate_name
from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import DataTable, Request, Tiles
from jobimpact.reporting.words.wording import LANGUAGES, threshold
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.tasks.starter import read_starter_tasks
from jobimpact.study import Study
from jobimpact.tables import check_table, table_columns

NATION = ("groups", "all|all")


def ledger_of(study, reach):
    """Return a variance ledger of the country, of one sector and of one state, each `reach` to both sides."""
    cells = (("groups", "all|all", "group", "all"), ("sectors", "52", "naics", "52"), ("areas", "06", "area", "06"))
    rows = []
    for name, key, column, value in cells:
        beta = float(study[name].loc[study[name][column] == value, "exposure_beta"].iloc[0])
        rows.append((name, key, "exposure_beta", beta, "total", 1e-4, 1.0, 0.01, beta - reach, beta + reach))
    return pd.DataFrame(rows, columns=table_columns("variance_ledger"))


@pytest.fixture(scope="module")
def lower(make_study, study):
    """The study before: every score a third lower."""
    statements = read_starter_tasks()
    beta = study["tasks"]["beta"] / study["tasks"]["soc_code"].map(
        lambda code: 1.0 if code < "31" or code[:2] in ("41", "43") else 0.3
    )
    made = make_study(statements, beta * 2 / 3)
    return Study(made.tables, {**study.manifest, "model": {**study.manifest["model"], "heads_sha256": "22"}}, Path("/x/before"))


def with_ledgers(study, other, reach):
    return tuple(
        Study({**one.tables, "variance_ledger": ledger_of(one, reach)}, one.manifest, one.path) for one in (study, other)
    )


def said(document):
    return {sentence.topic: sentence.text for sentence in document.sentences()}


def table(document, name):
    return next(block for block in document.blocks() if isinstance(block, DataTable) and block.name == name)


def test_a_change_is_said_only_where_the_interval_leaves_zero_out(study, lower):
    narrow, wide = (compose(Request(*_pair(study, lower, reach))) for reach in (0.001, 0.4))
    assert ", higher by 0." in said(narrow)["level"]
    assert "are not distinguishable" in said(wide)["level"]
    assert "higher" not in said(wide)["level"]
    rows = wide.tables["change_rows"].set_index(["table_name", "row_key"])
    assert rows.loc[("sectors", "52"), "change_told"] == "untold"
    low, high = rows.loc[("sectors", "52"), ["change_low", "change_high"]]
    assert low < 0 < rows.loc[("sectors", "52"), "beta_change"] < high
    assert narrow.tables["change_rows"].set_index(["table_name", "row_key"]).loc[("sectors", "52"), "change_told"] == "more"
    # Rows without an interval are told by the smallest difference alone.
    assert pd.isna(rows.loc[("sectors", "51"), "change_low"])
    for document in (narrow, wide):
        for name in ("change_sides", "change_rows"):
            check_table(name, document.tables[name])


def _pair(study, lower, reach):
    after, before = with_ledgers(study, lower, reach)
    return after, "comparison", "en", "", before


def test_the_interval_of_the_change_is_made_from_both_and_said_to_be(study, lower):
    document = compose(Request(*_pair(weighted_as_given(study), weighted_as_given(lower), 0.03)))
    sides = document.tables["change_sides"].set_index("change_side")
    claims = document.claims.set_index("claim_id")
    gap = claims.loc["change_sides.after-less-before.side_estimate.difference"]
    reach = (2 * 0.03**2) ** 0.5
    change = sides.loc["after", "side_estimate"] - sides.loc["before", "side_estimate"]
    assert (gap["estimate_low"], gap["estimate_high"]) == pytest.approx((change - reach, change + reach))
    assert "takes the errors of both studies to be independent" in said(document)["intervals"]
    tile = next(block for block in document.blocks() if isinstance(block, Tiles)).tiles[0]
    assert tile.definition.startswith("95 % interval")
    assert "else errors are taken to be independent" in table(document, "changed-sectors").note


@pytest.mark.parametrize("language", LANGUAGES)
def test_counts_are_of_rows_that_can_be_told(study, lower, language):
    after, before = with_ledgers(study, lower, 0.4)
    rows = changed_rows(before, after, language)
    sectors = rows[rows["table_name"] == "sectors"]
    document = compose(Request(after, "comparison", language, "", before))
    counted = document.claims[document.claims["row_key"] == "table_name=sectors|change_told=more"]
    assert counted["value"].iloc[0] == (sectors["change_told"] == "more").sum() == ((sectors["beta_change"] >= 0.02).sum() - 1)
    untold = {"en": "not distinguishable", "zh": "无法区分"}[language]
    assert {row[-1].text for row in table(document, "changed-sectors").rows if row[1].value == _beta(before, "52")} == {untold}


def _beta(study, naics):
    return study["sectors"].set_index("naics").loc[naics, "exposure_beta"]


def test_studies_in_folders_of_one_name_can_be_told_apart(study, lower):
    after, before = (replace(one, path=Path(f"/data/{name}/study")) for one, name in ((study, "july"), (lower, "june")))
    document = compose(Request(after, "comparison", "en", "", before))
    assert "(june/study)" in said(document)["level"]
    assert "(july/study)" in said(document)["level"]
    notes = [tile.note for block in document.blocks() if isinstance(block, Tiles) for tile in block.tiles]
    assert notes == ["june/study", "july/study"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_tasks_that_one_study_did_not_score_are_said_with_their_number(make_study, study, language):
    statements = read_starter_tasks()
    fewer = make_study(statements[statements["soc_code"] != "43-4051"])
    document = compose(Request(study, "comparison", language, "", Study(fewer.tables, study.manifest, Path("/x/before"))))
    n_tasks = int((study["tasks"]["soc_code"] == "43-4051").sum())
    text = said(document)
    words = {
        "en": f"The study before has no score for {n_tasks} of the 2,520 tasks of the study after, on which ",
        "zh": f"后一项研究的2,520项任务中，有{n_tasks}项在前一项研究中没有评分，",
    }
    assert text["unscored"].startswith(words[language])
    assert {"en": "keep the score that they have", "zh": "保留自己的评分"}[language] in text["missing scores"]
    scale = {"en": " on the scale from zero to one)", "zh": "，按零至一的尺度计）"}[language]
    assert scale in text["factors"]
    assert not {"unscored", "missing scores"} & set(said(compose(Request(study, "comparison", language, "", study))))
    sides = document.tables["change_sides"].set_index("change_side")
    assert sides["side_unscored"].to_dict() == {"before": 0, "after": n_tasks}
    other = {"en": "that of the task list", "zh": "任务清单"}[language]
    assert other in said(document).get("largest", "") + said(document)["factors"] + "that of the task list"
    assert "own weights" not in said(document)


def with_errors(study, own=0.5):
    """The study with standard errors of its occupations, one judge, encoder and heads, and a table of judges."""
    components = VarianceComponents(shared=0.01, own=own, noise=0.2, bias=0.0, n_tasks=100, n_occupations=10)
    tasks = study["tasks"].assign(oews=published_codes(study["tasks"]["soc_code"]))
    errors = occupation_standard_errors(tasks, components, by="oews", within="onetsoc_code")
    occupations = study["occupations"].assign(exposure_beta_se=lambda table: table["soc_code"].map(errors))
    shares = aggregate_groups(occupations, read_employment("national"))
    nation = shares.loc[shares["group_type"] == "all", ["exposure_beta", "share_workers_50"]].iloc[0]
    rows = [
        ("country", "groups", "all|all", column, rater, factor * value)
        for column, value in nation.items()
        for rater, factor in (("human", 1.0), ("gpt4", 1.25), ("gpt4_alt", 0.5))
    ]
    raters = pd.DataFrame(rows, columns=table_columns("raters"))
    manifest = {**study.manifest, "model": {**study.manifest["model"], "encoder_sha256": "33", "heads_sha256": "11"}}
    tables = {**study.tables, "occupations": occupations, "groups": shares, "raters": raters}
    return weighted_as_given(Study(tables, manifest, study.path))


@pytest.fixture(scope="module")
def fewer_tasks(make_study):
    """The study before: without the last two tasks of each occupation."""
    statements = read_starter_tasks()
    number = statements.groupby("soc_code").cumcount(ascending=False)
    made = make_study(statements[number > 1])
    return with_errors(Study(made.tables, made.manifest, Path("/x/before")))


@pytest.fixture(scope="module")
def documents_with_errors(study, fewer_tasks):
    after = with_errors(study)
    return cache(lambda kind, language, key="": compose(Request(after, kind, language, key, fewer_tasks)))


def test_errors_that_both_studies_share_cancel_in_the_change(study, fewer_tasks, documents_with_errors):
    after, common = with_errors(study), documents_with_errors("comparison", "en", "mean:beta")
    other = Study(after.tables, {**after.manifest, "parameters": {"rater": "gpt4", "weights": "given"}}, after.path)
    apart = compose(Request(other, "comparison", "en", "", fewer_tasks))
    assert "the same judge and the same model" in said(common)["intervals"]
    assert "to be independent" in said(apart)["intervals"]
    for name, low, high in (
        ("change_rows", "change_low", "change_high"),
        ("change_sides", "side_change_low", "side_change_high"),
    ):
        narrow, wide = ((one.tables[name][high] - one.tables[name][low]).dropna() for one in (common, apart))
        assert (narrow < 0.8 * wide).all()
    rows = common.tables["change_rows"]
    held = rows.dropna(subset="change_low")
    assert set(held["table_name"]) == {"groups", "sectors", "areas"}
    assert held["beta_change"].between(held["change_low"], held["change_high"]).all()
    # Equality is said of nothing whose interval goes beyond it.
    least = threshold("about_equal")
    equal = held["change_told"] == "equal"
    assert ((held["change_low"].abs() < least) & (held["change_high"].abs() < least)).eq(equal).all()
    told = held["change_told"].isin(["more", "less"])
    assert told.eq(~equal & ((held["change_low"] > 0) | (held["change_high"] < 0))).all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_change_by_each_judge_stands_beside_the_interval(study, documents_with_errors, language):
    document = documents_with_errors("comparison", language, "mean:beta")
    raters = document.tables["change_raters"].set_index("rater")
    check_table("change_raters", document.tables["change_raters"])
    change = document.tables["change_sides"]["side_estimate"].diff().iloc[1]
    assert raters["rater_change"].to_dict() == pytest.approx(
        {"human": change, "gpt4": 1.25 * change, "gpt4_alt": change / 2}, abs=1e-6
    )
    names = {"en": ("human raters", "GPT-4 with another rubric"), "zh": ("人工评分者", "采用另一评分标准的GPT-4")}[language]
    assert all(name in said(document)["judges"] for name in names)
    assert "judges" not in said(compose(Request(study, "comparison", language, "", study)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("key", "column"), [("share:beta>=0.5", "share_workers_50"), ("mean:beta", "exposure_beta")])
def test_one_number_prints_alike_in_comparison_and_overview(documents_with_errors, language, key, column):
    overview, comparison = documents_with_errors("overview", language), documents_with_errors("comparison", language, key)
    stated = overview.claims.set_index("claim_id").loc[f"groups.all.all.{column}"]
    claims = comparison.claims.set_index("claim_id")
    assert claims.loc["change_sides.after.side_estimate", "text"] == stated["text"]
    assert claims.loc["change_sides.after.side_estimate", "value"] == pytest.approx(stated["value"], abs=1e-9)
    printed = {row[0].text: row for row in table(overview, "sectors").rows}
    position = [column.name for column in table(overview, "sectors").columns].index("exposure_beta")
    changed = table(comparison, "changed-sectors").rows
    assert {row[0].text: row[2].text for row in changed} == {name: row[position].text for name, row in printed.items()}
    # Parts of a share are points, with a unit in every cell; they add up to the change.
    points = {"en": " points", "zh": "个百分点"}[language]
    part = next(column for column in table(comparison, "factors").columns if column.name == "change_part")
    cells = [row[table(comparison, "factors").columns.index(part)] for row in table(comparison, "factors").rows]
    assert all((points in cell.text) == (column == "share_workers_50") for cell in cells)
    change = comparison.tables["change_sides"]["side_estimate"].diff().iloc[1]
    assert sum(cell.value for cell in cells) == pytest.approx(change, abs=1e-12)


def test_a_title_says_of_numbers_that_print_alike_that_they_do_not_differ(study, lower):
    assert compose(Request(study, "comparison", "en", "", lower)).title.startswith("Why the exposure")
    assert compose(Request(study, "comparison", "en", "", study)).title == "The exposure of American work in two studies"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_study_made_by_other_code_is_said_to_be(study, lower, language):
    made, before = (weighted_as_given(one) for one in (study, lower))
    groups = before["groups"].copy()
    groups.loc[groups["group_type"] == "all", "exposure_beta"] += 0.01
    other = Study({**before.tables, "groups": groups}, before.manifest, before.path)
    text = said(compose(Request(made, "comparison", language, "", other)))
    assert {"en": "table of the study before", "zh": "前一项研究自身"}[language] in text["other code"]
    assert "other code" not in said(compose(Request(made, "comparison", language, "", before)))


def weighted_as_given(study):
    """The study as its tables were made: every task weighs the same."""
    return Study(study.tables, {**study.manifest, "parameters": {"rater": "human", "weights": "given"}}, study.path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_tasks_that_keep_their_own_weights_are_said_to(study, lower, language):
    text = said(compose(Request(weighted_as_given(study), "comparison", language, "", lower)))
    assert {"en": "The tasks of the study before", "zh": "前一项研究的任务"}[language] in text["own weights"]


def test_sources_and_hashes_are_those_of_both_studies(study, lower):
    older = {**lower.manifest["inputs"]["employment"], "release": "2024-05"}
    other = {**lower.manifest, "inputs": {**lower.manifest["inputs"], "employment": older}}
    document = compose(Request(study, "comparison", "en", "", Study(lower.tables, other, lower.path)))
    assert {"2025-05", "2024-05"} <= {note.release for note in document.sources}
    assert len({note.title for note in document.sources if note.use == "Task texts"}) == 1
    sources = {row.claim.claim_id: row.source for row in ledger_rows(document)}
    assert "May 2024" in sources["change_sides.before.side_estimate"]
    assert "May 2025" not in sources["change_sides.before.side_estimate"]
    assert "May 2024" not in sources["change_sides.after.side_estimate"]
    both = sources["change_sides.after-less-before.side_estimate.direction"]
    assert "May 2024" in both
    assert "May 2025" in both
    assert "22" in {row[1].text for row in table(document, "hashes-before").rows}
    assert "11" in {row[1].text for row in table(document, "hashes").rows}
    assert "OEWS May 2024 and OEWS May 2025" in document.kicker
    assert compose(Request(study, "comparison", "en", "", lower)).kicker.endswith("· OEWS May 2025")
    assert "Before: BLS OEWS May 2024" in document.subtitle


@pytest.mark.parametrize(
    ("estimate", "english", "chinese"),
    [
        ("mean:beta", "the mean exposure (beta) of all covered jobs", "全部所覆盖岗位的平均暴露度（beta）"),
        (
            "share:beta>=0.5@naics=52",
            "the share of covered jobs in Finance and Insurance in occupations with exposure (beta) of 0.50 or more",
            "金融和保险业所覆盖岗位中暴露度（beta）在0.50及以上的职业所占的比例",
        ),
        (
            "mean:gamma/wage_bill@area=06",
            "the mean exposure (gamma, all software built) of covered jobs in California by wage bill",
            "加利福尼亚州所覆盖岗位按工资总额加权的平均暴露度（gamma，含全部软件）",
        ),
        (
            "share:alpha>0.1@soc_major=23-0000",
            "the share of covered jobs in Legal Occupations in occupations with exposure (alpha, the model alone) above 0.10",
            "法律类职业所覆盖岗位中暴露度（alpha，只计模型自身）高于0.10的职业所占的比例",
        ),
    ],
)
def test_estimates_are_named_in_words(study, estimate, english, chinese):
    assert estimate_name(Estimate.parse(estimate), study, "en") == english
    assert estimate_name(Estimate.parse(estimate), study, "zh") == chinese


def test_an_estimate_without_an_interval_is_said_to_have_none(study, lower):
    document = compose(Request(study, "comparison", "en", "mean:gamma", lower))
    assert "No interval of this estimate is known" in said(document)["intervals"]
    assert "Interval from" not in [column.title for column in table(document, "changed-sectors").columns]


def test_one_study_is_no_comparison(study):
    with pytest.raises(InputError, match="expected two to compare"):
        compose(Request(study, "comparison"))
