"""Correlations of published indices: Tomlinson et al. 2025 (arXiv 2507.07935), Felten, Raj, Seamans 2023 (arXiv 2303.01157)."""

from functools import partial
from typing import Final

import pandas as pd

from jobimpact.estimates.means.aggregates import weighted_means
from jobimpact.sources.crosswalks.soc import bridge_scores
from jobimpact.sources.indices.read import read_index
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.jobs.oews import read_oews
from jobimpact.sources.store.inputs import Inputs
from jobimpact.validation.compare.correlation import weighted_r
from jobimpact.validation.compare.published import read_soc_bridge
from jobimpact.validation.papers.eloundou import SOURCE as LABELS
from jobimpact.validation.papers.eloundou import occupations_of
from jobimpact.validation.papers.figure import Figure, withheld

FELTEN_SOURCE: Final = "felten-aioe"
MICROSOFT_SOURCE: Final = "microsoft-applicability"
_FILES: Final = {
    "microsoft": (MICROSOFT_SOURCE, "soc_ai_applicability_scores.csv*"),
    "aioe": (FELTEN_SOURCE, "AIOE_DataAppendix.xlsx"),
    "lm_aioe": (FELTEN_SOURCE, "Language Modeling AIOE and AIIE.xlsx"),
}
_OEWS_2023, _PACKAGED = "oews-2023", "oews-may2025"


def eloundou_by_soc(inputs: Inputs, column: str) -> pd.Series:
    """Return a published occupation score by SOC 2018 code: the mean over its O*NET-SOC occupations."""
    published = occupations_of(inputs)
    return published[column].groupby(published["onetsoc_code"].str[:7]).mean().rename_axis("soc_code")


def index_of(inputs: Inputs, name: str) -> pd.Series:
    """Return AI applicability by SOC 2018 code (``microsoft``), or AIOE by SOC 2010 code (``aioe``, ``lm_aioe``)."""
    return inputs.table(partial(read_index, name), *_FILES[name]).set_index("soc_code")["index_value"]


def on_soc_2018(inputs: Inputs, values: pd.Series) -> pd.Series:
    """Return an index on SOC 2010 carried over to SOC 2018."""
    return bridge_scores(values, read_soc_bridge(inputs)).scores["score"]


def microsoft_r(inputs: Inputs) -> Figure:
    """Return the correlation over occupations of AI applicability and the share of tasks labelled E1 by humans."""
    both = _joined(index_of(inputs, "microsoft"), eloundou_by_soc(inputs, "human_alpha"))
    r = float(both["a"].corr(both["b"]))
    return Figure(r, len(both), "occupations", (MICROSOFT_SOURCE, LABELS), _labels_withheld(inputs))


def microsoft_worker_r(inputs: Inputs) -> Figure:
    """Return the same over workers: occupations count by their employment."""
    table, sources, note = _microsoft_and_e1(inputs)
    r = weighted_r(table["applicability"].to_numpy(), table["e1"].to_numpy(), table["tot_emp"].to_numpy())
    return Figure(float(r[0]), len(table), "occupations", sources, _labels_withheld(inputs), note)


def microsoft_major_r(inputs: Inputs) -> Figure:
    """Return the correlation over major groups: employment-weighted means of their occupations, each group counted once."""
    table, sources, note = _microsoft_and_e1(inputs)
    table = table.assign(soc_major=table.index.str[:2])
    means = weighted_means(table, ["applicability", "e1"], "tot_emp", "soc_major")
    r = float(means["applicability"].corr(means["e1"]))
    return Figure(r, len(means), "major groups", sources, _labels_withheld(inputs), note)


def aioe_r(inputs: Inputs) -> Figure:
    """Return the correlation over SOC 2018 occupations of AIOE and its language-model version."""
    both = _joined(*(on_soc_2018(inputs, index_of(inputs, name)) for name in ("aioe", "lm_aioe")))
    return Figure(float(both["a"].corr(both["b"])), len(both), "occupations", (FELTEN_SOURCE,))


def lm_human_r(inputs: Inputs) -> Figure:
    """Return the correlation over SOC 2018 occupations of the language-model AIOE and human beta."""
    both = _joined(on_soc_2018(inputs, index_of(inputs, "lm_aioe")), eloundou_by_soc(inputs, "human_beta"))
    r = float(both["a"].corr(both["b"]))
    return Figure(r, len(both), "occupations", (FELTEN_SOURCE, LABELS), _labels_withheld(inputs))


def _joined(a: pd.Series, b: pd.Series) -> pd.DataFrame:
    return pd.concat([a.rename("a"), b.rename("b")], axis=1, join="inner").dropna()


def _microsoft_and_e1(inputs: Inputs) -> tuple[pd.DataFrame, tuple[str, ...], str]:
    """Return both measures with employment, the sources, and a note on the employment."""
    both = _joined(index_of(inputs, "microsoft"), eloundou_by_soc(inputs, "human_alpha"))
    path = inputs.find(_OEWS_2023, "national_M2023_dl.xlsx")
    source = _PACKAGED if path is None else _OEWS_2023
    oews = read_employment("national") if path is None else inputs.table(read_oews, _OEWS_2023, "national_M2023_dl.xlsx")
    jobs = oews[oews["o_group"] == "detailed"].set_index("soc_code")["tot_emp"].dropna()
    table = both.join(jobs, how="inner", validate="one_to_one").rename(columns={"a": "applicability", "b": "e1"})
    note = (
        f"weighted by OEWS {oews['release'].iloc[0]}, {table['tot_emp'].sum() / 1e6:.1f} of {jobs.sum() / 1e6:.1f} million jobs"
    )
    return table, (MICROSOFT_SOURCE, LABELS, source), note


def _labels_withheld(inputs: Inputs) -> str:
    return withheld(occupations_of(inputs), "occ_level")
