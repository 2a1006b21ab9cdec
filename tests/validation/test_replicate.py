"""Published figures computed anew: verdicts on whole files, on copies that lack rows, and without files."""

import inspect
import json
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from jobimpact.assumptions import assumption, read_assumptions
from jobimpact.errors import InputError
from jobimpact.facts.registry import find_source, load_function
from jobimpact.sources.labels.eloundou import LABEL_EXPOSURE
from jobimpact.sources.store.inputs import Inputs
from jobimpact.validation import replicate as replicating
from jobimpact.validation.papers.eloundou import occupations_of
from jobimpact.validation.papers.figure import Figure, withheld
from jobimpact.validation.replicate import Replications, count_verdicts, read_targets, replicate_figures


class TestTargets:
    def test_every_row_has_a_function_that_takes_its_arguments(self) -> None:
        targets = read_targets()
        for target in targets:
            function = load_function(f"jobimpact.validation.papers.{target.function}")
            inspect.signature(function).bind(Inputs(), **target.arguments)
        assert len({(target.id, target.item) for target in targets}) == len(targets)

    def test_every_row_is_complete(self) -> None:
        for target in read_targets():
            assert target.what
            assert target.tolerance_why
            assert len(target.citation) > 20
            assert target.basis in {"paper", "files"}
            assert target.status in {"seen", "secondary"}
            assert target.tolerance >= 0
            assert all(find_source(source) for source in target.sources)
            assert target.withheld is None or target.withheld >= target.tolerance

    @pytest.mark.parametrize("name", [name for name in read_assumptions("replications") if name != "rows"])
    def test_assumptions_are_complete(self, name: str) -> None:
        entry = read_assumptions("replications")[name]
        assert set(entry) == {"value", "unit", "range", "source", "description"}
        assert all(entry[field] for field in entry)

    def test_unknown_name(self) -> None:
        with pytest.raises(InputError, match=r"'eloundou-worker' is nothing to replicate \(did you mean 'eloundou-workers'\?\)"):
            read_targets(["eloundou-worker"])


TARGET = next(target for target in read_targets(["felten-lm"]) if target.withheld is not None)


def judge(value: float, missing_rows: str = "", **changes: Any) -> dict[str, Any]:
    target = replace(TARGET, target=0.5, tolerance=0.01, withheld=0.05, **changes)
    return replicating._row(target, Figure(value, 9, "tasks", ("felten-aioe",), missing_rows), "")


class TestVerdicts:
    @pytest.mark.parametrize(
        ("value", "verdict"), [(0.5, "pass"), (0.51, "pass"), (0.49, "pass"), (0.511, "near"), (0.53, "near"), (0.531, "fail")]
    )
    def test_on_whole_files(self, value: float, verdict: str) -> None:
        row = judge(value)
        assert (row["verdict"], row["tolerance"]) == (verdict, 0.01)
        assert bool(row["why"]) == (verdict != "pass")

    @pytest.mark.parametrize(("value", "verdict"), [(0.55, "pass"), (0.451, "pass"), (0.6, "near"), (0.7, "fail")])
    def test_a_copy_has_the_wider_tolerance_and_says_so(self, value: float, verdict: str) -> None:
        row = judge(value, "occ_level has 795 of its 923 rows here")
        assert (row["verdict"], row["tolerance"]) == (verdict, 0.05)
        assert "795 of its 923 rows here, so that the tolerance is 0.05 in place of 0.01" in row["why"]

    def test_a_copy_that_cannot_tell_is_missing_with_what_is_here(self) -> None:
        row = replicating._row(replace(TARGET, withheld=None), Figure(150.0, 257, "groups", (), "257 of 427"), "")
        assert row["verdict"] == "missing"
        assert row["our_figure"] == 150
        assert "expected the publisher's whole file" in row["why"]

    def test_a_count_must_be_right(self) -> None:
        target = replace(TARGET, target=231.0, tolerance=0.0, withheld=None)
        verdicts = [replicating._verdict(target, Figure(value, 427, "groups", ()), 0.0) for value in (231.0, 230.0)]
        assert verdicts == ["pass", "fail"]

    def test_a_figure_that_is_no_number_fails(self) -> None:
        assert judge(float("inf"))["verdict"] == "fail"
        assert judge(float("nan"))["verdict"] == "fail"

    def test_size_of_a_table_tells_a_copy(self) -> None:
        assert withheld(pd.DataFrame(index=range(923)), "occ_level") == ""
        assert (
            withheld(pd.DataFrame({"g": list(range(257)) * 2}), "ilo_2025", key="g") == "ilo_2025 has 257 of its 427 groups here"
        )


