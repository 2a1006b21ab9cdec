"""Readers of the publishers' own files, one module per publisher: file in, tidy table out.

A reader raises :class:`~jobimpact.errors.SourceError` where its file is missing, broken off or of another layout, or holds a
cell that the publisher's file does not have; the message says which, what was expected and what to do.

``jobimpact.sources`` also does what `jobimpact sources` does: ``list``, ``pull``, ``add``, ``check``
and ``derive``, loaded when first used.
"""

import importlib
from typing import Any

_HOMES = {
    "add": ("jobimpact.sources.store.fetch", "add"),
    "check": ("jobimpact.sources.store.fetch", "check_sources"),
    "derive": ("jobimpact.sources.jobs.employment", "derive_from_folder"),
    "list": ("jobimpact.sources.store.fetch", "list_sources"),
    "locate": ("jobimpact.sources.store.fetch", "locate"),
    "pull": ("jobimpact.sources.store.fetch", "pull"),
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - ruff cannot see through sorted()


def __getattr__(name: str) -> Any:
    """Import the module that holds `name` and return it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'jobimpact.sources' has no attribute {name!r}")
    module, function = _HOMES[name]
    return getattr(importlib.import_module(module), function)


def __dir__() -> list[str]:
    """Return the public names."""
    return list(__all__)
