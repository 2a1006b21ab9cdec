"""A text read against the claims of a sentence: which figure states which claim, and what each belongs to."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from jobimpact.reporting.claims.claims import Claim
from jobimpact.reporting.claims.selection import NATION
from jobimpact.reporting.words.narrative import Name
from jobimpact.reporting.writer.numbers import Number, stated, states
from jobimpact.reporting.writer.tokens import Token, name_key, name_pattern, read_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jobimpact.reporting.words.narrative import Sentence
    from jobimpact.reporting.writer.lexicon import Lexicon

_ROWS = ("value", "share", "rank")
# Signs and words that end what hangs together without a break.
STOPS = frozenset(".;:")


def row_of(item: Claim | Name) -> str:
    """Return an identifier of the table's row that `item` speaks of; an interval speaks of the row that it is of."""
    if item.table_name == "variance_ledger" and item.row_key.count("|") > 2:  # noqa: PLR2004 - table, row, column, part
        table, _, rest = item.row_key.partition("|")
        return f"{table}.{rest.rsplit('|', 2)[0]}"
    return f"{item.table_name}.{item.row_key}"


@dataclass(frozen=True, eq=False)
class Subject:
    """What a text may speak of: the names and figures of one sentence.

    Attributes
    ----------
    sentence
        As the realiser wrote it.
    rows
        Rows by name as tokens have it.
    figures
        Claims that it prints as numbers, in the order of reading.
    lexicon
        Of its language.
    pattern
        Finds names of the sentence, and names of the ledger that are no ordinary words.
    """

    sentence: Sentence
    rows: dict[str, frozenset[str]]
    figures: tuple[Claim, ...]
    lexicon: Lexicon
    pattern: re.Pattern[str] | None

    def row_owner(self, claim: Claim) -> str:
        """Return the row of `claim` where the sentence names that row, else nothing."""
        row = row_of(claim)
        return row if any(row in rows for rows in self.rows.values()) else ""


@dataclass(frozen=True)
class Reading:
    """A text as tokens, with the claims that its numbers may state.

    Attributes
    ----------
    tokens
        In the order of reading.
    claims
        By place of a number token; a number that states no claim is not there.
    unclear
        Places of numbers that could state claims of different figures.
    """

    tokens: tuple[Token, ...]
    claims: dict[int, tuple[Claim, ...]]
    unclear: tuple[int, ...] = field(default=())

    def names(self) -> Counter[str]:
        """Count the names."""
        return Counter(token.concept for token in self.tokens if token.role == "name")

    def keys(self) -> Counter[str]:
        """Count the figures by the number that their claim prints."""
        return Counter(figure_key(claims[0]) for claims in self.claims.values())

    def literals(self) -> list[tuple[int, str]]:
        """Return place and meaning of the numbers that state no claim, such as one half or more."""
        return [
            (place, f"{token.concept} {token.bound}".strip())
            for place, token in enumerate(self.tokens)
            if token.role == "number" and place not in self.claims
        ]

    def text_at(self, place: int, around: int = 2) -> str:
        """Return the words around a token, for a reason."""
        return " ".join(token.text for token in self.tokens[max(0, place - around) : place + around + 1])


def figure_key(claim: Claim) -> str:
    """Return what the claim's text prints, in one form: family and value."""
    number = stated(claim)
    return "" if number is None else f"{number.family} {number.value:.10g}"


@lru_cache(maxsize=256)
def make_subject(sentence: Sentence, titles: frozenset[str], lexicon: Lexicon) -> Subject:
    """Return what a rewording of `sentence` may speak of.

    Parameters
    ----------
    sentence
        Of the realiser.
    titles
        Names of all rows of the report, of :func:`ledger_titles`.
    lexicon
        Of the sentence's language.
    """
    rows: dict[str, set[str]] = {}
    for part in sentence.parts:
        if isinstance(part, Name):
            rows.setdefault(name_key(part.text), set()).add(row_of(part))
    for claim in sentence.claims:
        if _in_words(claim, sentence):
            rows.setdefault(name_key(claim.row_title), set()).add(row_of(claim))
    others = {title for title in titles if not ordinary(title, lexicon)}
    figures = tuple(part for part in sentence.parts if isinstance(part, Claim) and stated(part) is not None)
    return Subject(
        sentence,
        {name: frozenset(found) for name, found in rows.items()},
        figures,
        lexicon,
        name_pattern({*rows, *others}),
    )