class TestWithoutFiles:
    def test_what_is_missing_is_said_and_quoted_inputs_still_pass(self, data_home: Path) -> None:
        """Acemoglu 2025, doi:10.1093/epolic/eiae042: at most 0.66 %, less than 0.53 % with hard-to-learn tasks."""
        found = replicate_figures(Inputs())
        assert len(found) == len(read_targets())
        assert Counter(found["verdict"]) == {"pass": 3, "missing": len(found) - 3}
        gains = found[found["id"] == "acemoglu-2024"].set_index("item")["our_figure"]
        assert gains.round(4).to_dict() == {"tasks": 0.0458, "tfp": 0.0066, "tfp-hard": 0.0053}
        commands = found.loc[found["verdict"] == "missing", "why"]
        assert commands.str.contains("`jobimpact sources (?:pull|add) ").all()
        assert count_verdicts(found) == f"3 of {len(found)} figures pass, {len(found) - 3} missing"

    def test_json_is_one_document(self, data_home: Path) -> None:
        app = make_app()
        result = CliRunner().invoke(app, ["felten-lm", "--json"])
        assert result.exit_code == 0, result.output
        records = json.loads(result.stdout)
        assert [record["verdict"] for record in records] == ["missing", "missing"]
        assert records[0]["our_figure"] is None
        assert records[1]["sources"] == ["felten-aioe", "eloundou-labels"]

    def test_screen_and_table(self, data_home: Path, tmp_path: Path) -> None:
        out = tmp_path / "replications.csv"
        result = CliRunner().invoke(make_app(), ["acemoglu-2024", "--out", str(out)])
        assert result.exit_code == 0, result.output
        rows = [line.split() for line in result.stdout.splitlines()]
        assert ["acemoglu-2024", "tasks", "pass", "0.046", "0.04577", "0.0005", "2", "inputs"] in rows
        assert "acemoglu-2024 tasks: tasks affected within ten years" in result.stdout
        assert "(target quoted elsewhere)" in result.stdout
        assert result.stdout.endswith(f"3 of 3 figures pass\n3 rows written to {out}\n")
        assert pd.read_csv(out)["verdict"].tolist() == ["pass"] * 3

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--out", "table.doc"], "unknown ending '.doc'"),
            (["--data", "nowhere"], "no such folder"),
            (["acemoglu"], "did you mean 'acemoglu-2024'"),
        ],
    )
    def test_bad_input_is_one_line(self, data_home: Path, words: list[str], said: str) -> None:
        with pytest.raises(InputError) as caught:
            CliRunner().invoke(make_app(), words, catch_exceptions=False)
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_a_damaged_file_is_named_and_the_rest_goes_on(self, data_home: Path, tmp_path: Path) -> None:
        (tmp_path / "AIOE_DataAppendix.xlsx").write_bytes(b"PK")
        found = replicate_figures(Inputs(tmp_path)).set_index(["id", "item"])
        assert "2 bytes that are not a whole Excel workbook" in found.loc[("felten-lm", "r-aioe"), "why"]
        assert found.loc["acemoglu-2024", "verdict"].eq("pass").all()

    def test_name_and_all(self, data_home: Path) -> None:
        with pytest.raises(InputError, match="found both 'felten-lm' and --all"):
            CliRunner().invoke(make_app(), ["felten-lm", "--all"], catch_exceptions=False)


def make_app():
    import typer

    from jobimpact.cli.options import register
    from jobimpact.cli.replicate import replicate as command

    return register(typer.Typer(pretty_exceptions_enable=False), command)


