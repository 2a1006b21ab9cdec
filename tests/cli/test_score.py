"""`jobimpact score` through its command line: what it imports, and a language model as rater."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest
from support.raters import chat, fake_server, no_proxy  # noqa: F401 - fixtures
from typer.testing import CliRunner

from jobimpact.cli.app import app
from jobimpact.exposure.rater.prompts import read_prompts

TASKS = ["Draft replies to customers", "Lay bricks in a straight course"]
TITLES = ["Clerks", "Bricklayers"]
IMPORTED = """
import json, sys
from jobimpact.cli.app import main
try:
    main()
finally:
    print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


@pytest.fixture
def tasks(tmp_path):
    path = tmp_path / "tasks.csv"
    pd.DataFrame({"task": TASKS, "title": TITLES}).to_csv(path, index=False)
    return path


def score(path, *words):
    out = path.with_name("scored.csv")
    result = CliRunner().invoke(app, ["score", str(path), "--out", str(out), *map(str, words)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return pd.read_csv(out)


def test_cached_texts_are_scored_without_torch_and_scikit_learn(tasks, data_home):
    options = ("--device", "cpu", "--precision", "fp32")
    first = score(tasks, *options)
    words = [sys.executable, "-c", IMPORTED, "score", str(tasks), "--out", str(tasks.with_name("again.csv")), *options]
    again = subprocess.run(words, capture_output=True, text=True, check=True, env=os.environ | {"JOBIMPACT_DATA": str(data_home)})
    heavy = {"torch", "sklearn", "transformers", "sentence_transformers", "peft"}
    assert not heavy & set(json.loads(again.stdout.splitlines()[-1]))
    pd.testing.assert_frame_equal(pd.read_csv(tasks.with_name("again.csv")), first)


@pytest.mark.usefixtures("no_proxy")
def test_server_is_asked_once_and_its_answers_are_kept(tasks, data_home, fake_server, chat):  # noqa: F811 - fixtures
    jobs = [*zip(TASKS, TITLES, strict=True)]
    answers = {prompt.fill(*job): next(iter(prompt.answers.values())) for prompt in read_prompts().prompts for job in jobs}
    server = fake_server(lambda number, body, send: send(chat(answers[body["messages"][0]["content"]])))
    options = ("--method", "rater", "--base-url", server.url, "--llm", "m")
    scored = score(tasks, *options)
    assert scored["task"].tolist() == TASKS
    assert scored["beta"].notna().all()
    n_asked = len(server.bodies)
    assert n_asked == len(TASKS) * len(read_prompts().prompts)
    pd.testing.assert_frame_equal(score(tasks, *options), scored)
    assert len(server.bodies) == n_asked
    assert (data_home / "answers.sqlite").is_file()


@pytest.mark.slow
def test_small_model_on_this_machine_answers(tasks, data_home):
    scored = score(tasks, "--method", "rater", "--answers", tasks.with_name("kept.sqlite"), "--device", "cpu")
    assert scored[["p_e0", "p_e1", "p_e2"]].sum(axis=1).round(5).tolist() == [1, 1]
    assert scored["n_answers"].tolist() == [len(read_prompts().asking("exposure"))] * 2
    assert tasks.with_name("kept.sqlite").is_file()
