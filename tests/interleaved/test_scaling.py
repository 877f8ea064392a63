"""Work of which a part stays in a row."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interleaved import scaling
from interleaved.scaling import count_half_pooled, count_pooled, serial_part


@pytest.mark.parametrize("count", [count_pooled, count_half_pooled])
@pytest.mark.parametrize("pieces", [(), (5,), (1, 2, 3, 4)])
def test_however_it_is_counted_the_sum_is_the_same(
    count: Callable[..., int], pieces: tuple[int, ...]
) -> None:
    """In a row or by a pool."""
    with ThreadPoolExecutor(2) as pool:
        assert count(map, pieces) == count(pool.map, pieces) == sum(pieces)


def test_half_is_counted_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """And half by the pool; all of it without."""
    where: list[bool] = []

    def count_to(number: int) -> int:
        where.append(threading.current_thread() is threading.main_thread())
        return number

    monkeypatch.setattr(scaling, "count_to", count_to)
    with ThreadPoolExecutor(2) as pool:
        count_half_pooled(pool.map, [1] * 8)
        assert sorted(where) == [False] * 4 + [True] * 4
        where.clear()
        count_pooled(pool.map, [1] * 8)
        assert where == [False] * 8


@given(st.floats(0, 1), st.integers(2, 1000))
def test_the_part_in_a_row_is_found_again(serial: float, workers: int) -> None:
    """From the speed-up that Amdahl's law gives it."""
    speedup = 1 / (serial + (1 - serial) / workers)
    assert serial_part(speedup, workers) == pytest.approx(serial, abs=1e-6)


@pytest.mark.parametrize(("speedup", "workers"), [(1, 1), (0, 2), (-1, 2)])
def test_what_has_no_part_is_refused(speedup: float, workers: int) -> None:
    """With what it takes, and what it was given."""
    with pytest.raises(ValueError, match=f"not {speedup} with {workers}"):
        serial_part(speedup, workers)