@pytest.fixture(scope="module")
def inputs(publisher_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    return Inputs(publisher_data, tmp_path_factory.mktemp("no-data-home"))


@pytest.fixture(scope="module")
def found(inputs: Inputs) -> pd.DataFrame:
    return replicate_figures(inputs)


@pytest.mark.publisher
class TestPublished:
    def test_every_row_that_the_files_allow_passes(self, found: pd.DataFrame) -> None:
        """Targets and citations: data/replications.toml. The counts of the ILO need all 427 unit groups."""
        rest = found[found["verdict"] != "pass"]
        assert rest["verdict"].isin(["missing"]).all(), rest[["id", "item", "our_figure", "why"]].to_string()
        assert set(rest["id"]) <= {"ilo-2025"}

    def test_verdicts_follow_from_figures(self, found: pd.DataFrame) -> None:
        passed = found[found["verdict"] == "pass"]
        assert ((passed["our_figure"] - passed["target"]).abs() <= passed["tolerance"] + 1e-9).all()

    def test_records_are_json(self, found: pd.DataFrame) -> None:
        records = json.loads(json.dumps(Replications(title="", table=found).to_records(), allow_nan=False))
        assert {"id", "what", "target", "our_figure", "tolerance", "verdict", "why", "n", "sources"} <= set(records[0])

    def test_taken_for_whole_files_the_copies_do_not_pass(self, inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
        """The tight tolerances see that 2,690 of 19,265 tasks are withheld; what holds on any file still passes."""
        if len(occupations_of(inputs)) == assumption("replications", "full_size")["occ_level"]:
            pytest.skip("the files are whole")
        sizes = {"full_labelset": 16_575, "occ_level": 795, "ilo_2025": 257}
        entries = read_assumptions("replications")
        monkeypatch.setitem(entries, "full_size", {**entries["full_size"], "value": sizes})
        tight = replicate_figures(inputs, ["eloundou-occupations", "eloundou-agreement", "eloundou-means", "ilo-2025"])
        assert tight["withheld"].eq("").all()
        by_id = tight.groupby("id")["verdict"].agg(Counter)
        assert by_id["eloundou-occupations"] == {"pass": 6}
        assert by_id["eloundou-means"]["pass"] == 0
        assert by_id["ilo-2025"]["pass"] == 0
        assert tight.loc[tight["verdict"] != "pass", "why"].str.contains("from the target, with a tolerance of").all()

    def test_a_wrong_label_is_seen(self, inputs: Inputs) -> None:
        """One label changed moves its occupation's score away from the published one."""
        changed = Inputs(inputs.folder, inputs.home)
        changed._read.update(inputs._read)
        key = next(key for key in changed._read if "full_labelset" in key[0].name)
        labels = changed._read[key].copy()
        labels.loc[0, "human"] = "E1" if labels.loc[0, "human"] != "E1" else "E0"
        changed._read[key] = labels
        verdicts = replicate_figures(changed, ["eloundou-occupations"]).set_index("item")["verdict"]
        assert verdicts["human-alpha"] == "fail"
        assert verdicts["gpt4-alpha"] == "pass"

    def test_exposure_of_labels(self) -> None:
        assert LABEL_EXPOSURE["beta"] == {"E0": 0.0, "E1": 1.0, "E2": 0.5}

    @pytest.mark.slow
    def test_wider_tolerances_are_three_standard_deviations(self, inputs: Inputs) -> None:
        """Leave out as many codes again, at random within major groups: tolerance + 3 sd, within the noise of 25 draws."""
        targets = [t for t in read_targets(["eloundou-agreement", "eloundou-means", "eloundou-workers"]) if t.withheld]
        codes = pd.Series(occupations_of(inputs)["onetsoc_code"].str[:7].unique())
        rng, drawn = np.random.default_rng(3), []
        for _ in range(25):
            seed = int(rng.integers(2**31))
            dropped = codes.groupby(codes.str[:2]).sample(frac=105 / 798, random_state=seed)
            thinned = _without(inputs, set(dropped))
            drawn.append([target.compute(thinned).value for target in targets])
        whole = np.array([target.compute(inputs).value for target in targets])
        spread = np.sqrt(((np.array(drawn) - whole) ** 2).mean(axis=0))
        stated = np.array([(target.withheld or 0) - target.tolerance for target in targets])
        assert (stated / spread > 3 * 0.6).all()
        assert (stated / spread < 3 * 1.7).all()


def _without(inputs: Inputs, dropped: set[str]) -> Inputs:
    thinned = Inputs(inputs.folder, inputs.home)
    keep = partial(lambda codes: ~codes.str[:7].isin(dropped))
    for (path, reader), table in inputs._read.items():
        ours = path.name.startswith(("full_labelset", "occ_level"))
        thinned._read[path, reader] = table[keep(table["onetsoc_code"])].reset_index(drop=True) if ours else table
    return thinned
