"""`explain`: texts or a file of them, with the reasons for each score."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.exposure.encoder.sentence import Device, Precision
from jobimpact.exposure.explain import reasons
from jobimpact.exposure.explain.nearest import ReferenceName
from jobimpact.exposure.explain.reasons import Explanation
from jobimpact.exposure.heads.rubric import Rater
from jobimpact.exposure.texts import text_series
from jobimpact.sources.tasks.starter import Language
from jobimpact.sources.usertables import find_column, read_user_table


def explain(
    texts: str | Path | Sequence[str | None] | np.ndarray | pd.Series,
    *,
    text_column: str = "task",
    rater: Rater = "human",
    n_nearest: int | None = None,
    reference: ReferenceName = "auto",
    model: str | None = None,
    heads: str | Path | None = None,
    language: Language = "en",
    device: Device = "auto",
    precision: Precision = "auto",
    cache: bool = True,
    encoding: str = "utf-8-sig",
    progress: bool = False,
) -> Explanation:
    """Score tasks and say why: the nearest labelled tasks, and the words that moved each score.

    Parameters
    ----------
    texts
        One task as text; several as a list, array or Series; or the ``Path`` of a table.
    text_column, encoding
        Of a table.
    rater
        Whose label is predicted.
    n_nearest
        Nearest tasks for each text; by default 5.
    reference
        Tasks among which they are: ``eloundou-labels``, ``starter``, or ``auto``, the labelled ones where you added them.
    model, heads, device, precision
        See :func:`jobimpact.score`; by default the model that knows `language`.
    language
        Of the wording and of the starter tasks: ``en`` or ``zh``.
    cache
        Whether vectors of the reference are kept on disk.
    progress
        Whether a bar is shown.

    Raises
    ------
    InputError
        If no text can be scored, the rater or the reference is not known, or `n_nearest` is below 1.

    Examples
    --------
    >>> explanation = explain("Draft replies to customers", reference="starter", n_nearest=1)
    >>> explanation.scores["beta"].round(1).tolist()
    [0.9]
    """
    if n_nearest is not None and n_nearest < 1:
        raise InputError(f"{{n_nearest}} {n_nearest}: expected 1 or more", parameters=["n_nearest"])
    tasks = _texts(texts, text_column, encoding)
    explainer = reasons.load_explainer(
        heads, model=model, reference=reference, language=language, device=device,
        precision=precision, cache=cache, progress=progress,
    )  # fmt: skip
    return reasons.explain(tasks, explainer, rater=rater, n=n_nearest, language=language)


def _texts(texts: Any, text_column: str, encoding: str) -> list[str | None]:
    if isinstance(texts, str):
        if not texts.strip():
            raise InputError("the text is empty; expected one task: say in words what is done")
        return [texts]
    if not isinstance(texts, Path):
        return [text if isinstance(text, str) else None for text in text_series(texts)]
    table = read_user_table(texts, encoding=encoding)
    cells = table[find_column(table, text_column, option="text_column", name=str(texts))]
    tasks = [str(cell) if filled else None for cell, filled in zip(cells, cells.notna(), strict=True)]
    if not any(task and task.strip() for task in tasks):
        raise InputError(f"{texts}: none of {len(tasks)} rows has task text: check {{text_column}}", parameters=["text_column"])
    return tasks
