"""Every command and every option runs once from end to end, with real models on small inputs; none may be left out."""

# ruff: noqa: E501 - a run is one line, as a user types it

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from jobimpact.cli.app import app
from jobimpact.errors import JobImpactWarning
from jobimpact.paths import packaged

ROOT = Path(__file__).resolve().parents[2]
# What a run says in place of a path: bench has the inputs below, tmp is the test's own folder.
ENCODER = "--model all-MiniLM-L6-v2 --device cpu --precision fp32"
# The studies that all other runs share: together they have every option of `run`.
STUDIES = [
    "run --tasks {bench}/tasks.csv --text-column what --no-cache --out {bench}/before",
    (
        "run --tasks {bench}/tasks.csv --text-column what --encoding utf-8 --weights core --rater gpt4 --heads {weights} --cache "
        f"--language en {ENCODER} --out {{bench}}/study"
    ),
]
RUNS = [
    "headlines {bench}/study --alternatives --out {tmp}/h.csv --json",
    "headlines",
    (
        "score {bench}/tasks.csv --method rubric --text-column what --encoding utf-8 --rater consensus --cache --heads {weights} "
        f"{ENCODER} --out {{tmp}}/s.csv"
    ),
    "score {bench}/tasks.csv --text-column what --no-cache --out {tmp}/s.jsonl",
    "score {bench}/book.xlsx --sheet Data --text-column what --out {tmp}/s.csv.gz",
    "run --tasks {bench}/book.xlsx --sheet Data --code occ --text-column what --out {tmp}/book",
    "aggregate {bench}/book.xlsx --sheet Data --study {bench}/study --code occ --weight jobs --json",
    "score {bench}/few.csv --text-column what --method capabilities --capabilities {data}/capabilities.toml --out {tmp}/s.parquet",
    (
        "score {bench}/few.csv --text-column what --method rater --llm any --base-url {server} --prompts {data}/rater.toml "
        "--answers {tmp}/answers.sqlite --calibrate --out {tmp}/s.xlsx"
    ),
    "report {bench}/study --type overview --format html --format csv --format bib --language zh --out {tmp}/briefing",
    "report {bench}/study --format tex --format dta --format xlsx --brand {bench}/brand --out {tmp}/briefing",
    "report {bench}/study --format docx --format pdf --format figures --format pack --out {tmp}/briefing",
    "report {bench}/study --naics 51 --out {tmp}/sector.html",
    "report {bench}/study --type brief --format pdf --out {tmp}/brief.pdf",
    "report {bench}/study --soc 15-1252 --out {tmp}/occupation.html",
    "report {bench}/study --state CA --out {tmp}/state.html",
    "report {bench}/study --other {bench}/before --estimate mean:beta --out {tmp}/change.html",
    "report {bench}/study --type methods --replications {bench}/replications.parquet --out {tmp}/methods.html",
    "report {bench}/study --naics 51 --writer any --draft any --base-url {server} --out {tmp}/written.html",
    (
        "aggregate {bench}/own.csv --study {bench}/study --code occ --weight jobs --by region --classification soc-2018 --wage pay "
        "--totals keep --encoding utf-8 --weight-se se --unmatched {tmp}/u.csv --out {tmp}/own.csv"
    ),
    "aggregate {bench}/own.csv --study {bench}/study --code occ --weight jobs --strata st --psu cl --fraction part --json",
    "aggregate {bench}/own.csv --study {bench}/study --code occ --weight jobs --replicates rep* --method fay --fay 0.5",
    "aggregate {bench}/isco.csv --classification isco-08 --persons --within us-jobs --level 0.9",
    "aggregate cedefop --study {bench}/study --data {publisher}/cedefop_forecast --country Germany --year 2024",
    "compare {bench}/study --measure alpha --n 2 --out {tmp}/pairs.csv --json",
    "compare {bench}/study --data {bench}",
    "replicate felten-lm --data {bench} --json",
    "replicate --all --out {tmp}/r.csv",
    (
        "robustness {bench}/study --query 'occupation 15-1252 in top 25' --scores {bench}/scores.csv --raters none --indices microsoft "
        "--credence rater=gpt4:2 --data {bench} --out {tmp}/universes.csv --figure {tmp}/curve.html --json"
    ),
    "robustness {bench}/study --query 'sign wage gradient' --raters human,gpt4 --indices none --heads {weights} --device cpu",
    "change {bench}/before {bench}/study --estimate mean:beta --estimate-b mean:gamma --json",
    (
        "change {bench}/before {bench}/study --employment-a {publisher}/bls_oews/national_M2021_dl.xlsx "
        "--employment-b {publisher}/bls_oews/national_M2021_dl.xlsx"
    ),
    "debias {bench}/study --draw 300 --strata soc_major --by-employment --seed 1 --out {tmp}/sheet.csv --json",
    (
        "debias {bench}/study --labels {bench}/sheet.csv --measure alpha --gap 'occupations:15-1252 - 41-2011' --encoding utf-8 "
        "--out {tmp}/debiased.csv"
    ),
    "sources list --json",
    "sources list",
    "sources check --json",
    "sources check",
    "wordings propose --llm any --base-url {server} --language en --statement sector.level --out {tmp}/proposals.toml",
]
SLOW = [
    "run --tasks {bench}/chinese.csv --language zh --out {tmp}/study",
    "score {bench}/few.csv --text-column what --method rater --llm smollm2-135m-instruct --out {tmp}/s.csv",
    (
        "explain 'Draft replies to customers' --rater gpt4 --nearest 2 --reference starter --heads {weights} --language en --json "
        f"--cache {ENCODER}"
    ),
    "explain --file {bench}/few.csv --text-column what --encoding utf-8 --no-cache --out {tmp}/reasons.csv",
    "explain 请撰写报告 --language zh",
    "report {bench}/study --naics 51 --writer smollm2-135m-instruct --out {tmp}/written.html",
    "aggregate csco --study {bench}/study --data {publisher}",
    (
        "train --labels {labels} --frozen --seed 2 --usage {publisher}/anthropic_economic_index --relabels "
        "{publisher}/task_exposure_parshall --demographics {cps} --model all-MiniLM-L6-v2 --device cpu --precision fp32 "
        "--out {tmp}/heads"
    ),
    (
        "train --labels {labels} --members 1 --epochs 1 --no-refit --teacher all-MiniLM-L6-v2 --unlabelled {bench}/texts.csv "
        "--out {tmp}/heads"
    ),
    "train --labels {labels} --members 1 --epochs 1 --refit --lessons {bench}/lessons.npz --out {tmp}/heads",
]
# Commands that need a publisher's server or files, or do not end by themselves: the test that runs each.
ELSEWHERE = {
    "sources add": "tests/sources/test_doors.py",
    "sources pull": "tests/sources/test_doors.py",
    "sources derive": "tests/sources/test_doors.py",
    "data rebuild": "tests/sources/test_doors.py",
    "dashboard": "tests/cli/test_doors.py",
}


