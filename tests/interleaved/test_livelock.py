import random
import threading
from threading import Event

import pytest

from interleaved import livelock
from interleaved.livelock import (
    Pause,
    equal_pause,
    failures_in_real_time,
    no_pause,
    random_pause,
    tries_in_step,
)


@pytest.mark.negative_control
@pytest.mark.parametrize("pause", [no_pause, equal_pause])
@pytest.mark.parametrize("limit", [1, 30])
def test_equals_in_step_never_meet_success(pause: Pause, limit: int) -> None:
    """Negative control of the lot: without it, every try up to the last fails."""
    assert tries_in_step((pause, pause), limit) == limit


def test_lots_end_it() -> None:
    """With random pauses a few tries do, however often it is repeated."""
    tries = [tries_in_step((random_pause, random_pause)) for _ in range(10)]
    assert all(2 <= each < 60 for each in tries)


def test_unequal_pauses_end_it() -> None:
    """Symmetry is what keeps it going, not the lack of a lot."""
    assert tries_in_step((no_pause, equal_pause)) == 2
    assert tries_in_step((equal_pause, no_pause)) == 2


def test_a_thread_that_waits_in_vain_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that is late for its step is told of, and no thread stays behind."""
    before = threading.active_count()
    late = Event()
    monkeypatch.setattr(livelock, "_PATIENCE", 0.05)

    def dawdle(failures: int) -> int:
        late.wait(0.2)
        return 0

    with pytest.raises(threading.BrokenBarrierError):
        tries_in_step((no_pause, dawdle))
    assert threading.active_count() == before


def test_the_range_doubles() -> None:
    """Up to 1, 3, 7 ticks and so on, and not without end."""
    random.seed(1)
    largest = [max(random_pause(n) for _ in range(2000)) for n in (0, 1, 2, 20)]
    assert largest == [1, 3, 7, 63]


def test_failures_are_counted_and_pauses_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pause learns how many failures there were in a row."""
    told: list[int] = []
    answers = iter([False, False, True, False, True])
    monkeypatch.setattr(livelock, "_try_both", lambda *_: next(answers))

    def pause(failures: int) -> float:
        told.append(failures)
        return 0

    assert failures_in_real_time(pause, threads=1, times=2) == 3
    assert told == [1, 2, 1]


@pytest.mark.quiet
def test_everybody_gets_through() -> None:
    """In real time nobody is stuck, with and without a pause, and none alone."""
    assert failures_in_real_time(lambda _: 0, times=3, hold=0.001) > 0
    failures_in_real_time(lambda _: 0.001, times=3, hold=0.001)
    assert failures_in_real_time(lambda _: 0, threads=1) == 0
