"""Whether a generated text says no more than the claims of its sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobimpact.reporting.words.narrative import Name
from jobimpact.reporting.writer import clauses, denials, figures, pairs, words
from jobimpact.reporting.writer.attachments import check_attachments
from jobimpact.reporting.writer.grammar import check_grammar, check_verbs
from jobimpact.reporting.writer.lexicon import read_lexicon
from jobimpact.reporting.writer.lists import check_brackets, check_lists
from jobimpact.reporting.writer.orders import check_orders
from jobimpact.reporting.writer.reading import ledger_titles, make_subject, ordinary, read_text
from jobimpact.reporting.writer.reasons import check_reasons
from jobimpact.reporting.writer.subjects import check_subjects
from jobimpact.reporting.writer.tokens import normal_text, read_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobimpact.reporting.claims.claims import Claim
    from jobimpact.reporting.words.narrative import Sentence
    from jobimpact.reporting.writer.reading import Reading, Subject

_HARMLESS = frozenset({"content", "free", "of", "place", "and", "to", "from", "link"})


@dataclass(frozen=True)
class Verdict:
    """Whether a text may stand in place of a sentence.

    Attributes
    ----------
    accepted
        Whether every statement of the text is borne out.
    reasons
        Why not: one line for each thing that is not.
    """

    accepted: bool
    reasons: tuple[str, ...] = ()


def verify(text: str, sentence: Sentence, ledger: Iterable[Claim] = (), language: str = "en") -> Verdict:
    """Compare a text with the claims of the sentence that it is to replace.

    Every word has to be known (data/writer.toml) and to have ground in the sentence; every number, unit, name, rank,
    direction, quantifier and negation has to be a claim's or the sentence's own, and to be said of the same thing. What the
    sentence prints must all be there. In doubt a text is refused.

    Parameters
    ----------
    text
        What a model wrote, with figures and names filled in.
    sentence
        As the realiser wrote it.
    ledger
        Claims of the report, by which names of other rows are known.
    language
        ``en`` or ``zh``.

    Returns
    -------
    Verdict
        Accepted, or refused with reasons.

    Raises
    ------
    InputError
        If data/writer.toml has no words of the language.
    """
    lexicon = read_lexicon(language)
    subject = make_subject(sentence, ledger_titles(ledger), lexicon)
    unclear = [part.text for part in sentence.parts if isinstance(part, Name) and _reads_as_wording(part.text, subject)]
    if unclear:
        return Verdict(accepted=False, reasons=(f"the name {unclear[0]!r} reads as wording",))
    if normal_text(text) == normal_text(sentence.text):
        return Verdict(accepted=True)
    source, read = read_text(sentence.text, subject), read_text(text, subject)
    reasons = tuple(dict.fromkeys(_reasons(read, source, subject)))
    return Verdict(not reasons, reasons)


def _reads_as_wording(name: str, subject: Subject) -> bool:
    tokens = read_tokens(name, subject.lexicon, None)
    return ordinary(name, subject.lexicon) and any(token.role not in _HARMLESS for token in tokens)


def _reasons(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    yield from words.check_words(text, source, subject)
    yield from words.check_names(text, source)
    yield from figures.check_numbers(text, source)
    if subject.lexicon.by_sign:
        yield from words.check_skeleton(text, source)
        return
    owners = figures.Owners(subject, source)
    yield from figures.check_owners(text, owners)
    yield from figures.check_ranks(text)
    yield from figures.check_units(text, owners)
    yield from pairs.check_pairs(text, owners)
    yield from check_orders(text, source, subject)
    yield from check_lists(text, source, subject)
    yield from check_brackets(text, source)
    yield from denials.check_denials(text, source)
    yield from denials.check_pairs_of_denial(text, source)
    yield from words.check_kept(text, source, subject)
    yield from words.check_beside(text, source, subject)
    yield from words.check_modifiers(text, source, subject)
    yield from words.check_exposed(text, source)
    yield from clauses.check_clauses(text, source, subject)
    yield from clauses.check_rare_words(text, source)
    yield from clauses.check_together(text, source)
    yield from clauses.check_counting(text, source)
    yield from clauses.check_converse(text)
    yield from check_attachments(text, source, subject)
    yield from check_subjects(text, source, subject)
    yield from check_reasons(text, source)
    yield from check_grammar(text, source)
    yield from check_verbs(text, source)
