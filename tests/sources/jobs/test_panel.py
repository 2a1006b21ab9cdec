"""Releases of OEWS in one table: which compare, and how occupations grew."""

import numpy as np
import pytest

from jobimpact.errors import InputError, SourceError
from jobimpact.sources.jobs.panel import compare_employment, read_oews_panel


@pytest.mark.publisher
def test_panel_of_employment(publisher_data):
    from jobimpact.sources.jobs.employment import read_employment

    folder = publisher_data / "bls_oews"
    panel = read_oews_panel([folder / "national_M2021_dl.xlsx", folder / "national_M2022_dl.xlsx"], read_employment("national"))
    assert sorted(set(panel["release"])) == ["2021-05", "2022-05", "2025-05"]
    totals = panel[panel["o_group"] == "total"].set_index("release")["tot_emp"]
    assert totals["2021-05"] == 140_886_310  # BLS, OEWS May 2021
    growth = compare_employment(panel, "2021-05", "2025-05")
    assert growth["soc_code"].is_unique
    assert growth.loc[growth["log_growth"].isna(), "soc_code"].tolist() == ["11-1031"]  # legislators left OEWS in May 2025
    developers = growth.set_index("soc_code").loc["15-1252"]
    assert developers["log_growth"] == pytest.approx(np.log(developers["emp_after"] / developers["emp_before"]))
    with pytest.raises(SourceError, match="found OEWS release 2020-05; expected 2021-05 or later"):
        read_oews_panel([folder / "national_M2020_dl.xlsx"])
    with pytest.raises(SourceError, match="found release 2025-05 twice"):
        read_oews_panel([], read_employment("national"), read_employment("national"))
    with pytest.raises(InputError, match="release '2023-05' is not in the panel"):
        compare_employment(panel, "2023-05", "2025-05")
