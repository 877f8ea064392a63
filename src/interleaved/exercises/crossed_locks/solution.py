"""Move money between two accounts, each with a lock of its own."""

from threading import Lock


class Account:
    """Some money and its lock."""

    def __init__(self, number: int, balance: int) -> None:
        self.number = number  # no other account has it
        self.balance = balance
        self.lock = Lock()


def move(source: Account, target: Account, amount: int) -> None:
    """Take it from one and give it to the other, as one step."""
    if source is target:
        return  # one lock, and nothing to move
    first, second = source, target
    if target.number < source.number:
        first, second = target, source
    with first.lock, second.lock:
        source.balance -= amount
        target.balance += amount
