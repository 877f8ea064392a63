from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from threading import Barrier, BrokenBarrierError

import pytest

from interleaved import races
from interleaved.races import (
    Counter,
    add_one,
    add_one_from_call,
    add_one_locked,
    add_one_split,
    keep_both_updates,
    lose_one_update,
    lost_updates,
    lost_updates_by_body,
    run_together,
)

Increment = Callable[[Counter], None]
INCREMENTS = [add_one, add_one_from_call, add_one_split, add_one_locked]


class Meeting(Counter):
    """A counter that holds each reader until another has read, or for a while."""

    def __init__(self, patience: float) -> None:
        self.both_have_read = Barrier(2, timeout=patience)
        self.count = 0
        super().__init__()

    @property
    def value(self) -> int:
        """Read, then wait for the other reader."""
        seen = self.count
        with suppress(BrokenBarrierError):
            self.both_have_read.wait()
        return seen

    @value.setter
    def value(self, value: int) -> None:
        self.count = value


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every lock away: what was its holder's is now anybody's."""
    monkeypatch.setattr(races, "Lock", nullcontext)


def counted(increment: Increment, patience: float) -> int:
    """Return the count after two increments that meet, if they can, half-way."""
    counter = Meeting(patience)
    run_together(lambda: increment(counter), threads=2)
    return counter.count


@pytest.mark.parametrize("increment", INCREMENTS)
def test_increments_add_one(increment: Increment) -> None:
    """In one thread, every body adds one, every time."""
    counter = Counter()
    for _ in range(1000):
        increment(counter)
    assert counter.value == 1000


@pytest.mark.negative_control
@pytest.mark.parametrize("increment", [add_one, add_one_from_call, add_one_split])
def test_unlocked_increment_loses(increment: Increment) -> None:
    """Both threads read before either writes: without a lock one update is lost."""
    assert counted(increment, patience=10) == 1


def test_locked_increment_loses_nothing() -> None:
    """With the lock, the second thread reads only what the first has written."""
    assert counted(add_one_locked, patience=0.05) == 2


@pytest.mark.negative_control
def test_locked_increment_needs_its_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lock taken away, the same body loses the same update."""
    without_locks(monkeypatch)
    assert counted(add_one_locked, patience=10) == 1


@pytest.mark.parametrize("increment", INCREMENTS)
def test_lost_updates_are_some_of_all(increment: Increment) -> None:
    """Never are more updates lost than made, and none when a lock is held."""
    lost = lost_updates(increment, threads=3, times=500)
    assert 0 <= lost < 1500
    if increment is add_one_locked:
        assert lost == 0


@pytest.mark.parametrize("times", [1, 7])
def test_lost_updates_counts_what_is_lost(times: int) -> None:
    """Of two threads that read and write in step, one update in two is lost."""
    both_have_read, both_have_written = Barrier(2, timeout=10), Barrier(2, timeout=10)

    def in_step(counter: Counter) -> None:
        seen = counter.value
        both_have_read.wait()
        counter.value = seen + 1
        both_have_written.wait()

    assert lost_updates(in_step, threads=2, times=times) == times


def test_each_body_has_its_own_loss() -> None:
    """They share no counter: one that loses all does not touch the next."""
    bodies = [add_one_locked, lambda _: None, add_one_locked]
    assert lost_updates_by_body(bodies, 2, 50) == [0, 100, 0]


def test_threads_start_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread increments before all are there."""
    arrived: list[int] = []
    when_incrementing: list[int] = []

    class Door(Barrier):
        def wait(self, timeout: float | None = None) -> int:
            arrived.append(1)
            return super().wait(timeout)

    monkeypatch.setattr(races, "Barrier", Door)
    lost_updates(lambda _: when_incrementing.append(len(arrived)), threads=4, times=1)
    assert when_incrementing == [4] * 4


def test_a_thread_that_fails_is_heard() -> None:
    """An exception in a thread reaches the caller."""

    def fail(counter: Counter) -> None:
        raise ArithmeticError("cannot add")

    with pytest.raises(ArithmeticError, match="cannot add"):
        lost_updates(fail, times=1)


def test_one_update_is_lost_every_time() -> None:
    """By construction: on every run, on every interpreter."""
    assert {lose_one_update() for _ in range(50)} == {1}


def test_both_updates_are_kept_every_time() -> None:
    """However soon the first thread's patience ends, the lock keeps both updates."""
    patiences = [0, 0.001, 0.02] * 5
    assert {keep_both_updates(patience) for patience in patiences} == {2}
    assert keep_both_updates() == 2


def test_keeping_both_needs_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lock taken away, the threads meet half-way and one update is lost."""
    without_locks(monkeypatch)
    assert keep_both_updates(patience=10) == 1


def one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let run together what is to run together in a single thread, in turn."""
    monkeypatch.setattr(races, "ThreadPoolExecutor", lambda _: ThreadPoolExecutor(1))


def test_losing_needs_the_barrier(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its barrier opened, updates that run in turn are both kept: loss was its work."""
    one_after_the_other(monkeypatch)
    monkeypatch.setattr(
        races, "Barrier", lambda _, timeout: Barrier(1, timeout=timeout)
    )
    assert lose_one_update() == 2


def test_barrier_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A partner that never comes is an error after a while, not a hang."""
    one_after_the_other(monkeypatch)
    monkeypatch.setattr(
        races,
        "Barrier",
        lambda parties, timeout: Barrier(parties, timeout=timeout / 1000),
    )
    with pytest.raises(BrokenBarrierError):
        lose_one_update()
