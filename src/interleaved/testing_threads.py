"""Checks that force the bad order, and checks that end."""

from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread

from interleaved.races import Counter, run_together

Increment = Callable[[Counter], None]
"""Adds one to a counter."""


class MeetingCounter(Counter):
    """A counter whose readers wait for each other: two read before either writes.

    Where a lock keeps the second one from reading, the first goes on after a while.
    """

    def __init__(self, patience: float) -> None:
        """Start at 0.

        Args:
            patience: Seconds that the first reader waits for the second.
        """
        self._value = 0
        self._both_have_read = Barrier(2, timeout=patience)
        super().__init__()

    @property
    def value(self) -> int:
        """The count, returned when two have read it, or cannot."""
        seen = self._value
        with suppress(BrokenBarrierError):
            self._both_have_read.wait()
        return seen

    @value.setter
    def value(self, value: int) -> None:
        self._value = value

    @property
    def total(self) -> int:
        """The count, without meeting anybody."""
        return self._value


def total_of_two(increment: Increment, patience: float = 0.2) -> int:
    """Add one in each of two threads, which read before either writes if they can.

    Args:
        increment: Adds one to the counter.
        patience: Seconds that a reader waits for the other. However long that takes,
            the total of an increment under a lock is 2; without a lock it is 1, if
            both threads are there within that time.
    """
    counter = MeetingCounter(patience)
    run_together(lambda: increment(counter), threads=2)
    return counter.total


def ends(work: Callable[[], object], seconds: float) -> bool:
    """Run some work in a thread, and tell whether it ended in time.

    The thread is a daemon: what never ends does not keep the process from ending.

    Args:
        work: What may not end.
        seconds: How long to wait for it.
    """
    thread = Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()
