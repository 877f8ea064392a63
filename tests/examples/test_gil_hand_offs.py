from dataclasses import replace
from types import ModuleType

import pytest

from interleaved import measured_in_child, this_interpreter
from interleaved.turns import Stamp, stamped


def stamps_of(worker: str, *milliseconds: float) -> list[Stamp]:
    return [Stamp(worker, each / 1000) for each in milliseconds]


def test_stamps_close_to_each_other_are_one_slice(example: ModuleType) -> None:
    """A gap that is longer than the patience ends a slice; others do not count."""
    stamps = stamps_of("A", 0, 0.5, 1.25) + stamps_of("B", 2) + stamps_of("A", 9, 9.5)
    assert example.spans(stamps, "A") == [(0, 0.00125), (0.009, 0.0095)]
    assert example.spans(stamps, "B") == [(0.002, 0.002)]
    assert example.spans(stamps, "C") == []


def test_time_together_is_that_of_both(example: ModuleType) -> None:
    """Slices that meet in no moment have none together."""
    together = example.seconds_together
    assert together([(0, 4), (6, 8)], [(1, 2), (3, 7)]) == 3
    assert together([(0, 1), (2, 3)], [(1, 2), (3, 4)]) == 0


def test_threads_that_overlap_are_told_from_those_that_alternate(
    example: ModuleType,
) -> None:
    """The share is 1 for two that run all the time, and 0 for turns."""
    length = round(1000 * example.SECONDS)
    always = [each / 2 for each in range(2 * length + 1)]
    both = stamps_of("A", *always) + stamps_of("B", *always)
    assert 0.99 < example.share_together(both) < 1.01
    turns = stamps_of("A", 0, 0.5, 1) + stamps_of("B", 3, 3.5, 4)
    assert example.share_together(turns) == 0


def test_without_a_gil_it_is_called_so(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Python is named by what is at work in it, and nobody else is asked then."""
    free = replace(this_interpreter(), gil=False)
    monkeypatch.setattr(example, "this_interpreter", lambda: free)
    monkeypatch.setattr(example, "measured_in_child", lambda *_: [])
    assert list(example.measure()) == ["without a GIL"]


def test_with_a_gil_hardly_anything_overlaps(example: ModuleType) -> None:
    """This interpreter has one."""
    stamps = measured_in_child(stamped, example.SECONDS)
    assert example.share_together(stamps) < 0.2
