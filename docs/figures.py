"""Measure every figure that README and docs quote, keep them in data/measured.json and fill the pages: `make figures`.

A quoted figure stands before a comment that names it and its format, such as ``0.26<!--starter.mean:.2f-->``. What needs
publishers' files is measured where ``--data`` points at a folder of them; without, the figures of last time stay.
"""

import argparse
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

import jobimpact
from jobimpact.exposure.encoder.sentence import cpu_has_bf16
from jobimpact.exposure.score import MULTILINGUAL
from jobimpact.training.occupation_errors import measure_shares

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = ROOT / "jobimpact" / "exposure" / "weights"
FIGURES = ROOT / "data" / "measured.json"
PAGES = (ROOT / "README.md", *sorted(Path(__file__).parent.glob("*.md")))
QUOTED = re.compile(r"(?P<text>[+-]?\d[\d.,]*(?: %)?)(?=<!--(?P<name>[\w.-]+):(?P<form>[^ >]+)-->)")
ESTIMATES = ("exposure_beta", "share_workers_10", "share_workers_50", "exposure_beta_wage_bill")
N_TEXTS = 2_500  # of the labelled ones, in which bf16 is set beside fp32: what a README can wait for


def printed(value: float, form: str) -> str:
    """Return a figure as a page prints it: per cent have a blank before their sign.

    >>> printed(0.2161, ".1%"), printed(1626, ",.0f")
    ('21.6 %', '1,626')
    """
    return f"{value:{form}}".replace("%", " %")


def filled(page: str, figures: dict[str, float]) -> str:
    """Return the text of a page with every quoted figure as it was measured."""
    return QUOTED.sub(lambda match: printed(figures[match["name"]], match["form"]), page)


def measure_study(study: jobimpact.Study, name: str) -> dict[str, float]:
    """Return the national estimates of a study, their intervals given the judge, and the mean by each judge."""
    nation = study.groups.query("group_type == 'all'").iloc[0]
    judges = study.judges()
    figures = {f"{name}.{column}{end}": nation[column + end] for column in ESTIMATES for end in ("", "_low", "_high")}
    figures |= {f"{name}.judge.{judge}": value for judge, value in judges.items()}
    return figures | {f"{name}.judges_low": judges.min(), f"{name}.judges_high": judges.max()}


def read_model_card(folder: str) -> dict[str, Any]:
    """Return a model card as `jobimpact train` wrote it."""
    card: dict[str, Any] = json.loads((WEIGHTS / folder / "model_card.json").read_text(encoding="utf-8"))
    return card


def read_card(folder: str, name: str) -> dict[str, float]:
    """Return the figures of a model card, which `jobimpact train` measured, by part of the split."""
    card = read_model_card(folder)
    cells = [(row["fold"], key, value) for row in card["figures"] for key, value in row.items() if key != "fold"]
    figures = {f"{name}.{part}.{key}": value for part, key, value in cells if value is not None}
    ceilings = [row["ceiling_r"] for row in card["ceiling"] if row["level"] == "task" and "other" not in row["method"]]
    figures |= {f"{name}.ceiling_low": min(ceilings), f"{name}.ceiling_high": max(ceilings)}
    return figures | {f"{name}.teacher_texts": card.get("tuning", {}).get("teacher_texts", 0)}


def measure_languages(english: jobimpact.Study) -> dict[str, float]:
    """Return how the starter set in Chinese correlates with its English twin, by the multilingual model and by two models."""
    texts = {language: jobimpact.read_starter_tasks(language=language)["task"] for language in ("en", "zh")}
    beta = {language: jobimpact.score(column, model=MULTILINGUAL).table["beta"] for language, column in texts.items()}
    two_models = beta["zh"].corr(english["tasks"]["beta"].reset_index(drop=True))
    return {"languages.one_model": beta["zh"].corr(beta["en"]), "languages.two_models": two_models}


def within(predictions: pd.DataFrame) -> float:
    """Return how often the label of a human rater lies in its prediction set."""
    return float(predictions["human"].between(predictions["beta_low"], predictions["beta_high"]).mean())


def measure_labels(labels: pd.DataFrame) -> dict[str, float]:
    """Return shares of held-out occupations above the cuts, and how far bf16 moves a score."""
    encoder = jobimpact.SentenceEncoder(adapter=None, precision="fp32")
    predictions = jobimpact.train_heads(labels, encoder).predictions
    grades = labels["gpt4_automation"].map({f"T{grade}": grade / 4 for grade in range(5)})
    by_occupation = pd.DataFrame({"grade": grades, "predicted": predictions["automation"]}).groupby(labels["onetsoc_code"]).mean()
    shares = measure_shares(predictions).set_index("cut")
    figures = {"automation.task_r": predictions["automation"].corr(grades)}
    figures["automation.occupation_r"] = by_occupation["predicted"].corr(by_occupation["grade"])
    figures |= {"folds.coverage": within(predictions)}
    figures |= {f"shares.{cut:.2f}.{column}": value for cut, row in shares.iterrows() for column, value in row.items()}
    if not cpu_has_bf16():
        return figures
    texts = labels["task"].drop_duplicates().sample(N_TEXTS, random_state=0)
    bf16, fp32 = (jobimpact.score(texts, precision=precision).table["beta"] for precision in ("bf16", "fp32"))
    return figures | {"bf16.texts": N_TEXTS, "bf16.largest": (bf16 - fp32).abs().max(), "bf16.mean": (bf16 - fp32).abs().mean()}


def main() -> None:
    """Measure, write data/measured.json and fill the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the publishers' files; without, the figures that need them stay")
    data = parser.parse_args().data
    figures = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.is_file() else {}
    starter = jobimpact.run("starter", precision="fp32", progress=True)
    figures |= measure_study(starter, "starter") | measure_languages(starter)
    figures |= read_card(".", "model") | read_card("multilingual", "multilingual")
    if data:
        onet = jobimpact.run(jobimpact.read_onet_tasks(data / "onet_db_30_1_excel"), precision="fp32", progress=True)
        figures |= measure_study(onet, "onet") | measure_labels(jobimpact.read_eloundou_labels(data / "openai_gpts_are_gpts"))
    rounded = {name: float(f"{value:.6g}") for name, value in sorted(figures.items())}
    FIGURES.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")
    for page in PAGES:
        page.write_text(filled(page.read_text(encoding="utf-8"), rounded), encoding="utf-8")


if __name__ == "__main__":
    main()
