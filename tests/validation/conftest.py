"""What tests of robustness share: the jobs, and a function that asks a question of opinions."""

import pandas as pd
import pytest

from jobimpact.facts.states import read_states
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.validation.robustness.members import find_members
from jobimpact.validation.robustness.multiverse import build_multiverse
from jobimpact.validation.robustness.robustness import assess_robustness


@pytest.fixture(scope="module")
def employment():
    return {level: read_employment(level) for level in ("national", "sector", "state")}


@pytest.fixture(scope="module")
def ask(employment):
    """Return a function that asks a question of opinions."""

    built = {}

    def ask(question, opinions, **options):
        if id(opinions) not in built:
            national = employment["national"]
            multiverse = build_multiverse(opinions, pd.Index(national.loc[national["o_group"] == "detailed", "soc_code"]))
            members = find_members(multiverse.codes, national, employment["sector"], employment["state"], read_states())
            # The opinions are kept too, so that their identity stays theirs.
            built[id(opinions)] = multiverse, members, opinions
        multiverse, members, _ = built[id(opinions)]
        return assess_robustness(question, multiverse, members, **options)

    return ask
