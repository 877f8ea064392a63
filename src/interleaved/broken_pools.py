"""A call that ends its process."""

import os

UNLUCKY = 13


def half(number: int) -> float:
    """Halve a number; end this process, as a crash would, if it is `UNLUCKY`."""
    if number == UNLUCKY:
        os._exit(1)
    return number / 2
