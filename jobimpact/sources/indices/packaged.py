"""Figures of published indices that travel with the package, where the licence allows it, and crosswalks beside them."""

from pathlib import Path

import pandas as pd

from jobimpact.errors import InputError, SourceError
from jobimpact.paths import packaged
from jobimpact.sources.indices.read import published_indices, read_index
from jobimpact.sources.store.inputs import Inputs
from jobimpact.tables import check_table, table_columns

INDICES_FILE, SOC_FILE, ISCO_FILE = "indices.parquet", "soc_2010_2018.parquet", "isco08_soc2010.parquet"


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
    return _read("index_scores", INDICES_FILE, path)


def read_packaged_soc_crosswalk(path: str | Path | None = None) -> pd.DataFrame:
    """Read the table ``soc_crosswalk`` that travels with the package: BLS, SOC 2010 to SOC 2018, public domain.

    Parameters and errors are those of `read_packaged_indices`.
    """
    return _read("soc_crosswalk", SOC_FILE, path)


def read_packaged_isco_crosswalk(path: str | Path | None = None) -> pd.DataFrame:
    """Read the table ``crosswalk`` from ISCO-08 to SOC 2010 that travels with the package: BLS, codes only, public domain.

    Parameters and errors are those of `read_packaged_indices`.
    """
    return _read("crosswalk", ISCO_FILE, path)


def derive_indices(inputs: Inputs) -> pd.DataFrame:
    """Return the figures that travel with the package, read from the publishers' files again.

    Raises
    ------
    SourceError
        If a file is not there.
    """
    indices = (index for index in published_indices().values() if index.packaged)
    tables = [read_index(index.name, inputs.file(index.source, *index.patterns)) for index in indices]
    figures = pd.concat([table.assign(title=None) for table in tables], ignore_index=True)
    return check_table("index_scores", figures[table_columns("index_scores")])


def _read(table: str, name: str, path: str | Path | None) -> pd.DataFrame:
    file = packaged("data", "indices", name) if path is None else Path(path)
    try:
        return check_table(table, pd.read_parquet(file))
    except (OSError, ValueError, InputError) as error:
        reason = " ".join(str(error).split())[:160]
        raise SourceError(f"{file} is damaged ({reason}): install the package again") from error
