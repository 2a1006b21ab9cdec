"""Language models that choose among wordings or write: the rater's models, asked for a letter or for text."""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import requests

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError, ModelError
from jobimpact.exposure.encoder.sentence import Device, Precision
from jobimpact.exposure.rater.answers import Answer
from jobimpact.exposure.rater.local import DEFAULT_LLM, LocalModel
from jobimpact.exposure.rater.prompts import Prompt, Question, default_settings
from jobimpact.exposure.rater.rate import Backend, rater_backend
from jobimpact.exposure.rater.server import ServerModel, _Failure

# Prompts are padded to a multiple of this length, so that few shapes occur.
_STEP = 16
_TEXT = Prompt("text", "exposure", "", "{task}", {})


class LetterChooser:
    """A rater's model that says how probable each letter is as the answer to a question."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.model_id = backend.model_id

    def shares(self, question: str, letters: str) -> list[float]:
        """Return the probability of each of `letters` as the answer; a ModelError says why none comes."""
        prompt = Prompt("wording", "exposure", "", _TEXT.template, {letter: letter for letter in letters})
        for answer in self._backend.ask([Question(prompt, question)]):
            if answer.reason:
                raise ModelError(answer.reason)
            return [answer.probabilities[letter] for letter in letters]
        raise ModelError("no answer came")


def letter_chooser(model: str, base_url: str | None = None, *, device: Device = "auto") -> LetterChooser:
    """Return the model that is to choose among wordings, as :func:`rater_backend` finds it."""
    # One row at a time: which wording comes next hangs on the one before.
    settings = {
        "rows": 1,
        "attempts": assumption("phrasebook", "attempts"),
        "timeout": assumption("phrasebook", "reply_timeout"),
    }
    backend = rater_backend(model, base_url, settings={**default_settings(), **settings}, device=device)
    return LetterChooser(backend)


class LocalWriter(LocalModel):
    """A causal model through transformers that writes.

    A text longer than `max_tokens`, or a batch that takes longer than `timeout` seconds, counts as cut off;
    `temperature` is that of sampled texts, `rows` the texts written at a time.
    """

    def __init__(
        self,
        model: str = DEFAULT_LLM,
        *,
        max_tokens: int,
        timeout: float,
        temperature: float,
        device: Device = "auto",
        precision: Precision = "auto",
        rows: int = 8,
    ) -> None:
        super().__init__(model, device=device, precision=precision, rows=rows)
        self._max_tokens, self._timeout, self._temperature = max_tokens, timeout, temperature
        self._tokenizer.padding_side = "left"
        if self._tokenizer.pad_token is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token

    def write(self, prompts: Sequence[str], seed: int | None = None) -> Iterator[tuple[int, str, str]]:
        """Yield number, text and reason for each prompt, in batches of near-equal length.

        Without a `seed` it is the most probable text, else a sampled one.
        """
        tokens = [self._tokens(_TEXT, prompt, "") for prompt in prompts]
        longest = self._limit() - self._max_tokens
        for number, row in enumerate(tokens):
            if len(row) > longest:
                yield number, "", f"the prompt has {len(row):,} tokens, the model reads {longest:,}"
        order = sorted(
            (number for number, row in enumerate(tokens) if len(row) <= longest),
            key=lambda n: (len(tokens[n]), n),
        )
        for start in range(0, len(order), self.rows):
            batch = order[start : start + self.rows]
            for number, (text, reason) in zip(batch, self._texts([tokens[n] for n in batch], seed), strict=True):
                yield number, text, reason

    def _ends(self) -> list[int]:
        """Return the tokens that end a text: the tokenizer's own, and a line end where that is one token."""
        line_end = self._tokenizer("\n", add_special_tokens=False)["input_ids"]
        return [self._tokenizer.eos_token_id, *(line_end if len(line_end) == 1 else ())]

    def _texts(self, rows: list[list[int]], seed: int | None) -> Iterator[tuple[str, str]]:
        """Yield text and reason of each row of one batch."""
        import torch

        # Always the same number of rows: a text does not depend on how many are asked for with it.
        full = rows + [rows[-1]] * (self.rows - len(rows))
        length = -(-max(map(len, full)) // _STEP) * _STEP
        pad = self._tokenizer.pad_token_id
        ids = torch.tensor([[pad] * (length - len(row)) + row for row in full], device=self.device)
        mask = torch.tensor([[0] * (length - len(row)) + [1] * len(row) for row in full], device=self.device)
        sampled: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if seed is not None:
            sampled = {"do_sample": True, "temperature": self._temperature, "top_p": 1.0, "top_k": 0}
        model = self._load()
        started = time.monotonic()
        with (
            torch.inference_mode(),
            torch.random.fork_rng(devices=[self.device] if self.device == "cuda" else []),
        ):
            torch.manual_seed(0 if seed is None else seed)
            output = model.generate(
                input_ids=ids, attention_mask=mask, pad_token_id=pad, eos_token_id=self._ends(),
                max_new_tokens=self._max_tokens, max_time=self._timeout, **sampled,
            )[: len(rows), length:].tolist()  # fmt: skip
        late = time.monotonic() - started >= self._timeout
        for row in output:
            if any(token in row for token in self._ends()):
                yield self._tokenizer.decode(row, skip_special_tokens=True).strip(), ""
            else:
                yield (
                    "",
                    f"no whole text within {self._timeout:g} s" if late else f"cut off after {len(row)} tokens",
                )


class ServerWriter(ServerModel):
    """A model behind ``/v1/chat/completions`` that writes; `temperature` is that of sampled texts."""

    def __init__(self, base_url: str, model: str, settings: Mapping[str, Any], *, temperature: float, key: str = "") -> None:
        super().__init__(base_url, model, settings, key=key)
        self._temperature = temperature
        for name in ("logprobs", "top_logprobs"):
            del self._optional[name]

    def write(self, prompts: Sequence[str], seed: int | None = None) -> Iterator[tuple[int, str, str]]:
        """Yield number, text and reason for each prompt as its answer comes; as in :class:`LocalWriter`."""
        if seed is not None and "temperature" in self._optional:
            self._optional |= {"temperature": self._temperature, "seed": seed}
        # The number travels as the prompt's name, for answers come in any order.
        questions = [Question(Prompt(str(n), "exposure", "", _TEXT.template, {}), prompt) for n, prompt in enumerate(prompts)]
        for answer in self.ask(questions):
            text = "" if answer.reason else answer.raw
            yield (
                int(answer.question.prompt.prompt_id),
                text,
                answer.reason or ("" if text else "the model wrote nothing"),
            )

    def _post(self, session: requests.Session, question: Question, optional: Mapping[str, Any]) -> Answer | _Failure:
        reply = super()._post(session, question, optional)
        if not isinstance(reply, Answer):
            return reply
        choice = json.loads(reply.raw)["choices"][0]
        if choice.get("finish_reason") == "length":
            return Answer(question, reason="cut off at the longest text that was asked for", raw=reply.raw)
        return Answer(question, raw=choice["message"]["content"] or "")


def text_backend(model: str | None = None, base_url: str | None = None, *, device: Device = "auto") -> LocalWriter | ServerWriter:
    """Return the model that is to write, as :func:`rater_backend` finds it; settings: data/phrasebook.toml."""
    tokens, timeout, temperature = (assumption("phrasebook", name) for name in ("text_tokens", "text_timeout", "temperature"))
    if base_url is None:
        return LocalWriter(model or DEFAULT_LLM, max_tokens=tokens, timeout=timeout, temperature=temperature, device=device)
    if not model:
        raise InputError(f"{{base_url}} {base_url} is given without a model: name the model too", parameters=["base_url"])
    settings = {
        **default_settings(),
        "max_tokens": tokens,
        "timeout": timeout,
        "attempts": assumption("phrasebook", "attempts"),
    }
    return ServerWriter(base_url, model, settings, temperature=temperature, key=os.environ.get("OPENAI_API_KEY", "").strip())
