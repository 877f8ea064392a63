"""Judge `missed_bell`."""

from pathlib import Path
from threading import Condition, Event, Thread

from interleaved.exercises.expecting import PATIENCE, expect, in_time, load

HINT = "wait for the letter, not for the bell: look before each wait"
STUCK = "take() waits longer than it may"


class Bell(Condition):
    """A bell that tells when somebody begins to wait for it."""

    def __init__(self) -> None:
        """Start with nobody."""
        super().__init__()
        self.awaited = Event()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait; who wants to ring now gets the lock when the wait has begun."""
        self.awaited.set()
        return super().wait(timeout)


def check(file: Path) -> str:
    """A letter before the wait, a bell without a letter, and then a letter."""
    answer = load(file, "Mailbox")
    box = answer.Mailbox()
    box.put("early")
    (letter,) = in_time(lambda: box.take(0.2), otherwise=STUCK, hint=HINT)
    what = f"a letter was there before take(), which returned {letter!r}"
    expect(letter == "early", what, HINT)
    (letter,) = in_time(lambda: box.take(0.05), otherwise=STUCK, hint=HINT)
    expect(letter is None, f"an empty box held {letter!r}", HINT)

    box = answer.Mailbox()
    box.bell = bell = Bell()

    def ring_first() -> None:
        bell.awaited.wait(PATIENCE)
        bell.awaited.clear()
        with bell:
            bell.notify_all()
        bell.awaited.wait(PATIENCE)  # a right answer has looked, and waits again
        box.put("late")

    Thread(target=ring_first, daemon=True).start()
    try:
        (letter,) = in_time(
            lambda: box.take(2 * PATIENCE + 5), otherwise=STUCK, hint=HINT, within=20
        )
    except IndexError:
        letter = None
    what = f"the bell rang before the letter came, and take() returned {letter!r}"
    expect(letter == "late", what, HINT)
    return "letters were taken that came before the wait, and during it"
