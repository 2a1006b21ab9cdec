"""Reader of the Anthropic Economic Index task files: small files in their layout, broken ones, and published figures."""

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobimpact.assumptions import read_assumptions
from jobimpact.errors import SourceError
from jobimpact.facts.registry import find_source
from jobimpact.sources.labels.usage import (
    AUTOMATION_MODES,
    MODES,
    USAGE_RELEASES,
    read_task_shares,
    read_task_usage,
    read_usage_statements,
)
from jobimpact.tables import check_table, table_columns

STEM = "automation_vs_augmentation_by_task"
# In the layout of the files, in words of our own; the second task stands in two occupations, the third is no statement.
USAGE = pd.DataFrame(
    {
        "task_name": ["write songs for feasts.", "keep the club's books.", "hum.", "none"],
        "directive": [0.25, 0.0, 0.5, 0.5],
        "feedback_loop": [0.25, 0.0, 0.0, 0.0],
        "learning": [0.0, 0.0, 0.25, 0.0],
        "filtered": [0.0, 1.0, 0.0, 0.5],
        "task_iteration": [0.125, 0.0, 0.25, 0.0],
        "validation": [0.375, 0.0, 0.0, 0.0],
        "pct": [0.5, 0.25, 0.125, 0.125],
    }
)
STATEMENTS = pd.DataFrame(
    {
        "O*NET-SOC Code": ["43-3031.00", "27-2041.04", "13-2011.01", "13-2011.02"],
        "Task": ["Keep the Club's books.", "Write songs for feasts.", "Keep the Club's books.", "Keep the Club's books."],
    }
)


