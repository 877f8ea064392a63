import threading
from threading import Event, Thread
from time import thread_time

import pytest

from interleaved import events_and_barriers
from interleaved.events_and_barriers import ask_again, count_for, sleep_until_set

WAITS = [ask_again, sleep_until_set]


@pytest.mark.parametrize("wait", WAITS)
def test_the_count_is_over_when_the_wait_is(
    monkeypatch: pytest.MonkeyPatch, wait: object
) -> None:
    """Whoever waits, in whatever way, goes on after the count."""
    counted: list[int] = []
    monkeypatch.setattr(events_and_barriers, "count_to", counted.append)
    seen: list[list[int]] = []

    def wait_and_look(done: Event) -> None:
        assert callable(wait)
        wait(done)
        seen.append(counted.copy())

    count_for(wait_and_look, 5)
    assert seen == [[5]]
    assert "waits" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.negative_control
def test_without_a_wait_the_count_is_not_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: who does not wait looks before the count has begun."""
    counted: list[int] = []
    seen: list[list[int]] = []
    has_looked = Event()

    def look(_: Event) -> None:
        seen.append(counted.copy())
        has_looked.set()

    def count_to(number: int) -> None:
        assert has_looked.wait(10)
        counted.append(number)

    monkeypatch.setattr(events_and_barriers, "count_to", count_to)
    count_for(look, 5)
    assert seen == [[]]


def test_only_the_one_who_asks_computes() -> None:
    """Asleep, a thread takes next to none of the processor's time."""
    taken: dict[str, float] = {}
    done = Event()

    def measure(name: str) -> None:
        begin = thread_time()
        {"asks": ask_again, "sleeps": sleep_until_set}[name](done)
        taken[name] = thread_time() - begin

    threads = [Thread(target=measure, args=(name,)) for name in ("asks", "sleeps")]
    for thread in threads:
        thread.start()
    Event().wait(0.3)
    done.set()
    for thread in threads:
        thread.join(10)
    assert taken["asks"] > 5 * taken["sleeps"]


def test_a_signal_that_never_comes_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a while, and not a hang."""
    monkeypatch.setattr(events_and_barriers, "_PATIENCE", 0.01)
    with pytest.raises(TimeoutError, match="not set"):
        sleep_until_set(Event())
