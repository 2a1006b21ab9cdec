"""A document's tables as CSV or Stata files, with a codebook and a page that says how to read them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import pandas as pd

from jobimpact.files import written_whole
from jobimpact.reporting.compose.document import Document
from jobimpact.reporting.formats.archive import file_stems, write_folder, write_zip
from jobimpact.reporting.formats.codebook import export_words, make_codebook, read_exports
from jobimpact.reporting.formats.escaping import escape_table, markdown_line, markdown_table
from jobimpact.reporting.formats.stata import stata_bytes, stata_label, stata_names
from jobimpact.study import INTERVAL_TABLES, with_intervals
from jobimpact.tables import read_dictionary

README, DICTIONARY = "README.md", "dictionary"
_CLAIMS = "claims"


def write_csv(document: Document, path: Path) -> Path:
    """Write every table of a document, whole and unrounded, as a CSV file, with a codebook and a README.

    `path` is a folder or a name that ends in .zip; where it ends in .csv, that file holds the first table
    that the report is about, and the others stand beside it under its name and theirs.
    """
    return _write(csv_files, document, path, ".csv")


def write_dta(document: Document, path: Path) -> Path:
    """Write every table of a document as :func:`write_csv` does, for Stata 14 or later."""
    return _write(dta_files, document, path, ".dta")


def csv_files(document: Document, single: Path | None = None) -> dict[str, bytes]:
    """Return the CSV files of a document by name: one per table, ``dictionary.csv`` and ``README.md``.

    With a `single` path, names are those of files that stand beside it.
    """
    codebook = make_codebook(document_tables(document))
    return _table_files(document, ".csv", single, codebook, lambda table, _name: csv_text(table))


def dta_files(document: Document, single: Path | None = None) -> dict[str, bytes]:
    """Return the Stata files of a document by name: one per table, ``dictionary.dta``, ``dictionary.csv`` and ``README.md``.

    The codebook has for every column the name of its variable and its label, beside the whole description. With a `single`
    path, names are those of files that stand beside it.
    """
    tables, words = document_tables(document), export_words(document.language)
    variables = {name: stata_names(map(str, table.columns)) for name, table in tables.items()}
    codebook = make_codebook(tables)
    pairs = zip(codebook["table"], codebook["column"], strict=True)
    codebook.insert(2, "variable", [variables[table][column] for table, column in pairs])
    codebook.insert(3, "label", codebook["description"].map(stata_label))
    meanings = {name: words["codebook_columns"][name] for name in ("file", *map(str, codebook.columns))}

    def content(table: pd.DataFrame, name: str) -> bytes:
        # The data dictionary does not say what its own columns mean.
        texts = {"title": words["dictionary"], "meanings": meanings} if name == DICTIONARY else {}
        return stata_bytes(table, name, **texts)

    return _table_files(document, ".dta", single, codebook, content)


def _table_files(
    document: Document,
    ending: str,
    single: Path | None,
    codebook: pd.DataFrame,
    content: Callable[[pd.DataFrame, str], bytes],
) -> dict[str, bytes]:
    """Return the files of all tables, of the codebook, which is CSV in any case, and the page that says how to read them."""
    names = _file_names(document, ending, single)
    codebook = codebook.assign(file=codebook["table"].map(names))[["file", *codebook.columns]]
    files = {names[name]: content(table, name) for name, table in document_tables(document).items()}
    files[_beside(f"{DICTIONARY}.csv", ending, single)] = csv_text(codebook)
    files[_beside(f"{DICTIONARY}{ending}", ending, single)] = content(codebook, DICTIONARY)
    files[_beside(README, ending, single)] = _readme(document, names, ending, single).encode()
    return files


def _file_names(document: Document, ending: str, single: Path | None) -> dict[str, str]:
    """Return the file of each table; a single path has the table that a report of this type is about."""
    tables = document_tables(document)
    stems = file_stems(tables, reserved=[DICTIONARY])
    if single is None:
        return {name: f"{stem}{ending}" for name, stem in stems.items()}
    preferred = read_exports()["main_table"].get(document.report_type, "occupations")
    main = preferred if preferred in tables else next(iter(tables))
    return {name: single.name if name == main else f"{single.stem}-{stem}{ending}" for name, stem in stems.items()}


def _beside(name: str, ending: str, single: Path | None) -> str:
    # CSV and Stata files of one report may stand in one folder, each with its own codebook.
    return name if single is None else f"{single.stem}-{ending.removeprefix('.')}-{name}"


def document_tables(document: Document) -> dict[str, pd.DataFrame]:
    """Return the tables of a document by name, estimates with their intervals, ``claims`` those that it prints or rests on."""
    tables = {
        name: with_intervals(document.tables, name) if name in INTERVAL_TABLES else table
        for name, table in document.tables.items()
    }
    return {**tables, _CLAIMS: document.claims}


def csv_text(table: pd.DataFrame) -> bytes:
    """Return `table` as a CSV file that every program reads alike.

    UTF-8 without a byte-order mark, lines ended by LF, numbers unrounded, missing cells empty; texts and
    names that a spreadsheet would take for a formula have an apostrophe in front.

    Examples
    --------
    >>> import pandas as pd
    >>> print(csv_text(pd.DataFrame({"area": ["01"], "title": ["=1+1"], "exposure_beta": [0.1 + 0.2]})).decode(), end="")
    area,title,exposure_beta
    01,'=1+1,0.30000000000000004
    """
    escaped = escape_table(table)
    # A lone carriage return ends a row for many readers, and the writer does not quote it by itself.
    texts = [*escaped.columns, *escaped.select_dtypes(exclude=["number", "bool"]).to_numpy(object).ravel()]
    returns = any("\r" in text for text in texts if isinstance(text, str))
    quoting: Literal[0, 2] = 2 if returns else 0  # csv.QUOTE_NONNUMERIC and QUOTE_MINIMAL, as pandas' annotations want them
    return str(escaped.to_csv(index=False, lineterminator="\n", quoting=quoting)).encode()


def _write(make: Callable[..., dict[str, bytes]], document: Document, path: Path, ending: str) -> Path:
    if path.suffix.lower() == ".zip":
        return write_zip(make(document), path)
    if path.suffix.lower() != ending:
        return write_folder(make(document), path, mark=f"{DICTIONARY}.csv")
    files = make(document, path)
    for name in sorted(files, key=lambda name: name == path.name):
        with written_whole(path.with_name(name)) as temporary:
            temporary.write_bytes(files[name])
    return path


def _readme(document: Document, names: Mapping[str, str], ending: str, single: Path | None) -> str:
    words = export_words(document.language)
    described = read_dictionary()["tables"]
    rows = [
        (names[name], f"{len(table):,}", str(len(table.columns)), described.get(name, {}).get("description", name))
        for name, table in document_tables(document).items()
    ]
    sources = [(source.use, source.title, source.release, source.licence) for source in document.sources]
    titles = words["source_columns"]
    notes = [
        note.replace(f"{DICTIONARY}.", _beside(f"{DICTIONARY}.", ending, single))
        for note in words[f"{ending.removeprefix('.')}_notes"]
    ]
    parts = [
        f"# {markdown_line(document.title)}",
        *(markdown_line(text) for text in (document.subtitle, document.kicker) if text),
        f"## {words['files']}",
        markdown_table(words["file_columns"], rows),
        "\n".join(f"- {note}" for note in notes),
        f"## {words['sources']}",
        markdown_table([titles[1], titles[2], words["release"], words["licence"]], sources),
        words["licence_text"],
    ]
    return "\n\n".join(parts) + "\n"
