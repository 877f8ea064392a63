"""Updates that get lost: between a read and its write, another write."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Lock


class Counter:
    """A value that threads share, and a lock for those who use it.

    Attributes:
        value: The count.
        lock: Held by `add_one_locked` from read to write.
    """

    def __init__(self) -> None:
        """Start at 0."""
        self.value = 0
        self.lock = Lock()


def add_one(counter: Counter) -> None:
    """Read, add and write in one statement, which is not one step."""
    counter.value += 1


def add_one_from_call(counter: Counter) -> None:
    """Read, call, write: a GIL build can switch threads at the call."""
    counter.value += one()


def add_one_split(counter: Counter) -> None:
    """Read and write in two statements."""
    seen = counter.value
    counter.value = seen + 1


def add_one_locked(counter: Counter) -> None:
    """Read and write while no other thread that locks can do either."""
    with counter.lock:
        counter.value += 1


def one() -> int:
    """Return 1."""
    return 1


def lost_updates(
    increment: Callable[[Counter], None],
    threads: int = 2,
    times: int = 200_000,
) -> int:
    """Count the increments that leave no trace, of `threads * times`.

    Args:
        increment: Adds one to the counter.
        threads: Threads that share one counter and start together.
        times: Increments by each thread.

    Raises:
        threading.BrokenBarrierError: Not all threads were there within 10 s.
    """
    counter = Counter()
    all_started = Barrier(threads, timeout=10)

    def work() -> None:
        all_started.wait()
        for _ in range(times):
            increment(counter)

    run_together(work, threads)
    return threads * times - counter.value


def lost_updates_by_body(
    increments: Sequence[Callable[[Counter], None]],
    threads: int = 2,
    times: int = 200_000,
) -> list[int]:
    """Call `lost_updates` for several ways to add one, and return what each loses."""
    return [lost_updates(increment, threads, times) for increment in increments]


def lose_one_update() -> int:
    """Add one in each of two threads, and return 1: on every run.

    Raises:
        threading.BrokenBarrierError: A thread waited in vain for 10 s.
    """
    counter = Counter()
    both_have_read = Barrier(2, timeout=10)

    def update() -> None:
        seen = counter.value
        both_have_read.wait()  # no write comes before the other's read
        counter.value = seen + 1

    run_together(update, threads=2)
    return counter.value


def keep_both_updates(patience: float = 0.05) -> int:
    """Add one in each of two threads, and return 2: on every run.

    The lock lets a thread read only after the other has written. So whoever comes
    first waits in vain at the barrier, breaks it and writes; the second finds it
    broken. However long that takes, the result is the same.

    Args:
        patience: Seconds that the first thread waits for the second.
    """
    counter = Counter()
    both_have_read = Barrier(2, timeout=patience)

    def update() -> None:
        with counter.lock:
            seen = counter.value
            with suppress(BrokenBarrierError):
                both_have_read.wait()
            counter.value = seen + 1

    run_together(update, threads=2)
    return counter.value


def run_together(work: Callable[[], None], threads: int) -> None:
    """Run the same work in several threads; an exception of one is raised here."""
    with ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(work) for _ in range(threads)]:
            future.result()
