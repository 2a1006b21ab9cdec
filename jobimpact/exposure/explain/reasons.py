"""Reasons for a score: the nearest labelled tasks and the words that moved it, as tables and in words (data/reasons.toml)."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption, read_assumptions
from jobimpact.errors import InputError
from jobimpact.exposure.doubt.plaintext import plain_text
from jobimpact.exposure.doubt.uncertain import doubts
from jobimpact.exposure.encoder.limits import limits_of
from jobimpact.exposure.encoder.models import DEFAULT_MODEL
from jobimpact.exposure.encoder.sentence import Encoder
from jobimpact.exposure.explain.nearest import LABELS, RATER_COLUMNS, ReferenceName, find_reference, nearest_tasks, read_reference
from jobimpact.exposure.explain.occlusion import agreement_of_occlusions, explain_words, split_words, uncached
from jobimpact.exposure.heads.rubric import Rater, RubricHeads
from jobimpact.exposure.score import MULTILINGUAL, load_scorer, make_encoder, score_texts
from jobimpact.exposure.texts import Texts, text_series
from jobimpact.facts.labels import label_set, with_label_set
from jobimpact.results import Result, plain
from jobimpact.sources.labels.eloundou import LABEL_EXPOSURE
from jobimpact.sources.tasks.starter import Language
from jobimpact.tables import check_table, read_dictionary, table_columns

_INDENT = "  "


def score_sentence(score: Mapping[Any, Any], language: str = "en") -> str:
    """Return beta, the label set and the chances of the labels in one sentence, and why it is uncertain where it is."""
    phrases = read_assumptions("reasons")[language]
    reason = score.get("uncertain_reason")
    if _gone(score["beta"]):
        return str(phrases["missing"].format(reason=reason if isinstance(reason, str) else phrases["no_text"]))
    shares = {name: f"{100 * score[name]:.0f} %" for name in ("p_e0", "p_e1", "p_e2")}
    labels = label_set(score["beta_low"], score["beta_high"], language)
    sentence = str(phrases["score"].format(beta=f"{score['beta']:.2f}", labels=labels, **shares))
    if isinstance(reason, str) and reason:
        sentence += f" {phrases['uncertain'].format(reason=reason)}"
    return sentence


def is_scored(score: Mapping[Any, Any]) -> bool:
    """Tell whether a row of the scores has one."""
    return not _gone(score["beta"])


def neighbour_sentences(score: Mapping[Any, Any], nearest: pd.DataFrame, rater: str, language: str = "en") -> list[str]:
    """Return whether the labels of its `nearest` tasks agree with a `score`, and whether they are near.

    The labels averaged are those of `rater`, the human ones where it has no column.
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
    """Return what the effects of `words` on one row of the scores mean, and how far they can be trusted."""
    phrases = read_assumptions("reasons")[language]
    if words["effect"].isna().all():
        return [phrases["one_word"]]
    sentences = []
    if strongest_words(words).empty:
        least = float(assumption("reasons", "clear_effect"))
        sentences.append(phrases["no_words"].format(least=f"{least:.2f}"))
    elif not _gone(score["agreement"]):
        steady = score["agreement"] >= float(assumption("reasons", "steady_agreement"))
        sentence = phrases["steady" if steady else "unsteady"]
        sentences.append(sentence.format(agreement=f"{score['agreement']:.2f}"))
    if score["words_there"] > score["words_tried"]:
        sentences.append(phrases["cut"].format(n=score["words_tried"]))
    return [*sentences, phrases["meaning"]]


def strongest_words(words: pd.DataFrame) -> pd.DataFrame:
    """Return the single words with a clear effect, the strongest first, no more than a text names."""
    single = words[(words["n_words"] == 1) & (words["effect"].abs() >= float(assumption("reasons", "clear_effect")))]
    order = single["effect"].abs().sort_values(ascending=False, kind="stable").index
    return single.loc[order].head(int(assumption("reasons", "words_shown")))


