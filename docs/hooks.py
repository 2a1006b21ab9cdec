"""Fill the reference with the public names of the package, and the page on evidence with its table."""

import jobimpact
from jobimpact.facts.evidence import read_evidence


def on_page_markdown(markdown: str, *, page: object, **_: object) -> str:
    """Return the page; the reference gets a section for every public name, the page on evidence a row for every entry."""
    if page.file.src_uri == "evidence.md":
        rows = [f"| {', '.join(entry.columns)} | {entry.grade} | {entry.what} | `{entry.test}` |" for entry in read_evidence()]
        return "\n".join([markdown, "", "| Figures | Grade | Evidence | Test |", "|---|---|---|---|", *rows])
    if page.file.src_uri != "api.md":
        return markdown
    sections = [f"::: {home}.{name}" for name, home in sorted(jobimpact._HOMES.items())]
    return "\n\n".join([markdown, *sections])
