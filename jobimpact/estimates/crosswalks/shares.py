"""Crosswalks made from crosswalks: checked, chained, weighed by employment where it is known, and turned round."""

import warnings
from typing import Final

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import CoverageWarning, InputError
from jobimpact.tables import read_dictionary, table_columns

ASSUMED: Final = ("similarity", "drawn", "equal")
_LISTED = 3  # codes that a warning names
_SIDES = ("from_system", "from_code", "from_title", "to_system", "to_code", "to_title")


def check_crosswalk(crosswalk: pd.DataFrame) -> pd.DataFrame:
    """Return the table `crosswalk` if employment can be carried over it, else raise InputError.

    Each pair once, one classification on a side, shares on 0-1 that sum to 1 at most for a code. They may sum
    to less: what a chain has lost on its way. More columns are allowed.
    """
    missing = [column for column in table_columns("crosswalk") if column not in crosswalk.columns]
    if missing or crosswalk.empty:
        fault = f"no column {missing[0]!r}" if missing else "no pairs"
        raise InputError(f"crosswalk: found {fault}; expected the table 'crosswalk', such as `pair_soc_codes` returns")
    system(crosswalk, "from_system")
    system(crosswalk, "to_system")
    nameless = crosswalk[["from_code", "to_code"]].isna().any(axis=1)
    if nameless.any():
        pair = crosswalk.loc[nameless, ["from_code", "to_code"]].iloc[0]
        raise InputError(
            f"crosswalk: found {pair.iloc[0]} with {pair.iloc[1]} ({int(nameless.sum())} such pairs), jobs of which would get "
            "lost; expected codes on both sides: remove pairs without a partner"
        )
    repeated = crosswalk.duplicated(["from_code", "to_code"])
    if repeated.any():
        pair = crosswalk.loc[repeated, ["from_code", "to_code"]].iloc[0]
        raise InputError(f"crosswalk: found {pair.iloc[0]} with {pair.iloc[1]} twice; expected each pair once: remove the copies")
    outside = ~crosswalk["share"].between(0, 1)
    if outside.any():
        code = crosswalk.loc[outside, "from_code"].iloc[0]
        raise InputError(f"crosswalk: found a share of {code} that is missing or outside 0-1; expected parts of the code")
    sums = share_sums(crosswalk)
    if (sums > 1 + assumption("crosswalks", "share_tolerance")).any():
        raise InputError(
            f"crosswalk: found shares of {sums.idxmax()} that sum to {sums.max():.6f}; expected 1 at most, or jobs would "
            "be made: divide them by their sum"
        )
    return crosswalk


def system(crosswalk: pd.DataFrame, side: str) -> str:
    """Return the classification on one side of `crosswalk`, ``from_system`` or ``to_system``, or raise InputError."""
    names = crosswalk[side].unique()
    if len(names) != 1:
        raise InputError(f"crosswalk: found {', '.join(map(str, names))} as {side}; expected one classification: split the table")
    return str(names[0])


def share_sums(crosswalk: pd.DataFrame) -> pd.Series:
    """Return the sum of the shares of each ``from_code``: 1, or less where a chain has lost a part."""
    return crosswalk.groupby("from_code")["share"].sum()


def check_amounts(amounts: pd.Series, what: str, *, negative: bool = False) -> pd.Series:
    """Return `amounts` by code as floats, or raise InputError where a code stands twice or an amount is none."""
    if amounts.index.duplicated().any():
        code = amounts.index[amounts.index.duplicated()][0]
        raise InputError(f"{what}: found {code} twice; expected each code once: sum or average its rows first")
    if not all(isinstance(code, str) for code in amounts.index):
        code = next(code for code in amounts.index if not isinstance(code, str))
        raise InputError(f"{what}: found the code {code!r}, which is no text; expected codes as text, with their leading zeros")
    numbers = pd.to_numeric(amounts, errors="coerce").astype("float64")
    # A number that text hides would be missing and count as no jobs.
    wrong = (numbers.isna() & amounts.notna()) | numbers.isin([float("inf"), float("-inf")]) | ((numbers < 0) & (not negative))
    if wrong.any():
        amount, code = amounts[wrong].iloc[0], amounts.index[wrong][0]
        text = repr(amount) if isinstance(amount, str) else str(amount)
        raise InputError(
            f"{what}: found {text} for {code} ({int(wrong.sum())} such codes); expected numbers"
            f"{'' if negative else ' of 0 or more'}, missing where unknown"
        )
    return numbers


