"""What the views read: the study, and the employment tables beside it. The only place with caching."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import streamlit as st

from jobimpact.errors import StudyError
from jobimpact.estimates.means.cells import check_release
from jobimpact.exposure.explain import reasons
from jobimpact.exposure.explain.nearest import STARTER, ReferenceName, find_reference
from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import Request
from jobimpact.reporting.formats.write import WRITERS, write_report
from jobimpact.reporting.words.wording import illustration
from jobimpact.screen.search import occupation_names
from jobimpact.screen.serve import STUDY_VARIABLE
from jobimpact.sources.jobs.employment import EmploymentLevel, read_employment
from jobimpact.study import Study, last_study, read_study

if TYPE_CHECKING:
    import pandas as pd

    from jobimpact.exposure.explain.reasons import Explainer, Explanation
    from jobimpact.reporting.compose.document import ReportType
    from jobimpact.sources.tasks.starter import Language


def load_study() -> Study:
    """Return the study that the environment names, else the last one."""
    folder = os.environ.get(STUDY_VARIABLE)
    path = Path(folder) if folder else last_study()
    return _study(path, _written(path))


def load_illustration() -> str:
    """Return that the study illustrates; empty for one of real tasks, and without a study, as a task can be scored without."""
    try:
        return illustration(load_study().manifest)
    except StudyError:
        return ""


def _written(path: Path) -> int:
    """Return when a file of the study was last written, so that another one, or an altered table, is read again."""
    return max((file.stat().st_mtime_ns for file in path.glob("*")), default=0)


@st.cache_resource(show_spinner=False, max_entries=2)
def _study(path: Path, written: int) -> Study:  # noqa: ARG001 - part of the cache's key
    return read_study(path)


def load_employment(level: EmploymentLevel) -> pd.DataFrame:
    """Return an employment table, which must be of the release that the study was made with."""
    release = str(load_study().manifest.get("inputs", {}).get("employment", {}).get("release", ""))
    return check_release(_employment(level), release)


@st.cache_resource(show_spinner=False)
def _employment(level: EmploymentLevel) -> pd.DataFrame:
    return read_employment(level)


def load_names() -> pd.DataFrame:
    """Return the names under which the occupations of the study can be looked for."""
    study = load_study()
    path = study.path or Path()
    return _names(path, _written(path))


@st.cache_resource(show_spinner=False, max_entries=2)
def _names(path: Path, written: int) -> pd.DataFrame:
    study = _study(path, written)
    return occupation_names(study["occupations"], study["tasks"])


def load_explanation(text: str, language: Language) -> Explanation:
    """Return the score of a text that a reader typed, and its reasons.

    English is scored by the default model; its nearest tasks are labelled ones where the user added the labels. Chinese is
    scored by the multilingual model, among the starter tasks.
    """
    return _explanation(text, language, find_reference() if language == "en" else STARTER)


@st.cache_resource(show_spinner=False, max_entries=64)
def _explanation(text: str, language: Language, reference: ReferenceName) -> Explanation:
    return reasons.explain([text], _explainer(language, reference))


@st.cache_resource(show_spinner=False, max_entries=2)
def _explainer(language: Language, reference: ReferenceName) -> Explainer:
    return reasons.load_explainer(reference=reference, language=language)


def load_report(report_type: ReportType, key: str, language: str, format: str) -> bytes:  # noqa: A002 - as in --format
    """Return a report of the study as the bytes of its file, see :func:`jobimpact.reporting.formats.write.write_report`."""
    path = load_study().path or Path()
    return _report(path, _written(path), (report_type, language, key), format)


@st.cache_resource(show_spinner=False, max_entries=8)
def _report(path: Path, written: int, asked: tuple[ReportType, str, str], format: str) -> bytes:  # noqa: A002
    document = compose(Request(_study(path, written), *asked))
    # The writers make files; the page needs bytes.
    with TemporaryDirectory() as folder:
        return write_report(document, Path(folder) / f"report{WRITERS[format].suffix}", format).read_bytes()
