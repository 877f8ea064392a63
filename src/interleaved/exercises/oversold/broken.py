"""Sell tickets, as long as there are any."""

from collections.abc import Callable


def sell(left: Callable[[], int], take: Callable[[], object]) -> bool:
    """Sell one ticket, if one is left, and say whether it was."""
    if left() == 0:
        return False
    take()
    return True
