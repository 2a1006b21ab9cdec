"""The progress bar: it changes nothing of what it counts, and stays off standard output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobimpact.progress import track

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize("show", [True, False])
def test_items_come_as_they_are(show: bool) -> None:
    assert list(track([3, 1, 2], "Counting", show=show)) == [3, 1, 2]


def test_bar_is_on_standard_error_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert sum(track(range(5), "Adding", show=True)) == 10
    # Not a terminal: a log gets no bar, and no empty line in the place of one.
    assert capsys.readouterr() == ("", "")


def test_items_without_length_are_counted_by_total() -> None:
    """Items are taken one at a time, so that a bar moves while they are made."""
    made: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(3):
            made.append(number)
            yield number

    seen = iter(track(numbers(), "Making", show=True, total=3))
    assert next(seen) == 0
    assert made == [0]
    assert list(seen) == [1, 2]


@pytest.mark.parametrize("items", [[], ["alone"]])
def test_nothing_to_count_has_no_bar(items: list[str]) -> None:
    assert track(items, "Waiting", show=True) is items
