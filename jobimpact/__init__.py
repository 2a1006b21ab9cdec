"""jobimpact: what language models change in occupations, sectors and places.

Names are loaded when first used, so that ``import jobimpact`` stays fast.
"""

import importlib
from typing import Any

__version__ = "0.1.0"

_NAMES = {
    # A function for every command; each returns a frozen result with `.table` and `.notes`.
    "estimates.own_tables.user_table": ("aggregate",),
    "estimates.own_tables.cedefop": ("aggregate_countries",),
    "estimates.own_tables.csco": ("aggregate_csco",),
    "estimates.change.change": ("change",),
    "validation.compare.compare": ("compare",),
    "estimates.debias.debias": ("debias",),
    "estimates.debias.label_sample": ("draw_labels",),
    "exposure.explain.texts": ("explain",),
    "estimates.means.headlines": ("headlines",),
    "estimates.regression.regress": ("regress",),
    "validation.replicate": ("replicate",),
    "validation.robustness.robustness": ("robustness",),
    "run": ("report", "run", "run_study"),
    "exposure.methods": ("score",),
    "training.train": ("train",),
    # Studies and their tables.
    "study": ("Study", "read_study", "write_study"),
    "results": ("Result",),
    "tables": ("describe_table",),
    # Employment and scores carried between classifications.
    "estimates.crosswalks.shares": ("compose_crosswalks",),
    "estimates.crosswalks.carry": ("convert_employment", "convert_scores"),
    # Figures, as plotly draws them.
    "reporting.plots": ("plot_distribution", "plot_major_groups", "plot_sectors", "plot_states", "plot_wages"),
    "reporting.figures.robustness": ("plot_robustness",),
    # Readers of tasks, employment and labels.
    "sources.labels.eloundou": ("read_eloundou_labels",),
    "sources.jobs.employment": ("read_employment",),
    "sources.jobs.oews": ("read_oews",),
    "sources.jobs.panel": ("read_oews_panel", "compare_employment"),
    "sources.tasks.onet": ("read_onet_tasks",),
    "sources.tasks.starter": ("read_starter_tasks",),
    "sources.tasks.statements": ("read_user_tasks",),
    # The parts of the line.
    "exposure.encoder.sentence": ("SentenceEncoder",),
    "exposure.heads.rubric": ("RubricHeads",),
    "exposure.score": ("load_heads", "score_texts"),
    "training.heads": ("train_heads",),
    "estimates.means.occupations": ("aggregate_occupations", "mean_by_occupation"),
    "errors": ("JobImpactError", "JobImpactWarning"),
}
_HOMES = {name: f"jobimpact.{module}" for module, names in _NAMES.items() for name in names}
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
