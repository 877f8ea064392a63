"""Sell tickets, as long as there are any."""

from collections.abc import Callable
from threading import Lock

selling = Lock()


def sell(left: Callable[[], int], take: Callable[[], object]) -> bool:
    """Sell one ticket, if one is left, and say whether it was."""
    with selling:  # from the check to the act
        if left() == 0:
            return False
        take()
        return True
