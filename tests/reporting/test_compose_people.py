"""Groups of people, industries and certainty, where a study has them."""

import pandas as pd
import pytest

from jobimpact.reporting.compose import compose
from jobimpact.reporting.document import DataTable, Request
from jobimpact.reporting.wording import LANGUAGES
from jobimpact.study import Study
from jobimpact.tables import table_columns


@pytest.fixture(scope="module")
def richer(study):
    """The study with groups of people, industries and a variance ledger of the national mean."""
    groups, whole = study["groups"], study["groups"].query("group_type == 'all'")
    people = (("education", "1", 0.5), ("education", "8", 0.1), ("job_zone", "1", 0.2), ("job_zone", "5", 0.21))
    people += (("sex", "women", 0.3), ("sex", "men", 0.2))
    rows = [whole.assign(group_type=kind, group=group, group_title=group, exposure_beta=value) for kind, group, value in people]
    industries = study["sectors"].assign(i_group="3-digit", naics_sector=study["sectors"]["naics"], release="2025-05")
    mean = float(whole["exposure_beta"].iloc[0])
    parts = (("model", 0.6, 0.02), ("survey sampling", 0.4, 0.01), ("total", 1.0, 0.03), ("rater", float("nan"), float("nan")))
    ledger = pd.DataFrame(
        [
            ("groups", "all|all", "exposure_beta", mean, cause, share, share, half, mean - half, mean + half)
            for cause, share, half in parts
        ]
        + [("groups", "sex|women - sex|men", "exposure_beta", 0.1, "total", 1.0, 1.0, 0.1, -0.1, 0.3)],
        columns=table_columns("variance_ledger"),
    )
    tables = {
        **study.tables,
        "groups": pd.concat([groups, *rows], ignore_index=True),
        "industries": industries[table_columns("industries")],
        "variance_ledger": ledger,
    }
    return Study(tables, study.manifest)


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_industries_and_certainty(richer, language):
    document = compose(Request(richer, "overview", language))
    blocks = {block.name for block in document.blocks() if isinstance(block, DataTable)}
    assert {"industries", "education", "job-zone", "sex", "certainty"} <= blocks
    assert (
        len({sentence.topic for sentence in document.sentences()} & {"education", "preparation", "sex", "interval", "cause"}) == 5
    )


def test_the_intervals_decide_what_is_said_of_women_and_men(richer):
    text = {sentence.topic: sentence.text for sentence in compose(Request(richer, "overview")).sentences()}
    assert text["sex"] == (
        "The mean exposure of the jobs that women hold (0.30) and of those that men hold (0.20) cannot be told apart within the "
        "intervals of the estimates."
    )
    assert "a doctoral or professional degree (0.50)" in text["education"]
    assert text["preparation"] == "Between O*NET's job zones exposure is about equal."
    assert text["cause"] == "Of its variance, the largest part, 60.0 %, comes from the error of the model."
    assert "the choice of the rater, and a rubric" in text["not in it"]
