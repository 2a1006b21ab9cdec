"""Language models that write: the rater's models, asked for text instead of an answer among options."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any, Protocol

from jobimpact.errors import InputError
from jobimpact.exposure.rater.answers import Answer
from jobimpact.exposure.rater.local import DEFAULT_LLM, LocalModel
from jobimpact.exposure.rater.prompts import Prompt, Question, default_settings
from jobimpact.exposure.rater.server import ServerModel, _Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import requests

    from jobimpact.exposure.encoder.sentence import Device, Precision

Conversation = tuple[tuple[str, str], ...]
# A rewording has about as many tokens as its sentence: texts that go on for more than these times as many have lost the thread.
_LONGEST_RATIO, _SPARE = 2, 16
# Prompts are padded to a multiple of this length, so that few shapes occur.
_STEP = 16


class TextBackend(Protocol):
    """Anything that goes on with conversations."""

    @property
    def model_id(self) -> str:
        """Name of what determines the texts."""

    def write(self, conversations: Sequence[Conversation], seed: int | None = None) -> Iterator[tuple[int, str, str]]:
        """Yield number, text and reason for each of `conversations`, in any order; without a text the reason says why.

        Parameters
        ----------
        conversations
            Each a sequence of role (``system``, ``user``, ``assistant``) and content.
        seed
            None for the most probable text; else the seed of a sampled one.
        """


class LocalWriter(LocalModel):
    """A causal model through transformers that goes on with conversations.

    Parameters
    ----------
    model, device, precision, rows
        As in :class:`jobimpact.exposure.rater.local.LocalModel`.
    max_tokens
        Longest text; a longer one counts as cut off.
    timeout
        Longest time for a batch, in seconds.
    temperature
        Of sampled texts.
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

    def write(self, conversations: Sequence[Conversation], seed: int | None = None) -> Iterator[tuple[int, str, str]]:
        """Yield a text for each conversation, in batches of near-equal length."""
        tokens = [self._rendered(conversation) for conversation in conversations]
        last = [len(self._tokenizer(conversation[-1][1])["input_ids"]) for conversation in conversations]
        longest = self._limit() - self._max_tokens
        for number, row in enumerate(tokens):
            if len(row) > longest:
                yield number, "", f"the prompt has {len(row):,} tokens, the model reads {longest:,}"
        fitting = sorted((number for number, row in enumerate(tokens) if len(row) <= longest), key=lambda n: (len(tokens[n]), n))
        for start in range(0, len(fitting), self.rows):
            chosen = fitting[start : start + self.rows]
            room = min(self._max_tokens, _LONGEST_RATIO * max(last[n] for n in chosen) + _SPARE)
            for number, text, reason in zip(chosen, *self._texts([tokens[n] for n in chosen], room, seed), strict=True):
                yield number, text, reason

    def _rendered(self, conversation: Conversation) -> list[int]:
        marks = self._reserved()
        for mark in marks:
            conversation = tuple((role, content.replace(mark, f"{mark[0]} {mark[1:]}")) for role, content in conversation)
        if not self._tokenizer.chat_template:
            return list(self._tokenizer(flat(conversation))["input_ids"])
        turns = [{"role": role, "content": content} for role, content in conversation]
        rendered = self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        return list(self._tokenizer(rendered, add_special_tokens=False)["input_ids"])

    def _ends(self) -> list[int]:
        """Return the tokens that end a text: the tokenizer's own, and a line end where that is one token."""
        line_end = self._tokenizer("\n", add_special_tokens=False)["input_ids"]
        return [self._tokenizer.eos_token_id, *(line_end if len(line_end) == 1 else ())]

    def _texts(self, rows: list[list[int]], room: int, seed: int | None) -> tuple[list[str], list[str]]:
        """Return texts and reasons of one batch."""
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
        with torch.inference_mode(), torch.random.fork_rng(devices=[self.device] if self.device == "cuda" else []):
            torch.manual_seed(0 if seed is None else seed)
            written = model.generate(
                input_ids=ids, attention_mask=mask, pad_token_id=pad, eos_token_id=self._ends(),
                max_new_tokens=room, max_time=self._timeout, **sampled,
            )[: len(rows), length:].tolist()  # fmt: skip
        late = time.monotonic() - started >= self._timeout
        texts, reasons = [], []
        for row in written:
            text = self._tokenizer.decode(row, skip_special_tokens=True).strip()
            ended = any(token in row for token in self._ends())
            cut = f"no whole text within {self._timeout:g} s" if late else f"cut off after {len(row)} tokens"
            texts.append(text if ended else "")
            reasons.append("" if ended else cut)
        return texts, reasons