def worst_basis(bases: pd.Series, by: list[pd.Series]) -> pd.Series:
    """Return, for each group of `by`, the least informed of the ``share_basis`` values `bases`."""
    # The dictionary lists the bases from the best informed on; a chain is worth what its worst link is.
    order = read_dictionary()["columns"]["share_basis"]["values"]
    ranks = bases.map({name: rank for rank, name in enumerate(order)})
    return ranks.groupby(by).max().map(dict(enumerate(order)))


def compose_crosswalks(first: pd.DataFrame, second: pd.DataFrame, *further: pd.DataFrame) -> pd.DataFrame:
    """Chain crosswalks: SOC 2018 to SOC 2010 and SOC 2010 to ISCO-08 make SOC 2018 to ISCO-08.

    Parameters
    ----------
    first, second, further
        Tables ``crosswalk``; each starts from the classification that the one before leads to.

    Returns
    -------
    pandas.DataFrame
        Table ``crosswalk``: ``share`` is the sum over all ways of the product of their shares, so that the
        order in which a chain is joined does not matter. ``share_basis`` is that of the least informed step,
        ``method`` names all steps. That the parts of a middle code go on alike, wherever they come from, is
        an assumption of every chain.

    Raises
    ------
    InputError
        As `check_crosswalk`; if a crosswalk does not start where the one before leads to.

    Warns
    -----
    CoverageWarning
        If part of a code gets lost because a middle code has no partner. Its shares then sum to less than 1,
        and `jobimpact.estimates.crosswalks.carry.convert_employment` lists the part.

    Examples
    --------
    >>> from jobimpact.sources.crosswalks.us import read_oews_to_soc_2018
    >>> to_soc = read_oews_to_soc_2018()
    >>> chain = compose_crosswalks(to_soc, invert_crosswalk(to_soc))
    >>> chain.loc[chain["from_code"] == "31-1120", ["to_code", "share"]].to_numpy().tolist()
    [['31-1120', 1.0]]
    """
    chain = check_crosswalk(first)
    for step in (second, *further):
        chain = _join(chain, check_crosswalk(step))
    arriving = share_sums(chain).reindex(first["from_code"].unique(), fill_value=0.0)
    partial = arriving[arriving < share_sums(first).reindex(arriving.index) - assumption("crosswalks", "share_tolerance")]
    if len(partial):
        codes = ", ".join(partial.index[:_LISTED]) + (", ..." if len(partial) > _LISTED else "")
        warnings.warn(
            f"{len(partial)} of {len(arriving)} codes of {system(first, 'from_system')} lose a part of them on the way to "
            f"{system(chain, 'to_system')} ({codes}): their shares sum to less than 1, "
            "and conversions list the part as without partner",
            CoverageWarning,
            stacklevel=2,
        )
    return chain


def weigh_crosswalk(crosswalk: pd.DataFrame, employment: pd.Series) -> pd.DataFrame:
    """Return `crosswalk` with shares of split codes in proportion to their partners' employment.

    That a code's jobs go to its partners as jobs of all origins are spread over them is an assumption, but
    one that follows the data; equal shares do not. A code keeps its shares, and their ``share_basis``, where
    the employment of any partner is missing or all of it is 0: a mix of known and assumed parts would be
    neither.

    Examples
    --------
    >>> from jobimpact.sources.crosswalks.us import read_oews_to_soc_2018
    >>> pairs = read_oews_to_soc_2018()
    >>> weighed = weigh_crosswalk(pairs, pd.Series({"31-1121": 300.0, "31-1122": 100.0}))
    >>> weighed.loc[weighed["from_code"] == "31-1120", ["share", "share_basis"]].to_numpy().tolist()
    [[0.75, 'employment'], [0.25, 'employment']]
    """
    check_crosswalk(crosswalk)
    jobs = crosswalk["to_code"].map(check_amounts(employment, "employment of partners"))
    group = crosswalk["from_code"]
    total = jobs.groupby(group).transform("sum")
    weighable = jobs.notna().groupby(group).transform("all") & (total > 0) & (group.map(group.value_counts()) > 1)
    sums = crosswalk["share"].groupby(group).transform("sum")
    share = crosswalk["share"].mask(weighable, sums * jobs / total)
    return crosswalk.assign(share=share, share_basis=crosswalk["share_basis"].mask(weighable, "employment"))


