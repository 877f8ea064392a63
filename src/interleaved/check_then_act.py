"""Who gets the seat: look and then take it, hold a lock, or do both in one step."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock


class Seats:
    """Who has which seat, and a lock for those who use it.

    Attributes:
        owners: The owner of each seat that is taken.
        lock: Held by `claim_locked` from the look to the entry.
    """

    def __init__(self) -> None:
        """No seat is taken yet."""
        self.owners: dict[int, str] = {}
        self.lock = Lock()


Claim = Callable[[Seats, int, str], bool]
"""Takes a seat for somebody who has none of that number; tells whether it was free."""


def claim_checked(seats: Seats, seat: int, name: str) -> bool:
    """Look whether the seat is free, then take it: two steps."""
    if seat in seats.owners:
        return False
    seats.owners[seat] = name
    return True


def claim_locked(seats: Seats, seat: int, name: str) -> bool:
    """Do the same while no other thread that locks can do either."""
    with seats.lock:
        if seat in seats.owners:
            return False
        seats.owners[seat] = name
        return True


def claim_at_once(seats: Seats, seat: int, name: str) -> bool:
    """Leave the look and the entry to the dictionary, which makes them one step."""
    return seats.owners.setdefault(seat, name) == name


def sold_twice(claim: Claim, number: int = 100_000) -> int:
    """Count the seats that are sold to two, who claim them side by side.

    Args:
        claim: How each of them takes a seat.
        number: How many seats each tries to take, in the same order.

    Raises:
        threading.BrokenBarrierError: Not both threads were there within 10 s.
    """
    seats = Seats()
    both_started = Barrier(2, timeout=10)

    def buy(name: str) -> set[int]:
        both_started.wait()
        return {seat for seat in range(number) if claim(seats, seat, name)}

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(buy, ["Ann", "Bob"])
    return len(first & second)
