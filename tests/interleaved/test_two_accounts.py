from contextlib import nullcontext
from threading import Thread

import pytest

from interleaved import two_accounts
from interleaved.two_accounts import (
    Account,
    Move,
    Total,
    held,
    move_as_one,
    move_in_steps,
    total_as_one,
    total_in_steps,
    totals_seen,
)


@pytest.mark.parametrize("move", [move_in_steps, move_as_one])
@pytest.mark.parametrize("total", [total_in_steps, total_as_one])
def test_alone_each_is_right(move: Move, total: Total) -> None:
    """One thread sees the money move, and none of it vanish."""
    ann, bob = Account(60), Account(40)
    move(ann, bob, 10, two_accounts.nothing)
    assert (ann.balance, bob.balance) == (50, 50)
    assert total([ann, bob], two_accounts.nothing) == 100
    assert not ann.lock.locked()
    assert not bob.lock.locked()


@pytest.mark.parametrize(
    ("move", "total", "seen"),
    [
        (move_in_steps, total_in_steps, (90, 110)),
        (move_in_steps, total_as_one, (90, 100)),
        (move_as_one, total_in_steps, (100, 110)),
        (move_as_one, total_as_one, (100, 100)),
    ],
)
def test_a_snapshot_takes_both(move: Move, total: Total, seen: tuple[int, int]) -> None:
    """The auditor is never wrong only if neither lets go in between."""
    assert totals_seen(move, total) == seen


@pytest.mark.negative_control
def test_without_the_locks_the_same_check_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative control: it is holding the locks that makes the totals right."""
    monkeypatch.setattr(two_accounts, "held", lambda _: nullcontext())
    assert totals_seen(move_as_one, total_as_one, patience=10) == (90, 110)


def test_a_move_to_the_same_account_ends() -> None:
    """Its lock is taken once, and not waited for by who holds it."""
    ann = Account(60)
    done: list[int] = []

    def move_and_add() -> None:
        move_as_one(ann, ann, 10)
        done.append(total_as_one([ann, ann]))

    thread = Thread(target=move_and_add, daemon=True)
    thread.start()
    thread.join(10)
    assert done == [120]
    assert ann.balance == 60
    assert not ann.lock.locked()


def test_locks_are_taken_in_one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opposite moves do not deadlock, whoever is source and whoever is target."""
    ann, bob = Account(1000), Account(1000)
    pairs = [(ann, bob), (bob, ann)]

    def move_often(source: Account, target: Account) -> None:
        for _ in range(500):
            move_as_one(source, target, 1)

    threads = [Thread(target=move_often, args=pair, daemon=True) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    assert (ann.balance, bob.balance) == (1000, 1000)


def test_the_order_is_that_of_the_numbers() -> None:
    """It does not depend on the order in which the accounts are given."""
    taken: list[int] = []

    class Noted:
        def __init__(self, number: int) -> None:
            self.number = number

        def __enter__(self) -> None:
            taken.append(self.number)

        def __exit__(self, *_: object) -> None:
            taken.append(-self.number)

    accounts = [Account(0) for _ in range(3)]
    for number, account in enumerate(accounts, 1):
        account.lock = Noted(number)  # type: ignore[assignment]
    with held([accounts[2], accounts[0], accounts[1]]):
        assert taken == [1, 2, 3]
    assert taken == [1, 2, 3, -3, -2, -1]
