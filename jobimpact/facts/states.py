"""The states and territories of the United States: codes, names, and where a tile map has them."""

from functools import cache

import pandas as pd

from jobimpact.paths import packaged


def read_states() -> pd.DataFrame:
    """Read the states and territories of OEWS with their place in a tile map.

    Returns
    -------
    pandas.DataFrame
        ``fips`` (two digits, as ``area`` in OEWS tables), ``state`` (postal abbreviation), ``name``, ``territory``
        (Guam, Puerto Rico, Virgin Islands), ``row`` and ``column`` of the tile, from 0 at the top left.

    Notes
    -----
    Codes: FIPS 5-2 and USPS. The arrangement of tiles is this project's.

    Examples
    --------
    >>> read_states().loc[0, ["fips", "state", "name"]].tolist()
    ['01', 'AL', 'Alabama']

    """
    return pd.read_csv(packaged("data", "employment", "states.csv"), dtype={"fips": str})


@cache
def territories() -> frozenset[str]:
    """Return the postal codes of the territories, which have cells in OEWS but no rank among the states.

    Examples
    --------
    >>> sorted(territories())
    ['GU', 'PR', 'VI']

    """
    states = read_states()
    return frozenset(states.loc[states["territory"], "state"])
