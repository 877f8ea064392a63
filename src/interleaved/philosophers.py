"""Five philosophers, five forks, and three ways to take two of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Barrier, BrokenBarrierError, Lock, Semaphore, Thread
from time import monotonic, sleep

SEATS = 5
_BITE = 0.001  # seconds of a meal, asleep with both forks: some I/O


def nothing() -> None:
    """Do nothing."""


@dataclass(slots=True)
class Table:
    """A round table.

    Attributes:
        forks: Fork n lies to the left of seat n, and to the right of seat n - 1.
        waiter: Lets so many philosophers reach for forks at a time.
        holds_one: Called by each philosopher who holds a fork and wants another.
    """

    forks: list[Lock] = field(default_factory=lambda: [Lock() for _ in range(SEATS)])
    waiter: Semaphore = field(default_factory=lambda: Semaphore(SEATS - 1))
    holds_one: Callable[[], object] = nothing


Manner = Callable[[Table, int], Iterator[None]]


def _both(table: Table, first: int, second: int) -> Iterator[None]:
    with table.forks[first]:
        table.holds_one()
        with table.forks[second]:
            yield


def left_first(table: Table, seat: int) -> Iterator[None]:
    """Take the fork to the left, then the one to the right."""
    yield from _both(table, seat, (seat + 1) % SEATS)


def lower_first(table: Table, seat: int) -> Iterator[None]:
    """Take the fork with the lower number, then the other."""
    forks = seat, (seat + 1) % SEATS
    yield from _both(table, min(forks), max(forks))


def with_waiter(table: Table, seat: int) -> Iterator[None]:
    """Ask the waiter, then take the left fork and the right one."""
    with table.waiter:
        yield from left_first(table, seat)


def meet_hungry(manner: Manner, patience: float = 1.0) -> None:
    """Let five philosophers eat once, after as many as can have taken one fork.

    Args:
        manner: How they take them. With `left_first` this never returns, if all come
            to hold a fork within `patience`.
        patience: Seconds that those who hold one fork wait for all to hold one.
            Where the manner keeps them from that, they go on.
    """
    all_hold_one = Barrier(SEATS, timeout=patience)

    def holds_one() -> None:
        with suppress(BrokenBarrierError):
            all_hold_one.wait()

    dinner(manner, meals=1, table=Table(holds_one=holds_one))


def dinner(manner: Manner, meals: int, table: Table) -> None:
    """Let each of five philosophers eat so many times."""
    eating = contextmanager(manner)

    def live(seat: int) -> None:
        for _ in range(meals):
            with eating(table, seat):
                pass

    _all_seats(live)


def meals_eaten(manner: Manner, seconds: float, thought: float = 0.0) -> list[int]:
    """Count the meals of each philosopher in some time.

    Args:
        manner: How they take forks; one that cannot deadlock.
        seconds: How long they go on.
        thought: Seconds that each thinks after a meal; at 0 it does not think.

    Returns:
        The meals at each seat.
    """
    table = Table()
    meals = [0] * SEATS
    eating = contextmanager(manner)
    all_seated = Barrier(SEATS, timeout=10)

    def live(seat: int) -> None:
        all_seated.wait()
        end = monotonic() + seconds
        while monotonic() < end:
            with eating(table, seat):
                sleep(_BITE)
                meals[seat] += 1  # a place for each: no lock
            if thought:
                sleep(thought)

    _all_seats(live)
    return meals


def _all_seats(live: Callable[[int], None]) -> None:
    threads = [Thread(target=live, args=(seat,)) for seat in range(SEATS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
