"""Judge `crossed_locks`."""

from pathlib import Path
from threading import Barrier, Lock

from interleaved.exercises.expecting import PATIENCE, expect, in_time, load, meet

HINT = "let all threads take the locks in one order, such as that of the numbers"


class MeetingLock:
    """A lock whose first taker waits for another thread to hold one, too."""

    def __init__(self, both_hold_one: Barrier) -> None:
        """Start with nobody who holds it."""
        self._lock = Lock()
        self._was_taken = False
        self._both_hold_one = both_hold_one

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take it as one takes a lock, and then wait."""
        taken = self._lock.acquire(blocking, timeout)
        if taken and not self._was_taken:
            self._was_taken = True
            meet(self._both_hold_one)
        return taken

    def release(self) -> None:
        """Give it back."""
        self._lock.release()

    def locked(self) -> bool:
        """Tell whether somebody holds it."""
        return self._lock.locked()

    def __enter__(self) -> bool:
        """Take it."""
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self.release()


def check(file: Path) -> str:
    """Two moves in opposite directions, which begin at once, both end."""
    answer = load(file, "Account", "move")
    ann, bob = answer.Account(1, 100), answer.Account(2, 100)
    both_hold_one = Barrier(2, timeout=PATIENCE)
    ann.lock, bob.lock = (MeetingLock(both_hold_one) for _ in range(2))
    held: list[bool] = []

    class Money(int):
        """Money that notes at each change whether both locks are held."""

        def __add__(self, amount: int) -> int:
            held.append(ann.lock.locked() and bob.lock.locked())
            return Money(int(self) + amount)

        def __sub__(self, amount: int) -> int:
            return self + -amount

    ann.balance, bob.balance = Money(100), Money(100)
    in_time(
        lambda: answer.move(ann, bob, 10),
        lambda: answer.move(bob, ann, 30),
        otherwise="two opposite moves each hold one lock and wait for the other",
        hint=HINT,
    )
    found = (ann.balance, bob.balance)
    expect(found == (120, 80), f"100 and 100 became {found}, not (120, 80)", HINT)
    expect(
        len(held) == 4 and all(held),
        "a balance was changed while one of the two locks was free",
        "hold both locks until both balances are changed",
    )
    expect(
        not ann.lock.locked() and not bob.lock.locked(),
        "a lock was not given back",
        "take the locks by `with`",
    )
    return "two moves in opposite directions began at once, and both ended"
