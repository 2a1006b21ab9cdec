"""A study to a document: what each type of report says, shows and rests on, before it has a format."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from jobimpact.errors import InputError
from jobimpact.reporting.claims.claims import claims_table
from jobimpact.reporting.compose.document import REPORT_TYPES, Document, Paragraph, SourceNote, stated_claims
from jobimpact.reporting.compose.sources import source_rows, table_source_rows
from jobimpact.reporting.words.narrative import Sentence
from jobimpact.reporting.words.wording import LANGUAGES, illustration, report_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    import pandas as pd

    from jobimpact.reporting.compose.document import Request, Section
    from jobimpact.reporting.compose.parts import Parts

Composed = tuple["Parts", str, tuple["Section", ...]]


def compose(request: Request, *, replications: pd.DataFrame | None = None) -> Document:
    """Return the report that is asked for; the same study and request give the same document.

    What the study does not hold, as one of an earlier version, is left out; nothing is guessed. The methods
    annex prints `replications` of published figures, where given. An unknown type, language or key, or a
    comparison without another study, is an InputError.
    """
    if request.report_type not in REPORT_TYPES:
        raise InputError(f"report type {request.report_type!r}: expected one of {', '.join(REPORT_TYPES)}")
    if request.language not in LANGUAGES:
        raise InputError(f"language {request.language!r}: expected one of {', '.join(LANGUAGES)}")
    parts, name, sections = _composer(request.report_type, replications)(request)
    sections = _with_illustration(request, sections)
    words, placeholders = report_words(request.language), {"name": name, **parts.placeholders}
    claims = claims_table(stated_claims(sections))
    return Document(
        report_type=request.report_type,
        language=request.language,
        title=words["titles"][request.report_type].format_map(placeholders),
        subtitle=words["subtitles"].get(request.report_type, words["subtitles"]["data"]).format_map(placeholders),
        kicker=words["kickers"][request.report_type].format_map(placeholders),
        sections=tuple(section for section in sections if section.blocks),
        # The one page of a brief has no room for their list; its figure names them.
        sources=() if request.report_type == "brief" else tuple(_sources(request, words)),
        claims=claims,
        tables={**parts.facts.tables, "claims": claims},
        manifest=request.study.manifest,
        labels=words["labels"],
        request=request,
    )


def _with_illustration(request: Request, sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """Return the sections; where a study illustrates, the first begins with that."""
    studies = [request.study, *([request.other] if request.other else [])]
    texts = dict.fromkeys(filter(None, (illustration(study.manifest, request.language) for study in studies)))
    notes = tuple(Paragraph((Sentence("note", "illustration", (text,), ()),), "note") for text in texts)
    first, *rest = sections
    return (replace(first, blocks=(*notes, *first.blocks)), *rest)


def _composer(report_type: str, replications: pd.DataFrame | None) -> Callable[[Request], Composed]:
    """Return what composes this type; imported when it is asked for, as some read employment."""
    from jobimpact.reporting.compose.brief import compose_brief
    from jobimpact.reporting.compose.comparison import compose_comparison
    from jobimpact.reporting.compose.methods import compose_methods
    from jobimpact.reporting.compose.occupation import compose_occupation
    from jobimpact.reporting.compose.overview import compose_overview
    from jobimpact.reporting.compose.sector_state import compose_sector, compose_state

    composers: dict[str, Callable[[Request], Composed]] = {
        "overview": compose_overview,
        "brief": compose_brief,
        "sector": compose_sector,
        "state": compose_state,
        "occupation": compose_occupation,
        "comparison": compose_comparison,
        "methods": partial(compose_methods, replications=replications),
    }
    return composers[report_type]


def _sources(request: Request, words: Mapping[str, Any]) -> list[SourceNote]:
    """Return what the study rests on, and then what only the study before does; each once."""
    studies = [request.study] + ([request.other] if request.report_type == "comparison" and request.other else [])
    notes: dict[tuple[str, ...], SourceNote] = {}
    for row in (row for study in studies for row in [*source_rows(study.manifest), *table_source_rows(study.tables)]):
        fields = {name: str(row.get(name, "")) for name in ("title", "publisher", "release", "licence", "citation")}
        use = str(words["uses"].get(row["use"], row["use"]))
        note = SourceNote(str(row["key"]), use, url=str(row.get("homepage", "")), **fields)
        notes.setdefault((note.use, note.title, note.release), note)
    return list(notes.values())
