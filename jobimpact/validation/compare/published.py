"""Published indices at hand, on the codes of OEWS: the user's own files first, else the figures that travel with the package.

Indices of other classifications on the codes of OEWS, carried there by jobs in place of equal shares.

Two assumptions make a bridge: how the workers of a split code are spread over its parts, and how much each
source of a joined code counts. `jobimpact.sources.indices.on_oews` takes parts and sources for equally large.
Here the parts of a code have its workers in proportion to the jobs of OEWS, and sources count by the jobs
that they send.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.carry import convert_employment, convert_scores
from jobimpact.estimates.crosswalks.shares import invert_crosswalk, weigh_crosswalk
from jobimpact.facts.registry import find_source
from jobimpact.sources.crosswalks.editions import pair_soc_codes
from jobimpact.sources.crosswalks.isco import ISCO_SOC_FILES, read_isco_soc
from jobimpact.sources.crosswalks.soc import SOC_FILES, read_soc_2010_to_2018
from jobimpact.sources.crosswalks.us import read_oews_to_soc_2018
from jobimpact.sources.indices.on_oews import bring_isco_to_oews, bring_to_oews
from jobimpact.sources.indices.packaged import read_packaged_indices, read_packaged_isco_crosswalk, read_packaged_soc_crosswalk
from jobimpact.sources.indices.read import ISCO_08, SOC_2010, PublishedIndex, published_indices, read_index
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.store.inputs import Inputs
from jobimpact.tables import check_table, table_columns

PACKAGED = "packaged"


@dataclass(frozen=True)
class Published:
    """Published indices, where each comes from, and those that are not there."""

    indices: pd.DataFrame  # table `indices`
    voices: pd.DataFrame  # table `index_voices`, in the order of data/indices.toml
    absent: pd.DataFrame  # table `absent_indices`, with the command that brings each
    by_jobs: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["voice", "soc_code", "index_value"]))


def load_published(inputs: Inputs, names: Sequence[str] | None = None, *, by_jobs: bool = False) -> Published:
    """Read every published index that is at hand, or those of `names`, and bring it to the codes of OEWS.

    With `by_jobs` indices of other classifications are carried there by jobs as well, see
    :func:`bridge_by_jobs`.
    """
    registry = published_indices()
    unknown = [name for name in names or () if name not in registry]
    if unknown:
        raise InputError(f"index {unknown[0]!r} is not known; expected one of {', '.join(registry)}: give one of these")
    tables: dict[str, pd.DataFrame] = {}
    origins, absent = {}, []
    figures = read_packaged_indices()
    for voice in (registry[name] for name in (registry if names is None else dict.fromkeys(names))):
        # A file of the user's comes before the figures that travel with the package: it may be a later edition.
        path = inputs.find(voice.source, *voice.patterns)
        if path is not None:
            tables[voice.name], origins[voice.name] = read_index(voice.name, path), path.name
        elif voice.packaged:
            tables[voice.name], origins[voice.name] = figures[figures["voice"] == voice.name], PACKAGED
        else:
            absent.append((voice.name, voice.title, _command(voice)))
    nowhere = pd.DataFrame(absent, columns=table_columns("absent_indices"), dtype="object")
    if not tables:
        indices, voices = (pd.DataFrame(columns=table_columns(name)) for name in ("indices", "index_voices"))
        return Published(indices, voices, nowhere)
    crosswalk, isco_pairs = read_soc_bridge(inputs), _read_isco_bridge(inputs)
    on_isco = [table for name, table in tables.items() if registry[name].classification == ISCO_08]
    on_soc = [table for name, table in tables.items() if registry[name].classification != ISCO_08]
    brought = [bring_to_oews(on_soc, crosswalk)] if on_soc else []
    brought += [bring_isco_to_oews(on_isco, isco_pairs, crosswalk)] if on_isco else []
    indices = check_table("indices", pd.concat([part.table for part in brought], ignore_index=True))
    unmatched = pd.concat([part.unmatched for part in brought], ignore_index=True)
    voices = _describe([registry[name] for name in tables], tables, origins, indices, unmatched)
    if not by_jobs:
        return Published(indices, voices, nowhere)
    national = read_employment("national")
    jobs = national[national["o_group"] == "detailed"].set_index("soc_code")["tot_emp"]
    return Published(indices, voices, nowhere, bridge_by_jobs([*on_soc, *on_isco], crosswalk, isco_pairs, jobs))


def read_soc_bridge(inputs: Inputs) -> pd.DataFrame:
    """Return the table ``soc_crosswalk`` of the user's file, else the packaged one."""
    path = inputs.find("soc-2010-2018", *SOC_FILES)
    return read_packaged_soc_crosswalk() if path is None else read_soc_2010_to_2018(path)


