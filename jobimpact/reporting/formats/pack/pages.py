"""The pages of a replication pack that people read: README.md, LICENCES.md, requirements.txt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobimpact.reporting.formats.codebook import export_words
from jobimpact.reporting.formats.datafiles import markdown_line, markdown_table
from jobimpact.reporting.formats.pack.pack import OTHER, WORDING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobimpact.reporting.compose.document import Document
    from jobimpact.reporting.formats.pack.pack import LeftOut


def readme_page(document: Document, left_out: Sequence[LeftOut], files: Sequence[str]) -> str:
    """Return README.md: what the pack is, how to use it, what is in it and what is not."""
    words = export_words(document.language)["pack"]
    inputs = list(document.manifest.get("inputs", {}).items())
    before = document.request.other if document.request else None
    inputs += [(f"{OTHER}: {name}", entry) for name, entry in (before.manifest if before else {}).get("inputs", {}).items()]
    commands = "    python -m pip install -r requirements.txt\n    python rebuild.py"
    parts = [
        f"# {words['title'].format(title=markdown_line(document.title))}",
        *(markdown_line(text) for text in (document.subtitle, document.kicker) if text),
        words["what"],
        f"## {words['use']}",
        commands,
        "\n".join(f"{place}. {step}" for place, step in enumerate(words["steps"], start=1)),
        f"## {words['files']}",
        markdown_table(words["file_columns"], [(name, _meaning(name, words)) for name in files]),
        f"## {words['left_out']}",
        left_out_text(left_out, words),
        *([words["written"].format(file=WORDING)] if WORDING in files else []),
        *words["limits"],
        f"## {words['inputs']}",
        markdown_table(words["input_columns"], [_input(name, entry) for name, entry in inputs]),
        words["from_texts"],
    ]
    return "\n\n".join(parts) + "\n"


def licence_page(document: Document, left_out: Sequence[LeftOut]) -> str:
    """Return LICENCES.md: every source with its licence and how to cite it."""
    words = export_words(document.language)["pack"]
    parts = [f"# {words['licences']}", words["licence_note"]]
    for source in document.sources:
        rows = zip(
            words["source_fields"], (source.use, source.publisher, source.release, source.licence, source.citation), strict=True
        )
        lines = [f"- {field}: {markdown_line(text) or words['not_stated']}" for field, text in rows]
        lines += [f"- {markdown_line(source.url)}"] if source.url else []
        parts += [f"## {markdown_line(source.title)}", "\n".join(lines)]
    return "\n\n".join([*parts, f"## {words['left_out']}", left_out_text(left_out, words)]) + "\n"


def left_out_text(left_out: Sequence[LeftOut], words: Mapping[str, Any]) -> str:
    """Return what is said of the texts that the pack does not hold."""
    if not left_out:
        return str(words["nothing_left_out"])
    return "\n".join(
        "- "
        + words["texts_left_out"].format(
            table=texts.table,
            column=texts.column,
            cells=f"{texts.cells:,}",
            source=markdown_line(texts.source),
            licence=markdown_line(texts.licence) or words["not_stated"],
        )
        for texts in left_out
    )


def requirements(versions: Mapping[str, str]) -> str:
    """Return requirements.txt; of a version with a local part, such as 2.13.0+cpu, only the public part is asked for.

    Examples
    --------
    >>> print(requirements({"pandas": "3.1.1", "torch": "2.13.0+cpu"}), end="")
    pandas==3.1.1
    torch==2.13.0
    """
    return "".join(f"{name}=={version.partition('+')[0]}\n" for name, version in versions.items())


def _meaning(name: str, words: Mapping[str, Any]) -> str:
    meanings: Mapping[str, str] = words["meanings"]
    found = [start for start in meanings if name == start or (start.endswith("/") and name.startswith(start))]
    return meanings[max(found, key=len)] if found else ""


def _input(name: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    fields = [str(entry.get(field, "")) for field in ("title", "release", "licence", "sha256")]
    return (name, fields[0] or str(entry.get("name", "")), *fields[1:])
