"""A museum's small room, which holds three."""

from collections.abc import Callable
from threading import Semaphore

room = Semaphore(3)


def visit(look: Callable[[], object], patience: float) -> bool:
    """Look around, unless the room stays full; say whether you did."""
    if not room.acquire(timeout=patience):
        return False
    try:
        look()
        return True
    finally:
        room.release()
