"""Checks of figures: each is a claim's, belongs to what the claim is of, and has its unit."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from jobimpact.reporting.claims.cells import DIFFERENCE
from jobimpact.reporting.writer.bindings import bind, is_anchor
from jobimpact.reporting.writer.clauses import opens_clause
from jobimpact.reporting.writer.numbers import family_of
from jobimpact.reporting.writer.places import national_figures
from jobimpact.reporting.writer.reading import figure_key, row_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobimpact.reporting.claims.claims import Claim
    from jobimpact.reporting.writer.lexicon import Lexicon
    from jobimpact.reporting.writer.reading import Reading, Subject

_NOUNS = frozenset({"jobs", "occupations", "sectors", "states", "groups", "tasks", "exposure", "work"})
_HOLDING = frozenset({"hold", "holds", "held", "employ", "employs", "contain", "contains", "cover", "include"})
_ORDINALS = ("st", "nd", "rd", "th", "first", "second", "third")
_TWO = 2
_NARROWING = frozenset({"with", "have", "having"})


def check_numbers(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason for each number that is no claim's and not in the sentence, and for each that is missing."""
    for place in text.unclear:
        yield f"number {text.tokens[place].text!r} could be more than one figure"
    known, missing = source.keys(), source.keys() - text.keys()
    names = len(source.names())
    for place, claims in text.claims.items():
        if text.keys()[figure_key(claims[0])] > known[figure_key(claims[0])]:
            yield f"number {text.tokens[place].text!r} stands there too often"
    yield from (f"figure left out: {key}" for key in missing)
    literals = [meaning for _, meaning in source.literals()]
    for place, meaning in text.literals():
        if meaning not in literals and not _counts_names(text, place, names):
            yield f"unsupported number {text.tokens[place].text!r} at {text.text_at(place)!r}"
    often = Counter(meaning.split(" >")[0] for _, meaning in text.literals()) - Counter(m.split(" >")[0] for m in literals)
    yield from (
        f"number {meaning!r} stands there too often" for meaning in often if meaning in {m.split(" >")[0] for m in literals}
    )
    limits = Counter(meaning for place, meaning in source.literals() if source.tokens[place].bound)
    yield from (f"limit left out: {meaning}" for meaning in limits - Counter(meaning for _, meaning in text.literals()))
    plain = [
        meaning
        for place, meaning in text.literals()
        if not text.tokens[place].bound and not (meaning not in literals and _counts_names(text, place, names))
    ]
    rest = iter(literals)
    if not any(meaning not in literals for meaning in plain) and not all(meaning in rest for meaning in plain):
        yield "numbers in words stand in another order"
    bounds = {figure_key(claims[0]): source.tokens[place].bound for place, claims in source.claims.items()}
    for place, claims in text.claims.items():
        bound, wanted = text.tokens[place].bound, bounds.get(figure_key(claims[0]), "")
        if bound != wanted and (bound or wanted != "over"):
            yield f"unsupported bound {text.tokens[place].text!r}" if bound else f"bound left out: {wanted}"


def _counts_names(text: Reading, place: int, names: int) -> bool:
    """Whether a number word counts the names of the sentence, as in "three sectors", or the two sides of a comparison."""
    token = text.tokens[place]
    told = any(other.role == "direction" and other.concept in ("equal", "untold") for other in text.tokens)
    number = token.number
    if number is None or number.family != "plain" or token.bound or not token.text.isalpha() or number.value < _TWO:
        return False
    after = text.tokens[place + 1] if place + 1 < len(text.tokens) else None
    ranked = place > 0 and text.tokens[place - 1].role in ("superlative", "ordinal")
    if ranked or (after is not None and after.role == "of"):
        return False
    counted = after is None or after.concept not in ("jobs", "product", "pay", "bill", "covered")
    return counted and (number.value == names or (number.value == _TWO and told and (after is None or after.role != "content")))


def check_ranks(text: Reading) -> Iterator[str]:
    """Yield a reason for each place in an order that is not said to be one, and each figure said to be a difference."""
    for place, claims in text.claims.items():
        token = text.tokens[place]
        before = [other for other in text.tokens[max(0, place - 3) : place] if other.role != "free"]
        if all(claim.kind == "sum" for claim in claims) and _after_names(text, place):
            yield f"{token.text!r} is said of the names before it"
        placed = (before and before[-1].concept == "number") or token.text.lower().endswith(_ORDINALS)
        if all(claim.kind == "rank" for claim in claims) and not placed:
            yield f"{token.text!r} is not said to be a place in an order"
        if before and before[-1].text.lower() in _HOLDING and all(claim.unit == "0-1" for claim in claims):
            yield f"{token.text!r} is said to be held"
        led = before and before[-1].text.lower() == "by" and len(before) > 1 and before[-2].role in ("direction", "trend")
        behind = text.tokens[place + 1 : place + 2]
        more = bool(behind) and behind[0].role == "direction" and behind[0].concept in ("up", "down")
        if (led or more) and not any(claim.kind == "difference" for claim in claims):
            yield f"{token.text!r} is said to be a difference"


