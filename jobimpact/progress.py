"""One progress bar for everything that takes longer than two seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Item = TypeVar("Item")


def track(items: Sequence[Item], label: str, *, show: bool) -> Iterable[Item]:
    """Return `items`; where `show` is set, a bar on standard error counts them."""
    return _tracked(items, label) if show and len(items) > 1 else items


def _tracked(items: Sequence[Item], label: str) -> Iterator[Item]:
    from rich.console import Console
    from rich.progress import track as rich_track

    yield from rich_track(items, description=label, console=Console(stderr=True), transient=True)
