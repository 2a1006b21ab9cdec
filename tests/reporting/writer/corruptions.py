"""False versions of a sentence or of a rewording of it, made by rule."""

import re

from jobimpact.reporting.claims.claims import Claim
from jobimpact.reporting.words.narrative import Name

INVENTED = ["Quantum Plumbers", "Robot Therapists", "Drone Shepherds", "Prompt Engineers", "Data Farmers", "Atlantis"]
OPPOSITES = [
    ("higher", "lower"), ("highest", "lowest"), ("rises", "falls"), ("more exposed", "less exposed"), ("increases", "decreases"),
    ("most exposed", "least exposed"), ("greatest", "smallest"), ("largest", "smallest"), ("better-paid", "lower-paid"),
    ("above", "below"), ("exceeds", "trails"), ("climbs", "drops"), ("grows", "shrinks"), ("about equal", "higher"),
    ("goes up", "goes down"),
]  # fmt: skip
UNITS = [
    (r"(\d) ?(?:%|percent\b|per cent\b)", [r"\1 million", r"\1 percentage points", r"\1", r"\1 points", r"$\1"]),
    (r"(\d) million", [r"\1 billion", r"\1 thousand", r"\1", r"\1 %", r"\1 million dollars"]),
    (r"million jobs", ["million workers", "million occupations", "million dollars", "million sectors", "million people"]),
    (r"\b(0\.\d\d)(?! ?%)\b", [r"\1 %", r"$\1", r"\1 million", r"\1 points"]),
    (r"(\d) occupations", [r"\1 jobs", r"\1 sectors", r"\1 employers", r"\1 %"]),
    (r"(\d+) states", [r"\1 countries", r"\1 sectors", r"\1 % of states", r"\1 cities"]),
    (r"(\d+) major", [r"\1 % of major", r"\1 million major"]),
]  # fmt: skip
RANKS = [
    ("highest", ["second highest", "third highest", "lowest", "second lowest"]),
    ("lowest", ["second lowest", "highest", "third lowest"]),
    ("greatest", ["second greatest"]),
    ("most exposed", ["second most exposed"]),
    ("least exposed", ["third least exposed"]),
    ("largest", ["second largest", "smallest", "third largest"]),
    ("biggest", ["smallest", "second biggest"]),
]  # fmt: skip
DENIED = [
    (r"\b(is|are)\b", [r"\1 not", r"\1 never", r"\1 hardly"]),
    (r"\b(have|has|hold|holds)\b", [r"\1 no", r"do not \1", r"never \1"]),
    (r"\b(rests|rises|runs|reach|increases|account)\b", [r"never \1", r"hardly \1", r"does not \1"]),
    (r"\b(in|with) ", [r"not \1 ", r"nowhere \1 "]),
]
WIDENED = [
    (r"^(\w)", [r"Most \1", r"Nearly all \1", r"Almost \1"]),
    (r"\b(jobs)\b", [r"most \1", r"all \1", r"half of all \1", r"endangered \1"]),
    (r"\b(occupations|sectors)\b", [r"most \1", r"all \1", r"only the \1", r"many \1", r"few \1"]),
    (r"(\d[\d.]*)", [r"more than \1", r"at least \1", r"nearly \1", r"up to \1 times", r"over \1", r"under \1", r"almost \1"]),
    (r"or more\b", ["or less", "at most", "and no more"]),
    (r"at least", ["at most", "less than", "more than"]),
    (r"covered jobs", ["jobs", "lost jobs", "workers", "covered sectors"]),
]
ADDED = [
    ", because these jobs can be automated", ", so these jobs will be lost", " and will rise further",
    ", which puts jobs at risk",
    " due to artificial intelligence", ", and employment falls", "; most of these jobs will disappear", " by next year",
    ", twice the average", ", well above the average", ", and wages will drop", ", the highest in the world", " (2026)",
    ", followed by Quantum Plumbers", " and rising", ", up from last year", ", according to experts", "; workers should worry",
    ", more than half of all jobs", ", a threat to employment",
]  # fmt: skip
LIMITS = [
    ("one half", "one tenth"),
    ("one tenth", "one half"),
    ("one half", "one third"),
    ("one tenth", "one fifth"),
    ("zero", "one"),
]


