"""Fill the reference with the public names of the package, each from the module where it lives."""

import jobimpact


def on_page_markdown(markdown: str, *, page: object, **_: object) -> str:
    """Return the page; the reference gets a section for every public name."""
    if page.file.src_uri != "api.md":
        return markdown
    sections = [f"::: {home}.{name}" for name, home in sorted(jobimpact._HOMES.items())]
    return "\n\n".join([markdown, *sections])
