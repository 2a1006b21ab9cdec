"""Score a task: one sentence of the reader's own, with its interval, the words that moved it and the nearest labelled tasks.

Pages never score a study again; this one scores only what is typed into it, through loaders.py, and reads no study.
"""

import streamlit as st
from loaders import load_explanation
from parts import choose_language, linked, show_note, show_table, show_tiles

from jobimpact.assumptions import read_assumptions
from jobimpact.exposure.explain.reasons import Explanation, is_scored, neighbour_sentences, score_sentence, word_sentences
from jobimpact.reporting.formats.escaping import escape_markdown
from jobimpact.screen.explained import nearest_html, scale_html, score_tiles, words_html
from jobimpact.sources.tasks.starter import Language

_LONGEST = 1000  # characters that are scored: of a task, not of an advertisement
_TEXT = "task"  # in the URL
_NEAREST_COLUMNS = ("similarity", "task", "title", "onetsoc_code", "human", "gpt4", "gpt4_alt", "beta", "n_same_text")
_WORD_COLUMNS = ("words", "n_words", "effect", "effect_masked", "share")


def show() -> None:
    """Show the page."""
    title, choice = st.columns([4, 1], vertical_alignment="bottom")
    with choice:
        language = choose_language()
    phrases = read_assumptions("reasons")[language]
    title.header(phrases["page_title"])
    show_note(phrases["page_intro"])
    text = _ask(phrases)
    if text is None:
        return
    if not text.strip():
        st.info(phrases["page_empty"])
        return
    if len(text) > _LONGEST:
        st.info(phrases["page_long"].format(most=_LONGEST, found=len(text)))
        return
    with st.spinner(phrases["page_wait"]):
        explanation = load_explanation(text, language)
    _show_explanation(explanation, language)


def _ask(phrases: dict[str, str]) -> str | None:
    """Return the text to score, which stands in the URL, or None before anybody asked."""
    key, keep = linked(_TEXT)
    with st.form("task", border=False):
        st.text_area(phrases["page_label"], height=90, placeholder=phrases["page_example"], key=key)
        st.form_submit_button(phrases["page_button"], type="primary", on_click=keep)
    query = st.query_params.get(_TEXT)
    if query is None:
        show_note(phrases["page_examples"])
        for column, example in zip(st.columns(len(phrases["examples"])), phrases["examples"], strict=True):
            column.button(escape_markdown(example), on_click=_choose, args=(example,), width="stretch")
    return query


def _choose(example: str) -> None:
    st.query_params[_TEXT] = example


def _show_explanation(explanation: Explanation, language: Language) -> None:
    phrases = read_assumptions("reasons")[language]
    score = explanation.scores.to_dict(orient="records")[0]
    if not is_scored(score):
        st.warning(escape_markdown(score_sentence(score, language)))
        return
    show_tiles(score_tiles(score, language), 3)
    st.html(scale_html(score, language))
    if score["uncertain"]:
        st.warning(escape_markdown(score_sentence(score, language)))
    st.subheader(phrases["page_words"])
    st.html(words_html(score["task"], explanation.words, language))
    for sentence in word_sentences(score, explanation.words, language):
        show_note(sentence)
    labelled = explanation.labelled
    st.subheader(phrases["page_nearest" if labelled else "page_nearest_modelled"])
    for sentence in neighbour_sentences(score, explanation.nearest, explanation.rater, language):
        st.markdown(escape_markdown(sentence))
    st.html(nearest_html(explanation.nearest, language))
    source = phrases["page_source"]
    with st.expander(phrases["page_tables"]):
        show_table(explanation.nearest, _NEAREST_COLUMNS, name="nearest-tasks", source=source)
        show_table(explanation.words, _WORD_COLUMNS, name="word-effects", source=source)


show()
