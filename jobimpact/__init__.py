"""jobimpact: what language models change in occupations, sectors and places.

Names are loaded when first used, so that ``import jobimpact`` stays fast.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "JobImpactError": "jobimpact.errors",
    "SentenceEncoder": "jobimpact.exposure.encoder.sentence",
    "RubricHeads": "jobimpact.exposure.heads.rubric",
    "load_heads": "jobimpact.exposure.score",
    "score_texts": "jobimpact.exposure.score",
    "train_heads": "jobimpact.training.heads",
    "aggregate_occupations": "jobimpact.estimates.means.occupations",
    "headlines": "jobimpact.estimates.means.headline",
    "mean_by_occupation": "jobimpact.estimates.means.occupations",
    "read_eloundou_labels": "jobimpact.sources.labels.eloundou",
    "read_employment": "jobimpact.sources.jobs.employment",
    "compare_employment": "jobimpact.sources.jobs.panel",
    "read_oews": "jobimpact.sources.jobs.oews",
    "read_oews_panel": "jobimpact.sources.jobs.panel",
    "read_onet_tasks": "jobimpact.sources.tasks.onet",
    "read_starter_tasks": "jobimpact.sources.tasks.starter",
    "read_study": "jobimpact.study",
    "read_user_tasks": "jobimpact.sources.tasks.statements",
    "run_study": "jobimpact.run",
    "write_study": "jobimpact.study",
    "describe_table": "jobimpact.tables",
}

__all__ = sorted([*_HOMES, "__version__"])  # noqa: PLE0605 - ruff cannot see through sorted()


def __getattr__(name: str) -> Any:
    """Import the module that holds `name` and return it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'jobimpact' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return list(__all__)
