"""Write a last line while the program goes on to its end."""

from collections.abc import Callable
from threading import Thread


def say_goodbye(write: Callable[[str], object]) -> None:
    """Write it on a thread, which the end of the program waits for."""
    Thread(target=write, args=("goodbye",), daemon=False).start()
