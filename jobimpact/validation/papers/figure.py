"""A figure computed from publishers' files, with what it rests on."""

from dataclasses import dataclass

import pandas as pd

from jobimpact.assumptions import assumption


@dataclass(frozen=True)
class Figure:
    """A figure and what it rests on."""

    value: float  # unrounded
    n: int  # observations behind it, in `of`
    of: str
    sources: tuple[str, ...]  # entries of sources.toml; empty where it rests on quoted inputs alone
    withheld: str = ""  # how much of the publishers' files is not there, in words
    note: str = ""  # what a reader must know besides


def withheld(table: pd.DataFrame, name: str, *, key: str | None = None) -> str:
    """Return in words how much of a published table is not at hand, empty where it is whole.

    Counted are rows, or distinct values of the column `key`; `name` is that of the table in the assumption
    ``full_size``.

    Examples
    --------
    >>> import pandas as pd
    >>> withheld(pd.DataFrame(index=range(795)), "occ_level")
    'occ_level has 795 of its 923 rows here'
    """
    full: int = assumption("replications", "full_size")[name]
    count = len(table) if key is None else int(table[key].nunique())
    if count == full:
        return ""
    return f"{name} has {count:,} of its {full:,} {'rows' if key is None else 'groups'} here"
