from collections.abc import Callable
from threading import Barrier, get_ident

import pytest

from interleaved import gil
from interleaved.gil import count_serial, count_threaded, count_to

Count = Callable[[int, int], list[int]]
VARIANTS = [count_serial, count_threaded]


@pytest.mark.parametrize("number", [0, 1, 1000])
def test_count_to(number: int) -> None:
    """A count ends where it should."""
    assert count_to(number) == number


@pytest.mark.parametrize("count", VARIANTS)
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_every_count_is_handed_back(count: Count, threads: int) -> None:
    """Each variant returns what every count reached."""
    assert count(1000, threads) == [1000] * threads


@pytest.mark.parametrize("count", VARIANTS)
def test_exception_surfaces(count: Count, monkeypatch: pytest.MonkeyPatch) -> None:
    """A count that fails, in whatever thread, fails in the caller's hands."""

    def fail(number: int) -> int:
        raise OverflowError(number)

    monkeypatch.setattr(gil, "count_to", fail)
    with pytest.raises(OverflowError, match="7"):
        count(7, 2)


def test_serial_counts_in_this_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts in a row are all in the caller's thread."""
    monkeypatch.setattr(gil, "count_to", lambda _: get_ident())
    assert count_serial(1, 3) == [get_ident()] * 3


def test_threads_count_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three counts are under way at one time, each in a thread of its own."""
    all_counting = Barrier(3, timeout=10)

    def count(number: int) -> int:
        all_counting.wait()
        return get_ident()

    monkeypatch.setattr(gil, "count_to", count)
    threads = {*count_threaded(1, 3), get_ident()}
    assert len(threads) == 4
