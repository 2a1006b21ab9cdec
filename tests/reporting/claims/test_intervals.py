"""Intervals of claims: those of the ledger where it has them, either way round, and what is made from both rows elsewhere."""

import math

import pandas as pd
import pytest

from jobimpact.reporting.claims.cells import Cell, Count, Difference, parse
from jobimpact.reporting.claims.facts import Facts
from jobimpact.reporting.claims.intervals import UNKNOWN, Intervals, difference_interval
from jobimpact.reporting.words.wording import direction_state, threshold
from jobimpact.tables import table_columns

BETA, BILL = "exposure_beta", "exposure_beta_wage_bill"


def ledger_of(*rows):
    """Return a variance ledger of totals: table, key, column, value, low, high."""
    return pd.DataFrame(
        [(*row[:4], "total", 1e-4, 1.0, 0.01, *row[4:]) for row in rows], columns=table_columns("variance_ledger")
    )


@pytest.fixture(scope="module")
def ends():
    ledger = ledger_of(
        ("sectors", "52", BETA, 0.5, 0.4, 0.7),
        ("sectors", "52", BILL, 0.6, 0.5, 1.2),
        ("sectors", "23", BETA, 0.2, 0.1, 0.3),
        ("sectors", "52 - groups:all|all", BETA, 0.25, 0.2, 0.3),
        ("sectors", "52", f"{BILL} - {BETA}", 0.1, 0.05, 0.2),
        ("sectors", "23", BILL, 0.25, 0.1, 0.4),
        ("groups", "all|all", BETA, 0.25, 0.2, 0.4),
    )
    return Intervals({"variance_ledger": ledger, "sectors": pd.DataFrame(), "groups": pd.DataFrame()})


def find(ends, table, key, column):
    return ends.find(parse("difference", table, key, column))


def test_a_difference_is_found_either_way_round_and_across_tables(ends):
    assert find(ends, "sectors", "52 - groups:all|all", BETA) == (0.2, 0.3)
    assert find(ends, "groups", "all|all - sectors:52", BETA) == (-0.3, -0.2)
    assert find(ends, "sectors", "52", f"{BILL} - {BETA}") == (0.05, 0.2)
    assert find(ends, "sectors", "52", f"{BETA} - {BILL}") == (-0.2, -0.05)


def test_without_one_of_its_own_it_is_made_from_both_rows(ends):
    low, high = find(ends, "sectors", "52 - 23", BETA)
    assert (low, high) == difference_interval((0.5, 0.4, 0.7), (0.2, 0.1, 0.3))
    assert find(ends, "sectors", "23 - 52", BETA) == pytest.approx((-high, -low))
    assert find(ends, "sectors", "23", f"{BILL} - {BETA}") == difference_interval((0.25, 0.1, 0.4), (0.2, 0.1, 0.3))


def test_what_the_ledger_does_not_know_has_no_interval(ends):
    assert ends.find(Cell("sectors", "52", BILL)) == (0.5, 1.0)  # an exposure is no larger than one
    for binding in (
        Difference(Cell("sectors", "52", BETA), Cell("sectors", "99", BETA)),
        Cell("sectors", "99", BETA),
        Count("sectors", "*", BETA),
        Difference(Cell("sectors", "52", BILL), Cell("sectors", "52", "matched_share")),
    ):
        assert ends.find(binding) is UNKNOWN
    assert Intervals({}).find(Cell("sectors", "52", BETA)) is UNKNOWN


def test_the_interval_of_a_difference_is_that_of_zou_and_donner():
    """Zou and Donner 2008, doi:10.1002/sim.3095, formulae (7) and (8): with symmetric intervals the root of squares."""
    assert difference_interval((0.5, 0.47, 0.53), (0.3, 0.26, 0.34)) == pytest.approx((0.15, 0.25))
    assert difference_interval((0.5, 0.5, 0.6), (0.3, 0.3, 0.3)) == pytest.approx((0.2, 0.3))


def test_equality_is_said_of_the_whole_interval_and_a_difference_where_it_leaves_zero_out():
    least = threshold("about_equal")
    assert direction_state(-0.1) == direction_state(-0.1, -0.2, -0.01) == "less"
    assert direction_state(least / 2) == direction_state(math.nan) == "equal"
    assert direction_state(0.1, 0.01, 0.2) == direction_state(0.1, -0.01, math.nan) == "more"
    assert direction_state(0.1, -0.01, 0.2) == "untold"
    # Small and wide is no equality; small and sure is one, or a difference where it may pass the threshold.
    assert direction_state(-0.001, -0.143, 0.150) == direction_state(0.0, -least, least) == "untold"
    assert direction_state(least / 2, least / 4, 0.9 * least) == direction_state(0.0, -0.9 * least, 0.9 * least) == "equal"
    assert direction_state(0.9 * least, 0.5 * least, 1.5 * least) == "more"


def test_claims_of_a_study_say_higher_only_where_the_interval_leaves_zero_out(study):
    """Also of two columns: better-paid work is said to be more exposed only where it can be told."""
    groups = study["groups"].query("group_type == 'all'").iloc[0]
    rows = [("groups", "all|all", name, groups[name], groups[name] - 0.1, groups[name] + 0.1) for name in (BETA, BILL)]
    assert groups[BILL] - groups[BETA] > threshold("about_equal")

    def said(*more):
        facts = Facts({**study.tables, "variance_ledger": ledger_of(*rows, *more)})
        return facts.direction(Cell("groups", "all|all", BILL), Cell("groups", "all|all", BETA))

    assert said().text == "are not distinguishable"
    gap = groups[BILL] - groups[BETA]
    exact = said(("groups", "all|all", f"{BILL} - {BETA}", gap, gap - 0.01, gap + 0.01))
    assert exact.text == "higher"
    assert (exact.estimate_low, exact.estimate_high) == (gap - 0.01, gap + 0.01)