def corrupt(kind, text, sentence, others, random):
    """Return `text` made false in one way, and what was done; None where that way is not open."""
    made = KINDS[kind](text, sentence, others, random)
    return None if made is None or made == text else made


def digit(text, sentence, _, random):
    places = [found.start() for found in re.finditer(r"\d", _masked(text, sentence))]
    if not places:
        return None
    place = random.choice(places)
    return text[:place] + random.choice([d for d in "0123456789" if d != text[place]]) + text[place + 1 :]


def _masked(text, sentence):
    for part in sentence.parts:
        if isinstance(part, Name):
            text = text.replace(part.text, "x" * len(part.text))
    return text


def direction(text, sentence, _, random):
    masked = _masked(text, sentence)
    pairs = [*OPPOSITES, *((b, a) for a, b in OPPOSITES)]
    fitting = [(found, new) for old, new in pairs for found in re.finditer(rf"\b{old}\b", masked, re.IGNORECASE)]
    return _replaced(text, fitting, random)


def _replaced(text, fitting, random):
    if not fitting:
        return None
    found, new = random.choice(fitting)
    return text[: found.start()] + found.expand(new) + text[found.end() :]


def _names(text, sentence):
    return sorted({part.text for part in sentence.parts if isinstance(part, Name) and part.text in text})


def swap_names(text, sentence, _, random):
    names = _names(text, sentence)
    if len(names) < 2:
        return None
    first, second = random.sample(names, 2)
    return text.replace(first, "\0").replace(second, first).replace("\0", second)


def other_name(text, sentence, others, random):
    names = _names(text, sentence)
    if not names:
        return None
    return text.replace(random.choice(names), random.choice([name for name in others if name not in names]), 1)


def invented(text, sentence, _, random):
    names = _names(text, sentence)
    if not names:
        return None
    chosen, new = random.choice(names), random.choice(INVENTED)
    return text.replace(chosen, random.choice([new, f"{chosen} and {new}", f"{new}, {chosen}"]), 1)


def swap_figures(text, sentence, _, random):
    """Exchange two figures of the text, whatever their form there."""
    masked = _masked(text, sentence)
    figures = list(re.finditer(r"\d[\d,]*(?:\.\d+)?(?: million| ?%| percent| per cent)?", masked))
    pairs = [(a, b) for a in figures for b in figures if a.start() < b.start() and a[0] != b[0]]
    if not pairs:
        return None
    a, b = random.choice(pairs)
    return text[: a.start()] + b[0] + text[a.end() : b.start()] + a[0] + text[b.end() :]


def _by_rule(rules):
    def make(text, sentence, _, random):
        masked = _masked(text, sentence)
        fitting = [(found, new) for pattern, news in rules for found in re.finditer(pattern, masked) for new in news]
        return _replaced(text, fitting, random)

    return make


def added(text, _, __, random):
    return text.rstrip(".") + random.choice(ADDED) + "."


def dropped(text, sentence, _, random):
    """Leave out a name or a figure with its bracket."""
    names = [re.escape(name) for name in _names(text, sentence)]
    fitting = [(found, "") for name in names for found in re.finditer(rf"{name}( \([^)]*\))?", text)]
    return _replaced(text, fitting, random)


def figure_exchanged_between_kinds(text, sentence, _, random):
    """State another figure of the ledger's sentence in place of one: 0.13 for 51, 13.4 % for 72.6 %."""
    claims = [
        part.text for part in sentence.parts if isinstance(part, Claim) and part.text in text and re.search(r"\d", part.text)
    ]
    if len(set(claims)) < 2:
        return None
    first, second = random.sample(sorted(set(claims)), 2)
    return re.sub(rf"(?<![\d.]){re.escape(first)}(?![\d])", second, text, count=1)


KINDS = {
    "digit": digit,
    "direction": direction,
    "swapped names": swap_names,
    "other name": other_name,
    "invented name": invented,
    "swapped figures": swap_figures,
    "unit": _by_rule(UNITS),
    "rank": _by_rule([(rf"\b{old}\b", new) for old, new in RANKS]),
    "negation": _by_rule(DENIED),
    "quantifier": _by_rule(WIDENED),
    "limit": _by_rule([(rf"\b{old}\b", [new]) for old, new in LIMITS]),
    "addition": added,
    "omission": dropped,
    "repeated figure": figure_exchanged_between_kinds,
}
