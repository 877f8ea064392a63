"""Locks that are fair and locks that are not, and who gets them."""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from threading import Barrier, Lock, Thread
from time import monotonic, sleep
from types import TracebackType

from interleaved.convoy import beside

_PATIENCE = 10.0  # seconds


class TicketLock:
    """A fair lock: it goes to those who want it in the order in which they came.

    Each thread that finds it taken draws a ticket, which is a lock of its own, and
    waits for that. Who gives the lock back hands it to the oldest ticket; it is
    never free in between, so nobody can jump the queue.
    """

    def __init__(self) -> None:
        """Make a lock that nobody holds."""
        self._guard = Lock()  # of the two below
        self._taken = False
        self._tickets: deque[Lock] = deque()

    @property
    def queue(self) -> int:
        """How many threads wait."""
        with self._guard:
            return len(self._tickets)

    def acquire(self) -> None:
        """Take the lock, after all who came before.

        Raises:
            TimeoutError: It did not come within 10 s.
        """
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            ticket = Lock()
            ticket.acquire()
            self._tickets.append(ticket)
        try:
            came = ticket.acquire(timeout=_PATIENCE)
        except BaseException:  # Ctrl-C ends a wait, too
            if not self._withdraw(ticket):
                self.release()
            raise
        if not came and self._withdraw(ticket):
            raise TimeoutError(f"the lock did not come within {_PATIENCE:g} s")

    def _withdraw(self, ticket: Lock) -> bool:
        """Void a ticket, unless the lock has come to it; say which."""
        with self._guard:
            if ticket not in self._tickets:
                return False  # it came at the last moment
            self._tickets.remove(ticket)
            return True

    def release(self) -> None:
        """Hand the lock to the oldest ticket.

        Raises:
            RuntimeError: Nobody holds it.
        """
        with self._guard:
            if not self._taken:
                raise RuntimeError("release of a lock that nobody holds")
            if self._tickets:
                self._tickets.popleft().release()  # it stays taken, by another
            else:
                self._taken = False

    def __enter__(self) -> None:
        """Take the lock."""
        self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hand the lock on."""
        self.release()


LOCKS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "plain": Lock,
    "ticket": TicketLock,
}
"""An unfair lock and a fair one, by name."""


def nothing() -> None:
    """Give the lock back at once."""


def turns(
    lock: AbstractContextManager[object],
    total: int,
    work: Callable[[], object] = nothing,
    threads: int = 4,
    settle: float = 0.02,
) -> list[int]:
    """Let threads take a lock again and again, and note who got it.

    All of them want it all the time: a thread that gives it back asks for it
    again at once.

    Args:
        lock: Any lock.
        total: How many turns there are, for all threads together.
        work: What a thread does in its turn.
        threads: How many.
        settle: Seconds from their start to the first turn, in which all come to ask.

    Returns:
        The number of the thread that had each turn.

    Raises:
        threading.BrokenBarrierError: Not all threads were there within 10 s.
    """
    order: list[int] = []
    all_started = Barrier(threads + 1, timeout=_PATIENCE)

    def play(me: int) -> None:
        all_started.wait()
        while True:
            with lock:
                if len(order) == total:
                    return
                order.append(me)
                work()

    players = [Thread(target=play, args=(me,)) for me in range(threads)]
    with lock:
        for player in players:
            player.start()
        all_started.wait()
        sleep(settle)  # who has not asked by then merely comes later
    for player in players:
        player.join()
    return order


def turns_beside(
    work: Callable[[], object],
    lock: AbstractContextManager[object],
    seconds: float = 0.3,
    pause: float = 0.0005,
) -> int:
    """Count how often this thread gets a lock beside one that uses it, too.

    Args:
        work: What the other thread repeats.
        lock: What this thread takes and gives back, again and again.
        seconds: How long.
        pause: Seconds that this thread sleeps between its turns.
    """
    count = 0
    with beside(work):
        end = monotonic() + seconds
        while monotonic() < end:
            with lock:
                count += 1
            sleep(pause)
    return count


def runs(order: Sequence[int]) -> list[int]:
    """Return how many turns in a row a thread had, each time that it had any."""
    return [sum(1 for _ in turns) for _, turns in groupby(order)]