TOKENS = ("A", "B", "C", "D", "E", "1", "2", "3", "4", "5", "E0", "E1", "E2", "T0", "T1", "T2", "T3", "T4")


class Server(BaseHTTPRequestHandler):
    """A model behind an OpenAI-compatible address that gives the first answer, with equal probabilities of all answers."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        # The last line of a prompt says which answers there are.
        request = body["messages"][-1]["content"].splitlines()[-1]
        reply = next((token for token in TOKENS if re.search(rf"(?<![A-Za-z\d]){token}(?![A-Za-z\d])", request)), "A")
        others = [{"token": token, "logprob": -3.0} for token in TOKENS]
        tokens = {"content": [{"token": reply, "logprob": -3.0, "top_logprobs": others}]}
        choice = {"message": {"role": "assistant", "content": reply}, "logprobs": tokens}
        data = json.dumps({"choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def home(starter_home, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = shutil.copytree(starter_home, tmp_path_factory.mktemp("home") / "data")
        patch.setenv("JOBIMPACT_DATA", str(folder))
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield folder


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/v1"
        running.shutdown()


def invoke(*words):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", JobImpactWarning)
        result = CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def bench(home, tmp_path_factory):
    """Small inputs: tasks of some occupations, two studies of them, a table of one's own, labels, further scores, a brand."""
    folder = tmp_path_factory.mktemp("bench")
    starter = pd.read_csv(packaged("data", "starter", "tasks.csv"), dtype=str)
    tasks = starter.groupby("soc_code").head(2)  # every occupation: conclusions need most of the jobs
    tasks = tasks.rename(columns={"task": "what"})
    tasks.to_csv(folder / "tasks.csv", index=False)
    tasks.head(3).assign(task="起草年度报告并提交董事会审议").to_csv(folder / "chinese.csv", index=False)
    tasks.head(6).to_csv(folder / "few.csv", index=False)
    tasks.head(6)[["what"]].rename(columns={"what": "task"}).to_csv(folder / "texts.csv", index=False)
    with pd.ExcelWriter(folder / "book.xlsx") as book:
        pd.DataFrame({"This file": ["was prepared for the ministry"]}).to_excel(book, sheet_name="Read me", index=False)
        tasks.rename(columns={"soc_code": "occ"}).assign(jobs=10).to_excel(book, sheet_name="Data", index=False)
    for words in STUDIES:
        invoke(*shlex.split(words.format(bench=folder, weights=packaged("exposure", "weights"))))
    own = pd.DataFrame({"occ": ["15-1252", "41-2011"] * 4, "jobs": 10.0, "region": ["n"] * 4 + ["s"] * 4, "pay": 3e4, "se": 1.0})
    own = own.assign(st=["a"] * 4 + ["b"] * 4, cl=[1, 1, 2, 2, 3, 3, 4, 4], part=0.1, rep1=range(8), rep2=range(8, 0, -1))
    own.to_csv(folder / "own.csv", index=False)
    pd.DataFrame({"code": ["2512", "5230"], "weight": [3, 4]}).to_csv(folder / "isco.csv", index=False)
    pd.DataFrame({"soc_code": ["15-1252", "41-2011"], "beta": [0.9, 0.1]}).to_csv(folder / "scores.csv", index=False)
    invoke("debias", folder / "study", "--draw", len(tasks), "--out", folder / "sheet.csv")
    pd.read_csv(folder / "sheet.csv", dtype=str).assign(label="E1").to_csv(folder / "sheet.csv", index=False)
    invoke("replicate", "felten-lm", "--out", folder / "replications.parquet")
    (folder / "brand").mkdir()
    (folder / "brand" / "brand.toml").write_text('name = "Ministry of Work"\n')
    return folder


