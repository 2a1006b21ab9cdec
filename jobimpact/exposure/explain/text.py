"""Reasons in words, English or Chinese; the wording is in data/reasons.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobimpact.assumptions import assumption, read_assumptions
from jobimpact.exposure.explain.nearest import LABELS, RATER_COLUMNS, find_reference
from jobimpact.sources.labels.eloundou import LABEL_EXPOSURE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_INDENT = "  "


def render_text(
    scores: pd.DataFrame, nearest: pd.DataFrame, words: pd.DataFrame, *, reference: str, rater: str, language: str = "en"
) -> str:
    """Return scores and their reasons as text: per row the score, the nearest tasks, the words, and what to make of them.

    Parameters
    ----------
    scores, nearest, words, reference, rater
        As :class:`jobimpact.exposure.explain.reasons.Explanation` holds them.
    language
        ``en`` or ``zh``.
    """
    blocks = []
    for score in scores.to_dict(orient="records"):
        near, moved = (table[table["row"] == score["row"]] for table in (nearest, words))
        blocks.append("\n".join(_block(score, near, moved, reference, rater, language)))
    return "\n\n".join(blocks)


def _block(
    score: Mapping[Any, Any], nearest: pd.DataFrame, words: pd.DataFrame, reference: str, rater: str, language: str
) -> list[str]:
    phrases = read_assumptions("reasons")[language]
    lines = [] if _gone(score["task"]) else [str(score["task"])]
    lines.append(score_sentence(score, language))
    if not is_scored(score):
        return lines
    labelled = nearest[list(RATER_COLUMNS)].notna().to_numpy().any()
    lines.append(phrases["labels_header" if labelled else "modelled_header"].format(reference=reference))
    lines += [_INDENT + _neighbour(row, phrases) for row in nearest.to_dict(orient="records")]
    lines += neighbour_sentences(score, nearest, rater, language)
    strongest = strongest_words(words)
    if len(strongest):
        lines.append(phrases["words_header"])
        lines += [f"{_INDENT}{row['effect']:+.2f}  {row['words']}" for row in strongest.to_dict(orient="records")]
    phrase = strongest_phrase(words)
    if phrase is not None:
        lines += [phrases["phrases_header"], f"{_INDENT}{phrase['effect']:+.2f}  {phrase['words']}"]
    return lines + word_sentences(score, words, language)


def score_sentence(score: Mapping[Any, Any], language: str = "en") -> str:
    """Return beta, its interval and the chances of the labels in one sentence, and why it is uncertain where it is."""
    phrases = read_assumptions("reasons")[language]
    reason = score.get("uncertain_reason")
    if _gone(score["beta"]):
        return str(phrases["missing"].format(reason=reason if isinstance(reason, str) else phrases["no_text"]))
    shares = {name: f"{100 * score[name]:.0f} %" for name in ("p_e0", "p_e1", "p_e2")}
    numbers = {name: f"{score[column]:.2f}" for name, column in
               (("beta", "beta"), ("low", "beta_low"), ("high", "beta_high"))}  # fmt: skip
    sentence = str(phrases["score"].format(**numbers, **shares))
    if isinstance(reason, str) and reason:
        sentence += f" {phrases['uncertain'].format(reason=reason)}"
    return sentence


def is_scored(score: Mapping[Any, Any]) -> bool:
    """Tell whether a row of the scores has one."""
    return not _gone(score["beta"])


def neighbour_sentences(score: Mapping[Any, Any], nearest: pd.DataFrame, rater: str, language: str = "en") -> list[str]:
    """Return what the nearest tasks say about a score: whether their labels agree with it, and whether they are near at all.

    Parameters
    ----------
    score
        One row of the scores.
    nearest
        Its rows of the table ``nearest_tasks``.
    rater
        Whose labels are averaged; the human ones where a rater has no column.
    """
    phrases = read_assumptions("reasons")[language]
    whose = rater if rater in RATER_COLUMNS else "human"
    mean = nearest[whose].map(dict(LABEL_EXPOSURE["beta"])).astype(float).mean()
    if _gone(mean):
        return [phrases["labels_are_here" if find_reference() == LABELS else "no_labels"]]
    sentences = []
    if nearest["similarity"].max() < float(assumption("reasons", "close_similarity")):
        sentences.append(phrases["not_close"].format(similarity=f"{nearest['similarity'].max():.2f}"))
    if is_scored(score):
        far = abs(mean - score["beta"]) >= float(assumption("reasons", "far_labels"))
        error = assumption("reasons", "error_where_far" if far else "error_where_near")
        sentence = phrases["labels_differ" if far else "labels_agree"]
        numbers = {"mean": f"{mean:.2f}", "beta": f"{score['beta']:.2f}", "error": f"{error:.2f}"}
        sentences.append(sentence.format(rater=phrases[f"rater_{whose}"], **numbers))
    return sentences


def word_sentences(score: Mapping[Any, Any], words: pd.DataFrame, language: str = "en") -> list[str]:
    """Return what the effects mean, and how far they can be trusted.

    Parameters
    ----------
    score
        One row of the scores, with ``agreement``, ``words_tried`` and ``words_there``.
    words
        Its rows of the table ``word_effects``.
    """
    phrases = read_assumptions("reasons")[language]
    if words["effect"].isna().all():
        return [phrases["one_word"]]
    sentences = []
    if strongest_words(words).empty:
        sentences.append(phrases["no_words"].format(least=f"{float(assumption('reasons', 'clear_effect')):.2f}"))
    elif not _gone(score["agreement"]):
        steady = score["agreement"] >= float(assumption("reasons", "steady_agreement"))
        sentences.append(phrases["steady" if steady else "unsteady"].format(agreement=f"{score['agreement']:.2f}"))
    if score["words_there"] > score["words_tried"]:
        sentences.append(phrases["cut"].format(n=score["words_tried"]))
    return [*sentences, phrases["meaning"]]


def strongest_words(words: pd.DataFrame) -> pd.DataFrame:
    """Return the single words with a clear effect, the strongest first, no more than a text names."""
    single = words[(words["n_words"] == 1) & (words["effect"].abs() >= float(assumption("reasons", "clear_effect")))]
    order = single["effect"].abs().sort_values(ascending=False, kind="stable").index
    return single.loc[order].head(int(assumption("reasons", "words_shown")))


def strongest_phrase(words: pd.DataFrame) -> dict[Any, Any] | None:
    """Return the run of two or three words with the strongest effect where it is clearly stronger than any of its words."""
    clear = float(assumption("reasons", "clear_effect"))
    runs = words[(words["n_words"] > 1) & words["effect"].notna()]
    if runs.empty:
        return None
    run = runs.iloc[int(runs["effect"].abs().to_numpy().argmax())].to_dict()
    inside = words[(words["n_words"] == 1) & words["start"].ge(run["start"]) & words["end"].le(run["end"])]
    return run if abs(run["effect"]) >= inside["effect"].abs().max() + clear else None


def _neighbour(row: Mapping[Any, Any], phrases: Mapping[str, str]) -> str:
    beta = f"{row['beta']:.2f}"
    labels = ", ".join(f"{phrases[f'rater_{name}']} {row[name]}" for name in RATER_COLUMNS if not _gone(row[name]))
    said = phrases["labels_of"].format(labels=labels, beta=beta) if labels else phrases["modelled_of"].format(beta=beta)
    where = [str(row["title"]), str(row["onetsoc_code"])]
    if row["n_same_text"] > 1:
        where.append(phrases["same_text"].format(n=row["n_same_text"]))
    return f"{row['similarity']:.2f}  {row['task']}\n{_INDENT}      [{', '.join(where)}] {said}"


def _gone(cell: object) -> bool:
    import pandas as pd

    return bool(pd.isna(cell))  # type: ignore[call-overload]  # one cell, not an array
