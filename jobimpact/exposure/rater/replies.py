"""What a server's reply says: probabilities from its log-probabilities where it gives them, else the answer in its text."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from jobimpact.exposure.rater.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobimpact.exposure.rater.prompts import Question

_THOUGHTS = re.compile(r"^.*?</think(?:ing)?>", re.DOTALL)
_SHOWN = 40  # characters of a reply in a reason
_DRESSING = " \t\r\n*_`'\"()[]{}.:"


class WrongSchemaError(ValueError):
    """A reply is not a chat completion."""


def read_reply(question: Question, body: Any, raw: str) -> Answer:
    """Return the answer in a chat completion, of which `body` is the JSON and `raw` the reply as it came.

    Probabilities are those of ``choices[0].logprobs.content`` where the server gives them; else the answer
    written has probability 1 and no mass. There is a reason where the text is none of the answers.

    Raises
    ------
    WrongSchemaError
        If `body` is not a chat completion.
    """
    try:
        choice = body["choices"][0]
        text = choice["message"]["content"]
    except (KeyError, IndexError, TypeError) as error:
        raise WrongSchemaError(f"the reply has no choices[0].message.content ({type(error).__name__})") from error
    if text is not None and not isinstance(text, str):
        raise WrongSchemaError(f"choices[0].message.content is {type(text).__name__}, not text")
    options = question.prompt.answers
    shares = _from_tokens(options, choice.get("logprobs"))
    if shares is not None:
        return Answer(question, shares[0], shares[1], raw=raw)
    level = find_answer(options, text or "")
    if level is None:
        return Answer(question, reason=f"the reply {_shortened(text or '')} is none of {', '.join(options.values())}", raw=raw)
    return Answer(question, {name: float(name == level) for name in options}, raw=raw)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= _SHOWN else f"{line[:_SHOWN]}...")


def _from_tokens(options: Mapping[str, str], logprobs: Any) -> tuple[dict[str, float], float] | None:
    """Return probabilities and mass at the first written token that tells the options apart, or None where there is none."""
    tokens = logprobs.get("content") if isinstance(logprobs, dict) else None
    prefix, before = "", 0.0
    for entry in tokens if isinstance(tokens, list) else []:
        if not isinstance(entry, dict) or not isinstance(entry.get("token"), str):
            return None
        if _option_of(options, prefix + entry["token"]) is not None:
            return _shares(options, prefix, before, entry)
        prefix += entry["token"]
        before += _number(entry.get("logprob"))
        if not any(text.startswith(prefix.lstrip(_DRESSING)) for text in options.values()):
            return None  # the model writes something else first, such as a sentence
    return None


def _shares(
    options: Mapping[str, str], written: str, before: float, entry: dict[str, Any]
) -> tuple[dict[str, float], float] | None:
    shares = dict.fromkeys(options, 0.0)
    candidates = {entry["token"]: _number(entry.get("logprob"))}
    for other in entry.get("top_logprobs") or []:
        if isinstance(other, dict) and isinstance(other.get("token"), str):
            candidates[other["token"]] = _number(other.get("logprob"))
    for token, log in candidates.items():
        level = _option_of(options, written + token)
        if level is not None:
            shares[level] += math.exp(min(log, 0.0))
    total = sum(shares.values())
    if total <= 0 or len(candidates) == 1:
        return None  # one token without its rivals says no more than the text does
    return {level: share / total for level, share in shares.items()}, min(total * math.exp(min(before, 0.0)), 1.0)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not math.isnan(value) else -math.inf


def _option_of(options: Mapping[str, str], begun: str) -> str | None:
    """Return the level of the one option that `begun` is the beginning of, or that it begins with."""
    begun = begun.lstrip(_DRESSING)
    if not begun:
        return None
    whole = [level for level, text in options.items() if re.match(rf"{re.escape(text)}(?!\w)", begun)]
    partly = [level for level, text in options.items() if text.startswith(begun)]
    matches = whole or partly
    return matches[0] if len(matches) == 1 else None


def find_answer(options: Mapping[str, str], text: str) -> str | None:
    """Return the level that `text` answers, None where it answers none or several.

    A reply counts when it is an option, or when exactly one of the options stands in it as a word. An option of one sign has
    to open a line with a mark behind it (``B.``) or to end the reply after a mark or "is", for ``A`` is also a word.

    Examples
    --------
    >>> find_answer({"E0": "A", "E1": "B"}, "A language model would help: **B**.")
    'E1'
    """
    text = _THOUGHTS.sub("", text)
    exact = [level for level, option in options.items() if text.strip(_DRESSING) == option]
    if exact:
        return exact[0]
    matches = [level for level, option in options.items() if _word(option).search(text)]
    return matches[0] if len(matches) == 1 else None


def _word(option: str) -> re.Pattern[str]:
    sign = re.escape(option)
    if len(option) == 1:
        return re.compile(rf"^[\s*(`'\"]*{sign}(?=[).:;*\n])|(?:\bis|[:\n*(])[\s*(`'\"]*{sign}[\s*)`'\".]*\Z", re.MULTILINE)
    return re.compile(rf"(?<!\w){sign}(?!\w)")
