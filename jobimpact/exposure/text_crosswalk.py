"""A crosswalk from likeness of texts, for classifications that no office has brought together: CSCO and ISCO-08.

Such pairs are a guess that reads well: every one carries its likeness, says ``text similarity`` as its method and
``similarity`` as the basis of its share, and counts as assumed wherever employment is carried over it.
"""

import warnings

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError, SourceDefectWarning
from jobimpact.exposure.encoder.multilingual import MultilingualEncoder
from jobimpact.exposure.encoder.sentence import Encoder
from jobimpact.sources.store.inputs import Inputs
from jobimpact.sources.tasks.csco import read_csco_structure, read_csco_tasks
from jobimpact.sources.tasks.isco import read_isco_structure, read_isco_tasks
from jobimpact.tables import check_table, table_columns

_CSCO = ("csco", "csco22.csv*")
_ISCO = ("isco", "ISCO-08 EN Structure and definitions.*")
_NEEDED = ("code", "title", "text")
_UNIT = 1e-6  # a vector shorter than this has no direction


def pair_csco(inputs: Inputs, *, progress: bool = False) -> pd.DataFrame:
    """Return pairs of CSCO 2022 and ISCO-08 as a table ``crosswalk``, by the likeness of their texts.

    Raises
    ------
    SourceError
        If the file of a classification is not here, with the command that brings it.
    """
    chinese = inputs.table(read_csco_structure, *_CSCO)
    with warnings.catch_warnings():
        # The structure comes from the same file and has said so.
        warnings.simplefilter("ignore", SourceDefectWarning)
        tasks = inputs.table(read_csco_tasks, *_CSCO)
    left = _code_texts(chinese, tasks, "csco_code")
    right = _code_texts(inputs.table(read_isco_structure, *_ISCO), inputs.table(read_isco_tasks, *_ISCO), "isco_code")
    encoder = MultilingualEncoder(progress=progress)
    pairs = match_texts(left, right, encoder, from_system="CSCO 2022", to_system="ISCO-08")
    return pairs.drop(columns="text_similarity")


