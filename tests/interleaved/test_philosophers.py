from contextlib import nullcontext, suppress
from threading import Barrier, BrokenBarrierError, Semaphore, Thread

import pytest

from interleaved import philosophers
from interleaved.deadlock import run_limited
from interleaved.philosophers import (
    SEATS,
    Manner,
    Table,
    dinner,
    left_first,
    lower_first,
    meals_eaten,
    meet_hungry,
    with_waiter,
)

CURES = [lower_first, with_waiter]


@pytest.mark.parametrize("manner", [left_first, *CURES])
@pytest.mark.parametrize("seat", range(SEATS))
def test_both_forks_are_held_and_given_back(manner: Manner, seat: int) -> None:
    """Exactly the two beside the plate, whoever sits there."""
    table = Table()
    eating = manner(table, seat)
    next(eating)
    held = {n for n, fork in enumerate(table.forks) if fork.locked()}
    assert held == {seat, (seat + 1) % SEATS}
    assert next(eating, "done") == "done"
    assert not any(fork.locked() for fork in table.forks)


@pytest.mark.parametrize("manner", CURES)
def test_cures_end(manner: Manner) -> None:
    """Even in the worst order of events, all have eaten."""
    thread = Thread(target=meet_hungry, args=(manner, 0.1), daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.negative_control
def test_left_first_is_stuck() -> None:
    """Negative control: without a cure the same dinner does not end."""
    program = "from interleaved.philosophers import *\nmeet_hungry(left_first, 1)"
    assert run_limited(program, seconds=2.5).stuck


@pytest.mark.negative_control
def test_a_waiter_with_five_places_is_none() -> None:
    """Negative control: it is the number four that prevents the circle."""
    program = (
        "from interleaved import philosophers as p\n"
        "places = p.Semaphore(5)\n"
        "def manner(table, seat):\n"
        "    table.waiter = places\n"
        "    yield from p.with_waiter(table, seat)\n"
        "p.meet_hungry(manner, 1)"
    )
    assert run_limited(program, seconds=2.5).stuck


def test_four_at_most_reach() -> None:
    """The waiter never lets five hold a fork at once."""
    assert Table().waiter._value == SEATS - 1
    places = Semaphore(1)
    holding: list[int] = []
    table = Table(waiter=places, holds_one=lambda: holding.append(places._value))
    dinner(with_waiter, meals=3, table=table)
    assert holding == [0] * 15


def three_eat_at_once(manner: Manner, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whoever eats waits a while for two more to eat, too."""
    three_eat = Barrier(3, timeout=0.3)
    met: list[bool] = []

    def bite(_: float) -> None:
        with suppress(BrokenBarrierError):
            three_eat.wait()
            met.append(True)

    monkeypatch.setattr(philosophers, "sleep", bite)
    meals = meals_eaten(manner, seconds=0.05)
    assert len(meals) == SEATS
    assert all(meals)
    return any(met)


@pytest.mark.parametrize("manner", CURES)
def test_neighbours_do_not_eat_at_once(
    manner: Manner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most two of five eat at any time."""
    assert not three_eat_at_once(manner, monkeypatch)


@pytest.mark.negative_control
@pytest.mark.parametrize("manner", CURES)
def test_without_forks_they_do(manner: Manner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: with forks that any number can hold, the check fails."""
    monkeypatch.setattr(philosophers, "Lock", nullcontext)
    assert three_eat_at_once(manner, monkeypatch)


def test_all_eat_if_they_think() -> None:
    """With thoughts in between, the waiter serves everybody."""
    assert min(meals_eaten(with_waiter, 0.3, thought=0.001)) > 3
