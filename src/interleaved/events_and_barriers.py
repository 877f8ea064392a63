"""A thread that waits for a count in another: asleep, or by asking all the time."""

from collections.abc import Callable
from threading import Event, Thread

from interleaved.gil import count_to

_PATIENCE = 30.0  # seconds


def count_for(wait: Callable[[Event], object], number: int = 500_000) -> None:
    """Count while another thread waits for the end of it.

    Args:
        wait: Returns when the event is set: `ask_again` or `sleep_until_set`.
        number: How far to count.
    """
    done = Event()
    waiting = Thread(target=wait, args=(done,), name="waits")
    waiting.start()
    count_to(number)
    done.set()
    waiting.join(_PATIENCE)


def ask_again(done: Event) -> None:
    """Ask whether the event is set, again and again, until it is."""
    while not done.is_set():
        pass


def sleep_until_set(done: Event) -> None:
    """Wait for the event, and do nothing meanwhile.

    Raises:
        TimeoutError: It was not set within 30 s.
    """
    if not done.wait(_PATIENCE):
        raise TimeoutError(f"not set within {_PATIENCE:g} s")
