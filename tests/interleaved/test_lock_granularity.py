from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from threading import Barrier, BrokenBarrierError, Lock

import pytest

from interleaved import lock_granularity
from interleaved.lock_granularity import (
    Fetch,
    Pause,
    collect_entering,
    collect_holding,
    collect_serial,
    count_confined,
    count_contending,
    count_serial,
    deposit_coarse,
    deposit_fine,
)

Collect = Callable[[Sequence[str], Fetch], dict[str, int]]
Deposit = Callable[[Sequence[str], Pause], dict[str, int]]
COLLECTS = [collect_serial, collect_holding, collect_entering]
COUNTS = [count_serial, count_contending, count_confined]
SYMBOLS = ["A", "BB", "CCC"]


class Crowd:
    """Counts how many are in a call at once: each waits there for all the others."""

    def __init__(self, patience: float) -> None:
        self.all_there = Barrier(len(SYMBOLS), timeout=patience)
        self.counting = Lock()
        self.inside = self.most = 0

    def __call__(self, symbol: str = "") -> int:
        with self.counting:
            self.inside += 1
            self.most = max(self.most, self.inside)
        with suppress(BrokenBarrierError):
            self.all_there.wait()
        with self.counting:
            self.inside -= 1
        return len(symbol)

    def pause(self) -> None:
        self()


@pytest.mark.parametrize("collect", COLLECTS)
def test_all_collect_the_same(collect: Collect) -> None:
    """One oracle for all: a price for each symbol, in order."""
    prices = collect(SYMBOLS, len)
    assert list(prices.items()) == [("A", 1), ("BB", 2), ("CCC", 3)]


def test_fetching_overlaps_when_the_lock_is_held_to_enter() -> None:
    """All are in `fetch` at once."""
    crowd = Crowd(patience=10)
    collect_entering(SYMBOLS, crowd)
    assert crowd.most == 3


def test_fetching_does_not_overlap_under_the_lock() -> None:
    """Each waits for the others in vain."""
    crowd = Crowd(patience=0.05)
    collect_holding(SYMBOLS, crowd)
    assert crowd.most == 1


def test_it_is_the_lock_that_keeps_them_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock taken away, the same function lets all in."""
    monkeypatch.setattr(lock_granularity, "Lock", nullcontext)
    crowd = Crowd(patience=10)
    collect_holding(SYMBOLS, crowd)
    assert crowd.most == 3


@pytest.mark.parametrize(
    ("deposit", "patience", "most"),
    [(deposit_coarse, 0.05, 1), (deposit_fine, 10, 3)],
)
def test_a_lock_each_lets_in_one_each(
    deposit: Deposit, patience: float, most: int
) -> None:
    """One lock for all lets in one of all; the balances are the same."""
    crowd = Crowd(patience)
    assert deposit(SYMBOLS, crowd.pause) == {"A": 1, "BB": 1, "CCC": 1}
    assert crowd.most == most


@pytest.mark.parametrize("deposit", [deposit_coarse, deposit_fine])
def test_deposits_to_one_account_are_kept(deposit: Deposit) -> None:
    """Whoever has read writes before the next one reads."""
    both = Crowd(patience=0.05)
    assert deposit(["Ann", "Ann", "Ann"], both.pause) == {"Ann": 3}


@pytest.mark.parametrize("deposit", [deposit_coarse, deposit_fine])
def test_deposits_need_their_lock(
    deposit: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock taken away, all read before one writes: two updates are lost."""
    monkeypatch.setattr(lock_granularity, "Lock", nullcontext)
    assert deposit(["Ann", "Ann", "Ann"], Crowd(patience=10).pause) == {"Ann": 1}


@pytest.mark.parametrize("count", COUNTS)
def test_all_count_the_same(count: Callable[[int, int], int]) -> None:
    """Every addition is kept."""
    assert count(1000, 3) == 3000
    assert count(0, 2) == 0


@pytest.mark.parametrize(
    ("count", "times_taken"), [(count_contending, 20), (count_confined, 2)]
)
def test_the_lock_is_taken_as_often_as_said(
    count: Callable[[int, int], int],
    times_taken: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For each addition, or once in each thread."""
    taken: list[object] = []

    class Counted:
        def __enter__(self) -> None:
            taken.append(self)

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(lock_granularity, "Lock", Counted)
    count(10, 2)
    assert len(taken) == times_taken
    assert len(set(taken)) == 1


@pytest.mark.parametrize("collect", [collect_holding, collect_entering])
def test_a_question_that_fails_is_heard(collect: Collect) -> None:
    """The exception of a thread reaches the caller."""

    def fail(symbol: str) -> int:
        raise ConnectionError(symbol)

    with pytest.raises(ConnectionError, match="A"):
        collect(SYMBOLS, fail)


def test_what_a_reader_runs_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The defaults stand for I/O: one wait for each price and for each entry."""
    waits: list[float] = []
    monkeypatch.setattr(lock_granularity, "sleep", waits.append)
    assert collect_serial(["A", "BC"]) == {"A": 1, "BC": 2}
    assert deposit_coarse(["A", "BC"]) == {"A": 1, "BC": 1}
    assert waits == [lock_granularity.WAIT] * 4
