"""How a report is called: its file, and the command that writes it."""

import shlex
from pathlib import Path

from jobimpact.reporting.formats.write import WRITERS

# Option of `jobimpact report` that names the row which a type of report is about.
KEY_OPTIONS = {"sector": "--naics", "occupation": "--soc", "state": "--state"}


def report_name(study: str, report_type: str, key: str, language: str, format: str) -> str:  # noqa: A002 - as in --format
    """Return the name of a report's file: study, type, key, language, as far as they need saying.

    Archives bear their format too, as several formats are archives.

    Examples
    --------
    >>> report_name("study", "sector", "44-45", "zh", "csv")
    'study-sector-44-45-zh-csv.zip'
    >>> report_name("study", "overview", "", "en", "pdf")
    'study.pdf'
    """
    suffix = WRITERS[format].suffix
    kind = "" if report_type == "overview" else report_type
    ending = ["" if language == "en" else language, format if suffix == ".zip" else ""]
    return "-".join(filter(None, [study, kind, key.replace("/", "-"), *ending])) + suffix


def report_command(study: str, report_type: str, key: str, language: str, format: str) -> str:  # noqa: A002 - as in --format
    """Return the command line that writes a report of the study in this folder.

    Examples
    --------
    >>> report_command("reports/study", "state", "CA", "en", "pdf")
    'jobimpact report reports/study --state CA --format pdf --language en'
    """
    about = [KEY_OPTIONS[report_type], key] if report_type in KEY_OPTIONS else ["--type", report_type]
    return shlex.join(["jobimpact", "report", study, *about, "--format", format, "--language", language])


def shown_folder(folder: Path) -> str:
    """Return how a command names a folder: from the working folder where it lies below that, else in full."""
    path, working = folder.resolve(), Path.cwd()
    return str(path.relative_to(working)) if path.is_relative_to(working) else str(path)