@pytest.fixture
def paths(bench, server, tmp_path, request):
    """Where things are, by the names that runs use."""
    values = {"bench": bench, "server": server, "tmp": tmp_path, "data": packaged("data", "rater.toml").parent}
    values["weights"] = packaged("exposure", "weights")
    if "{publisher}" in request.node.name or "{labels}" in request.node.name:
        values["publisher"] = request.getfixturevalue("publisher_data")
        values["labels"] = tmp_path / "labels.tsv"
        labels = pd.read_csv(next(values["publisher"].rglob("full_labelset.tsv*")), sep="\t", dtype=str)
        # Two tasks of an occupation at least: what its tasks share is estimated from them.
        codes = labels["O*NET-SOC Code"].drop_duplicates().iloc[::4]
        labels = labels[labels["O*NET-SOC Code"].isin(codes)].groupby("O*NET-SOC Code").head(2)
        labels.to_csv(values["labels"], sep="\t", index=False)
        values["cps"] = tmp_path / "cps"
        values["cps"].mkdir()
        for name in ("cpsaat11.xlsx", "census_2018-occupation-code-list-and-crosswalk.xlsx"):
            (values["cps"] / name).symlink_to(next(values["publisher"].rglob(name)))
    return values


def run(words, paths):
    invoke(*shlex.split(words.format(**paths)))
    for name in re.findall(r"\{tmp\}(/[\w.]+)", words):
        assert (paths["tmp"] / name[1:]).exists(), name


