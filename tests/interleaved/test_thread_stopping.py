from collections.abc import Callable
from threading import Event, active_count
from time import perf_counter, sleep

import pytest

from interleaved import thread_stopping
from interleaved.thread_stopping import stop_a_sleeper, stop_a_waiter


@pytest.mark.parametrize("stopped", [stop_a_sleeper, stop_a_waiter])
def test_both_stop(stopped: Callable[[float], bool]) -> None:
    """Each ends by itself once it is asked, and leaves no thread behind."""
    before = active_count()
    assert stopped(0.01)
    assert active_count() == before


def test_a_waiter_is_woken() -> None:
    """Its pause is far longer than the test."""
    assert stop_a_waiter(60)


@pytest.mark.negative_control
def test_a_sleeper_sleeps_on() -> None:
    """Negative control: nobody wakes a thread that sleeps."""
    start = perf_counter()
    assert stop_a_sleeper(0.3)
    assert perf_counter() - start > 0.2


def test_a_thread_that_does_not_stop_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the time is up, the answer is that it has not stopped."""
    monkeypatch.setattr(thread_stopping, "_PATIENCE", 0.05)
    may_end = Event()
    try:
        assert not thread_stopping._start_and_stop(lambda _: may_end.wait(10))
    finally:
        may_end.set()
        sleep(0.05)
