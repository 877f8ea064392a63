"""A thread that works in rounds, and how it pauses between them."""

from collections.abc import Callable
from threading import Event, Thread
from time import sleep

_PATIENCE = 10.0  # seconds


def stop_a_sleeper(seconds: float) -> bool:
    """Start a thread that sleeps after each round, and stop it in its first sleep.

    Args:
        seconds: How long it sleeps.

    Returns:
        Whether it has stopped.
    """
    return _start_and_stop(lambda _: sleep(seconds))


def stop_a_waiter(seconds: float) -> bool:
    """Start a thread that waits to be stopped after each round, and stop it.

    Args:
        seconds: How long it waits, if nobody stops it.

    Returns:
        Whether it has stopped.
    """
    return _start_and_stop(lambda stop: stop.wait(seconds))


def _start_and_stop(pause: Callable[[Event], object]) -> bool:
    stop, has_begun = Event(), Event()

    def work() -> None:
        while not stop.is_set():
            has_begun.set()  # stands for a round of work
            pause(stop)

    thread = Thread(target=work)
    thread.start()
    has_begun.wait(_PATIENCE)
    stop.set()
    thread.join(_PATIENCE)
    return not thread.is_alive()