@pytest.mark.parametrize("words", RUNS, ids=RUNS)
def test_run(words, paths):
    run(words, paths)


@pytest.mark.slow
@pytest.mark.parametrize("words", SLOW, ids=SLOW)
def test_slow_run(words, paths):
    lessons = paths["bench"] / "lessons.npz"
    if "{bench}/lessons.npz" in words and not lessons.exists():
        test_slow_run(SLOW[-2], paths)
    run(words, paths)
    if "--teacher" in words:
        (paths["tmp"] / "heads" / "lessons.npz").rename(lessons)


@pytest.mark.slow
def test_dashboard_starts_without_a_browser_and_stops(bench):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from jobimpact.cli.app import main; main()"]
    words = ["dashboard", str(bench / "study"), "--port", str(port), "--headless"]
    with subprocess.Popen([*command, *words], env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        else:
            pytest.fail("the dashboard does not listen")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def commands(group, path=()):
    """Yield the words of every command with its options."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            options = [option for param in command.params for option in (*param.opts, *param.secondary_opts)]
            yield " ".join((*path, name)), {option for option in options if option.startswith("--")}


def test_no_command_and_no_option_is_left_out():
    for name, options in commands(get_command(app)):
        runs = [shlex.split(words) for words in (*STUDIES, *RUNS, *SLOW) if words == name or words.startswith(f"{name} ")]
        if name in ELSEWHERE:
            text = (ROOT / ELSEWHERE[name]).read_text(encoding="utf-8")
            assert ", ".join(f'"{word}"' for word in name.split()) in text, name
            left_out = {option for option in options if f'"{option}"' not in text}
        else:
            assert runs, f"no run of `jobimpact {name}`"
            left_out = options - {word for words in runs for word in words}
        assert not left_out, f"no run of `jobimpact {name}` with {', '.join(sorted(left_out))}"


def readme():
    """What the README tells a user to type, without its comments."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = [line.partition("#")[0] for line in text.splitlines() if line.startswith("    jobimpact ")]
    return [part.strip().removeprefix("jobimpact ") for line in lines for part in line.split("&&")]


# These need the network, a publisher's file or the whole starter set; lists above run the same with less.
TOO_LARGE = ("sources ", "train", "run ", "score isco")
README = [words for words in readme() if not words.startswith(TOO_LARGE)]


def test_every_command_of_the_readme_is_one():
    options_of = dict(commands(get_command(app)))
    assert len(readme()) > 20
    for words in readme():
        name = next(name for name in options_of if words.startswith(name))
        options = {word for word in words.replace("[", " ").split() if word.startswith("--")}
        assert options <= options_of[name], words


@pytest.mark.slow
@pytest.mark.parametrize("words", README, ids=README)
def test_readme(words, bench, server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pd.read_csv(bench / "tasks.csv").rename(columns={"what": "task"}).head(9).to_csv("tasks.csv", index=False)
    (tmp_path / "own.csv").write_bytes((bench / "own.csv").read_bytes())
    (tmp_path / "mine.toml").write_bytes(packaged("data", "capabilities.toml").read_bytes())
    values = {"STUDY": bench / "study", "STUDY_A": bench / "before", "STUDY_B": bench / "study", "OLDER": bench / "before"}
    values |= {"MODEL": "any", "[--base-url": "--base-url", "http://localhost:8000/v1]": server}
    invoke(*(values.get(word, word) for word in shlex.split(words)))
