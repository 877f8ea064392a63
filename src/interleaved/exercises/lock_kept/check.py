"""Judge `lock_kept`."""

from pathlib import Path
from threading import Barrier

from interleaved.exercises.expecting import (
    PATIENCE,
    expect,
    failing,
    in_time,
    load,
    meet,
    twice,
)

HINT = "give the lock back on each way out of withdraw(), by `with` or `finally`"
LOCK = "hold the lock from the look at the balance to the subtraction"


class Balance(int):
    """Money at which two threads that have looked wait for each other."""

    both_have_looked = Barrier(2, timeout=PATIENCE)

    def __lt__(self, amount: int) -> bool:
        """Look."""
        found = int(self) < amount
        if not found:
            meet(self.both_have_looked)
        return found

    def __ge__(self, amount: int) -> bool:
        """Look from the other side."""
        return not self < amount

    def __sub__(self, amount: int) -> int:
        """Look by what would be left, or subtract."""
        left = int(self) - amount
        meet(self.both_have_looked)
        return left


def check(file: Path) -> str:
    """One withdrawal fails and the next one works; of two at once one fails."""
    answer = load(file, "Account")
    account = answer.Account(10)
    with failing(ValueError, "it let 20 be taken from 10", "raise ValueError"):
        account.withdraw(20)
    in_time(
        lambda: account.withdraw(4),
        otherwise="after a withdrawal that failed the next one waits for ever",
        hint=HINT,
    )
    expect(account.balance == 6, f"10 less 4 are {account.balance}", "subtract once")

    account = answer.Account(Balance(10))

    def withdraw() -> bool:
        try:
            account.withdraw(10)
        except ValueError:
            return False
        return True

    done = twice(file, withdraw, otherwise="two at once wait for ever", hint=HINT)
    expect(sum(done) == 1, f"10 were taken from 10 {sum(done)} times", LOCK)
    return "after a withdrawal that failed the next one worked"
