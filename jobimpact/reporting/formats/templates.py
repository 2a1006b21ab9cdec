"""How the templates of pages and of LaTeX are read: text is escaped, a brand's template may print and not run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobimpact.paths import packaged
from jobimpact.reporting.claims.claims import Claim
from jobimpact.reporting.compose.appendix import anchor_of, group_blocks, model_mark, model_marks, split_lead, unprinted_claims

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import Environment


def make_environment(words: Mapping[str, Any], escaped: Callable[[str], Any], **delimiters: str) -> Environment:
    """Return what renders a template of ``reporting/templates`` with the words around the content.

    `escaped` turns a text of the document into what the format prints literally; a template's own markup
    stays as it is. `delimiters` are signs of blocks, variables and comments, as jinja2 names them, where
    braces are the format's own.
    """
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    def escaped_text(value: Any) -> Any:
        return escaped(value) if isinstance(value, str) and not hasattr(value, "__html__") else value

    # A brand's folder comes from elsewhere: its template may print, not run.
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(packaged("reporting", "templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=escaped_text,
        **delimiters,
    )
    environment.tests["claim"] = lambda part: isinstance(part, Claim)
    environment.filters |= {
        "place": anchor_of,
        "marked": lambda sentence: model_mark(sentence, words),
        "models": lambda section: model_marks(section, words),
        "grouped": group_blocks,
        "lead": split_lead,
        "unprinted": unprinted_claims,
    }
    return environment
