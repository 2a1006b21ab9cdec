"""Exposure of codes of any classification as weights: the same means as the package's other ways, and draws of the shares."""

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError, SourceError
from jobimpact.estimates.crosswalks.carry import convert_scores
from jobimpact.estimates.crosswalks.code_exposures import code_exposures, with_groups, with_partners
from jobimpact.estimates.crosswalks.shares import compose_crosswalks, invert_crosswalk
from jobimpact.estimates.means.aggregates import aggregate_groups
from jobimpact.estimates.means.levels import EXPOSURES
from jobimpact.estimates.own_tables.classifications import _reversed_pairs, study_exposures
from jobimpact.sources.crosswalks.editions import pair_soc_codes
from jobimpact.sources.crosswalks.us import read_oews_to_soc_2018
from jobimpact.sources.indices.packaged import read_packaged_isco_crosswalk, read_packaged_soc_crosswalk
from jobimpact.sources.store.inputs import Inputs

NONE = Inputs(None)


def occupations(*rows):
    table = pd.DataFrame(rows, columns=["soc_code", "tot_emp", "exposure_beta"])
    return table.assign(
        exposure_alpha=0.0, exposure_gamma=1.0, exposure_automation=0.5, exposure_beta_se=0.1, title=table["soc_code"]
    )


def pairs(*rows, start="OEWS", end="ISCO-08"):
    table = pd.DataFrame(rows, columns=["from_code", "to_code", "share", "share_basis"])
    return table.assign(from_system=start, to_system=end, from_title=None, to_title=None, partial=False, method="official")


@pytest.fixture(scope="module")
def isco(part_scored):
    return study_exposures("isco-08", pd.DataFrame(), part_scored, NONE, n_draws=8).exposures


def test_soc_codes_of_all_levels_have_the_means_of_the_study(all_scored, national):
    exposures = study_exposures("soc-2018", pd.DataFrame(), all_scored, NONE).exposures
    ours, study = exposures.table().set_index("code"), all_scored.set_index("soc_code")
    np.testing.assert_allclose(ours.loc[study.index.intersection(ours.index), EXPOSURES],
                               study.loc[study.index.intersection(ours.index), EXPOSURES], rtol=1e-12)  # fmt: skip
    groups = aggregate_groups(all_scored, national)
    for group_type in ("soc_major", "soc_minor", "soc_broad"):
        rows = groups[(groups["group_type"] == group_type) & ~groups["group"].isin(study.index)]
        np.testing.assert_allclose(ours.loc[rows["group"], "exposure_beta"], rows["exposure_beta"])
    nation = groups.loc[groups["group_type"] == "all", "exposure_beta"].iloc[0]
    assert ours.loc["00-0000", "exposure_beta"] == pytest.approx(nation)
    # Nothing is assumed on the way, so there is nothing to draw.
    assert exposures.weight_draws == ()
    # OEWS publishes 31-1121 and 31-1122 as 31-1120 only.
    assert ours.loc["31-1121", "exposure_beta"] == study.loc["31-1120", "exposure_beta"]


def test_part_of_the_jobs_behind_a_group_that_was_scored(part_scored):
    found = study_exposures("soc-2018", pd.DataFrame(), part_scored, NONE).exposures
    jobs = part_scored["tot_emp"]
    share = jobs[part_scored["exposure_beta"].notna()].sum() / jobs.sum()
    assert found.scored_share[found.codes.get_loc("00-0000")] == pytest.approx(share)


def test_unit_groups_have_the_scores_of_convert_scores(part_scored, isco):
    chain = compose_crosswalks(
        read_oews_to_soc_2018(),
        invert_crosswalk(pair_soc_codes(read_packaged_soc_crosswalk())),
        _reversed_pairs(read_packaged_isco_crosswalk()),
    )
    by_code = part_scored.set_index("soc_code")
    expected = convert_scores(by_code["exposure_beta"], chain, by_code["tot_emp"]).scores.set_index("to_code").dropna()
    ours = isco.table().set_index("code").loc[expected.index, "exposure_beta"]
    np.testing.assert_allclose(ours, expected["converted_score"], rtol=1e-12)
    share = pd.Series(isco.scored_share, isco.codes)[expected.index]
    np.testing.assert_allclose(share, expected["scored_share"], rtol=1e-9)


