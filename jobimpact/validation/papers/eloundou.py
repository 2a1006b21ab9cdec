"""Eloundou, Manning, Mishkin and Rock, GPTs are GPTs, Science 384 (2024) 1306-1308, doi:10.1126/science.adj0998."""

from typing import Final, Literal

import pandas as pd

from jobimpact.estimates.means.occupations import mean_by_occupation
from jobimpact.estimates.means.weights import task_weights
from jobimpact.facts.codes import oews_code
from jobimpact.sources.jobs.oews import read_oews
from jobimpact.sources.labels.eloundou import LABEL_EXPOSURE, read_eloundou_labels, read_eloundou_occupations
from jobimpact.sources.store.inputs import Inputs
from jobimpact.validation.papers.figure import Figure, withheld

Rater = Literal["human", "gpt4"]
SOURCE: Final = "eloundou-labels"
_OEWS_2021: Final = "oews-2021"


def labels_of(inputs: Inputs) -> pd.DataFrame:
    """Return the table ``labels``."""
    return inputs.table(read_eloundou_labels, SOURCE, "full_labelset.tsv*")


def occupations_of(inputs: Inputs) -> pd.DataFrame:
    """Return the occupation scores as published."""
    return inputs.table(read_eloundou_occupations, SOURCE, "occ_level.csv*")


def occupation_difference(inputs: Inputs, rater: Rater, measure: str) -> Figure:
    """Return the largest difference of a published occupation score from the mean of its task scores, Core twice.

    An occupation without tasks, or tasks without an occupation score, make the difference infinite.
    """
    labels, published = labels_of(inputs), occupations_of(inputs)
    tasks = labels.assign(score=labels[rater].map(dict(LABEL_EXPOSURE[measure])), task_weight=task_weights(labels, "core"))
    ours = mean_by_occupation(tasks, ["score"])["score"]
    theirs = published.set_index("onetsoc_code")[f"{rater}_{measure}"]
    # An occupation on one side alone is a difference without bound, not one that is left out.
    difference = float((ours - theirs).abs().fillna(float("inf")).max())
    return Figure(difference, len(theirs), "occupations", (SOURCE,), _withheld(inputs, "full_labelset", "occ_level"))


def agreement(inputs: Inputs, measure: str) -> Figure:
    """Return the share of tasks whose two labels are worth the same exposure."""
    labels, human, gpt4 = _two_raters(inputs, measure)
    return Figure(float((human == gpt4).mean()), len(labels), "tasks", (SOURCE,), _withheld(inputs, "full_labelset"))


def correlation(inputs: Inputs, measure: str) -> Figure:
    """Return Pearson's correlation of the exposures that two raters' labels are worth."""
    labels, human, gpt4 = _two_raters(inputs, measure)
    return Figure(float(human.corr(gpt4)), len(labels), "tasks", (SOURCE,), _withheld(inputs, "full_labelset"))


def task_mean(inputs: Inputs, rater: Rater, measure: str) -> Figure:
    """Return the mean exposure of all tasks, each counted once."""
    labels = labels_of(inputs)
    mean = float(labels[rater].map(dict(LABEL_EXPOSURE[measure])).mean())
    return Figure(mean, len(labels), "tasks", (SOURCE,), _withheld(inputs, "full_labelset"))


def exposed_workers(inputs: Inputs, cut: float, *, reached: bool) -> Figure:
    """Return the share of workers of OEWS May 2021 in occupations whose human beta reaches, or passes, `cut`.

    O*NET-SOC occupations are averaged into the occupation that OEWS publishes; workers without a score are
    left out of both parts of the share.
    """
    published = occupations_of(inputs)
    oews = inputs.table(read_oews, _OEWS_2021, "national_May2021_dl.csv*", "national_M2021_dl.xlsx")
    detailed = oews[oews["o_group"] == "detailed"].set_index("soc_code")["tot_emp"].dropna()
    # Means of thirds and sixths can miss a cut by one unit in the last place.
    beta = published["human_beta"].groupby(oews_code(published["onetsoc_code"])).mean().round(9)
    both = beta.to_frame("beta").join(detailed, how="inner", validate="one_to_one")
    exposed = both["beta"] >= cut if reached else both["beta"] > cut
    jobs = float(both["tot_emp"].sum())
    return Figure(
        float(both.loc[exposed, "tot_emp"].sum() / jobs),
        len(both),
        "occupations",
        (SOURCE, _OEWS_2021),
        _withheld(inputs, "occ_level"),
        f"covers {jobs / 1e6:.1f} of {detailed.sum() / 1e6:.1f} million workers",
    )


def _two_raters(inputs: Inputs, measure: str) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    labels, worth = labels_of(inputs), dict(LABEL_EXPOSURE[measure])
    return labels, labels["human"].map(worth), labels["gpt4"].map(worth)


def _withheld(inputs: Inputs, *tables: str) -> str:
    readers = {"full_labelset": labels_of, "occ_level": occupations_of}
    return "; ".join(filter(None, (withheld(readers[table](inputs), table) for table in tables)))
