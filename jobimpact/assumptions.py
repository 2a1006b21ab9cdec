"""Assumptions that estimates rest on, from the TOML files of data/: value, unit, range, source and description of each."""

import tomllib
from functools import cache
from typing import Any

from jobimpact.errors import InputError
from jobimpact.paths import packaged


@cache
def read_assumptions(file: str) -> dict[str, dict[str, Any]]:
    """Return the assumptions of data/`file`.toml by name, each with value, unit, range, source and description."""
    return tomllib.loads(packaged("data", f"{file}.toml").read_text(encoding="utf-8"))


def assumption(file: str, name: str) -> Any:
    """Return the value of one assumption of data/`file`.toml.

    Raises
    ------
    InputError
        If the file has no such entry.

    Examples
    --------
    >>> assumption("pooling", "image_label")
    'E2'
    """
    entries = read_assumptions(file)
    if name not in entries:
        raise InputError(f"data/{file}.toml: found no assumption {name!r}; expected one of {', '.join(entries)}: add it there")
    return entries[name]["value"]
