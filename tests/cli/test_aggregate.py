"""`jobimpact aggregate`, from a study and a table of one's own to groups with their errors, and what cannot be read."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, t
from typer.testing import CliRunner

from jobimpact.cli.app import app
from jobimpact.errors import JobImpactError
from jobimpact.estimates.means.aggregates import aggregate_areas
from jobimpact.estimates.means.occupations import MEASURES, aggregate_occupations
from jobimpact.exposure.heads.components import VarianceComponents
from jobimpact.facts.states import read_states
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.study import Study
from jobimpact.tables import table_columns

COMPONENTS = VarianceComponents(shared=0.05, own=0.5, noise=0.1, bias=0.0, n_tasks=1000, n_occupations=100)


@pytest.fixture(scope="module")
def made():
    """A study of four in five occupations of OEWS with one task each."""
    national = read_employment("national")
    rng = np.random.default_rng(7)
    codes = national.loc[national["o_group"] == "detailed", "soc_code"].to_numpy()
    codes = codes[rng.random(len(codes)) < 0.8]
    tasks = pd.DataFrame({"onetsoc_code": codes + ".00", "soc_code": codes, "title": "A job", "task_type": "Core"}).assign(
        task_weight=1.0
    )
    tasks = tasks.assign(**{name: rng.integers(0, 21, len(codes)) / 20 for name in MEASURES})
    occupations = aggregate_occupations(tasks, national, pd.Series(codes), COMPONENTS)
    manifest = {"inputs": {"tasks": {"name": "made"}, "employment": {"release": "2025-05"}}, "parameters": {"rater": "human"}}
    return Study({"tasks": tasks, "occupations": occupations}, manifest)


@pytest.fixture
def run(made, monkeypatch, data_home):
    monkeypatch.setattr("jobimpact.study.read_study", lambda _: made)

    def call(*words):
        done = CliRunner().invoke(app, ["aggregate", *map(str, words), "--study", "study"])
        if isinstance(done.exception, JobImpactError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return call


@pytest.fixture
def table(tmp_path):
    def write(columns, name="own.csv"):
        path = tmp_path / name
        pd.DataFrame(columns).to_csv(path, index=False)
        return path

    return write


def known_codes(made):
    return made["occupations"].dropna(subset=["exposure_beta"])["soc_code"]


def test_states_of_oews_give_the_areas_of_the_study(run, made, table, tmp_path):
    """OEWS May 2025 as a user's table: 54 states and territories, tolerance 1e-9 relative."""
    oews = read_employment("state")
    path = table(oews[oews["o_group"] == "detailed"][["soc_code", "tot_emp", "a_mean", "area"]])
    out = tmp_path / "areas.parquet"
    words = ("--code", "soc_code", "--weight", "tot_emp", "--wage", "a_mean", "--by", "area")
    said = run(path, *words, "--out", out, "--unmatched", tmp_path / "lost.csv")
    ours = pd.read_parquet(out).set_index("area")
    areas = aggregate_areas(made["occupations"], oews, read_states()).set_index("area").loc[ours.index]
    assert len(areas) == 54
    for column in ("emp_matched", "exposure_alpha", "exposure_beta", "exposure_gamma", "share_workers_10", "share_workers_50",
                   "wage_bill", "exposure_beta_wage_bill"):  # fmt: skip
        np.testing.assert_allclose(ours[column], areas[column], rtol=1e-9)
    assert "over the study's own codes (SOC 2018; no crosswalk" in said
    assert (
        "Intervals of 95 % hold the errors of the model and the weights of tasks, given the judge of the study, not sampling"
        in said
    )
    lost = pd.read_csv(tmp_path / "lost.csv")
    assert ours["emp_matched"].sum() + lost["tot_emp"].sum() == pytest.approx(ours["tot_emp"].sum())
    assert f"Without an exposure: {len(lost):,} codes" in said


