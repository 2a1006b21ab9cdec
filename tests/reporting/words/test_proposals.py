import tomllib

import pytest

from jobimpact.errors import InputError
from jobimpact.reporting.words.proposals import find_fault, proposals_file, propose_wordings

FIRST = "In {name}, exposure is {direction} than {nation}, and not more than one job is covered."


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Than {nation}, exposure in {name} is {direction}, and not more than one job is covered.", ""),
        (FIRST.replace("{nation}", "it"), "other slots"),
        (FIRST.replace("{nation}", "{nation} and {nation}"), "other slots"),
        (FIRST.replace("one job", "1 job"), "a digit"),
        (FIRST.replace("not more", "more"), "not 0 times instead of 1"),
        (FIRST.replace("exposure", "the higher exposure"), "higher 1 times instead of 0"),
        (FIRST[:-1], "no full stop at the end"),
        (FIRST + "{", "braces that do not fit together"),
    ],
)
def test_what_a_filter_sees(text, fault):
    assert find_fault(text, FIRST) == fault


def test_a_filter_in_chinese():
    assert find_fault("高于{b}的是{a}。", "{a}高于{b}。", "zh") == ""
    assert find_fault("{a}低于{b}。", "{a}高于{b}。", "zh") == "高 0 times instead of 1"


class Writer:
    """A model that gives back the sentence it was asked about, first as it is, then turned round."""

    model_id = "w-1"

    def write(self, prompts, seed=None):
        for number, prompt in enumerate(prompts):
            text = prompt.rpartition("\n")[2]
            yield number, (text if seed == 0 else "So far, " + text[0].lower() + text[1:]), ""


def test_proposals_pass_the_filter_once_and_can_be_read():
    proposals = propose_wordings(Writer(), statement="sector.meaning")
    assert len(proposals) == 1
    assert proposals[0].texts == ("So far, " + proposals[0].text[0].lower() + proposals[0].text[1:],)
    assert proposals[0].n_refused == 5
    file = tomllib.loads(proposals_file(proposals, "w-1", "en"))
    assert file["proposals"] == [{"statement": "sector.meaning", "text": proposals[0].text, "others": list(proposals[0].texts)}]
    with pytest.raises(InputError, match=r"--statement 'x': expected one of sentences.headline, sentences.judges, "):
        propose_wordings(Writer(), statement="x")