def strongest_phrases(words: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return the run of two or three words with the strongest effect, if it is clearly stronger than each of its words."""
    clear = float(assumption("reasons", "clear_effect"))
    runs = words[(words["n_words"] > 1) & words["effect"].notna()]
    if runs.empty:
        return []
    run = runs.iloc[int(runs["effect"].abs().to_numpy().argmax())].to_dict()
    singles = words[(words["n_words"] == 1) & words["start"].ge(run["start"]) & words["end"].le(run["end"])]
    return [run] if abs(run["effect"]) >= singles["effect"].abs().max() + clear else []


def _neighbour(row: Mapping[Any, Any], phrases: Mapping[str, str]) -> str:
    beta = f"{row['beta']:.2f}"
    labels = ", ".join(f"{phrases[f'rater_{name}']} {row[name]}" for name in RATER_COLUMNS if not _gone(row[name]))
    sentence = phrases["labels_of"].format(labels=labels, beta=beta) if labels else phrases["modelled_of"].format(beta=beta)
    where = [str(row["title"]), str(row["onetsoc_code"])]
    if row["n_same_text"] > 1:
        where.append(phrases["same_text"].format(n=row["n_same_text"]))
    return f"{row['similarity']:.2f}  {row['task']}\n{_INDENT}      [{', '.join(where)}] {sentence}"


def _gone(cell: object) -> bool:
    return bool(pd.isna(cell))  # type: ignore[call-overload]  # one cell, not an array


@dataclass(frozen=True)
class Explainer:
    """What explanations are made with.

    Attributes
    ----------
    encoder, heads
        Give the score.
    similar
        Encoder that finds the nearest tasks: the same model as published.
    reference, vectors
        Tasks among which they are looked for (:func:`read_reference`), and their (n, d) vectors by
        `similar`.
    mask
        What hides a word from `encoder`.
    """

    encoder: Encoder
    heads: RubricHeads
    similar: Encoder
    reference: pd.DataFrame
    vectors: np.ndarray
    mask: str


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Explanation(Result):
    """Scores with their reasons: ``table`` has all of them under one another (table ``explanations``).

    Attributes
    ----------
    scores
        One row per text: ``row`` (from 1), ``task`` (the text as it is read, missing where there is none),
        the columns of :func:`jobimpact.exposure.score.score_texts`, ``agreement`` (rank correlation of the
        effects of leaving words out and of hiding them) and ``words_tried`` and ``words_there``.
    nearest
        Table ``nearest_tasks``; ``beta`` is the model's own score of the neighbour.
    words
        Table ``word_effects``.
    reference
        Source of the nearest tasks: ``eloundou-labels``, or ``starter`` where nobody labelled them.
    rater, language
        Whose label the scores predict, and the language of :meth:`to_text`.
    """

    scores: pd.DataFrame
    nearest: pd.DataFrame
    words: pd.DataFrame
    reference: str
    rater: str
    language: Language

    @property
    def labelled(self) -> bool:
        """Whether somebody labelled the nearest tasks."""
        return _any_label(self.nearest)

    def headline_rows(self) -> pd.DataFrame:
        """Return text, beta and label set of each text."""
        return with_label_set(self.scores, self.language)[["task", "beta", "label_set"]]

    def to_text(self, language: Language | None = None) -> str:
        """Return the explanations in plain words, one paragraph of lines per text."""
        scores = self.scores.to_dict(orient="records")
        return "\n\n".join("\n".join(self._lines(score, language or self.language)) for score in scores)

    def _lines(self, score: Mapping[Any, Any], language: str) -> list[str]:
        """Return the score, the nearest tasks, the words, and what to make of them."""
        phrases = read_assumptions("reasons")[language]
        nearest, words = (table[table["row"] == score["row"]] for table in (self.nearest, self.words))
        lines = [] if _gone(score["task"]) else [str(score["task"])]
        lines.append(score_sentence(score, language))
        if not is_scored(score):
            return lines
        header = phrases["labels_header" if _any_label(nearest) else "modelled_header"]
        lines.append(header.format(reference=self.reference))
        lines += [_INDENT + _neighbour(row, phrases) for row in nearest.to_dict(orient="records")]
        lines += neighbour_sentences(score, nearest, self.rater, language)
        effects = [strongest_words(words).to_dict(orient="records"), strongest_phrases(words)]
        for name, rows in zip(("words_header", "phrases_header"), effects, strict=True):
            lines += [phrases[name]] if rows else []
            lines += [f"{_INDENT}{row['effect']:+.2f}  {row['words']}" for row in rows]
        return lines + word_sentences(score, words, language)

    def to_records(self) -> list[dict[str, Any]]:
        """Return one dict per text for JSON: its scores, ``nearest``, ``words``, ``reference``, ``rater``; gaps are None."""
        records: list[dict[str, Any]] = plain(self.scores.to_dict("records"))
        for record in records:
            for name, table in (("nearest", self.nearest), ("words", self.words)):
                rows = table[table["row"] == record["row"]].drop(columns="row")
                record[name] = plain(rows.to_dict("records"))
            record |= {"reference": self.reference, "rater": self.rater}
        return records


def _any_label(nearest: pd.DataFrame) -> bool:
    return bool(nearest[list(RATER_COLUMNS)].notna().to_numpy().any())


def load_explainer(
    folder: str | Path | None = None,
    *,
    model: str | None = None,
    reference: ReferenceName = "auto",
    language: Language = "en",
    **options: Any,
) -> Explainer:
    """Return what :func:`explain` needs; vectors of the reference are kept on disk, those of the texts are not.

    Parameters are those of :func:`jobimpact.exposure.score.load_scorer`, with the model that knows
    `language` by default, and of :func:`read_reference`; `cache` says whether the reference's vectors are kept.
    """
    model = model or (DEFAULT_MODEL if language == "en" else MULTILINGUAL)
    tasks = read_reference(reference, language=language)
    # What people type stays off the disk.
    encoder, heads = load_scorer(folder, model=model, **(options | {"cache": False}))
    if model == MULTILINGUAL:
        encoder.encode(tasks["task"].iloc[:1].tolist())  # loads the weights once, for both
        similar = copy.copy(encoder)
        similar.cache = bool(options.get("cache", True))
    else:
        similar = make_encoder(model, adapter=None, **options)
    mask = str(assumption("reasons", "mask_multilingual" if model == MULTILINGUAL else "mask"))
    return Explainer(encoder, heads, similar, tasks, similar.encode(tasks["task"].tolist()), mask)


def explain(
    texts: Texts, explainer: Explainer, *, rater: Rater = "human", n: int | None = None, language: Language = "en"
) -> Explanation:
    """Score texts and say why: `n` nearest labelled tasks, and the words that moved each score.

    Texts that cannot be scored get missing scores with a reason. Warnings count those, the texts that were
    cut, and those whose words were tried in part.

    Raises
    ------
    InputError
        If no text is there, the rater is not known or `n` is below 1.
    ModelError
        If the heads were trained on another encoder.
    """
    series = text_series(texts).reset_index(drop=True)
    doubt = doubts(series, limits_of(explainer.encoder))
    if doubt["unscorable"].all():
        why = f" ({doubt['uncertain_reason'].iloc[0]})" if len(doubt) else ""
        raise InputError(f"found {len(series)} texts, none that can be scored{why}; expected a task: say in words what is done")
    normal = [plain_text(text) or None if isinstance(text, str) else None for text in series]
    plain = uncached(explainer.encoder)
    scores = score_texts(series, plain, explainer.heads, rater=rater)
    mask = scores["beta"].notna()
    scorable = [text if has_score else None for text, has_score in zip(normal, mask, strict=True)]
    nearest = nearest_tasks(scorable, explainer.similar, explainer.reference, n=n, vectors=explainer.vectors)
    neighbours = nearest["task"].drop_duplicates().reset_index(drop=True)
    betas = score_texts(neighbours, plain, explainer.heads, rater=rater)["beta"]
    nearest["beta"] = nearest["task"].map(dict(zip(neighbours, betas, strict=True))).astype(float)
    words = explain_words(scorable, plain, explainer.heads, rater, mask=explainer.mask)
    scores = _described(scores, normal, words)
    reference = str(explainer.reference["reference"].iloc[0])
    return Explanation(
        title=f"Exposure by the {rater} rater, with the nearest tasks of {reference}",
        table=_explanation_table(scores, nearest, words),
        scores=scores, nearest=nearest, words=words, reference=reference, rater=rater, language=language,
    )  # fmt: skip


def _described(scores: pd.DataFrame, normal: list[str | None], words: pd.DataFrame) -> pd.DataFrame:
    rows = pd.Series(range(1, len(normal) + 1), dtype="int64")
    n_words = pd.Series([len(split_words(text)) if text else 0 for text in normal], dtype="int64")
    table = pd.DataFrame({"row": rows, "task": pd.Series(normal, dtype=object)})
    table = table.join(scores, validate="one_to_one")
    return table.assign(
        agreement=rows.map(agreement_of_occlusions(words)).astype(float),
        words_there=n_words,
        words_tried=n_words.clip(upper=int(assumption("reasons", "most_words"))),
    )


def _explanation_table(scores: pd.DataFrame, nearest: pd.DataFrame, words: pd.DataFrame) -> pd.DataFrame:
    """Return scores, nearest tasks and words under one another: the table ``explanations``, sorted by row."""
    scores = scores.assign(part="score", place=1, n_words=0).rename(columns={"task": "content"})
    nearest = nearest.assign(part="nearest", n_words=0).rename(columns={"task": "content", "rank": "place"})
    words = words.assign(part="words").rename(columns={"words": "content", "position": "place"})
    columns = table_columns("explanations")
    parts = [part.reindex(columns=columns).astype(_types(columns)) for part in (scores, nearest, words)]
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return check_table("explanations", table.sort_values("row", kind="stable", ignore_index=True))


def _types(columns: list[str]) -> dict[str, Any]:

    kinds = {"str": object, "int": "int64", "float": "float64"}
    return {column: kinds[read_dictionary()["columns"][column]["type"]] for column in columns}
