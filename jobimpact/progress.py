"""One progress bar for everything that takes longer than two seconds."""

from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

Item = TypeVar("Item")


def track(items: Iterable[Item], label: str, *, show: bool, total: int | None = None) -> Iterable[Item]:
    """Return `items`; where `show` is set and there are several, a bar on standard error counts them.

    `total` says how many come where they have no length.
    """
    count = len(items) if total is None and isinstance(items, Sized) else total
    return _tracked(items, label, count) if show and count not in (0, 1) else items


def _tracked(items: Iterable[Item], label: str, total: int | None) -> Iterator[Item]:
    from rich.console import Console
    from rich.progress import track as rich_track

    console = Console(stderr=True)
    # Elsewhere than on a terminal there is nothing to see, and rich would leave an empty line in the log.
    disable = not console.is_terminal
    yield from rich_track(items, description=label, total=total, console=console, transient=True, disable=disable)