def _read_isco_bridge(inputs: Inputs) -> pd.DataFrame:
    path = inputs.find("isco-soc-2010", *ISCO_SOC_FILES)
    return read_packaged_isco_crosswalk() if path is None else read_isco_soc(path, minor_groups="expand")


def _describe(
    voices: list[PublishedIndex],
    tables: dict[str, pd.DataFrame],
    origins: dict[str, str],
    indices: pd.DataFrame,
    unmatched: pd.DataFrame,
) -> pd.DataFrame:
    split = indices.groupby("voice")["split"].sum()
    n_unmatched = unmatched.groupby("voice").size()
    rows = [
        {
            "voice": voice.name, "index_title": voice.title, "source_name": voice.source,
            "licence": find_source(voice.source).licence, "origin": origins[voice.name], "index_unit": voice.unit,
            "classification": voice.classification,
            "n_published": len(tables[voice.name]), "n_split": int(split.get(voice.name, 0)),
            "n_lost": int(n_unmatched.get(voice.name, 0)), "caveat": voice.note,
        }
        for voice in voices
    ]  # fmt: skip
    return check_table("index_voices", pd.DataFrame(rows, columns=table_columns("index_voices")))


def _command(voice: PublishedIndex) -> str:
    ways = [f"`jobimpact sources pull {voice.source}`"] if find_source(voice.source).files else []
    return " or ".join([*ways, f"`jobimpact sources add {voice.source} FILE_OR_FOLDER`"])


@dataclass(frozen=True)
class _Step:
    """A crosswalk whose shares follow the jobs of its partners, and the jobs of its sources, by code."""

    pairs: pd.DataFrame
    jobs: pd.Series


def bridge_by_jobs(
    scores: Sequence[pd.DataFrame], crosswalk: pd.DataFrame, isco_pairs: pd.DataFrame, employment: pd.Series
) -> pd.DataFrame:
    """Carry indices on SOC 2010 and ISCO-08 to the codes of OEWS by jobs: ``voice soc_code index_value``.

    No US survey has jobs by SOC 2010 code or ISCO-08 group any more: those of OEWS are carried back, the jobs
    of a code to its sources as if these were equally large (:func:`invert_crosswalk`), and then forward in
    proportion to the jobs of the partners (:func:`weigh_crosswalk`). Codes without jobs in OEWS, such as the
    military, keep equal shares. Occupations that OEWS combines are averaged: jobs of their parts are not
    published. Indices on SOC 2018 cross no bridge and are not in the result.
    """
    to_oews = invert_crosswalk(read_oews_to_soc_2018())
    converted = convert_employment(employment, invert_crosswalk(to_oews)).employment
    parts = converted.set_index("to_code")["employment"]
    new = _step(pair_soc_codes(crosswalk), parts)
    isco = _step(isco_pairs, new.jobs)
    chains = {SOC_2010: (new,), "ISCO-08": (isco, new)}
    last = _Step(to_oews, parts)
    tables = []
    for table in scores:
        code = "isco_code" if "isco_code" in table else "soc_code"
        steps = chains.get("ISCO-08" if code == "isco_code" else str(table["classification"].iloc[0]))
        if steps is None:
            continue
        values = table.set_index(code)["index_value"]
        for step in (*steps, last):
            values = _carried(values, step)
        tables.append(pd.DataFrame({"voice": table["voice"].iloc[0], "soc_code": values.index, "index_value": values.to_numpy()}))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["voice", "soc_code", "index_value"])


def _step(pairs: pd.DataFrame, jobs: pd.Series) -> _Step:
    """Return the pairs with shares by the jobs of their partners, and the jobs of their sources."""
    back = convert_employment(jobs, invert_crosswalk(pairs)).employment
    return _Step(weigh_crosswalk(pairs, jobs), back.set_index("to_code")["employment"])


def _carried(values: pd.Series, step: _Step) -> pd.Series:
    return convert_scores(values, step.pairs, step.jobs).scores.set_index("to_code")["converted_score"].dropna()
