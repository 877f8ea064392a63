"""Judge `deaf_ticker`."""

from pathlib import Path
from threading import Event, Semaphore
from time import sleep

from interleaved.exercises.expecting import PATIENCE, expect, in_time, load


def check(file: Path) -> str:
    """It ticks again and again, stops amid a pause, and does not tick after that."""
    answer = load(file, "Ticker")
    ticks = Semaphore(0)
    often = answer.Ticker(ticks.release, 0.01)
    for number in range(3):
        came = ticks.acquire(timeout=10)
        expect(came, f"only {number} of 3 ticks came", "tick after each pause")
    stop_in_time(often.stop)
    while ticks.acquire(blocking=False):
        pass
    more = ticks.acquire(timeout=PATIENCE / 10)
    expect(not more, "it ticked after it was stopped", "join the thread in stop()")

    ticked = Event()
    seldom = answer.Ticker(ticked.set, 3600.0)
    expect(ticked.wait(10), "the first tick did not come", "tick before the pause")
    stop_in_time(seldom.stop)

    begun, over = Event(), Event()

    def tick() -> None:
        begun.set()
        sleep(PATIENCE / 4)
        over.set()

    slow = answer.Ticker(tick, 3600.0)
    expect(begun.wait(10), "the first tick did not come", "tick before the pause")
    stop_in_time(slow.stop)
    expect(over.is_set(), "stop() returned amid a tick", "join the thread in stop()")
    return "a ticker that pauses for an hour was stopped at once"


def stop_in_time(stop: object) -> None:
    """Call it."""
    assert callable(stop)
    in_time(
        stop,
        otherwise="the ticker pauses for an hour, and stop() waits for it",
        hint="pause by waiting for an Event that stop() sets",
    )