def _after_names(text: Reading, place: int) -> bool:
    """Whether names stand nearer before a sum, in its clause, than the count of what it is of."""
    for position in range(place - 1, -1, -1):
        token = text.tokens[position]
        if token.concept in (";", ".") or any(claim.kind == "count" for claim in text.claims.get(position, ())):
            return False
        if token.role == "name":
            return True
    return False


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
        of_country = national_figures(source)
        self.national = {claim_id for claim_id, place in places.items() if place in of_country}
        self.country_told = bool(self.national)
        self.many_limits = len({limit for limit in self.limits.values() if limit}) > 1

    def _limit(self, place: int) -> str:
        for anchor in bind(self.source, place).anchors:
            token = self.source.tokens[anchor]
            if token.role == "number":
                return f"{token.concept} {token.bound}"
        return ""

    def of(self, claim: Claim) -> str:
        """Return what `claim` belongs to, as an identifier."""
        row = self._subject.row_owner(claim)
        if row:
            return row
        return self.limits.get(claim.claim_id, "") if self.many_limits else ""

    def nouns_of(self, claim: Claim) -> set[str]:
        """Return what the sentence counts behind figures of the same column."""
        key = (claim.kind, claim.table_name, claim.column_name)
        alike = (place for place, other in self.claim_at.items() if (other.kind, other.table_name, other.column_name) == key)
        return {noun_after(self.source, place) for place in alike}

    def named(self, claim: Claim) -> bool:
        """Whether the sentence names the row of `claim`."""
        return bool(self._subject.row_owner(claim))

    def allows(self, claim: Claim, reading: Reading, anchor: int) -> bool:
        """Whether the figure of `claim` may stand with that anchor."""
        token = reading.tokens[anchor]
        if token.role == "name":
            rows = self._subject.rows.get(token.concept)
            # A name that no figure is of takes none.
            figured = rows and any(row_of(other) in rows for other in self.claim_at.values())
            return not figured or row_of(claim) in (rows or ())
        if token.role == "number":
            return not self.many_limits or self.limits.get(claim.claim_id) == f"{token.concept} {token.bound}"
        return False


def check_owners(text: Reading, owners: Owners) -> Iterator[str]:
    """Yield a reason for each figure that the text gives to another name, limit or country than the claims do."""
    given: Counter[tuple[str, str]] = Counter()
    of_country = national_figures(text)
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
        if owners.country_told and not any((claim.claim_id in owners.national) == (place in of_country) for claim in claims):
            yield f"{token.text!r} is {'' if place in of_country else 'not '}said of the country"
        if (unnamed or not found.anchors) and "" not in owned and not _only_owner(owners, claims):
            yield f"{token.text!r} is not clearly given to what it belongs to"
        if named and fitting:
            given[figure_key(fitting[0]), owners.of(fitting[0])] += 1
    wanted = Counter((figure_key(claim), owners.of(claim)) for claim in owners.claim_at.values())
    for (key, owner), count in given.items():
        if owner and count > wanted[key, owner]:
            yield f"figure {key} is given twice to the same name"


def _only_owner(owners: Owners, claims: tuple[Claim, ...]) -> bool:
    """Whether no other figure of the same family belongs to something else, so that a figure alone is clear."""
    family = family_of(claims[0])
    return len({owners.of(claim) for claim in owners.claim_at.values() if family_of(claim) == family}) == 1


def check_units(text: Reading, owners: Owners) -> Iterator[str]:
    """Yield a reason for each figure beside which another thing is named than its claim counts or measures."""
    lexicon = owners.lexicon
    for place, claims in text.claims.items():
        noun = noun_after(text, place)
        measures = measures_before(text, place)
        for claim in claims:
            at = owners.place_of.get(claim.claim_id)
            known = counted_by(claim, lexicon) | ({"difference"} if claim.kind == "difference" else set())
            nouns = known | owners.nouns_of(claim)
            before = known | (set(measures_before(owners.source, at)) if at is not None else set())
            if claim.kind == "difference" and "exposure" in measures and "difference" not in measures:
                continue
            counted = noun in nouns and noun in lexicon.nouns
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


def noun_after(reading: Reading, place: int) -> str:
    """Return what is counted right behind a figure; nothing where no such thing stands there."""
    for token in reading.tokens[place + 1 : place + 5]:
        if token.role == "content" and token.concept in _NOUNS and not token.text.endswith("'s"):
            return token.concept
        if (
            (token.role not in ("free", "content") and token.text.lower() != "of")
            or opens_clause(token)
            or token.concept == "reach"
        ):
            return ""
    return ""


def _qualified(reading: Reading, place: int) -> bool:
    """Whether what a figure counts is narrowed down, as in "20 sectors with covered jobs" and "20 sectors that have them"."""
    after = [token for token in reading.tokens[place + 1 : place + 7] if token.role != "free"]
    led = ("of", "link")
    return any(t.role in led and t.text.lower() in _NARROWING and u.concept == "covered" for t, u in pairwise(after))


def measures_before(reading: Reading, place: int) -> list[str]:
    """Return the measures that stand before a figure, as in "an exposure of"."""
    found = []
    for position in range(place - 1, -1, -1):
        token = reading.tokens[position]
        if token.role not in ("free", "of", "hedge", "content", "link", "place", "quantifier") or is_anchor(reading, position):
            break
        if token.text.lower() in ("with", "at"):
            break
        if token.role == "content" and token.concept in ("exposure", "jobs", "share", "pay", "difference", "coverage", "mean"):
            found.append(token.concept)
    return found
