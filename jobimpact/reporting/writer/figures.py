"""Checks of figures: each is a claim's, belongs to what the claim is of, and has its unit."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from jobimpact.reporting.cells import DIFFERENCE
from jobimpact.reporting.writer.bindings import bind, is_anchor
from jobimpact.reporting.writer.numbers import family_of
from jobimpact.reporting.writer.reading import figure_key, is_national, row_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobimpact.reporting.claims import Claim
    from jobimpact.reporting.writer.lexicon import Lexicon
    from jobimpact.reporting.writer.reading import Reading, Subject

_BREAKS = frozenset({"and", "break", "to", "from", "follow", "than"})
_PART_OF = frozenset({"of", "out of", "from among"})


def check_numbers(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason for each number that is no claim's and not in the sentence, and for each that is missing."""
    for place in text.unclear:
        yield f"number {text.tokens[place].text!r} could be more than one figure"
    known, missing = source.keys(), source.keys() - text.keys()
    for place, claims in text.claims.items():
        if text.keys()[figure_key(claims[0])] > known[figure_key(claims[0])]:
            yield f"number {text.tokens[place].text!r} stands there too often"
    yield from (f"figure left out: {key}" for key in missing)
    literals = [meaning for _, meaning in source.literals()]
    for place, meaning in text.literals():
        if meaning not in literals:
            yield f"unsupported number {text.tokens[place].text!r} at {text.text_at(place)!r}"
    limits = Counter(meaning for place, meaning in source.literals() if source.tokens[place].bound)
    yield from (f"limit left out: {meaning}" for meaning in limits - Counter(meaning for _, meaning in text.literals()))
    plain = [meaning for place, meaning in text.literals() if not text.tokens[place].bound]
    rest = iter(literals)
    if not any(meaning not in literals for meaning in plain) and not all(meaning in rest for meaning in plain):
        yield "numbers in words stand in another order"
    bounds = {figure_key(claims[0]): source.tokens[place].bound for place, claims in source.claims.items()}
    for place, claims in text.claims.items():
        bound, wanted = text.tokens[place].bound, bounds.get(figure_key(claims[0]), "")
        if bound != wanted and (bound or wanted != "over"):
            yield f"unsupported bound {text.tokens[place].text!r}" if bound else f"bound left out: {wanted}"


class Owners:
    """What each figure of the sentence belongs to: a row that it names, a limit, or the country.

    Parameters
    ----------
    subject, source
        The sentence, and the reading of its own text.
    """

    def __init__(self, subject: Subject, source: Reading) -> None:
        self._subject, self.source, self.lexicon = subject, source, subject.lexicon
        waiting: dict[str, list[Claim]] = {}
        for claim in subject.figures:
            waiting.setdefault(figure_key(claim), []).append(claim)
        self.claim_at = {place: waiting[figure_key(claims[0])].pop(0) for place, claims in source.claims.items()
                         if waiting[figure_key(claims[0])]}  # fmt: skip
        places = {claim.claim_id: place for place, claim in self.claim_at.items()}
        self.limits = {claim_id: self._limit(place) for claim_id, place in places.items()}
        self.place_of = places
        self.national = {claim_id for claim_id, place in places.items() if self._is_national(place)}
        self.many_limits = len({limit for limit in self.limits.values() if limit}) > 1

    def _limit(self, place: int) -> str:
        for anchor in bind(self.source, place).anchors:
            token = self.source.tokens[anchor]
            if token.role == "number":
                return f"{token.concept} {token.bound}"
        return ""

    def _is_national(self, place: int) -> bool:
        anchors = bind(self.source, place).anchors
        return any(self.source.tokens[anchor].role == "content" for anchor in anchors)

    def of(self, claim: Claim) -> str:
        """Return what `claim` belongs to, as an identifier."""
        row = self._subject.row_owner(claim)
        if row:
            return row
        return self.limits.get(claim.claim_id, "") if self.many_limits else ""

    def named(self, claim: Claim) -> bool:
        """Whether the sentence names the row of `claim`."""
        return bool(self._subject.row_owner(claim))

    def allows(self, claim: Claim, reading: Reading, anchor: int) -> bool:
        """Whether the figure of `claim` may stand with that anchor."""
        token = reading.tokens[anchor]
        if token.role == "name":
            return row_of(claim) in self._subject.rows.get(token.concept, ())
        if token.role == "number":
            return not self.many_limits or self.limits.get(claim.claim_id) == f"{token.concept} {token.bound}"
        return is_national(claim) or claim.claim_id in self.national


