"""What an encoder can read: languages and length."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jobimpact.exposure.doubt.languages import read_languages


@dataclass(frozen=True)
class EncoderLimits:
    """What an encoder can read; None is not known, and then nothing is doubted for it.

    Attributes
    ----------
    languages
        ISO 639 codes of the languages it knows.
    limit
        Tokens (where there is a `tokenizer`) or characters it reads of a text, its own marks included.
    tokenizer
        Its ``tokenizer.json``.
    """

    languages: frozenset[str] | None = None
    limit: int | None = None
    tokenizer: Path | None = None

    def cuts(self, text: str) -> bool:
        """Whether `text` is longer than what is read."""
        # A token has at least one character, and two marks are added.
        if self.limit is None or len(text) <= self.limit - 2:
            return False
        return self.tokenizer is None or len(_tokenizer(self.tokenizer).encode(text).ids) > self.limit

    @property
    def unit(self) -> str:
        """What `limit` counts."""
        return "characters" if self.tokenizer is None else "tokens"


def limits_of(encoder: object) -> EncoderLimits:
    """Return what `encoder` can read, from its name in data/languages.toml and its model folder.

    An encoder without files (a test's, a user's own) is asked about neither languages nor length.
    """
    files = getattr(encoder, "files", None)
    if files is None:
        return EncoderLimits()
    stored = read_languages()
    encoders = stored["encoders"]
    languages = frozenset(encoders[files.name]["value"]) if files.name in encoders else None
    if files.name in stored["characters"]:
        return EncoderLimits(languages, int(stored["characters"][files.name]["value"]))
    tokenizer, settings = files.folder / "tokenizer.json", files.folder / "sentence_bert_config.json"
    if not (tokenizer.is_file() and settings.is_file()):
        return EncoderLimits(languages)
    limit = json.loads(settings.read_text(encoding="utf-8")).get("max_seq_length")
    return EncoderLimits(languages, limit, tokenizer) if limit else EncoderLimits(languages)


@cache
def _tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
