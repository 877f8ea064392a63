"""Fibonacci numbers, and what they take."""

from collections import Counter

import pytest

from interleaved import process_pools
from interleaved.process_pools import calls_of_fibonacci, fibonacci


def test_the_first_numbers() -> None:
    """Each is the sum of the two before it."""
    assert list(map(fibonacci, range(10))) == [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]


@pytest.mark.parametrize("number", [0, 1, 2, 3, 10])
def test_calls_are_counted(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as were really made."""
    calls: Counter[str] = Counter()

    def counted(number: int) -> int:
        calls["all"] += 1
        return fibonacci(number)

    monkeypatch.setattr(process_pools, "fibonacci", counted)
    counted(number)
    assert calls["all"] == calls_of_fibonacci(number)
