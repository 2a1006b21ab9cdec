"""How well a language model reworded a report: counts, claims kept, likeness to the realiser, readability."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.reporting.writer.lexicon import read_lexicon, setting
from jobimpact.reporting.writer.prompts import filled_where_known, make_template, unfill
from jobimpact.reporting.writer.reading import make_subject, read_text
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jobimpact.reporting.words.narrative import Sentence
    from jobimpact.reporting.writer.generate import Outcome

_STATES = ("accepted", "unchanged", "rejected", "failed")
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_END = re.compile(r"[.!?:]+(?=\s|$)")
_SIGN = re.compile(r"[\u3400-\u9fff]|[0-9a-z.]+", re.IGNORECASE)


def written_sentences(outcomes: Sequence[Outcome], writer: str) -> pd.DataFrame:
    """Return what became of each sentence.

    Parameters
    ----------
    outcomes
        Of :func:`jobimpact.reporting.writer.generate.rewrite`.
    writer
        Name of the model.

    Returns
    -------
    pandas.DataFrame
        Table ``written_sentences`` of the data dictionary, one row per sentence in the order of reading.
    """
    rows = [
        (
            place, outcome.sentence.topic, writer, outcome.state, outcome.tried, outcome.sentence.text, outcome.text,
            "\n".join(outcome.reasons), _template(outcome),
        )
        for place, outcome in enumerate(outcomes, 1)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=table_columns("written_sentences")).astype({"sentence": "int64", "texts_tried": "int64"})


def _template(outcome: Outcome) -> str:
    return unfill(outcome.written.parts, make_template(outcome.sentence)) if outcome.state == "accepted" else ""


def measure_writing(outcomes: Sequence[Outcome], writer: str, language: str = "en") -> pd.DataFrame:
    """Measure how a model reworded a report.

    Parameters
    ----------
    outcomes
        Of :func:`jobimpact.reporting.writer.generate.rewrite`.
    writer
        Name of the model.
    language
        Of the report.

    Returns
    -------
    pandas.DataFrame
        Table ``writing_quality`` of the data dictionary, one row: counts of sentences; claim recall and precision of the
        model's texts before verification and of what is printed; ROUGE-L and chrF of accepted sentences against the
        realiser's; LIX of both.

    Raises
    ------
    InputError
        If a package of the extra ``reports`` is missing.
    """
    states = Counter(str(outcome.state) for outcome in outcomes)
    told = [(outcome.sentence, outcome.text) for outcome in outcomes if outcome.tried]
    printed = [(outcome.sentence, outcome.written.text) for outcome in outcomes]
    pairs = [(outcome.sentence.text, outcome.written.text) for outcome in outcomes if outcome.state == "accepted"]
    row = (
        writer, len(outcomes), len(outcomes) - states["not asked"], *(states[state] for state in _STATES),
        *_kept(told, language), *_kept(printed, language), *_likeness(pairs, language),
        lix([text for _, text in printed], language), lix([sentence.text for sentence, _ in printed], language),
    )  # fmt: skip
    table = pd.DataFrame([row], columns=table_columns("writing_quality"))
    measures = [column for column in table.columns if column != "writer" and not column.startswith("n_")]
    return table.astype(dict.fromkeys(measures, "float64"))


def _kept(texts: Iterable[tuple[Sentence, str]], language: str) -> tuple[float, float]:
    """Return claim recall and claim precision of texts: of figures and names, by how often each is printed."""
    same = wanted = found = 0
    for sentence, text in texts:
        subject = make_subject(sentence, frozenset(), read_lexicon(language))
        whole = read_text(sentence.text, subject)
        told = read_text(filled_where_known(text, make_template(sentence)), subject)
        counts = [reading.keys() + reading.names() for reading in (whole, told)]
        same += (counts[0] & counts[1]).total()
        wanted += counts[0].total()
        foreign = sum(meaning not in {known for _, known in whole.literals()} for _, meaning in told.literals())
        found += counts[1].total() + foreign
    missing = float("nan")
    return same / wanted if wanted else missing, same / found if found else missing


def _likeness(pairs: Sequence[tuple[str, str]], language: str) -> tuple[float, float]:
    """Return ROUGE-L and chrF of texts against the realiser's; missing where there is none."""
    if not pairs:
        return float("nan"), float("nan")
    try:
        from rouge_score.rouge_scorer import RougeScorer
        from sacrebleu import corpus_chrf
    except ImportError as error:
        raise InputError(f"{error.name} is not installed: run `pip install 'jobimpact[reports]'`") from error
    scorer = RougeScorer(["rougeL"], tokenizer=_Signs()) if language == "zh" else RougeScorer(["rougeL"])
    rouge = [scorer.score(target, text)["rougeL"].fmeasure for target, text in pairs]
    chrf = corpus_chrf([text for _, text in pairs], [[target for target, _ in pairs]]).score
    return sum(rouge) / len(rouge), float(chrf)


class _Signs:
    """Splits Chinese into its signs, which the tokenizer of rouge-score drops."""

    def tokenize(self, text: str) -> list[str]:
        return _SIGN.findall(text)


def lix(texts: Iterable[str], language: str = "en") -> float:
    """Return the readability index LIX of texts: words per sentence plus the percentage of long words.

    About 30 is easy, 50 as in official texts, 60 hard (Bjornsson 1968). Missing for languages without blanks.

    Examples
    --------
    >>> lix(["Exposure is highest in Utah.", "It is low in Ohio."])
    25.0
    """
    whole = " ".join(texts)
    words = _WORD.findall(whole)
    if language == "zh" or not words:
        return float("nan")
    longest = int(setting("long_word"))
    long_words = sum(len(word) > longest for word in words)
    return len(words) / max(len(_END.findall(whole)), 1) + 100 * long_words / len(words)