def check_owners(text: Reading, owners: Owners) -> Iterator[str]:
    """Yield a reason for each figure that the text gives to another name, limit or country than the claims do."""
    given: Counter[tuple[str, str]] = Counter()
    for place, claims in text.claims.items():
        token = text.tokens[place]
        found = bind(text, place)
        fitting = [claim for claim in claims if all(owners.allows(claim, text, anchor) for anchor in found.anchors)]
        owned = {owners.of(claim) for claim in claims}
        if not fitting and (found.firm or owned != {""}):
            beside = ", ".join(text.tokens[anchor].text for anchor in found.anchors)
            yield f"{token.text!r} is given to {beside!r}, which it does not belong to"
            continue
        named = [anchor for anchor in found.anchors if text.tokens[anchor].role == "name"]
        unnamed = not named and all(map(owners.named, claims))
        if all(claim.claim_id in owners.national for claim in claims) and not _has_country(text, found.anchors):
            yield f"{token.text!r} is not said of the country"
        if (unnamed or not found.anchors) and "" not in owned and not _only_owner(owners, claims):
            yield f"{token.text!r} is not clearly given to what it belongs to"
        if named and fitting:
            given[figure_key(fitting[0]), owners.of(fitting[0])] += 1
    wanted = Counter((figure_key(claim), owners.of(claim)) for claim in owners.claim_at.values())
    for (key, owner), count in given.items():
        if owner and count > wanted[key, owner]:
            yield f"figure {key} is given twice to the same name"


def _has_country(text: Reading, anchors: tuple[int, ...]) -> bool:
    return any(text.tokens[anchor].role == "content" for anchor in anchors)


def _only_owner(owners: Owners, claims: tuple[Claim, ...]) -> bool:
    """Whether no other figure of the same family belongs to something else, so that a figure alone is clear."""
    family = family_of(claims[0])
    return len({owners.of(claim) for claim in owners.claim_at.values() if family_of(claim) == family}) == 1


def check_units(text: Reading, owners: Owners) -> Iterator[str]:
    """Yield a reason for each figure beside which another thing is named than its claim counts or measures."""
    lexicon = owners.lexicon
    for place, claims in text.claims.items():
        noun = _noun_after(text, place)
        measures = _measures_before(text, place)
        for claim in claims:
            at = owners.place_of.get(claim.claim_id)
            known = counted_by(claim, lexicon) | ({"difference"} if claim.kind == "difference" else set())
            nouns = known | ({_noun_after(owners.source, at)} if at is not None else set())
            before = known | (set(_measures_before(owners.source, at)) if at is not None else set())
            counted = claim.kind == "count" and noun in nouns
            if claim.kind == "count" and at is not None and _qualified(text, place) != _qualified(owners.source, at):
                continue
            if (not noun or noun in nouns) and (counted or not measures or before & set(measures)):
                break
        else:
            yield f"wrong unit at {text.text_at(place)!r}"


def counted_by(claim: Claim, lexicon: Lexicon) -> set[str]:
    """Return what the figure of `claim` counts or measures: rows of its table, or what its column has."""
    rows = claim.kind in ("count", "rank")
    return set(lexicon.implied.get(claim.table_name if rows else claim.column_name.partition(DIFFERENCE)[0], ()))


def _noun_after(reading: Reading, place: int) -> str:
    for token in reading.tokens[place + 1 : place + 5]:
        if token.role == "content" and token.concept in (
            "jobs",
            "occupations",
            "sectors",
            "states",
            "groups",
            "tasks",
            "exposure",
        ):
            return token.concept
        if token.role not in ("free", "content") and token.text.lower() != "of":
            return ""
    return ""


