"""Checks of pairs of figures: which is part of which, and that no two have changed places."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from jobimpact.reporting.writer.figures import counted_by, measures_before, noun_after
from jobimpact.reporting.writer.numbers import family_of
from jobimpact.reporting.writer.reading import figure_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobimpact.reporting.claims.claims import Claim
    from jobimpact.reporting.writer.figures import Owners
    from jobimpact.reporting.writer.reading import Reading

_BREAKS = frozenset({"and", "break", "to", "from", "follow", "than"})
_MEASURES = frozenset({"exposure", "mean"})
_PART_OF = frozenset({"of", "out of", "from among", "among"})


def check_pairs(text: Reading, owners: Owners) -> Iterator[str]:
    """Yield a reason for each two figures of one owner and family whose places could have been exchanged."""
    wanted, found = _parts_of(owners.source), _parts_of(text)
    ranks = {figure_key(claim) for claim in owners.claim_at.values() if claim.kind == "rank"}
    if found - wanted or any(part not in ranks for part, _ in wanted - found):
        yield "which figure is part of which is not said as in the sentence"
    places: dict[str, list[int]] = {}
    for place, claims in text.claims.items():
        places.setdefault(figure_key(claims[0]), []).append(place)
    for first, second in combinations(owners.claim_at.items(), 2):
        keys = figure_key(first[1]), figure_key(second[1])
        alike = family_of(first[1]) == family_of(second[1]) and owners.of(first[1]) == owners.of(second[1])
        if not alike or keys[0] == keys[1] or any(key not in places for key in keys) or {keys, keys[::-1]} & wanted:
            continue
        if (first[1].claim_id in owners.national) != (second[1].claim_id in owners.national):
            continue  # seen to by the check of owners
        counts = _is_count(first[1]) != _is_count(second[1])
        stated = counts or any(_has_unit(text, place) for key in keys for place in places[key])
        if stated and _told_apart_by_unit(owners, first[1], second[1]):
            continue
        # A figure that several claims print may stand at any place of these.
        options = [(here, there) for here in places[keys[0]] for there in places[keys[1]]]
        if not any(_in_place(text, owners.source, (first[0], second[0]), option) for option in options):
            yield f"{text.tokens[options[0][0]].text!r} and {text.tokens[options[0][1]].text!r} may have changed places"


def _in_place(text: Reading, source: Reading, known: tuple[int, int], told: tuple[int, int]) -> bool:
    """Whether two figures stand with the same words as in the sentence, or, where words do not tell, in the same order."""
    for wide in (False, True):
        speaks = _speaks(text, source, known, told, wide=wide)
        if speaks:
            return speaks > 0
    return (known[0] < known[1]) == (told[0] < told[1])


def _speaks(text: Reading, source: Reading, known: tuple[int, int], told: tuple[int, int], *, wide: bool) -> int:
    """Return whether the words beside two figures speak for their places (1), against them (-1) or do not tell (0)."""
    tags, other_tags = _tags(source, known[0], wide=wide), _tags(source, known[1], wide=wide)
    own, others = tags - other_tags, other_tags - tags
    # "The exposure is" and "it is" tell nothing apart.
    own, others = (own if others else own - _MEASURES), (others if own else others - _MEASURES)
    here, there = _tags(text, told[0], wide=wide), _tags(text, told[1], wide=wide)
    here, there = (here - there, there - here) if wide else (here, there)
    first, second = len(here & own) - len(here & others), len(there & others) - len(there & own)
    if first < 0 or second < 0:
        return -1
    return int(first + second > 0)


def _told_apart_by_unit(owners: Owners, claim: Claim, other: Claim) -> bool:
    """Whether two figures count different things, so that the check of units sees where they change places."""
    counted = [counted_by(item, owners.lexicon) for item in (claim, other)]
    return bool(counted[0] and counted[1] and not counted[0] & counted[1])


def _is_count(claim: Claim) -> bool:
    return claim.kind in ("count", "rank")


def _has_unit(text: Reading, place: int) -> bool:
    return bool(noun_after(text, place) or measures_before(text, place))


def _parts_of(reading: Reading) -> set[tuple[str, str]]:
    """Return the pairs of figures that the text joins by "of": 9 of its 12; of its 12, 9; 12, of which 9."""
    pairs = set()
    for place, after in pairwise(_outside(reading)):
        if _whole(reading, after, place):
            pairs.add((place, after))
        elif (_whole(reading, place, -1) and _goes_on(reading, place, after)) or any(
            token.text.lower() == "of which" for token in reading.tokens[max(place + 1, after - 2) : after]
        ):
            pairs.add((after, place))
    return {(figure_key(reading.claims[part][0]), figure_key(reading.claims[whole][0])) for part, whole in pairs}


def _outside(reading: Reading) -> list[int]:
    """Return the places of figures, those left out that only give the one before once more: "5.6 million (89.8 %) of"."""
    tokens = reading.tokens
    again = {
        place
        for place in reading.claims
        if [token.concept for token in (tokens[place - 1], *tokens[place + 1 : place + 2])] == ["(", ")"]
        and place - 2 in reading.claims
        and tokens[place].concept.startswith("percent")
    }
    return sorted(set(reading.claims) - again)


def _whole(reading: Reading, place: int, part: int) -> bool:
    """Whether "of" stands before a figure, and before that the figure `part`; -1 for none, as in "Of its 12 tasks, 9"."""
    tokens = reading.tokens
    before = place - 1
    while before > part and (tokens[before].role == "free" or tokens[before].text.lower().endswith("'s")):
        before -= 1
    if before < 0 or tokens[before].text.lower() not in _PART_OF:
        return False
    if part < 0:
        return before == 0 or tokens[before - 1].role in ("mark", "and", "break")
    between = (position for position in range(part + 1, before) if position not in reading.claims)
    return all(tokens[p].role in ("free", "content", "hedge") or tokens[p].concept in ("(", ")") for p in between)


def _goes_on(reading: Reading, place: int, after: int) -> bool:
    """Whether only what is counted and a comma stand between a whole and its part."""
    between = reading.tokens[place + 1 : after]
    return all(token.role in ("free", "content", "hedge", "quantifier") or token.concept == "," for token in between)


def _tags(reading: Reading, place: int, *, wide: bool) -> set[str]:
    """Return what is spoken of between the marks and joining words around a figure, or on demand in its clause."""
    tokens = reading.tokens

    def ends(position: int) -> bool:
        token = tokens[position]
        if wide:
            return token.role == "break" or token.concept in (";", ".")
        return token.role in _BREAKS or token.role == "mark"

    start = place
    while start > 0 and not ends(start - 1):
        start -= 1
    end = place
    while end + 1 < len(tokens) and not ends(end + 1):
        end += 1
    around = (tokens[position] for position in range(start, end + 1))
    return {token.concept for token in around if token.role in ("content", "unknown")}
