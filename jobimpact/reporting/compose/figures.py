"""Figures in the language of a report: what the plotting functions write in English, in other words."""

from __future__ import annotations

import html
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from jobimpact.reporting.claims.cells import TITLES, row_keys
from jobimpact.reporting.figures.style import read_style, short_name
from jobimpact.reporting.words.wording import report_words, wording

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import plotly.graph_objects as go

_NAMED = ("sectors", "areas", "groups")
_PRINTED = ("text", "name", "ticktext")


def translate_figure(
    figure: go.Figure, tables: Mapping[str, pd.DataFrame], language: str, more: Mapping[str, str] | None = None
) -> go.Figure:
    """Return a figure of this package, which is made in English, with the words of `language`.

    Names of rows are those of data/narrative_LANGUAGE.toml, other texts those of ``figure_texts`` in
    data/reports_LANGUAGE.toml; `more` are further names, by English ones. A text that none of them has, such
    as the title of an occupation, stays; texts that show only under a pointer are left out.
    """
    import plotly.graph_objects as go

    if language == "en":
        return figure
    names = _names(tables, language) | dict(more or {})
    translation = _translated(figure.to_dict(), names, language)
    # A page has no pointer to hover with, and these texts have no translation.
    for trace in translation["data"]:
        trace.pop("hovertext", None)
        trace["hoverinfo"] = "skip"
    return go.Figure(translation)


def _translated(node: Any, names: Mapping[str, str], language: str, *, is_text: bool = False) -> Any:
    if isinstance(node, dict):
        return {key: _translated(value, names, language, is_text=key in _PRINTED) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_translated(part, names, language, is_text=is_text) for part in node]
    return _translate(node, names, language) if is_text and isinstance(node, str) else node


def _translate(text: str, names: Mapping[str, str], language: str) -> str:
    if text in names:
        return names[text]
    for pattern, words in _patterns(language):
        match = pattern.fullmatch(text)
        if match is not None:
            return words.format(**{name: _translate(part, names, language) for name, part in match.groupdict().items()})
    return text


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the texts of figures with their placeholders as patterns, and what to say instead."""
    return tuple((_pattern(entry["said"]), str(entry["say"])) for entry in report_words(language)["figure_texts"])


def _pattern(text: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", text)
    return re.compile("".join(f"(?P<{part}>.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts)))


def _names(tables: Mapping[str, pd.DataFrame], language: str) -> dict[str, str]:
    """Return what the figures print of each row, in English, with the name in `language`."""
    translations = wording(language)["names"]
    names: dict[str, str] = {}
    for name in _NAMED:
        if name not in tables:
            continue
        rows = tables[name]
        for key, title in zip(row_keys(name, rows), rows[TITLES[name]], strict=True):
            translation = translations.get(f"{name}.{key}")
            if translation:
                short = short_name(name, str(key), str(title).removesuffix(" Occupations"))
                names |= {_escaped(text): str(translation) for text in (str(title), short)}
    families = report_words(language)["families"]
    return names | {family["title"]: str(families[family["title"]]) for family in read_style()["families"]}


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)