def test_a_table_like_the_cps_has_the_error_of_its_replicates(run, made, table):
    """By hand: 4/R times the sum of (R_r - R)^2 for SDR with R = 16, the model's beside it, in an interval of 95 %."""
    rng, n, r = np.random.default_rng(3), 120, 16
    occupations = made["occupations"].dropna(subset=["exposure_beta"]).set_index("soc_code")
    codes, weight = rng.choice(occupations.index, n), rng.uniform(500, 3000, n)
    replicates = weight[:, None] * (1 + 0.3 * rng.choice([-1, 1], (n, r)))
    columns = {"occ": codes, "PWGT": weight, **{f"PWGT{i + 1}": replicates[:, i] for i in range(r)}}
    words = ("--code", "occ", "--weight", "PWGT", "--replicates", "PWGT*", "--method")
    found = json.loads(run(table(columns), *words, "sdr", "--json"))["total"]
    beta = occupations.loc[codes, "exposure_beta"].to_numpy()
    mean = weight @ beta / weight.sum()
    sampling = 4 / r * ((beta @ replicates / replicates.sum(axis=0) - mean) ** 2).sum()
    share = pd.Series(weight).groupby(codes).sum() / weight.sum()
    model = (share**2 * occupations.loc[share.index, "exposure_beta_se"] ** 2).sum()
    assert found["exposure_beta"] == pytest.approx(mean, rel=1e-12)
    assert found["se_sampling"] == pytest.approx(np.sqrt(sampling), rel=1e-9)
    assert found["se_model"] == pytest.approx(np.sqrt(model), rel=1e-9)
    assert found["sampling_df"] == r - 1
    # Draws of Student's t and of the model's normal errors together: between the normal and the t of the sample.
    reach = (found["mean_high"] - mean) / np.sqrt(sampling + model)
    assert 0.95 * norm.ppf(0.975) < reach < 1.05 * t.ppf(0.975, r - 1)
    # A jackknife of the same columns has (R - 1)/R in place of 4/R.
    jackknife = json.loads(run(table(columns), *words, "jackknife", "--json"))["total"]
    assert jackknife["se_sampling"] == pytest.approx(found["se_sampling"] * np.sqrt((r - 1) / 4))


def test_strata_units_and_groups_by_two_columns(run, made, table, tmp_path):
    codes = known_codes(made).iloc[:40].to_numpy()
    columns = {"code": codes, "weight": 1.0, "sex": ["f", "m"] * 20, "region": ["n"] * 20 + ["s"] * 20}
    columns |= {"st": ["a", "b"] * 20, "cl": np.repeat(np.arange(10), 4)}
    out = tmp_path / "own.xlsx"
    said = run(table(columns), "--strata", "st", "--psu", "cl", "--by", "region", "--by", "sex", "--out", out)
    assert said.count("\n") > 6
    written = pd.read_excel(out, engine="openpyxl")
    assert written[["region", "sex"]].to_numpy().tolist() == [["n", "f"], ["n", "m"], ["s", "f"], ["s", "m"]]
    assert written.columns[2:].tolist() == table_columns("user_aggregates")
    assert set(written["se_parts"]) == {"sampling+model+weights"}
    assert any(line.startswith("all ") for line in said.splitlines())
    assert "4 rows written to" in said


def test_isco_codes_go_over_the_crosswalk_and_carry_its_error(run, table):
    columns = {"code": ["OC25", "2512", "9999", "0110"], "weight": [100, 50, 7, 3]}
    found = json.loads(run(table(columns), "--classification", "isco-08", "--persons", "--json"))
    assert "over OEWS > SOC 2018 > SOC 2010 > ISCO-08 (BLS 2017 and 2015" in found["coverage"]
    assert [row["unknown_code"] for row in found["unmatched"]] == ["9999", "0110"]
    assert found["total"]["matched_share"] == pytest.approx(150 / 160)
    assert found["total"]["se_parts"] == "sampling+model+weights+crosswalk"
    assert found["total"]["se_crosswalk"] > 0
    by_jobs = json.loads(run(table(columns), "--classification", "isco-08", "--persons", "--within", "us-jobs", "--json"))
    assert by_jobs["total"]["exposure_beta"] != found["total"]["exposure_beta"]
    assert "groups by US jobs" in by_jobs["coverage"]


def test_totals_are_left_out_when_told_so(run, made, table):
    code = known_codes(made).iloc[0]
    path = table({"code": [code, "00-0000"], "weight": [5, 5]})
    with pytest.warns(match="1 rows of totals"):
        found = json.loads(run(path, "--totals", "leave-out", "--json"))
    assert found["total"]["tot_emp"] == 5


def bad(columns=None, *words, found):
    return pytest.param(columns or {}, words, found, id=found[:30])


