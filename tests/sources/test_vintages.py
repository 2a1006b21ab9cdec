"""Releases side by side: what became of each task, panels that compare, shares as released."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.errors import InputError, SourceError
from jobimpact.sources.vintages import (
    compare_employment,
    compare_task_releases,
    count_task_changes,
    read_message_shares,
    read_oews_panel,
)
from jobimpact.tables import check_table

OLD = pd.DataFrame(
    [
        ("1", "11-1011.00", "Lead the firm.", "Core"),
        ("2", "11-1011.00", "Sign the contracts.", None),
        ("3", "11-1011.00", "Check law library.", "Core"),
        ("4", "11-1021.00", "Write the letters.", "Core"),
        ("5", "11-1021.00", "Send telegrams.", "Supplemental"),
        ("6", "11-1021.00", "Plan the budget of the whole department.", "Core"),
    ],
    columns=["task_id", "onetsoc_code", "task", "task_type"],
)
NEW = pd.DataFrame(
    [
        ("1", "11-1011.00", "Lead the firm.", "Core"),
        ("2", "11-1011.00", "Sign the contracts.", "Supplemental"),
        ("3", "11-1011.00", "Check the law library.", "Core"),
        ("4", "11-1011.00", "Write the letters.", "Core"),
        ("7", "11-1021.00", "Review answers of language models.", "Core"),
        ("8", "11-1021.00", "Plan the budget of a whole department.", "Core"),
    ],
    columns=["task_id", "onetsoc_code", "task", "task_type"],
)


def test_fate_of_every_task():
    found = check_table("task_changes", compare_task_releases(OLD, NEW)).set_index("task_id")
    assert found["change"].to_dict() == {
        "1": "kept", "2": "retyped", "3": "reworded", "4": "moved", "5": "dropped", "6": "renumbered", "7": "added",
    }  # fmt: skip
    assert found.loc["6", "new_task_id"] == "8"
    assert found["type_changed"].to_dict()["2"]
    assert found["type_changed"].sum() == 1
    assert found.loc["1", "wording_ratio"] == 1.0
    assert 0.8 < found.loc["3", "wording_ratio"] < 1
    assert np.isnan(found.loc["7", "wording_ratio"])


def test_counts_add_up_to_both_releases():
    counts = count_task_changes(compare_task_releases(OLD, NEW))
    assert counts["before"].to_dict() == {"11-1021.00": 3, "11-1011.00": 3}
    assert counts["after"].sum() == 6
    assert counts.loc["11-1021.00", ["moved", "added", "dropped", "renumbered"]].tolist() == [1, 1, 1, 1]
    kinds = ["kept", "retyped", "reworded", "renumbered", "moved", "dropped"]
    assert (counts[kinds].sum(axis=1) == counts["before"]).all()


@given(st.sets(st.integers(1, 12)), st.sets(st.integers(1, 12)))
def test_added_and_dropped_are_the_differences_of_the_sets(old, new):
    def release(numbers):
        return pd.DataFrame(
            {
                "task_id": [str(number) for number in sorted(numbers)],
                "onetsoc_code": [f"11-10{number:02d}.00" for number in sorted(numbers)],
                "task": [f"{number}" * 8 for number in sorted(numbers)],
                "task_type": "Core",
            },
            dtype="object",
        )

    found = compare_task_releases(release(old), release(new))
    assert set(found.loc[found["change"] == "added", "task_id"]) == {str(number) for number in new - old}
    assert set(found.loc[found["change"] == "dropped", "task_id"]) == {str(number) for number in old - new}
    assert found["change"].eq("kept").sum() == len(old & new)


def test_repeated_task_is_one_line():
    with pytest.raises(InputError, match="task 1 stands twice in the release after"):
        compare_task_releases(OLD, pd.concat([NEW, NEW.iloc[:1]]))


@pytest.mark.publisher
def test_onet_29_1_to_30_1(publisher_data):
    """Counted in both files: 18,796 tasks each, 18,775 in common (SOURCES of the data), five of these in other words."""
    from jobimpact.sources.tasks.onet import read_onet_tasks

    old = read_onet_tasks(publisher_data / "onet_db_29_1_text")
    new = read_onet_tasks(publisher_data / "onet_db_30_1_excel")
    found = check_table("task_changes", compare_task_releases(old, new))
    counts = found["change"].value_counts().to_dict()
    assert counts == {"kept": 18293, "retyped": 477, "added": 21, "dropped": 21, "reworded": 5}
    by_occupation = count_task_changes(found)
    assert by_occupation["before"].sum() == by_occupation["after"].sum() == 18796
    # All tasks of software developers were rated for the first time.
    assert by_occupation.loc["15-1252.00", ["before", "after", "dropped", "type_changed"]].tolist() == [19, 17, 2, 17]


@pytest.mark.publisher
def test_panel_of_employment(publisher_data):
    from jobimpact.sources.jobs.employment import read_employment

    folder = publisher_data / "bls_oews"
    panel = read_oews_panel([folder / "national_M2021_dl.xlsx", folder / "national_M2022_dl.xlsx"], read_employment("national"))
    assert sorted(set(panel["release"])) == ["2021-05", "2022-05", "2025-05"]
    totals = panel[panel["o_group"] == "total"].set_index("release")["tot_emp"]
    assert totals["2021-05"] == 140_886_310  # BLS, OEWS May 2021
    growth = compare_employment(panel, "2021-05", "2025-05")
    assert growth["soc_code"].is_unique
    assert growth.loc[growth["log_growth"].isna(), "soc_code"].tolist() == ["11-1031"]  # legislators left OEWS in May 2025
    developers = growth.set_index("soc_code").loc["15-1252"]
    assert developers["log_growth"] == pytest.approx(np.log(developers["emp_after"] / developers["emp_before"]))
    with pytest.raises(SourceError, match="found OEWS release 2020-05; expected 2021-05 or later"):
        read_oews_panel([folder / "national_M2020_dl.xlsx"])
    with pytest.raises(SourceError, match="found release 2025-05 twice"):
        read_oews_panel([], read_employment("national"), read_employment("national"))
    with pytest.raises(InputError, match="release '2023-05' is not in the panel"):
        compare_employment(panel, "2023-05", "2025-05")


HEADER = "month,iwa_cleaned,share_of_messages\n"
WORK = "usa_share_of_work_related_messages_by_onet_iwa_month.csv"


def test_shares_of_messages_as_released(tmp_path):
    (tmp_path / WORK).write_text(HEADER + "2024-07-01,4.A.1.a.1.I01,0.012\n2024-07-01,Other IWA,0.001\n", encoding="utf-8")
    for place in (tmp_path, tmp_path / WORK):
        found = check_table("message_shares", read_message_shares(place))
        assert found.to_dict("records") == [
            {"messages": "work", "month": "2024-07", "iwa": "4.A.1.a.1.I01", "message_share": 0.012},
            {"messages": "work", "month": "2024-07", "iwa": "other", "message_share": 0.001},
        ]


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("month,share_of_messages\n2024-07-01,0.1\n", "found no column 'iwa_cleaned'"),
        (HEADER + "2024-07-01,4.A.1.a.1.I01,much\n", "found a share or a month that is none"),
        (HEADER + "July,4.A.1.a.1.I01,0.1\n", "found a share or a month that is none"),
        (HEADER + "2024-07-01,4.A.1.a.1.I01,0.1\n" * 2, "more than once"),
        (HEADER + "2024-07-01,4.A.1.a.1.I01,1.1\n", "expected the publisher's own cells"),
    ],
)
def test_broken_shares_are_one_line(tmp_path, content, match):
    (tmp_path / WORK).write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=match) as caught:
        read_message_shares(tmp_path)
    assert "\n" not in str(caught.value)


def test_no_shares_at_all(tmp_path):
    with pytest.raises(SourceError, match="found no file"):
        read_message_shares(tmp_path)
    with pytest.raises(SourceError, match="no such file or folder"):
        read_message_shares(tmp_path / "none")


@pytest.mark.publisher
def test_published_shares_of_messages(publisher_data):
    """Rows and activities as the data's description states them; each month sums to 1 but for rounding and noise."""
    shares = read_message_shares(publisher_data / "openai_chatgpt_usage_iwa")
    assert shares.groupby("messages").size().to_dict() == {"all": 4298, "work": 3585}
    assert shares["iwa"].nunique() == 260
    sums = shares.groupby(["messages", "month"])["message_share"].sum()
    assert len(sums) == 36
    assert sums.between(0.98, 1.01).all()
