"""A mailbox: one thread puts letters in, another takes them."""

from threading import Condition


class Mailbox:
    """Letters, and a bell that rings when one comes."""

    def __init__(self) -> None:
        self.letters: list[str] = []
        self.bell = Condition()

    def put(self, letter: str) -> None:
        with self.bell:
            self.letters.append(letter)
            self.bell.notify()

    def take(self, patience: float) -> str | None:
        """Return a letter, or None if there is none for so long."""
        with self.bell:
            if self.bell.wait_for(lambda: self.letters, patience):
                return self.letters.pop(0)
            return None