@pytest.mark.parametrize(
    ("columns", "words", "found"),
    [
        bad({"occ": ["15-1252"]}, found="no column 'code'; The columns are: weight, occ. Choose one with --code"),
        bad({"weight": ["-1"]}, found="is negative"),
        bad({"weight": ["many"]}, found="'many', which is no number"),
        bad({"weight": ["0"]}, found="no weight above 0 in 'weight'"),
        bad({"code": ["2512"]}, found="none of 1 codes .first: '2512'. has an exposure as soc-2018"),
        bad({}, "--by", "sex", found="no column 'sex'.* Choose one with --by"),
        bad({"tot_emp": ["x"]}, "--by", "tot_emp", found="'tot_emp' to group by, which the result has too"),
        bad({}, "--by", "code", "--by", "CODE", found="expected each column once"),
        bad({}, "--replicates", "rep*", found="--replicates without --method"),
        bad({}, "--method", "sdr", found="--method sdr without --replicates"),
        bad({}, "--replicates", "rep*", "--method", "brr", found="found 0 columns that begin with 'rep"),
        bad(
            {"rep1": [1], "rep2": ["x"]}, "--replicates", "rep*", "--method", "brr", found="1 replicate weights without a number"
        ),
        bad({"rep1": [1], "rep2": [1], "repflag": [1]}, "--replicates", "rep*", "--method", "sdr", found="'repflag' among the 3"),
        bad({}, "--replicates", "rep*", "--method", "fay", found="--fay 0 with --method fay"),
        bad({}, "--replicates", "rep*", "--method", "brr", "--strata", "st", found="found --replicates and --strata"),
        bad({"st": ["a"]}, "--strata", "st", found="1 strata with a single sampling unit"),
        bad({}, "--wage", "pay", found="no column 'pay'.* Choose one with --wage"),
        bad({"se": [1]}, "--weight-se", "se", "--psu", "cl", found="--weight-se and --psu"),
        bad({}, "--country", "Malta", found="found --country with .*own.csv; expected it with the table cedefop only"),
        bad({}, "--within", "us-jobs", found="--within us-jobs with soc-2018"),
        bad({}, "--out", "table.pdf", found="table.pdf: unknown ending"),
        bad({}, "--out", "a.csv", "--unmatched", "a.csv", found="expected two files"),
    ],
)
def test_wrong_inputs_are_one_line(run, table, monkeypatch, tmp_path, columns, words, found):
    monkeypatch.chdir(tmp_path)
    given = {"code": ["15-1252"], "weight": ["1"], **columns}
    if "occ" in columns:
        del given["code"]
    with pytest.raises(JobImpactError, match=found) as caught:
        run(table(given), *words)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("a.csv"))


def test_wrong_files_are_one_line(run, made, table, tmp_path):
    with pytest.raises(JobImpactError, match=r"gone.csv: no such file; expected a table"):
        run(tmp_path / "gone.csv")
    (tmp_path / "empty.csv").write_text("code,weight\n")
    with pytest.raises(JobImpactError, match="a header and no rows; expected one row per task, cell or person"):
        run(tmp_path / "empty.csv")
    codes = [known_codes(made).iloc[0], "00-0000"]
    with pytest.raises(JobImpactError, match=r"expected details alone: give --totals leave-out, or --totals keep"):
        run(table({"code": codes, "weight": [5, 5]}))
    for words, found in (
        (("cedefop",), "run `jobimpact sources add cedefop"),
        (("csco",), "run `jobimpact sources add csco|csco22.csv"),
        (("cedefop", "--by", "sex"), "found --by with cedefop; expected it with a table of your own only"),
        (("csco", "--year", "2024"), "found --year with csco"),
        (("cedefop", "--data", str(tmp_path / "none")), "no such folder"),
    ):
        with pytest.raises(JobImpactError, match=found):
            run(*words)


@pytest.mark.publisher
def test_cedefop_and_its_countries(run, publisher_data, tmp_path):
    """Cedefop 2024: 216,426,495 employed in the EU-27; its total, 9 major and 40 sub-major groups."""
    out = tmp_path / "eu.csv"
    said = run("cedefop", "--data", publisher_data / "cedefop_forecast", "--country", "eu-27", "--out", out)
    assert "of 216,426,495 persons employed, Eu-27, 2024, over OEWS > SOC 2018" in said
    written = pd.read_csv(out, dtype={"isco_group": str})
    assert written["isco_group"].str.len().value_counts().to_dict() == {2: 40, 1: 9, 5: 1}
    assert (written["se_crosswalk"].dropna() >= 0).all()
    with pytest.raises(JobImpactError, match="no country 'Atlantis' in Cedefop's table"):
        run("cedefop", "--data", publisher_data / "cedefop_forecast", "--country", "Atlantis")


@pytest.mark.publisher
def test_csco_groups_by_likeness_of_texts(run, publisher_data, monkeypatch):
    """Pairs are given here: the encoder of two languages is not for tests."""
    rows = [("2-02-10-03", "2512", 0.5), ("2-02-10-03", "2513", 0.5), ("4-01-02-01", "5223", 1.0)]
    pairs = pd.DataFrame(rows, columns=["from_code", "to_code", "share"]).assign(
        from_system="CSCO 2022", to_system="ISCO-08", from_title=None, to_title=None, partial=False, method="text similarity",
        share_basis="similarity",
    )  # fmt: skip
    monkeypatch.setattr("jobimpact.estimates.own_tables.csco.pair_csco", lambda *_, **__: pairs)
    with pytest.warns(match="csco22.csv"):
        found = json.loads(run("csco", "--data", publisher_data / "china_csco_2022", "--json"))
    assert "by likeness of texts, not by an official table" in found["coverage"]
    rows = {row["csco_code"]: row for row in found["groups"]}
    assert rows["2-02-10"]["se_crosswalk"] > 0
    assert rows["2-02-10"]["n_occupations"] == 1
    assert found["unmatched"] is None
