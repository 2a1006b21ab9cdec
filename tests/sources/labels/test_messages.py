"""Shares of ChatGPT messages: the publisher's layout in small, broken files, and the files as released."""

import pytest

from jobimpact.errors import SourceError
from jobimpact.sources.labels.messages import read_message_shares
from jobimpact.tables import check_table

HEADER = "month,iwa_cleaned,share_of_messages\n"
WORK = "usa_share_of_work_related_messages_by_onet_iwa_month.csv"


def test_shares_of_messages_as_released(tmp_path):
    (tmp_path / WORK).write_text(HEADER + "2024-07-01,4.A.1.a.1.I01,0.012\n2024-07-01,Other IWA,0.001\n", encoding="utf-8")
    for path in (tmp_path, tmp_path / WORK):
        shares = check_table("message_shares", read_message_shares(path))
        assert shares.to_dict("records") == [
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
