"""How many threads a lock lets in at once."""

from contextlib import AbstractContextManager, suppress
from threading import Barrier, BrokenBarrierError, Lock

from interleaved.races import run_together


def most_inside(
    guard: AbstractContextManager[object],
    threads: int = 10,
    patience: float = 1.0,
) -> int:
    """Return the most threads that are inside `with guard` at one instant.

    Each waits inside until all are there, or until one has waited in vain. So as
    many are in at once as the guard lets in, whatever the speed of the machine, as
    long as they arrive within `patience`.

    Args:
        guard: A lock, or anything else that threads pass by `with`.
        threads: How many try.
        patience: Seconds that the first of them waits inside for the others.
    """
    inside = most = 0
    counting = Lock()  # of our own: the guard may be none
    all_inside = Barrier(threads, timeout=patience)

    def pass_through() -> None:
        nonlocal inside, most
        with guard:
            with counting:
                inside += 1
                most = max(most, inside)
            with suppress(BrokenBarrierError):
                all_inside.wait()
            with counting:
                inside -= 1

    run_together(pass_through, threads)
    return most
