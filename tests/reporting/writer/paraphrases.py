"""Sound rewordings of a sentence by rule: other words, other clause orders, other forms of the same figures."""

import re
import tomllib
from pathlib import Path

from jobimpact.reporting.claims.claims import Claim
from jobimpact.reporting.words.narrative import Name

RULES = tomllib.loads((Path(__file__).parent / "rewordings.toml").read_text(encoding="utf-8"))
FIGURES = ["{0} %", "{0}%", "{0} percent", "{0} per cent"]


def paraphrase(sentence, random):
    """Return a rewording of `sentence` by the templates of its topic; None where there is none."""
    made = _made(sentence, random)
    return None if made is None else reformed(made, sentence, random)


def _made(sentence, random):
    names = [part.text for part in sentence.parts if isinstance(part, Name)]
    figures = [part.text for part in sentence.parts if isinstance(part, Claim) and re.search(r"\d", part.text)]
    found = _cells(sentence, names, figures, random)
    if found is None:
        return None
    rule, cells = found
    return random.choice(RULES[rule]).format(**cells)


def _cells(sentence, names, figures, random):  # noqa: PLR0911 - a return per topic
    """Return the rule of a sentence and what its letters stand for."""
    topic, text = sentence.topic, sentence.text
    if topic == "sectors" and len(names) == 3:
        return "top" if "highest" in text else "bottom", {"list": _list(names, figures, random)}
    if topic == "groups" and len(names) == 6:
        top, bottom = _list(names[:3], figures[1:4], random), _list(names[3:], figures[4:], random)
        return "groups", {"n": figures[0], "top": top, "bottom": bottom}
    if topic == "largest" and len(names) == 3 and len(figures) == 8:
        cells = dict(zip("njuxvywzabc", (*figures, *names), strict=True))
        return "largest", {**cells, "list": random.choice(RULES["largest_lists"]).format(**cells)}
    if topic == "low_coverage" and len(names) == 3:
        return "low", {"list": _list(names, figures, random)}
    letters = {"headline": "x", "coverage": "nmts", "shares": "xy", "wage_bill": "x", "states": "nxydeab", "wages": "xyab"}
    told = letters.get(topic)
    if told is None or len(told) != len(figures) + len(names) or (topic, "higher" in text) == ("wage_bill", False):
        return None
    if topic == "wages" and "rises with pay at every step" not in text:
        return None
    return "bill" if topic == "wage_bill" else topic, dict(zip(told, (*figures, *names), strict=True))


def _list(names, figures, random):
    values = zip("abcxyz", (*names, *figures), strict=True)
    return random.choice(RULES["lists"]).format(**dict(values))


def reformed(text, sentence, random):
    """Return the text with its percentages and millions in another form, and some rounded where the rounding holds."""
    percent = random.choice(FIGURES)
    text = re.sub(r"(\d+(?:\.\d+)?) %", lambda found: percent.format(found[1]), text)
    if random.random() < 0.15:
        text = re.sub(r"(\d+)\.(\d) million", lambda found: f"{found[1]},{found[2]}00,000", text)
    for part in sentence.parts:
        if isinstance(part, Claim) and part.unit == "percent" and part.value >= 0.1 and random.random() < 0.15:
            rounded = percent.format(round(part.value * 100))
            text = text.replace(percent.format(part.text.removesuffix(" %")), f"{random.choice(['roughly', 'about'])} {rounded}")
    return text
