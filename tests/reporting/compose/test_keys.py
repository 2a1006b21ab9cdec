"""Which row a report is about: keys as people write them, and one clear line where there is none."""

import pytest

from jobimpact.errors import InputError
from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import Request
from jobimpact.reporting.compose.keys import near_matches


@pytest.mark.parametrize(
    ("report_type", "key", "name"),
    [
        ("sector", "31", "Manufacturing"),
        ("sector", "finance and insurance", "Finance and Insurance"),
        ("occupation", "43-4051.00", "Customer Service Representatives"),
        ("occupation", "31-1121", "Home Health and Personal Care Aides"),
        ("state", "dc", "District of Columbia"),
        ("state", "06", "California"),
        ("state", "Puerto Rico", "Puerto Rico"),
    ],
)
def test_keys_as_people_write_them(study, report_type, key, name):
    assert compose(Request(study, report_type, "en", key)).title.startswith(f"{name}: exposure")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (("sector", "en", "520"), r"NAICS sector '520': not in this study; expected one such as 52; nearest: 52 \(Finance"),
        (("sector", "en", "financ"), r"nearest: 52 \(Finance and Insurance\)"),
        (("sector", "en", "Finace"), r"nearest: 52 \(Finance and Insurance\)"),
        (("occupation", "en", "15-1253x"), "SOC code '15-1253x': not in this study; .* nearest: 15-1253"),
        (("state", "en", "Californa"), r"nearest: CA \(California\)"),
        (("state", "en", ""), "found no key for the report; expected a state of the study, such as CA or 06"),
        (("city", "en", ""), "report type 'city': expected one of overview, brief, sector"),
        (("overview", "fr", ""), "language 'fr': expected one of en, zh"),
        (("comparison", "en", ""), "found one study; expected two to compare"),
        (("comparison", "en", "median:beta"), "estimate 'median:beta': expected a form such as"),
    ],
)
def test_a_bad_request_is_one_line(study, request_, message):
    report_type, language, key = request_
    other = study if key else None
    with pytest.raises(InputError, match=message) as caught:
        compose(Request(study, report_type, language, key, other))
    assert "\n" not in str(caught.value)


def test_near_matches_are_few():
    titles = {str(place): f"Sector {place}" for place in range(30)}
    assert len(near_matches("sector", titles)) == 3
    assert near_matches("zzz", titles) == []
