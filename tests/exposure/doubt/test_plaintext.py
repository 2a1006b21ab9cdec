import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobimpact.exposure.doubt.plaintext import plain_text, strip_markup
from jobimpact.exposure.encoder.cached import normalise_text
from jobimpact.sources.tasks.starter import read_starter_tasks

PIECES = ["<b>", "</b>", "<p class='x'>", "<", ">", "&", "&amp;", "&lt;", "amp;", "lt;b&gt;", "<!--", "-->", "<script>",
          "</script>", "\uff0c",
          "\uff1cb\uff1e", "\u4e2d", "\u3231", "\ufb01", "\u0301", "\u200b", "\ufe0f", "\xa0", "\n", "\x00", "\ud800",
          "&#x26;", "&#60;b&#62;", "a", " ", "\uff71", "&notit;", "<a href=x>", "\u1160"]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_starter_tasks_stay_as_they_are(language):
    tasks = read_starter_tasks(language=language)["task"]
    assert (tasks.map(plain_text) == tasks).all()


@pytest.mark.publisher
def test_published_tasks_stay_as_they_are(publisher_data):
    statements = pd.read_csv(publisher_data / "task_exposure_parshall" / "onet_tasks_full_18k.csv.gz")["task_description"]
    labelled = pd.read_csv(publisher_data / "openai_gpts_are_gpts" / "full_labelset.tsv.gz", sep="\t")["Task"]
    for tasks in (statements, labelled):
        assert (tasks.map(plain_text) == tasks.map(normalise_text)).all()
    assert (statements.map(plain_text) == statements.str.strip()).all()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>Prepare &amp; file<br/>tax&nbsp;returns</p>", "Prepare & file tax returns"),
        ('<a href="https://example.org/?a=1" class=big>Write</a> re<b>port</b>s', "Write reports"),
        ("<ul><li>Lay bricks</li><li>Mix mortar</li></ul>", "Lay bricks Mix mortar"),
        ("<style>p { color: red }</style>Cut <!-- <b>hair</b> --> glass<script>alert('<p>')</script>", "Cut glass"),
        ("<!DOCTYPE html><html><body>Drive a bus</body></html>", "Drive a bus"),
        ("&lt;b&gt;Weld&lt;/b&gt; pipes", "Weld pipes"),
        ("R&amp;amp;D plans", "R&D plans"),
        ("<o:p>Sew</o:p> hems", "Sew hems"),
        ("Write \ufb01les\u200b on\u00ad\u00ad \uff26\uff21\uff31\tpages\r\n", "Write files on FAQ pages"),
        ("\uf0b7 Paint walls", "Paint walls"),
        ("caf\u0065\u0301", "café"),
        ("Half of it \ud800", "Half of it ?"),
        ("\u4fee\u5efa\u9053\u8def\uff0c\u6311\u9009\uff21\u7ea7\u6750\u6599\uff1a", "修建道路，挑选A级材料："),
    ],
)
def test_what_is_no_word_goes(text, plain):
    assert plain_text(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "Find out if x < 5 and y > 3",
        "See to it that a<b then c>d",
        "Fill in <name> and <date of birth>",
        "Plan&notify, buy&sell, AT&T",
        "Check that 2 <3 holds",
        "Explain what <!-- does",
        "Read &notit; twice",
    ],
)
def test_what_only_looks_like_markup_stays(text):
    assert strip_markup(text) == (text, False)


def test_tags_are_reported_and_entities_are_not():
    assert strip_markup("<i>Sing</i>") == ("Sing", True)
    assert strip_markup("R&amp;D") == ("R&D", False)


@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
@example("&" + "amp;" * 40 + "lt;b>")
@example("\u3231\uff0c")
@example("<" + "<b>" * 20 + "b>" * 20)
def test_cleaning_twice_changes_nothing_more(text):
    once = plain_text(text)
    assert plain_text(once) == once
    assert once == normalise_text(once)


@pytest.mark.parametrize(
    "piece", ["<a ", "<!--", "<script>", "&amp;", '<a b="', "<a b='x'", "<a b=c ", "&amp", "<p", "\uff0c\u4e2d"]
)
def test_broken_markup_of_any_length_is_read_in_no_time(piece):
    """Each of these has 60,000 characters or more: a backtracking pattern would take minutes, and the run would never end."""
    text = piece * 20_000
    assert plain_text(plain_text(text)) == plain_text(text)
