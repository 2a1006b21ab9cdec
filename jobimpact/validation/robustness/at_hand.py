"""Labels and published indices that this user has, ready to be opinions; what is not there is named."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from jobimpact.assumptions import assumption
from jobimpact.errors import CoverageWarning, SourceError
from jobimpact.validation.compare.published import load_published
from jobimpact.validation.robustness.opinions import LABELS, PUBLISHED, Opinions, label_opinions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from jobimpact.sources.store.inputs import Inputs

_LABELS, _RELABELS = "eloundou-labels", "parshall-relabels"
_LATER = f"rater=gpt4_0613, gpt5_4, model={LABELS}"


def opinions_at_hand(inputs: Inputs, tasks: pd.DataFrame | None = None, names: Sequence[str] | None = None) -> Opinions:
    """Return labels and indices at hand, without an index that is the mean of labels that are there too."""
    labels = labels_at_hand(inputs, tasks)
    indices = indices_at_hand(inputs, names)
    raters = {opinion.rater for opinion in labels.opinions}
    twice = [index for index, rater in assumption("robustness", "labelled").items() if rater in raters]
    tables = (indices.indices, indices.by_jobs)
    remaining, by_jobs = (table[~table["voice"].isin(twice)].reset_index(drop=True) for table in tables)
    reason = "the labels that it is the mean of are there themselves"
    notes = tuple((f"rater={index}, model={PUBLISHED}", reason) for index in twice if index in set(indices.indices["voice"]))
    others = tuple(note for note in indices.left_out if not any(f"rater={index}," in note[0] for index in twice))
    return labels.joined(Opinions(indices=remaining, by_jobs=by_jobs, left_out=(*notes, *others)))


def labels_at_hand(inputs: Inputs, tasks: pd.DataFrame | None = None) -> Opinions:
    """Return raters' own labels in the data folder; ``left_out`` says what brings those that are not."""
    from jobimpact.sources.labels.eloundou import read_eloundou_labels
    from jobimpact.sources.labels.parshall import join_relabels, read_relabels

    try:
        labels = read_eloundou_labels(inputs.file(_LABELS, "full_labelset.tsv*", "full_labelset.csv*"))
    except SourceError as error:
        return Opinions(left_out=((f"model={LABELS}", str(error)),))
    try:
        file = inputs.file(_RELABELS, "eloundou_replication_gpt-4-0613*", "eloundou_replication_gpt-5.4*")
    except SourceError as error:
        return Opinions(left_out=((_LATER, str(error)),)).joined(label_opinions(labels, tasks))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CoverageWarning)
        extended = join_relabels(labels, read_relabels(file.parent))
    # Said in the result, beside what else is left out, and not on the screen as well.
    notes = tuple((_LATER, str(warning.message)) for warning in caught)
    return Opinions(left_out=notes).joined(label_opinions(extended, tasks))


def indices_at_hand(inputs: Inputs, names: Sequence[str] | None = None) -> Opinions:
    """Return the published indices at hand on the codes of OEWS, by default those of exposure to AI.

    ``left_out`` names the indices that are not there, with the command that brings each, and how many codes
    of an index found no partner.
    """
    published = load_published(inputs, list(assumption("robustness", "indices") if names is None else names), by_jobs=True)
    missing = [
        (f"rater={voice}, model={PUBLISHED}", f"{title} is not here: run {command}")
        for voice, title, command in published.absent.itertuples(index=False)
    ]
    partial = published.voices[published.voices["n_lost"] > 0]
    missing += [
        (f"rater={row.voice}, model={PUBLISHED}", f"{row.n_lost} of {row.n_published} published codes found no partner in OEWS")
        for row in partial.itertuples()
    ]
    return Opinions(indices=published.indices, by_jobs=published.by_jobs, left_out=tuple(missing))
