"""jobimpact: what language models change in occupations, sectors and places.

Names are loaded when first used, so that ``import jobimpact`` stays fast.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    # A function for every command; each returns a frozen result with `.table` and `.notes`.
    "aggregate": "jobimpact.estimates.own_tables.user_table",
    "aggregate_countries": "jobimpact.estimates.own_tables.cedefop",
    "aggregate_csco": "jobimpact.estimates.own_tables.csco",
    "change": "jobimpact.estimates.change.change",
    "compare": "jobimpact.validation.compare.compare",
    "debias": "jobimpact.estimates.debias.debias",
    "draw_labels": "jobimpact.estimates.debias.label_sample",
    "explain": "jobimpact.exposure.explain.texts",
    "headlines": "jobimpact.estimates.means.headlines",
    "regress": "jobimpact.estimates.regression.regress",
    "replicate": "jobimpact.validation.replicate",
    "report": "jobimpact.run",
    "robustness": "jobimpact.validation.robustness.robustness",
    "run": "jobimpact.run",
    "score": "jobimpact.exposure.methods",
    "train": "jobimpact.training.train",
    # Studies and their tables.
    "Study": "jobimpact.study",
    "Result": "jobimpact.results",
    "describe_table": "jobimpact.tables",
    "read_study": "jobimpact.study",
    "run_study": "jobimpact.run",
    "write_study": "jobimpact.study",
    # Employment and scores carried between classifications.
    "compose_crosswalks": "jobimpact.estimates.crosswalks.shares",
    "convert_employment": "jobimpact.estimates.crosswalks.carry",
    "convert_scores": "jobimpact.estimates.crosswalks.carry",
    # Figures, as plotly draws them.
    "plot_distribution": "jobimpact.reporting.plots",
    "plot_major_groups": "jobimpact.reporting.plots",
    "plot_robustness": "jobimpact.reporting.figures.robustness",
    "plot_sectors": "jobimpact.reporting.plots",
    "plot_states": "jobimpact.reporting.plots",
    "plot_wages": "jobimpact.reporting.plots",
    # Readers of tasks, employment and labels.
    "read_eloundou_labels": "jobimpact.sources.labels.eloundou",
    "read_employment": "jobimpact.sources.jobs.employment",
    "read_oews": "jobimpact.sources.jobs.oews",
    "read_oews_panel": "jobimpact.sources.jobs.panel",
    "compare_employment": "jobimpact.sources.jobs.panel",
    "read_onet_tasks": "jobimpact.sources.tasks.onet",
    "read_starter_tasks": "jobimpact.sources.tasks.starter",
    "read_user_tasks": "jobimpact.sources.tasks.statements",
    # The parts of the line.
    "SentenceEncoder": "jobimpact.exposure.encoder.sentence",
    "RubricHeads": "jobimpact.exposure.heads.rubric",
    "load_heads": "jobimpact.exposure.score",
    "score_texts": "jobimpact.exposure.score",
    "train_heads": "jobimpact.training.heads",
    "aggregate_occupations": "jobimpact.estimates.means.occupations",
    "mean_by_occupation": "jobimpact.estimates.means.occupations",
    "JobImpactError": "jobimpact.errors",
    "JobImpactWarning": "jobimpact.errors",
}
_MODULES = ("sources",)

__all__ = sorted([*_HOMES, *_MODULES, "__version__"])  # noqa: PLE0605 - ruff cannot see through sorted()


def __getattr__(name: str) -> Any:
    """Import the module that holds `name` and return it."""
    if name in _MODULES:
        return importlib.import_module(f"jobimpact.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'jobimpact' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return list(__all__)
