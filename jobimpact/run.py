"""The whole line: task text, exposure, occupations, sectors, places, groups, uncertainty, claims, report."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobimpact.exposure.heads.rubric import CONSENSUS, RATERS
from jobimpact.facts.codes import soc_major
from jobimpact.study import TABLES, Study, with_hashes, write_study
from jobimpact.tables import check_table, table_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from jobimpact.estimates.means.weights import TaskWeights
    from jobimpact.exposure.encoder.cached import CachedEncoder
    from jobimpact.exposure.heads.rubric import Rater, RubricHeads
    from jobimpact.exposure.score import Companions

REPORT = "report.html"
_PACKAGES = (
    "jobimpact",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "sentence-transformers",
    "torch",
    "transformers",
)


@dataclass
class Clock:
    """Seconds that each stage took."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block as the stage `name`."""
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)


def run_study(
    task_statements: pd.DataFrame,
    encoder: CachedEncoder,
    *,
    source: Mapping[str, Any],
    heads: RubricHeads | None = None,
    rater: Rater = "human",
    weights: TaskWeights = "core",
    companions: Companions | None = None,
) -> Study:
    """Score tasks and aggregate them to occupations, sectors, industries, places and groups, each with its uncertainty.

    Parameters
    ----------
    task_statements
        Table ``task_statements`` of the data dictionary.
    encoder
        Gives the vectors of the texts.
    source
        Where the tasks come from: ``name``, ``release``, ``licence``, ``citation``, ``sha256``.
    heads, rater, weights
        See :func:`jobimpact.exposure.score.score_texts` and :func:`jobimpact.estimates.means.weights.task_weights`.
    companions
        Of the heads; by default those of the package that belong to `encoder`.
    """
    from jobimpact.estimates.means.weights import task_weights
    from jobimpact.estimates.study_tables import aggregate_study, read_study_employment, study_ledger, study_notes
    from jobimpact.exposure.score import find_companions, load_heads, score_texts
    from jobimpact.reporting.compose.compose import compose
    from jobimpact.reporting.compose.document import Request

    clock = Clock()
    heads = heads or load_heads()
    companions = companions or find_companions(encoder)
    with clock.stage("score"):
        scores = score_texts(task_statements["task"], encoder, heads, rater=rater, companions=companions, all_raters=True)
    with clock.stage("aggregate"):
        employment = read_study_employment()
        tasks = task_statements.join(scores, validate="one_to_one").assign(
            soc_major=soc_major(task_statements["soc_code"]),
            task_weight=task_weights(task_statements, weights),
        )
        raters = _voices(tasks)
        tasks = tasks[table_columns("tasks")]
        components = companions.components if rater == "human" else None
        tables = {"tasks": tasks, **aggregate_study(tasks, employment, components)}
    with clock.stage("variance"):
        tables["variance_ledger"] = study_ledger(tables, employment, components=components, raters=raters)
    national = employment.national
    manifest = {
        "inputs": {"tasks": dict(source), "employment": _employment_source(national)},
        "parameters": {"rater": rater, "weights": weights},
        "model": {
            "encoder": encoder.files.name,
            "weights_sha256": encoder.files.base_hash,
            "adapter_sha256": encoder.files.adapter_hash,
            "encoder_sha256": encoder.weights_hash,
            "heads_sha256": heads_hash(heads),
            "precision": encoder.precision,
            "device": encoder.device,
            "texts_encoded": encoder.n_encoded,
        },
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
        "machine": {"python": platform.python_version(), "system": platform.system(), "processor": platform.machine()},
        "notes": study_notes(tables, employment),
        "seconds": clock.seconds,
    }
    with clock.stage("claims"):
        tables["claims"] = compose(Request(Study(tables, manifest))).claims
    return Study({name: check_table(name, tables[name]) for name in TABLES}, manifest)


def write_run(study: Study, out: Path) -> Study:
    """Write a study with its report, the national overview in English as ``report.html``.

    Raises
    ------
    StudyError
        If `out` is no study folder and not empty, or cannot be written.
    """
    from jobimpact.reporting.compose.compose import compose
    from jobimpact.reporting.compose.document import Request
    from jobimpact.reporting.formats.html import render_html

    # The report prints the hashes of the tables, so they have to be known before it is made.
    page = render_html(compose(Request(with_hashes(study))))
    return write_study(study, out, files={REPORT: page.encode()})


def _voices(scored: pd.DataFrame) -> pd.DataFrame | None:
    """Return beta by each rater that could have been asked; None for heads of one rater. The consensus is none of them."""
    columns = [f"beta_{rater}" for rater in RATERS if rater != CONSENSUS and f"beta_{rater}" in scored]
    return scored[columns].rename(columns=lambda name: name.removeprefix("beta_")) if len(columns) > 1 else None


def heads_hash(heads: RubricHeads) -> str:
    """Return the SHA-256 over the arrays of the heads."""
    digest = hashlib.sha256()
    for member in heads.members_:
        for name in sorted(member):
            digest.update(name.encode() + member[name].astype("<f2").tobytes())
    return digest.hexdigest()


def _employment_source(national: pd.DataFrame) -> dict[str, Any]:
    return {
        "name": "OEWS",
        "release": str(national["release"].iloc[0]),
        "publisher": "U.S. Bureau of Labor Statistics",
        "licence": "US public domain",
        "total_employment": float(national.loc[national["o_group"] == "total", "tot_emp"].iloc[0]),
    }
