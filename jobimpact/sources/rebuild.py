"""Tables that travel with the package, made again from the publishers' files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.files import written_whole
from jobimpact.paths import packaged
from jobimpact.sources.crosswalks.isco import ISCO_SOC_FILES, read_isco_soc
from jobimpact.sources.crosswalks.soc import SOC_FILES, read_soc_2010_to_2018
from jobimpact.sources.indices.packaged import INDICES_FILE, ISCO_FILE, SOC_FILE, derive_indices
from jobimpact.sources.jobs.alternate_titles import ALTERNATE_FILE, read_alternate_titles
from jobimpact.sources.jobs.demographics import read_cps_demographics
from jobimpact.sources.jobs.preparation import read_entry_education, read_job_zones
from jobimpact.sources.store.inputs import Inputs


@dataclass(frozen=True)
class Rebuilt:
    """A table that was made again: its name, its file, and whether it is the one that travels with the package."""

    name: str
    path: Path
    same: bool


def rebuild_data(out: str | Path = "data", *, data: str | Path | None = None, only: Sequence[str] = ()) -> list[Rebuilt]:
    """Make tables of the folder ``data/`` again from the publishers' files; the same files give the same bytes.

    Parameters
    ----------
    out
        Folder of the results, which has ``employment/`` and ``indices/`` as the package's own has.
    data
        Folder with publishers' files under their own names, at any depth; the data folder where not given.
    only
        Names of tables, such as ``job_zones``; all by default.

    Returns
    -------
    list of Rebuilt
        In the order of the names.

    Raises
    ------
    InputError
        If a name is none of the tables.
    SourceError
        If a publisher's file is not there, with the command that brings it.

    Examples
    --------
    >>> rebuild_data(only=["wages"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    jobimpact.errors.InputError: table 'wages' is not made from publishers' files; expected one of entry_education, job_zones...
    """
    unknown = [name for name in only if name not in _MAKERS]
    if unknown:
        raise InputError(
            f"table {unknown[0]!r} is not made from publishers' files; expected one of {', '.join(_MAKERS)}: give one of these"
        )
    inputs = Inputs(None if data is None else Path(data))
    return [_rebuild(name, inputs, Path(out)) for name in only or _MAKERS]


def _rebuild(name: str, inputs: Inputs, out: Path) -> Rebuilt:
    location, make = _MAKERS[name]
    table, path, shipped = make(inputs), out / location, packaged("data", *location.split("/"))
    # Before the file is written, which may be the shipped one.
    if path.suffix == ".parquet":
        # The bytes of Parquet name the version of pyarrow that wrote them.
        same = pd.read_parquet(shipped).astype(object).equals(table.astype(object))
        with written_whole(path) as temporary:
            table.to_parquet(temporary, index=False)
        return Rebuilt(name, path, same)
    # Shares come as percentages with one decimal; more digits are the noise of dividing them.
    text = table.to_csv(index=False, lineterminator="\n", float_format="%.10g")
    same = shipped.read_text(encoding="utf-8") == text
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")
    return Rebuilt(name, path, same)


def _entry_education(inputs: Inputs) -> pd.DataFrame:
    return read_entry_education(inputs.file("bls-projections", "employment?projections*"))


def _job_zones(inputs: Inputs) -> pd.DataFrame:
    # Excel first: the release that the package carries comes in that layout.
    return read_job_zones(inputs.file("onet", "Job Zones.xlsx", "Job Zones.txt*"))


def _alternate_titles(inputs: Inputs) -> pd.DataFrame:
    return read_alternate_titles(inputs.file("onet", "Alternate Titles.xlsx", "Alternate Titles.txt*"))


def _demographics(inputs: Inputs) -> pd.DataFrame:
    census = inputs.file("cps-demographics", "*2018-occupation-code-list-and-crosswalk*.xlsx")
    return read_cps_demographics(inputs.file("cps-demographics", "cpsaat11*.xlsx"), census)


def _soc_crosswalk(inputs: Inputs) -> pd.DataFrame:
    return read_soc_2010_to_2018(inputs.file("soc-2010-2018", *SOC_FILES))


def _isco_crosswalk(inputs: Inputs) -> pd.DataFrame:
    pairs = read_isco_soc(inputs.file("isco-soc-2010", *ISCO_SOC_FILES), minor_groups="expand")
    return pairs.assign(from_title=None, to_title=None)


_MAKERS: Final[Mapping[str, tuple[str, Callable[[Inputs], pd.DataFrame]]]] = {
    "entry_education": ("employment/entry_education.csv", _entry_education),
    "job_zones": ("employment/job_zones.csv", _job_zones),
    "alternate_titles": (f"employment/{ALTERNATE_FILE}", _alternate_titles),
    "demographics": ("employment/demographics.csv", _demographics),
    "indices": (f"indices/{INDICES_FILE}", derive_indices),
    "soc_2010_2018": (f"indices/{SOC_FILE}", _soc_crosswalk),
    "isco08_soc2010": (f"indices/{ISCO_FILE}", _isco_crosswalk),
}
