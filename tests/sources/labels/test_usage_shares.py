"""Parts of all use and statements of the Anthropic Economic Index: layouts, bad files, the publisher's own."""

from pathlib import Path

import pandas as pd
import pytest

from jobimpact.errors import SourceError
from jobimpact.sources.labels.usage_shares import read_task_shares, read_usage_statements
from jobimpact.tables import check_table

SHARES = pd.DataFrame({"task_name": ["write letters.", "none"], "pct": [75.0, 25.0]})
STATEMENTS = pd.DataFrame({"O*NET-SOC Code": ["43-6011.00"], "Title": ["A"], "Task ID": ["7.0"], "Task": [" Write Letters. "]})


def write(folder: Path, table: pd.DataFrame) -> Path:
    table.to_csv(folder / "table.csv", index=False)
    return folder / "table.csv"


def test_layouts(tmp_path: Path) -> None:
    shares = check_table("task_shares", read_task_shares(write(tmp_path, SHARES)))
    assert shares.to_dict("list") == {"task": ["write letters.", "none"], "pct": [75.0, 25.0]}
    statements = check_table("usage_statements", read_usage_statements(write(tmp_path, STATEMENTS)))
    assert statements.iloc[0].tolist() == ["43-6011.00", "A", "7", "write letters."]


@pytest.mark.parametrize("pct", [[75.0, 24.0], ["x", 25.0], [75.0, None]])
def test_parts_that_are_not_the_whole(tmp_path: Path, pct: list[object]) -> None:
    with pytest.raises(SourceError, match=r"table\.csv: found"):
        read_task_shares(write(tmp_path, SHARES.assign(pct=pct)))


def test_repeated_task(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="found none more than once"):
        read_task_shares(write(tmp_path, SHARES.assign(task_name="None", pct=50.0)))


@pytest.mark.publisher
def test_the_publishers_files(publisher_data: Path) -> None:
    """Handa et al. 2025: 3,514 tasks in February, 3,365 in March; O*NET 20.1 has 19,530 statements of 974 occupations."""
    folder = publisher_data / "anthropic_economic_index" / "budget_lab"
    assert len(read_task_shares(folder / "onet_task_mappings.csv.gz")) == 3514
    assert len(read_task_shares(folder / "task_pct_v2.csv.gz")) == 3365
    statements = read_usage_statements(folder / "onet_task_statements_old.csv.gz")
    assert (len(statements), statements["onetsoc_code"].nunique()) == (19_530, 974)