def _qualified(reading: Reading, place: int) -> bool:
    """Whether what a figure counts is narrowed down, as in "20 sectors with covered jobs"."""
    after = [token for token in reading.tokens[place + 1 : place + 6] if token.role != "free"]
    return any(t.text.lower() == "with" and u.concept == "covered" for t, u in pairwise(after))


def _measures_before(reading: Reading, place: int) -> list[str]:
    found = []
    for position in range(place - 1, -1, -1):
        token = reading.tokens[position]
        if token.role not in ("free", "of", "hedge", "content", "link", "place") or is_anchor(reading, position):
            break
        if token.text.lower() == "with":
            break
        if token.role == "content" and token.concept in ("exposure", "jobs", "share", "pay", "difference", "coverage", "mean"):
            found.append(token.concept)
    return found


def check_pairs(text: Reading, owners: Owners) -> Iterator[str]:
    """Yield a reason for each two figures of one owner and family whose places could have been exchanged."""
    wanted, found = _parts_of(owners.source), _parts_of(text)
    if wanted != found:
        yield "which figure is part of which is not said as in the sentence"
    places: dict[str, list[int]] = {}
    for place, claims in text.claims.items():
        places.setdefault(figure_key(claims[0]), []).append(place)
    for first, second in combinations(owners.claim_at.items(), 2):
        keys = figure_key(first[1]), figure_key(second[1])
        alike = family_of(first[1]) == family_of(second[1]) and owners.of(first[1]) == owners.of(second[1])
        if not alike or keys[0] == keys[1] or any(key not in places for key in keys) or keys in wanted:
            continue
        if _told_apart_by_unit(text, owners, places, first[1], second[1]):
            continue
        # A figure that several claims print may stand at any place of these.
        options = [(here, there) for here in places[keys[0]] for there in places[keys[1]]]
        if not any(_in_place(text, owners.source, (first[0], second[0]), option) for option in options):
            yield f"{text.tokens[options[0][0]].text!r} and {text.tokens[options[0][1]].text!r} may have changed places"


def _in_place(text: Reading, source: Reading, known: tuple[int, int], told: tuple[int, int]) -> bool:
    """Whether two figures stand with the same words as in the sentence, or, where words do not tell, in the same order."""
    tags, other_tags = _tags(source, known[0]), _tags(source, known[1])
    own, others = tags - other_tags, other_tags - tags
    if not own and not others:
        return (known[0] < known[1]) == (told[0] < told[1])
    here, there = _tags(text, told[0]), _tags(text, told[1])
    return bool((not own or here & own) and (not others or there & others) and not here & others and not there & own)


def _told_apart_by_unit(text: Reading, owners: Owners, places: dict[str, list[int]], claim: Claim, other: Claim) -> bool:
    """Whether the two figures count different things, and the text says of one of them what it counts."""
    counted = [counted_by(item, owners.lexicon) for item in (claim, other)]
    if not counted[0] or not counted[1] or counted[0] & counted[1]:
        return False
    found = [place for key in map(figure_key, (claim, other)) for place in places[key]]
    return any(_noun_after(text, place) or _measures_before(text, place) for place in found)


def _parts_of(reading: Reading) -> set[tuple[str, str]]:
    """Return the pairs of figures that the text joins by "of"."""
    places = sorted(reading.claims)
    pairs = set()
    for place, after in pairwise(places):
        between = reading.tokens[place + 1 : after]
        joined = any(token.text.lower() in _PART_OF for token in between)
        if joined and all(token.role in ("of", "free", "content", "hedge") for token in between):
            pairs.add((figure_key(reading.claims[place][0]), figure_key(reading.claims[after][0])))
    return pairs


def _tags(reading: Reading, place: int) -> set[str]:
    """Return what is spoken of between the marks and joining words around a figure."""
    tokens = reading.tokens

    def ends(position: int) -> bool:
        token = tokens[position]
        return token.role in _BREAKS or token.role == "mark"

    start = place
    while start > 0 and not ends(start - 1):
        start -= 1
    end = place
    while end + 1 < len(tokens) and not ends(end + 1):
        end += 1
    around = (tokens[position] for position in range(start, end + 1))
    return {token.concept for token in around if token.role in ("content", "unknown")}
