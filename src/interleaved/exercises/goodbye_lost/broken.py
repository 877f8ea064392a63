"""Write a last line while the program goes on to its end."""

from collections.abc import Callable
from threading import Thread


def say_goodbye(write: Callable[[str], object]) -> None:
    """Write it on a thread, since writing takes a while."""
    Thread(target=write, args=("goodbye",), daemon=True).start()
