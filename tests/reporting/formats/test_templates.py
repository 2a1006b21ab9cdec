"""What every template does: it prints text literally, and a template from elsewhere can print and nothing else."""

import pytest
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from jobimpact.reporting.formats.templates import make_environment


def upper(text):
    return text.upper()


def test_text_is_escaped_once_and_markup_of_the_template_stays():
    environment = make_environment({}, upper)
    source = "{% macro bold(text) %}<b>{{ text }}</b>{% endmacro %}{{ bold(word) }} {{ 5 }} {{ '<' }}"
    assert environment.from_string(source).render(word="a<b") == "<b>A&lt;B</b> 5 &lt;"


def test_delimiters_are_those_of_the_format():
    environment = make_environment({}, upper, variable_start_string="<<", variable_end_string=">>")
    assert environment.from_string(r"\textbf{<< word >>}{{ word }}").render(word="a") == r"\textbf{A}{{ word }}"


def test_a_template_from_elsewhere_runs_nothing():
    environment = make_environment({}, upper)
    with pytest.raises(SecurityError):
        environment.from_string("{{ ''.__class__.__mro__ }}").render()
    with pytest.raises(UndefinedError):
        environment.from_string("{{ nothing }}").render()
