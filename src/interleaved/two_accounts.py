"""Money that moves between accounts, and what an auditor sees meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from threading import Lock, Thread

Halfway = Callable[[], object]
"""Called in the middle of what moves or adds up."""

_PATIENCE = 0.5  # seconds that the middle waits for one who may have to wait for it
_numbers = count(1)


def nothing() -> None:
    """Do nothing in the middle."""


class Account:
    """Some money and its lock.

    Attributes:
        number: Unique, and never another: the order in which locks are taken.
        balance: The money.
        lock: Held by who reads or writes the balance.
    """

    def __init__(self, balance: int) -> None:
        """Start with some money."""
        self.number = next(_numbers)
        self.balance = balance
        self.lock = Lock()


@contextmanager
def held(accounts: Sequence[Account]) -> Iterator[None]:
    """Hold the locks of all accounts, taken in the order of their numbers.

    An account that is there twice is locked once.
    """
    with ExitStack() as locks:
        for account in sorted(set(accounts), key=lambda each: each.number):
            locks.enter_context(account.lock)
        yield


def move_in_steps(
    source: Account, target: Account, amount: int, halfway: Halfway = nothing
) -> None:
    """Take it from one and give it to the other, under one lock after the other."""
    with source.lock:
        source.balance -= amount
    halfway()
    with target.lock:
        target.balance += amount


def move_as_one(
    source: Account, target: Account, amount: int, halfway: Halfway = nothing
) -> None:
    """Take it from one and give it to the other, under both locks."""
    with held([source, target]):
        source.balance -= amount
        halfway()
        target.balance += amount


def total_in_steps(accounts: Sequence[Account], halfway: Halfway = nothing) -> int:
    """Add up the balances, each read under its own lock.

    Args:
        accounts: Whose.
        halfway: Called when the first has been read.
    """
    total = 0
    for position, account in enumerate(accounts):
        if position == 1:
            halfway()
        with account.lock:
            total += account.balance
    return total


def total_as_one(accounts: Sequence[Account], halfway: Halfway = nothing) -> int:
    """Add up the balances, read under the locks of all.

    Args:
        accounts: Whose.
        halfway: Called when the first has been read.
    """
    with held(accounts):  # across all reads: the total must be one snapshot
        total = accounts[0].balance
        halfway()
        return total + sum(account.balance for account in accounts[1:])


Move = Callable[[Account, Account, int, Halfway], None]
Total = Callable[[Sequence[Account], Halfway], int]


def totals_seen(
    move: Move, total: Total, patience: float = _PATIENCE
) -> tuple[int, int]:
    """Let an auditor in where it hurts. All the money is 100, at any time.

    Args:
        move: How 10 are moved.
        total: How the auditor adds up.
        patience: Seconds that the one in the middle waits for the other. Where locks
            keep the other out, it waits in vain; where none do, the other has to be
            done by then.

    Returns:
        The total of an auditor who comes halfway through a move, and that of one
        halfway through whose work a move comes.
    """
    accounts = [Account(60), Account(40)]
    seen: list[int] = []
    others: list[Thread] = []

    def meanwhile(work: Callable[[], None]) -> None:
        others.append(Thread(target=work))
        others[-1].start()
        others[-1].join(patience)

    def audit() -> None:
        seen.append(total(accounts, nothing))

    def transfer() -> None:
        move(accounts[0], accounts[1], 10, nothing)

    move(accounts[0], accounts[1], 10, lambda: meanwhile(audit))
    others.pop().join(10)
    seen.append(total(accounts, lambda: meanwhile(transfer)))
    others.pop().join(10)
    return seen[0], seen[1]