def invert_crosswalk(crosswalk: pd.DataFrame, employment: pd.Series | None = None) -> pd.DataFrame:
    """Return `crosswalk` turned round, by the rule of Bayes.

    Of the jobs that come to a code, the part from source i is E_i s_i / sum(E_i s_i), with the employment E_i
    of the source and the share s_i of it that comes here. Employment carried over a crosswalk and back over
    its inverse is the employment given, code by code. Without `employment` by ``from_code``, or where that of
    any source is missing or all of it is 0, sources count as equally large and ``share_basis`` is ``equal``;
    elsewhere it is that of the least informed pair. Pairs with a share of 0 stay.

    Examples
    --------
    >>> from jobimpact.sources.crosswalks.us import read_oews_to_soc_2018
    >>> back = invert_crosswalk(read_oews_to_soc_2018())
    >>> back.loc[back["from_code"] == "31-1122", ["to_code", "share"]].to_numpy().tolist()
    [['31-1120', 1.0]]
    """
    check_crosswalk(crosswalk)
    target = crosswalk["to_code"]
    jobs = pd.Series(1.0, index=crosswalk.index)
    weighable = pd.Series(False, index=crosswalk.index)
    if employment is not None:
        sent = crosswalk["from_code"].map(check_amounts(employment, "employment of sources"))
        total = (sent * crosswalk["share"]).groupby(target).transform("sum")
        weighable = sent.notna().groupby(target).transform("all") & (total > 0)
        jobs = sent.where(weighable, 1.0)
    flow = jobs * crosswalk["share"]
    total = flow.groupby(target).transform("sum")
    sources = target.map(target.value_counts())
    # A pair that nobody comes through still says which codes belong together; its sources count alike.
    equal_parts = (1 / sources).where(total == 0)
    share = (flow / total.where(total > 0)).fillna(equal_parts)
    least = target.map(worst_basis(crosswalk["share_basis"].mask(~weighable, "equal"), [target])).replace(
        "only partner", "employment"
    )
    other = {f"{a}_{part}": f"{b}_{part}" for part in ("system", "code", "title") for a, b in (("from", "to"), ("to", "from"))}
    inverse = crosswalk[[*_SIDES, "method"]].rename(columns=other)
    inverse = inverse.assign(share=share, share_basis=least.mask(sources == 1, "only partner"), partial=sources > 1)
    return inverse[table_columns("crosswalk")].sort_values(["from_code", "to_code"], ignore_index=True)


def _join(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    middle, start = system(first, "to_system"), system(second, "from_system")
    if middle != start:
        raise InputError(
            f"found a crosswalk to {middle} followed by one from {start}; expected one from {middle}: put them in order"
        )
    left = first[["from_system", "from_code", "from_title", "to_code", "method", "share", "share_basis"]]
    right = second[["from_code", "to_system", "to_code", "to_title", "method", "share", "share_basis"]]
    ways = left.merge(
        right, left_on="to_code", right_on="from_code", how="inner", validate="many_to_many", suffixes=("", "_2")
    ).rename(columns={"to_code": "middle", "to_code_2": "to_code"})
    if ways.empty:
        raise InputError(
            f"found no code of {middle} in both crosswalks; expected the same codes, as text: check how they are written"
        )
    ways = ways.assign(share=ways["share"] * ways["share_2"])
    keys = [ways["from_code"], ways["to_code"]]
    bases = pd.concat([ways["share_basis"], ways["share_basis_2"]])
    least = worst_basis(bases, [pd.concat([key, key]) for key in keys])
    chain = ways.groupby(["from_code", "to_code"], sort=True).agg(
        from_system=("from_system", "first"),
        from_title=("from_title", "first"),
        to_system=("to_system", "first"),
        to_title=("to_title", "first"),
        share=("share", "sum"),
    )
    share = chain["share"].clip(upper=1.0)
    # Several ways that together bring the whole code to one partner leave nothing to assume.
    whole = share >= 1 - assumption("crosswalks", "share_tolerance")
    chain = chain.assign(share=share, share_basis=least.mask(whole, "only partner"), partial=~whole, method=_methods(ways))
    return chain.reset_index()[table_columns("crosswalk")]


def _methods(ways: pd.DataFrame) -> str:
    steps = [*ways["method"].unique(), *ways["method_2"].unique()]
    return " + ".join(dict.fromkeys(name for step in steps for name in step.split(" + ")))