def _code_texts(structure: pd.DataFrame, tasks: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return two texts of every detailed code: its title, and its title with its tasks."""
    detailed = structure[structure["level"] == structure["level"].max()].dropna(subset=["title"])
    duties = detailed[column].map(tasks.groupby(column)["task"].agg(" ".join)).fillna("")
    texts = [detailed["title"], (detailed["title"] + ". " + duties).str.strip()]
    return pd.concat([pd.DataFrame({"code": detailed[column], "title": detailed["title"], "text": text}) for text in texts])


def match_texts(left: pd.DataFrame, right: pd.DataFrame, encoder: Encoder, *, from_system: str, to_system: str) -> pd.DataFrame:
    """Find, for each code, the codes of another classification whose texts are most alike.

    `left` and `right` have ``code``, ``title`` and ``text``, a row per text: a code may have several, such
    as its title and each of its tasks. For two languages the encoder must know both, and cosines are lower:
    with the multilingual encoder 643 of 1,632 occupations of CSCO 2022 are like no unit group of ISCO-08 by
    the default, which was measured within English.
    """
    vectors = []
    for texts, name in ((left, from_system), (right, to_system)):
        _check_texts(texts, name)
        vectors.append(encoder.encode(texts["text"].tolist()))
    return match_vectors(left, vectors[0], right, vectors[1], from_system=from_system, to_system=to_system)


def match_vectors(
    left: pd.DataFrame,
    left_vectors: np.ndarray,
    right: pd.DataFrame,
    right_vectors: np.ndarray,
    *,
    from_system: str,
    to_system: str,
    n_partners: int | None = None,
    least_similarity: float | None = None,
) -> pd.DataFrame:
    """Find, for each code of one classification, the codes of another whose vectors are most alike.

    A code's vector is the mean of the vectors of its texts, row by row (n, d). Its partners are the nearest
    codes by cosine, at most `n_partners` that are at least `least_similarity` alike (by default those of
    data/crosswalks.toml); their shares are in proportion to exp(similarity / ``similarity_scale``), so that
    they sum to 1.

    Examples
    --------
    >>> csco = pd.DataFrame({"code": ["2-02-10-03"], "title": ["Software engineering technician"]})
    >>> isco = pd.DataFrame({"code": ["2512", "6111"], "title": ["Software developers", "Crop growers"]})
    >>> vectors = np.array([[1.0, 0.0]]), np.array([[0.8, 0.6], [-0.6, 0.8]])
    >>> pairs = match_vectors(csco, vectors[0], isco, vectors[1], from_system="CSCO 2022", to_system="ISCO-08")
    >>> pairs[["from_code", "to_code", "share", "share_basis"]].to_numpy().tolist()
    [['2-02-10-03', '2512', 1.0, 'similarity']]
    """
    n = int(assumption("crosswalks", "n_partners")) if n_partners is None else n_partners
    if n < 1:
        raise InputError(f"found {n} partners asked for; expected 1 or more")
    ours, our_titles = _code_vectors(left, left_vectors, from_system)
    theirs, their_titles = _code_vectors(right, right_vectors, to_system)
    if ours.shape[1] != theirs.shape[1]:
        raise InputError(f"found vectors of {ours.shape[1]} and {theirs.shape[1]} dimensions; expected those of one encoder")
    similarity = np.clip(ours @ theirs.T, -1, 1)
    nearest = np.argsort(-similarity, axis=1, kind="stable")[:, : min(n, len(theirs))]
    pairs = pd.DataFrame(
        {
            "from_code": np.repeat(our_titles.index.to_numpy(dtype=object), nearest.shape[1]),
            "to_code": their_titles.index.to_numpy(dtype=object)[nearest.ravel()],
            "text_similarity": np.take_along_axis(similarity, nearest, axis=1).ravel(),
        }
    )
    least = float(assumption("crosswalks", "least_similarity")) if least_similarity is None else least_similarity
    pairs = pairs[pairs["text_similarity"] >= least]
    group = pairs["from_code"]
    best = pairs["text_similarity"].groupby(group).transform("max")
    weight = np.exp((pairs["text_similarity"] - best) / float(assumption("crosswalks", "similarity_scale")))
    table = pairs.assign(
        from_system=from_system,
        from_title=group.map(our_titles).astype(object),
        to_system=to_system,
        to_title=pairs["to_code"].map(their_titles).astype(object),
        method="text similarity",
        share=(weight / weight.groupby(group).transform("sum")).astype("float64"),
        # A single partner by likeness is no surer than the best of three: it never counts as the only one there is.
        share_basis="similarity",
        partial=group.duplicated(keep=False),
    )
    return check_table("text_crosswalk", table[table_columns("text_crosswalk")].reset_index(drop=True))


def _code_vectors(side: pd.DataFrame, vectors: np.ndarray, name: str) -> tuple[np.ndarray, pd.Series]:
    """Return one unit vector per code, in the order of codes, and the titles by code."""
    missing = [column for column in ("code", "title") if column not in side.columns]
    if missing or side.empty:
        problem = f"no column {missing[0]!r}" if missing else "no rows"
        raise InputError(f"{name}: found {problem}; expected a row per text with {', '.join(_NEEDED)}")
    if vectors.ndim != 2 or len(vectors) != len(side):  # noqa: PLR2004 - a matrix
        raise InputError(f"{name}: found vectors of shape {vectors.shape} for {len(side):,} texts; expected a row for each text")
    codes = side["code"].reset_index(drop=True)
    means = pd.DataFrame(vectors, dtype="float64").groupby(codes).mean()
    lengths = np.linalg.norm(means.to_numpy(), axis=1, keepdims=True)
    if not bool((lengths > _UNIT).all()):
        code = means.index[int((~(lengths > _UNIT)).argmax())]
        raise InputError(
            f"{name}: found no direction in the vectors of {code}; expected unit vectors of its texts: encode them again"
        )
    titles = side.drop_duplicates("code").set_index("code")["title"].reindex(means.index)
    return means.to_numpy() / lengths, titles


def _check_texts(side: pd.DataFrame, name: str) -> None:
    if "text" not in side.columns:
        raise InputError(f"{name}: found no column 'text'; expected a row per text with {', '.join(_NEEDED)}")
    blank = ~side["text"].map(lambda text: isinstance(text, str) and bool(text.strip()))
    if blank.any():
        raise InputError(
            f"{name}: found no text for {side.loc[blank, 'code'].iloc[0]} ({int(blank.sum()):,} such rows); expected one in "
            "each: leave these rows out, or give the title"
        )
