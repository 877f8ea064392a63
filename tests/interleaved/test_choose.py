import pytest

from interleaved import choose
from interleaved.choose import processor_share


class Clocks:
    """Two clocks that work moves: one always runs, one only while it computes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.elapsed = self.used = 100.0
        monkeypatch.setattr(choose, "perf_counter", lambda: self.elapsed)
        monkeypatch.setattr(choose, "process_time", lambda: self.used)

    def compute(self) -> None:
        self.elapsed += 0.125
        self.used += 0.125

    def wait(self) -> None:
        self.elapsed += 0.125


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


def test_computing_has_a_share_of_one(clocks: Clocks) -> None:
    """All of its time is spent on a processor."""
    assert processor_share(clocks.compute) == 1


def test_waiting_has_a_share_of_zero(clocks: Clocks) -> None:
    """None of its time is."""
    assert processor_share(clocks.wait) == 0


def test_doing_both_lies_in_between(clocks: Clocks) -> None:
    """One part of computing and three of waiting are a quarter."""

    def both() -> None:
        clocks.compute()
        for _ in range(3):
            clocks.wait()

    assert processor_share(both) == 0.25


@pytest.mark.parametrize(("seconds", "calls"), [(0.0, 1), (0.125, 1), (0.3, 3)])
def test_work_is_repeated_until_the_time_has_passed(
    clocks: Clocks, seconds: float, calls: int
) -> None:
    """Once at least, and no longer than asked."""
    made: list[str] = []

    def work() -> None:
        clocks.compute()
        made.append("call")

    processor_share(work, seconds)
    assert len(made) == calls
