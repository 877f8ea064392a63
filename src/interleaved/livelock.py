"""Threads that give way to each other, in step and in real time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import randrange
from threading import Barrier, Lock, Thread
from time import sleep

_PATIENCE = 10.0  # seconds that a thread waits for another

Pause = Callable[[int], float]
"""How long to pause after so many failures: ticks or seconds, says who calls it."""


def no_pause(failures: int) -> int:  # noqa: ARG001 (as all pauses)
    """Try again at once."""
    return 0


def equal_pause(failures: int) -> int:  # noqa: ARG001 (as all pauses)
    """Pause for three ticks."""
    return 3


def random_pause(failures: int) -> int:
    """Pause for ticks by lot, out of twice as many after each failure, 64 at most."""
    return randrange(2 ** min(failures + 1, 6))  # noqa: S311 (no secret)


def tries_in_step(pauses: tuple[Pause, Pause], limit: int = 200) -> int:
    """Let two threads take two locks crosswise, one step of each at every tick.

    A step is: try to take the first lock; try to take the second; give back what
    is held. No thread takes its next step before the other has taken this one, so
    that what is symmetrical stays so, as the press of a button by two people who
    hear the same bell.

    Args:
        pauses: How many ticks each thread pauses after a failure.
        limit: Tries after which a thread gives up.

    Returns:
        How many tries the thread with more of them took.

    Raises:
        threading.BrokenBarrierError: A thread waited in vain for 10 s.
    """
    locks = Lock(), Lock()
    tries, finished = [0, 0], [False, False]
    over = False

    def look() -> None:  # once a tick, while both threads wait
        nonlocal over
        over = all(finished)

    tick = Barrier(2, look, timeout=_PATIENCE)

    def work(me: int) -> None:
        first, second = locks[me], locks[1 - me]
        has_both = False
        while not has_both and tries[me] < limit:
            tries[me] += 1
            if first.acquire(blocking=False):
                tick.wait()
                has_both = second.acquire(blocking=False)
                tick.wait()  # the other has tried before anybody gives way
                if has_both:
                    second.release()
                first.release()
            tick.wait()
            for _ in range(0 if has_both else int(pauses[me](tries[me]))):
                tick.wait()
        finished[me] = True
        while not over:  # the other still needs somebody to keep step with
            tick.wait()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(work, me) for me in (0, 1)]:
            future.result()
    return max(tries)


def failures_in_real_time(
    pause: Pause, threads: int = 2, times: int = 20, hold: float = 0.002
) -> int:
    """Let threads take two locks crosswise, in their own time, without waiting.

    Args:
        pause: Seconds that a thread sleeps after a failure; at 0 it does not sleep.
        threads: How many; every second one takes the locks the other way round.
        times: How often each takes both.
        hold: Seconds that it sleeps with both: some I/O.

    Returns:
        How often a thread found a lock taken, and gave way.
    """
    locks = Lock(), Lock()
    all_started = Barrier(threads, timeout=10)
    failures = [0] * threads

    def work(me: int) -> None:
        first, second = locks if me % 2 else locks[::-1]
        all_started.wait()
        for _ in range(times):
            in_a_row = 0
            while not _try_both(first, second, hold):
                in_a_row += 1
                if (seconds := pause(in_a_row)) > 0:
                    sleep(seconds)
            failures[me] += in_a_row

    workers = [Thread(target=work, args=(me,)) for me in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(failures)


def _try_both(first: Lock, second: Lock, hold: float) -> bool:
    if not first.acquire(blocking=False):
        return False
    try:
        if not second.acquire(blocking=False):
            return False
        try:
            sleep(hold)
            return True
        finally:
            second.release()
    finally:
        first.release()
