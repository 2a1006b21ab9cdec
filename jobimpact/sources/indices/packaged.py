"""Figures of the published indices whose licence lets them travel with the package, and how those are derived."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from jobimpact.errors import InputError, SourceError
from jobimpact.files import written_whole
from jobimpact.paths import packaged
from jobimpact.sources.crosswalks.isco import read_isco_soc
from jobimpact.sources.crosswalks.soc import read_soc_2010_to_2018
from jobimpact.sources.indices.read import published_indices, read_index
from jobimpact.tables import check_table, table_columns

if TYPE_CHECKING:
    from jobimpact.sources.store.inputs import Inputs

SOC_FILES = ("soc_2010_to_2018_crosswalk.xlsx", "crosswalk_soc2010_to_soc2018.csv*")
ISCO_SOC_FILES = ("ISCO_SOC_Crosswalk.xls*", "isco08_to_soc2010.csv*")
_INDICES, _SOC, _ISCO = "indices.parquet", "soc_2010_2018.parquet", "isco08_soc2010.parquet"


def read_packaged_indices(path: str | Path | None = None) -> pd.DataFrame:
    """Read the figures of published indices that travel with the package.

    Parameters
    ----------
    path
        The file; the package's own when not given.

    Returns
    -------
    pandas.DataFrame
        Table ``index_scores``, all packaged voices under one another, ``title`` missing: codes and scores only.

    Raises
    ------
    SourceError
        If the file is damaged.

    Notes
    -----
    Sources and licences: data/sources.toml, entry published-indices. Eloundou et al. are from a copy that withholds 105 SOC
    codes.

    Examples
    --------
    >>> figures = read_packaged_indices()
    >>> figures["voice"].unique().tolist()[:2]
    ['eloundou_human', 'eloundou_gpt4']
    """
    return _read("index_scores", _INDICES, path)


def read_packaged_soc_crosswalk(path: str | Path | None = None) -> pd.DataFrame:
    """Read the table ``soc_crosswalk`` that travels with the package: BLS, SOC 2010 to SOC 2018, public domain.

    Parameters and errors are those of `read_packaged_indices`.
    """
    return _read("soc_crosswalk", _SOC, path)


def read_packaged_isco_crosswalk(path: str | Path | None = None) -> pd.DataFrame:
    """Read the table ``crosswalk`` from ISCO-08 to SOC 2010 that travels with the package: BLS, codes only, public domain.

    Parameters and errors are those of `read_packaged_indices`.
    """
    return _read("crosswalk", _ISCO, path)


def derive_figures(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """Derive what travels with the package from the publishers' files.

    Parameters
    ----------
    inputs
        Where the files of the packaged indices and of the two crosswalks are.

    Returns
    -------
    dict of pandas.DataFrame
        File name to table.

    Raises
    ------
    SourceError
        If a file is not there.
    """
    tables = [
        read_index(index.name, inputs.file(index.source, *index.patterns))
        for index in published_indices().values()
        if index.packaged
    ]
    figures = pd.concat([table.assign(title=None) for table in tables], ignore_index=True)[table_columns("index_scores")]
    isco = read_isco_soc(inputs.file("isco-soc-2010", *ISCO_SOC_FILES), minor_groups="expand")
    return {
        _INDICES: check_table("index_scores", figures),
        _SOC: read_soc_2010_to_2018(inputs.file("soc-2010-2018", *SOC_FILES)),
        _ISCO: isco.assign(from_title=None, to_title=None),
    }


def write_figures(inputs: Inputs, folder: Path) -> list[Path]:
    """Write what `derive_figures` gives into `folder`, each file whole or not at all, and return the files."""
    tables = derive_figures(inputs)
    for name, table in tables.items():
        with written_whole(folder / name) as temporary:
            table.to_parquet(temporary, index=False)
    return [folder / name for name in tables]


def _read(table: str, name: str, path: str | Path | None) -> pd.DataFrame:
    file = packaged("data", "indices", name) if path is None else Path(path)
    try:
        return check_table(table, pd.read_parquet(file))
    except (OSError, ValueError, InputError) as error:
        reason = " ".join(str(error).split())[:160]
        raise SourceError(f"{file} is damaged ({reason}): install the package again") from error
