"""What every command's function returns: a table with its notes, at a prompt, in a notebook and in LaTeX."""

from dataclasses import FrozenInstanceError

import pandas as pd
import pytest

from jobimpact.results import Result, records


@pytest.fixture
def result():
    table = pd.DataFrame({"naics_title": ["Finance & <insurance>", None], "exposure_beta": [0.41234, float("nan")]})
    return Result(title="Mean 100 % of_jobs", table=table, notes=("Jobs of 2023 & earlier.",))


def test_a_prompt_shows_title_rows_and_notes(result):
    lines = repr(result).splitlines()
    assert lines[0] == "Mean 100 % of_jobs: 2 rows, 2 columns"
    assert "0.4123" in lines[2]
    assert lines[-1] == "Note: Jobs of 2023 & earlier."


def test_a_long_table_is_cut_at_a_prompt():
    result = Result(title="Tasks", table=pd.DataFrame({"n": range(1000)}))
    assert len(repr(result).splitlines()) == 11
    assert "... and 992 more rows: see .table" in repr(result)


def test_a_notebook_gets_html_without_markup_from_the_cells(result):
    assert "<insurance>" not in result._repr_html_()
    assert "Finance &amp; &lt;insurance&gt;" in result._repr_html_()
    assert "<li>Jobs of 2023 &amp; earlier.</li>" in result._repr_html_()


def test_latex_has_booktabs_caption_and_notes(result):
    text = result.to_latex(digits=2)
    assert r"\toprule" in text
    assert r"\caption{Mean 100 \% of\_jobs}" in text
    assert r"Finance \& <insurance> & 0.41" in text
    assert text.index(r"\end{tabular}") < text.index(r"Jobs of 2023 \& earlier.") < text.index(r"\end{table}")
    assert "naics" not in result.to_latex(["exposure_beta"])


def test_a_record_has_none_for_what_is_missing(result):
    assert result.to_record()["rows"] == records(result.table)
    assert result.to_record()["rows"][1] == {"naics_title": None, "exposure_beta": None}


def test_a_result_is_frozen(result):
    with pytest.raises(FrozenInstanceError):
        result.title = "Other"