def test_isco_groups_are_in_equal_parts_or_go_by_us_jobs(part_scored, isco):
    table = isco.table()
    units = table[table["code"].str.len() == 4].set_index("code")[EXPOSURES]
    for digits in (1, 2, 3):
        expected = units.groupby(units.index.str[:digits]).mean()
        np.testing.assert_allclose(table.set_index("code").loc[expected.index, EXPOSURES], expected, rtol=1e-12)
    weighted = study_exposures("isco-08", pd.DataFrame(), part_scored, NONE, within="us-jobs", n_draws=2).exposures.table()
    assert (weighted.set_index("code")["exposure_beta"] - table.set_index("code")["exposure_beta"]).abs().max() > 0.01


def test_every_row_of_weights_sums_to_one_in_every_draw(isco):
    for weights in (isco.weights, *isco.weight_draws):
        np.testing.assert_allclose(np.asarray(weights.sum(axis=1)).ravel(), 1.0, rtol=1e-12)
        assert weights.min() >= 0
    assert len(isco.weight_draws) == 8
    assert abs(isco.weight_draws[0] - isco.weight_draws[1]).max() > 0.01


def test_draws_have_the_spread_of_a_share_that_nothing_is_known_of():
    """A code split in two: its share u to X is uniform on 0-1, so X has (90 u + 10) / (100 u + 100); 300 draws."""
    jobs = occupations(("a", 100.0, 0.9), ("b", 100.0, 0.1))
    step = pairs(("a", "X", 0.5, "equal"), ("a", "Y", 0.5, "equal"), ("b", "X", 1.0, "only partner"))
    found = code_exposures(jobs, [step], n_draws=300)
    place = found.codes.get_loc("X")
    drawn = np.array([(weights @ found.beta())[place] for weights in found.weight_draws])
    uniform = (np.arange(10_000) + 0.5) / 10_000
    expected = (90 * uniform + 10) / (100 * uniform + 100)
    # Three standard errors of the mean of 300 draws, and of their standard deviation.
    assert drawn.mean() == pytest.approx(expected.mean(), abs=3 * expected.std() / np.sqrt(300))
    assert drawn.std(ddof=1) == pytest.approx(expected.std(), rel=3 / np.sqrt(600))


def test_groups_in_equal_parts_are_drawn_too():
    """Two codes of unknown size: the part of the first is uniform on 0-1, whose standard deviation is 1 / sqrt(12)."""
    jobs = occupations(("a", 100.0, 0.0), ("b", 100.0, 1.0))
    step = pairs(("a", "11", 0.5, "equal"), ("a", "21", 0.5, "equal"), ("b", "12", 1.0, "only partner"))
    units = code_exposures(jobs, [step], n_draws=300)
    found = with_groups(units, {"level 1": pd.Series({"11": "1", "12": "1"})}, by_jobs=False)
    place = found.codes.get_loc("1")
    drawn = np.array([(weights @ found.beta())[place] for weights in found.weight_draws])
    assert found.table().loc[place, "exposure_beta"] == 0.5
    assert drawn.std(ddof=1) == pytest.approx(12**-0.5, rel=3 / np.sqrt(600))


def test_codes_that_rest_on_nothing_scored_are_left_out():
    jobs = occupations(("a", 100.0, 0.9), ("b", 100.0, None), ("c", None, 0.3))
    step = pairs(*((code, target, 1.0, "only partner") for code, target in (("a", "X"), ("b", "X"), ("b", "Y"), ("c", "Z"))))
    step = step[~((step["from_code"] == "b") & (step["to_code"] == "X"))]
    found = code_exposures(jobs, [step])
    # Without any jobs a code still has the score of its only source.
    assert found.table().set_index("code")["exposure_beta"].to_dict() == {"X": 0.9, "Z": 0.3}
    assert found.us_jobs.to_dict() == {"X": 100.0, "Y": 100.0, "Z": 0.0}


