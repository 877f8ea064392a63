"""The book's exercises: broken programs to repair, and what judges a repair.

Each has a folder here with three files: `broken.py`, which the reader gets,
`solution.py`, which is shown on the site, and `check.py`, which tells them apart.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Exercise:
    """A broken program of the book.

    Attributes:
        name: Unique in the book, and that of its folder.
        page: The page of the book that it belongs to.
        symptom: What is seen of the bug, as one sentence.
    """

    name: str
    page: str
    symptom: str

    @property
    def broken(self) -> str:
        """The text of the broken program."""
        return (FOLDER / self.name / "broken.py").read_text(encoding="utf-8")

    @property
    def solution(self) -> str:
        """The text of a program that is right; others may be, too."""
        return (FOLDER / self.name / "solution.py").read_text(encoding="utf-8")

    @property
    def check(self) -> Callable[[Path], str]:
        """What tells of a file how it is right, or raises `Wrong`."""
        module = importlib.import_module(f"{__name__}.{self.name}.check")
        check: Callable[[Path], str] = module.check
        return check


EXERCISES = (
    Exercise("goodbye_lost", "threads.md", "A program ends, and its last words go."),
    Exercise(
        "deaf_ticker", "thread-stopping.md", "A thread is asked to stop, and goes on."
    ),
    Exercise("visitor_lost", "races.md", "Two visitors come, and one is counted."),
    Exercise("oversold", "check-then-act.md", "The last ticket is sold twice."),
    Exercise("shared_iterator", "check-then-act.md", "A generator refuses a thread."),
    Exercise("lock_kept", "locks.md", "After an error an account is stuck for good."),
    Exercise("four_inside", "semaphores.md", "A room for three has four inside."),
    Exercise("missed_bell", "conditions.md", "A letter is there, and nobody sees it."),
    Exercise("crossed_locks", "deadlock.md", "Two moves of money never end."),
    Exercise(
        "join_without_end", "queues.md", "One job fails, and the wait never ends."
    ),
    Exercise(
        "hungry_guests", "producers-consumers.md", "All is eaten, and guests stay."
    ),
    Exercise("swallowed_error", "futures.md", "A file is not saved, and nobody hears."),
    Exercise("late_name", "futures.md", "Everybody is greeted by the last name."),
    Exercise("pool_starved", "pools.md", "A pool waits for itself."),
    Exercise(
        "unguarded_main", "processes.md", "A pool of processes breaks at its start."
    ),
    Exercise("join_before_drain", "process-messages.md", "Large answers never come."),
    Exercise(
        "left_in_memory", "shared-memory.md", "An error leaves shared memory behind."
    ),
    Exercise(
        "frozen_loop", "asyncio-border.md", "Two waits of asyncio do not overlap."
    ),
    Exercise(
        "mixed_up_users", "asyncio-border.md", "A task greets another task's user."
    ),
    Exercise("gathered_errors", "asyncio-border.md", "A task fails, and nobody hears."),
)
"""All exercises, in the order of the book."""


def find(name: str) -> Exercise:
    """Return the exercise of a name.

    Raises:
        LookupError: There is none; the text suggests one.
    """
    known = {each.name: each for each in EXERCISES}
    name = name.replace("-", "_")
    if name in known:
        return known[name]
    near = get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else "see `interleaved exercise`"
    raise LookupError(f"there is no exercise {name!r}: {hint}")


def copy_out(exercise: Exercise, folder: Path, *, force: bool = False) -> Path:
    """Put the broken program into a folder.

    Args:
        exercise: Which.
        folder: Where to.
        force: Whether to replace a file of that name.

    Returns:
        The file.

    Raises:
        FileExistsError: There is one already, which may be somebody's work.
    """
    file = folder / f"{exercise.name}.py"
    with open(file, "w" if force else "x", encoding="utf-8") as copy:
        copy.write(exercise.broken)
    return file