def _in_words(claim: Claim, sentence: Sentence) -> bool:
    """Whether the wording itself names the group that a claim is of, such as women or the lowest-paid fifth."""
    single = claim.kind in _ROWS and claim.table_name == "groups" and claim.row_key != NATION
    return single and re.search(rf"\b{re.escape(claim.row_title)}\b", sentence.text, re.IGNORECASE) is not None


def ledger_titles(ledger: Iterable[Claim]) -> frozenset[str]:
    """Return the names of the rows that claims of single rows are of."""
    return frozenset(claim.row_title for claim in ledger if claim.kind in _ROWS)


@lru_cache(maxsize=8192)
def ordinary(name: str, lexicon: Lexicon) -> bool:
    """Whether a name could be read as wording: it has no word but those of the lexicon and numbers."""
    return all(token.role not in ("unknown", "odd") for token in read_tokens(name, lexicon, None))


@lru_cache(maxsize=256)
def read_text(text: str, subject: Subject) -> Reading:
    """Read `text` against the claims of the subject's sentence."""
    tokens = [*read_tokens(text, subject.lexicon, subject.pattern)]
    claims: dict[int, tuple[Claim, ...]] = {}
    unclear = []
    tokens = [_as_place(token, subject) for token in tokens]
    for place, token in enumerate(tokens):
        if token.number is None:
            continue
        hedged = place > 0 and tokens[place - 1].role == "hedge"
        found = tuple(claim for claim in subject.figures if states(token.number, claim, hedged=hedged))
        if len({figure_key(claim) for claim in found}) > 1:
            unclear.append(place)
        if found:
            claims[place] = found
    for place, token in enumerate(tokens):
        if token.number is not None and not token.bound and place not in claims and _reached(tokens, place):
            tokens[place] = replace(token, bound=">=")
    return Reading(tuple(tokens), claims, tuple(unclear))


def _as_place(token: Token, subject: Subject) -> Token:
    """Return an ordinal as the number of a place that the sentence gives in digits, such as 16th for number 16."""
    ranks = {f"{claim.value:g}" for claim in subject.figures if claim.kind == "rank"}
    if token.role != "ordinal" or token.concept not in ranks:
        return token
    return replace(token, role="number", number=Number(float(token.concept), "plain"))


def _reached(tokens: Sequence[Token], place: int) -> bool:
    """Whether a number is said to be reached, which is to say that or more."""
    quiet = ("free", "of", "link")
    before = place - 1
    while before >= 0 and (tokens[before].role in quiet or tokens[before].concept == "exposure"):
        before -= 1
    after = place + 1
    while after < len(tokens) and tokens[after].role in quiet:
        after += 1
    return any(0 <= position < len(tokens) and tokens[position].concept == "reach" for position in (before, after))


def is_national(claim: Claim) -> bool:
    """Whether the claim is of the whole country."""
    return row_of(claim) == f"groups.{NATION}"


def clause_of(tokens: Sequence[Token], place: int, breaks: frozenset[str] = frozenset({"break", "reason"})) -> range:
    """Return the places of the clause around a token: what stands between stops and words such as while."""
    start = place
    while start > 0 and not _ends(tokens[start - 1], breaks):
        start -= 1
    end = place
    while end + 1 < len(tokens) and not _ends(tokens[end + 1], breaks):
        end += 1
    return range(start, end + 1)


def _ends(token: Token, breaks: frozenset[str]) -> bool:
    return (token.role == "mark" and token.concept in STOPS) or token.role in breaks
