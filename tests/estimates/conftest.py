"""Occupations of OEWS May 2025 with exposures drawn at random: nothing is scored here."""

import numpy as np
import pandas as pd
import pytest

from jobimpact.estimates.means.levels import national_levels, oews_levels
from jobimpact.estimates.means.occupations import MEASURES, aggregate_occupations
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.jobs.memberships import make_memberships, read_traits


@pytest.fixture(scope="session")
def national():
    return read_employment("national")


@pytest.fixture(scope="session")
def memberships():
    return make_memberships(read_traits())


@pytest.fixture(scope="session")
def all_scored(national):
    """Every detailed occupation of OEWS with an exposure."""
    return occupations_with(national, share=1.0)


@pytest.fixture(scope="session")
def part_scored(national):
    """Four of five detailed occupations of OEWS with an exposure."""
    return occupations_with(national, share=0.8)


@pytest.fixture(scope="session")
def us_levels(part_scored, national, memberships):
    levels = list(national_levels(part_scored, national, memberships))
    for level, by in (("sector", "naics"), ("industry", "naics"), ("state", "area")):
        levels += oews_levels(part_scored, read_employment(level), by)
    return levels


def occupations_with(national, share):
    rng = np.random.default_rng(2025)
    codes = national.loc[national["o_group"] == "detailed", "soc_code"].to_numpy()
    codes = codes[rng.random(len(codes)) < share]
    tasks = pd.DataFrame({"onetsoc_code": codes + ".00", "title": codes, "task_weight": 1.0})
    # In steps of a twentieth, so that some lie exactly at a cut.
    exposure = rng.integers(0, 21, len(codes)) / 20
    tasks = tasks.assign(**dict.fromkeys(MEASURES, exposure))
    return aggregate_occupations(tasks, national, pd.Series(codes))


@pytest.fixture
def tasks():
    """Return 600 scored tasks of 20 occupations in two major groups, of unequal size."""
    rng = np.random.default_rng(7)
    table = pd.DataFrame({"onetsoc_code": np.repeat([f"11-10{i:02}.00" for i in range(20)], 30)})
    return table.assign(
        task_id=[str(i) for i in range(len(table))],
        title="A job",
        task="Write",
        soc_major=np.where(np.arange(len(table)) < 120, "11-0000", "13-0000"),
        task_weight=1.0,
        beta=rng.uniform(0, 1, len(table)),
        size=rng.uniform(1, 10, len(table)),
    )