def test_partners_and_groups_of_other_codes():
    jobs = occupations(("a", 100.0, 0.2), ("b", 300.0, 0.6))
    units = code_exposures(jobs, [pairs(("a", "11", 1.0, "only partner"), ("b", "12", 1.0, "only partner"))])
    grouped = with_groups(units, {"level 1": pd.Series({"11": "1", "12": "1"})}, by_jobs=True)
    assert grouped.table().set_index("code").loc["1", "exposure_beta"] == pytest.approx(0.5)
    text = pairs(("z", "11", 0.25, "similarity"), ("z", "12", 0.75, "similarity"), ("y", "13", 1.0, "similarity"), start="CSCO")
    found = with_partners(units, text, "partners", n_draws=5)
    assert found.codes.tolist() == ["z"]
    assert found.table()["exposure_beta"].tolist() == pytest.approx([0.5])
    assert len(found.weight_draws) == 5


def test_onetsoc_codes_have_their_own_tasks(part_scored):
    code = part_scored.loc[part_scored["exposure_beta"].notna(), "soc_code"].iloc[0]
    tasks = pd.DataFrame(
        {"onetsoc_code": [f"{code}.00", f"{code}.01"], "soc_code": code, "task_type": "Core", "task_weight": 1.0}
    )
    tasks = tasks.assign(alpha=0.1, beta=[0.2, 0.4], gamma=0.9, automation=0.5)
    found = study_exposures("onetsoc-2019", tasks, part_scored, NONE).exposures
    table = found.table().set_index("code")
    assert table.loc[[f"{code}.00", f"{code}.01"], "exposure_beta"].tolist() == [0.2, 0.4]
    # Both have the error of the same occupation.
    assert found.error_of[-1] == found.error_of[-2]
    assert code in table.index


def test_soc_2010_has_minor_groups_of_its_own(part_scored):
    table = study_exposures("soc-2010", pd.DataFrame(), part_scored, NONE, n_draws=2).exposures.table().set_index("code")
    assert {"15-1100", "31-1000", "51-5100", "15-0000", "00-0000"} <= set(table.index)
    assert "15-1200" not in table.index


def test_esco_codes_are_those_of_their_isco_group(part_scored, isco, tmp_path):
    found = study_exposures("esco", pd.DataFrame(), part_scored, NONE, codes=["2512.4.1", "251", "9999"], n_draws=2).exposures
    assert found.codes.tolist() == ["251", "2512.4.1"]
    ours, theirs = (table.table().set_index("code")["exposure_beta"] for table in (found, isco))
    assert ours.tolist() == pytest.approx(theirs[["251", "2512"]].tolist())
    with pytest.raises(InputError, match=r"no ESCO code \(first: 'chef'\)"):
        study_exposures("esco", pd.DataFrame(), part_scored, NONE, codes=["chef"], n_draws=2)
    with pytest.raises(SourceError, match="sources add esco-onet"):
        study_exposures("esco", pd.DataFrame(), part_scored, Inputs(None, tmp_path), codes=["http://data.europa.eu/x"], n_draws=2)


def test_bad_input_is_one_line(part_scored):
    with pytest.raises(InputError, match="no occupation with an exposure"):
        code_exposures(occupations(("a", 1.0, None)), [])
    with pytest.raises(InputError, match="no code of the study in a crosswalk from q"):
        code_exposures(occupations(("a", 1.0, 0.5)), [pairs(("q", "X", 1.0, "only partner"))])
    with pytest.raises(InputError, match="no pairs of CSCO 2022"):
        study_exposures("csco-2022", pd.DataFrame(), part_scored, NONE, n_draws=2)


@pytest.mark.publisher
def test_census_and_esco_files(publisher_data, part_scored):
    """Census 2018: 1021 is software developers, SOC 15-1252 alone; ESCO: an address is its ISCO-08 group."""
    inputs = Inputs(publisher_data)
    census = study_exposures("census-2018", pd.DataFrame(), part_scored, inputs, n_draws=2).exposures.table().set_index("code")
    known = part_scored.set_index("soc_code")["exposure_beta"].dropna()
    if "15-1252" in known.index:
        assert census.loc["1021", "exposure_beta"] == pytest.approx(known["15-1252"])
    assert len(census) > 350