class ServerWriter(ServerModel):
    """A model behind ``/v1/chat/completions`` that goes on with conversations.

    Parameters
    ----------
    base_url, model, settings, key
        As in :class:`jobimpact.exposure.rater.server.ServerModel`.
    temperature
        Of sampled texts.
    """

    def __init__(self, base_url: str, model: str, settings: Mapping[str, Any], *, temperature: float, key: str = "") -> None:
        super().__init__(base_url, model, settings, key=key)
        self._temperature = temperature
        for name in ("logprobs", "top_logprobs"):
            del self._optional[name]

    def write(self, conversations: Sequence[Conversation], seed: int | None = None) -> Iterator[tuple[int, str, str]]:
        """Yield a text for each conversation as it comes."""
        if seed is not None and "temperature" in self._optional:
            self._optional |= {"temperature": self._temperature, "seed": seed}
        # Each conversation is a prompt of its own, whose number the answer brings back.
        asked = [Question(Prompt(str(n), "exposure", "", "{task}", {}), flat(c)) for n, c in enumerate(conversations)]
        for answer in self.ask(asked):
            number = int(answer.question.prompt.prompt_id)
            text = "" if answer.reason else answer.raw
            yield number, text, answer.reason or ("" if text else "the model wrote nothing")

    def _post(self, session: requests.Session, question: Question, optional: Mapping[str, Any]) -> Answer | _Failure:
        reply = super()._post(session, question, optional)
        if not isinstance(reply, Answer):
            return reply
        choice = json.loads(reply.raw)["choices"][0]
        if choice.get("finish_reason") == "length":
            return Answer(question, reason="cut off at the longest text that was asked for", raw=reply.raw)
        return Answer(question, raw=choice["message"]["content"] or "")


def flat(conversation: Conversation) -> str:
    r"""Return a conversation as one text, for a model without turns.

    Examples
    --------
    >>> flat((("system", "Be brief."), ("user", "2 + 2?"), ("assistant", "4"), ("user", "3 + 3?")))
    'Be brief.\n\n2 + 2?\n4\n\n3 + 3?\n'
    """
    ends = {"assistant": "\n\n", "user": "\n", "system": "\n\n"}
    return "".join(content + ends[role] for role, content in conversation)


def text_backend(
    model: str | None = None,
    base_url: str | None = None,
    *,
    max_tokens: int,
    timeout: float,
    temperature: float,
    key_variable: str = "OPENAI_API_KEY",
    device: Device = "auto",
    precision: Precision = "auto",
) -> TextBackend:
    """Return the model that is to write.

    Parameters
    ----------
    model, base_url, key_variable, device, precision
        As in :func:`jobimpact.exposure.rater.rate.rater_backend`.
    max_tokens, timeout, temperature
        Of :class:`LocalWriter`; `timeout` is that of one reply of a server.

    Raises
    ------
    InputError
        If a server is given without the name of a model, or its address is none.
    ModelError
        If the model cannot be found.
    """
    settings = default_settings()
    if base_url is None:
        return LocalWriter(
            model or DEFAULT_LLM, max_tokens=max_tokens, timeout=timeout, temperature=temperature,
            device=device, precision=precision, rows=settings["rows"],
        )  # fmt: skip
    if not model:
        raise InputError(f"--base-url {base_url} is given without a model: name it with --llm")
    settings = {**settings, "max_tokens": max_tokens, "timeout": timeout}
    return ServerWriter(base_url, model, settings, temperature=temperature, key=os.environ.get(key_variable, "").strip())
