from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from threading import Barrier, BrokenBarrierError

import pytest

from interleaved import check_then_act
from interleaved.check_then_act import (
    Claim,
    Seats,
    claim_at_once,
    claim_checked,
    claim_locked,
    sold_twice,
)

CLAIMS = [claim_checked, claim_locked, claim_at_once]


class Meeting(dict[int, str]):
    """Holds each who looks for a seat until another has looked, or for a while."""

    def __init__(self, patience: float) -> None:
        self.both_have_looked = Barrier(2, timeout=patience)

    def __contains__(self, seat: object) -> bool:
        found = super().__contains__(seat)
        with suppress(BrokenBarrierError):
            self.both_have_looked.wait()
        return found


def times_sold(claim: Claim, patience: float) -> int:
    """Return how many of two threads get a seat for which both look at once."""
    seats = Seats()
    seats.owners = Meeting(patience)
    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(lambda name: claim(seats, 1, name), ["Ann", "Bob"]))


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_free_seat_is_sold_and_a_taken_one_is_not(claim: Claim) -> None:
    """In one thread, all three agree."""
    seats = Seats()
    assert claim(seats, 1, "Ann")
    assert not claim(seats, 1, "Bob")
    assert claim(seats, 2, "Bob")
    assert seats.owners == {1: "Ann", 2: "Bob"}


def test_a_seat_is_sold_twice_by_those_who_look_first() -> None:
    """Both look before either enters: both are told that the seat is theirs."""
    assert times_sold(claim_checked, patience=10) == 2


@pytest.mark.parametrize("claim", [claim_locked, claim_at_once])
def test_no_seat_is_sold_twice(claim: Claim) -> None:
    """Neither by construction nor among many."""
    assert times_sold(claim, patience=0.05) == 1
    assert sold_twice(claim, number=5000) == 0


def test_the_locked_claim_needs_its_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lock taken away, the same claim sells the seat twice."""
    monkeypatch.setattr(check_then_act, "Lock", nullcontext)
    assert times_sold(claim_locked, patience=10) == 2


def test_those_who_buy_have_different_names() -> None:
    """Each says its own with every seat."""
    said: list[tuple[int, str]] = []

    def claim(seats: Seats, seat: int, name: str) -> bool:
        said.append((seat, name))
        return False

    sold_twice(claim, number=3)
    assert sorted(said) == [(seat, who) for seat in range(3) for who in ("Ann", "Bob")]


def test_seats_sold_twice_are_counted() -> None:
    """Everybody is told yes for seats below 3; Bob never is."""

    def generous(seats: Seats, seat: int, name: str) -> bool:
        return seat < 3

    def only_ann(seats: Seats, seat: int, name: str) -> bool:
        return name == "Ann"

    assert sold_twice(generous, number=10) == 3
    assert sold_twice(only_ann, number=10) == 0