def write_files(folder: Path, usage: pd.DataFrame = USAGE, name: str = f"{STEM}_v3.csv", *, statements: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    usage.to_csv(folder / name, index=False)
    if statements:
        STATEMENTS.to_csv(folder / "onet_task_statements_old.csv", index=False)
    return folder / name


def error_of(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        read_task_usage(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


class TestRead:
    @pytest.mark.parametrize("kind", ["file", "folder", "gz", "zip"])
    def test_every_cell(self, tmp_path: Path, kind: str) -> None:
        path = write_files(tmp_path / "release" / "data")
        if kind == "gz":
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
            path = path.with_name(f"{path.name}.gz")
        elif kind == "folder":
            path = tmp_path / "release"
        elif kind == "zip":
            with zipfile.ZipFile(tmp_path / "files.zip", "w") as archive:
                for file in path.parent.iterdir():
                    archive.write(file, file.relative_to(tmp_path))
            path = tmp_path / "files.zip"
        usage = read_task_usage(path)
        assert list(usage.columns) == table_columns("task_usage")
        assert set(usage["usage_release"]) == {"2025-11"}
        assert usage["task"].tolist() == ["Write songs for feasts.", "Keep the Club's books.", "hum."]
        assert usage["soc_codes"].fillna("?").tolist() == ["27-2041", "13-2011;43-3031", "?"]
        assert usage["automation_share"].fillna(-1).tolist() == [0.5, -1, 0.5]
        assert usage["pct"].tolist() == [50, 25, 12.5]
        total = read_assumptions("usage")["conversations"]["value"]["2025-11"]
        assert usage["conversations"].tolist() == [round(total / 2), round(total / 4), round(total / 8)]

    def test_without_statements_the_text_stays_as_it_is(self, tmp_path: Path) -> None:
        usage = read_task_usage(write_files(tmp_path, statements=False))
        assert usage["task"].tolist() == USAGE["task_name"].tolist()[:3]
        assert usage["soc_codes"].isna().all()

    def test_march_takes_its_parts_from_their_own_file(self, tmp_path: Path) -> None:
        march = USAGE.drop(columns="pct")
        path = write_files(tmp_path, march, f"{STEM}.csv")
        assert read_task_usage(path)[["pct", "conversations"]].isna().all(axis=None)
        pd.DataFrame({"task_name": ["hum.", "write songs for feasts."], "pct": [10.0, 90.0]}).to_csv(
            tmp_path / "task_pct_v2.csv", index=False
        )
        assert read_task_usage(path)["pct"].fillna(-1).tolist() == [90, -1, 10]

    def test_share_is_of_what_is_told(self, tmp_path: Path) -> None:
        part = USAGE.assign(directive=0.1, feedback_loop=0.0, learning=0.0, task_iteration=0.3, validation=0.0, filtered=0.6)
        assert read_task_usage(write_files(tmp_path, part))["automation_share"].tolist() == pytest.approx([0.25] * 3)

    def test_registry_reads_the_files(self, tmp_path: Path) -> None:
        path = write_files(tmp_path)
        (part,) = [part for part in find_source("aei-usage").parts if part.matches(path)]
        assert part.matches(Path(f"{STEM}_v3_claude.csv.gz"))
        pd.testing.assert_frame_equal(part.read(path), read_task_usage(path))


class TestErrors:
    def test_missing_path(self, tmp_path: Path) -> None:
        assert "nothing: no such file or folder; expected the task files" in error_of(tmp_path / "nothing")

    def test_missing_file(self, tmp_path: Path) -> None:
        message = error_of(tmp_path)
        assert f"found no file '{STEM}' or '{STEM}_v2'" in message
        assert "or give a file itself" in message

    def test_missing_column(self, tmp_path: Path) -> None:
        path = write_files(tmp_path, USAGE.rename(columns={"learning": "learn"}))
        assert "found no column 'learning' (did you mean 'learn'?)" in error_of(path)

    def test_shares_that_do_not_sum_to_one(self, tmp_path: Path) -> None:
        path = write_files(tmp_path, USAGE.assign(directive=[0.25, 0.0, 0.4, 0.5]))
        assert "found 1 of 4 tasks whose six shares do not sum to 1, first: data row 3" in error_of(path)

    @pytest.mark.parametrize("bad", ["-0.25", "1.5", "many"])
    def test_share_that_is_none(self, tmp_path: Path, bad: str) -> None:
        path = write_files(tmp_path, USAGE.astype(str).assign(directive=["0.25", bad, "0.5", "0.5"]))
        assert "found data row 2 of 4 with a share that is not a number from 0 to 1" in error_of(path)

    def test_truncated(self, tmp_path: Path) -> None:
        path = write_files(tmp_path)
        path.write_bytes(path.read_bytes().rstrip()[:-12])
        assert "found data row 4 of 4 without" in error_of(path)

    def test_repeated_task(self, tmp_path: Path) -> None:
        assert "more than once (1 such rows)" in error_of(write_files(tmp_path, pd.concat([USAGE, USAGE.iloc[[2]]])))

    def test_repeated_part_of_use(self, tmp_path: Path) -> None:
        path = write_files(tmp_path, USAGE.drop(columns="pct"), f"{STEM}.csv")
        pd.DataFrame({"task_name": ["hum.", "Hum."], "pct": [10.0, 90.0]}).to_csv(tmp_path / "task_pct_v2.csv", index=False)
        assert "task_pct_v2.csv: found hum. more than once" in error_of(path)


PARTS = pd.DataFrame({"task_name": ["write letters.", "none"], "pct": [75.0, 25.0]})
OLD_STATEMENTS = pd.DataFrame(
    {"O*NET-SOC Code": ["43-6011.00"], "Title": ["A"], "Task ID": ["7.0"], "Task": [" Write Letters. "]}
)


def write_table(folder: Path, table: pd.DataFrame) -> Path:
    table.to_csv(folder / "table.csv", index=False)
    return folder / "table.csv"


def test_layouts_of_parts_and_statements(tmp_path: Path) -> None:
    shares = check_table("task_shares", read_task_shares(write_table(tmp_path, PARTS)))
    assert shares.to_dict("list") == {"task": ["write letters.", "none"], "pct": [75.0, 25.0]}
    statements = check_table("usage_statements", read_usage_statements(write_table(tmp_path, OLD_STATEMENTS)))
    assert statements.iloc[0].tolist() == ["43-6011.00", "A", "7", "write letters."]


@pytest.mark.parametrize("pct", [[75.0, 24.0], ["x", 25.0], [75.0, None]])
def test_parts_that_are_not_the_whole(tmp_path: Path, pct: list[object]) -> None:
    with pytest.raises(SourceError, match=r"table\.csv: found"):
        read_task_shares(write_table(tmp_path, PARTS.assign(pct=pct)))


def test_repeated_task_of_parts(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="found none more than once"):
        read_task_shares(write_table(tmp_path, PARTS.assign(task_name="None", pct=50.0)))


@pytest.mark.publisher
def test_parts_and_statements_as_published(publisher_data: Path) -> None:
    """Handa et al. 2025: 3,514 tasks in February, 3,365 in March; O*NET 20.1 has 19,530 statements of 974 occupations."""
    folder = publisher_data / "anthropic_economic_index" / "budget_lab"
    assert len(read_task_shares(folder / "onet_task_mappings.csv.gz")) == 3514
    assert len(read_task_shares(folder / "task_pct_v2.csv.gz")) == 3365
    statements = read_usage_statements(folder / "onet_task_statements_old.csv.gz")
    assert (len(statements), statements["onetsoc_code"].nunique()) == (19_530, 974)


@pytest.fixture(scope="module")
def usage(publisher_data: Path) -> pd.DataFrame:
    return read_task_usage(publisher_data / "anthropic_economic_index" / "budget_lab")


@pytest.fixture(scope="module")
def told(usage: pd.DataFrame) -> pd.DataFrame:
    return usage.assign(
        mass=usage["pct"] * usage[list(MODES)].sum(axis=1),
        automated=usage["pct"] * usage[list(AUTOMATION_MODES)].sum(axis=1),
    )


@pytest.mark.publisher
class TestPublisher:
    def test_all_rows_are_there(self, usage: pd.DataFrame) -> None:
        """3,364 tasks in March; 3,068, 3,597 and 3,169 later, one of them ``none`` each time."""
        assert usage.groupby("usage_release").size().reindex(USAGE_RELEASES).tolist() == [3364, 3067, 3596, 3168]

    def test_every_text_is_a_statement_in_its_own_case(self, usage: pd.DataFrame) -> None:
        assert usage["soc_codes"].notna().all()
        assert usage["task"].str.contains(r"[A-Z]").mean() > 0.999
        assert usage.groupby(usage["task"].str.lower())["task"].nunique().max() == 1

    def test_march_2025_is_57_to_43(self, told: pd.DataFrame) -> None:
        """Handa et al. 2025 and the report of March 2025: augmentation 57 %, automation 43 % of what is told."""
        march = told[told["usage_release"] == "2025-03"]
        assert march["automated"].sum() / march["mass"].sum() == pytest.approx(0.43, abs=0.005)

    def test_shares_with_the_parts_of_february_give_43_1_percent(self, told: pd.DataFrame, publisher_data: Path) -> None:
        """Anthropic Economic Index, February 2025: 43.1 % automation (published as 57/43)."""
        february = pd.read_csv(publisher_data / "anthropic_economic_index" / "budget_lab" / "onet_task_mappings.csv.gz")
        march = told[told["usage_release"] == "2025-03"].assign(key=lambda table: table["task"].str.lower())
        joined = march.merge(
            february.rename(columns={"pct": "then"}), left_on="key", right_on="task_name", how="inner", validate="one_to_one"
        )
        automation = joined["then"] @ joined[list(AUTOMATION_MODES)].sum(axis=1)
        assert automation / (joined["then"] @ joined[list(MODES)].sum(axis=1)) == pytest.approx(0.431, abs=0.0005)

    def test_use_through_programs_is_more_automated(self, told: pd.DataFrame) -> None:
        """Report of January 2026: Claude.ai has more augmentation than automation in November 2025, all platforms less."""
        sums = told.groupby("usage_release")[["automated", "mass"]].sum()
        share = sums["automated"] / sums["mass"]
        assert share["2025-11-claude"] < 0.5 < share["2025-11"]

    def test_shares_are_whole_numbers_of_conversations(self, usage: pd.DataFrame) -> None:
        """What the assumption ``conversations`` says of itself: with any other total this would not come out."""
        counts = usage[list(MODES)].multiply(usage["conversations"], axis=0)
        assert (counts - counts.round()).abs().max(axis=None) < 0.02

    def test_filtered_tasks_tell_nothing(self, usage: pd.DataFrame) -> None:
        filtered = usage["filtered"] == 1
        assert usage[filtered].groupby("usage_release").size().reindex(USAGE_RELEASES).tolist() == [1066, 708, 916, 1081]
        assert (usage.loc[filtered, list(MODES)] == 0).all(axis=None)
        np.testing.assert_array_equal(usage["automation_share"].isna(), filtered)

    def test_one_text_in_several_occupations(self, usage: pd.DataFrame) -> None:
        n_codes = usage.drop_duplicates("task")["soc_codes"].str.count(";") + 1
        assert n_codes.max() > 30
        assert n_codes.gt(1).sum() > 50
