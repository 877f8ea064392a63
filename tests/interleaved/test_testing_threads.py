from contextlib import nullcontext
from threading import Lock

import pytest

from interleaved import testing_threads
from interleaved.races import (
    add_one,
    add_one_from_call,
    add_one_locked,
    add_one_split,
)
from interleaved.testing_threads import MeetingCounter, ends, total_of_two


@pytest.mark.parametrize("increment", [add_one, add_one_from_call, add_one_split])
def test_a_missing_lock_is_seen(increment: testing_threads.Increment) -> None:
    """On every run, whatever the interpreter and the spelling."""
    assert [total_of_two(increment, patience=10) for _ in range(5)] == [1] * 5


@pytest.mark.parametrize("patience", [0.01, 0.2])
def test_a_lock_passes(patience: float) -> None:
    """However long the first waits for the second, in vain."""
    assert total_of_two(add_one_locked, patience) == 2


@pytest.mark.negative_control
def test_the_lock_is_what_makes_it_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the same increment, with a lock that locks nothing."""
    counter = MeetingCounter(patience=10)
    monkeypatch.setattr(counter, "lock", nullcontext())
    monkeypatch.setattr(testing_threads, "MeetingCounter", lambda _: counter)
    assert total_of_two(add_one_locked) == 1


def test_what_ends_and_what_does_not() -> None:
    """A deadlock is an answer, not a hang."""
    lock = Lock()
    assert ends(lock.acquire, seconds=10)
    assert not ends(lock.acquire, seconds=0.05)
    lock.release()
