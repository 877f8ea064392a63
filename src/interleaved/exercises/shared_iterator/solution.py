"""Give each caller a number of its own, out of one iterator."""

from collections.abc import Iterator
from threading import Lock


class Numbers:
    """Hands out what an iterator has; any thread may ask."""

    def __init__(self, source: Iterator[int]) -> None:
        self.source = source
        self.drawing = Lock()

    def draw(self) -> int:
        with self.drawing:
            return next(self.source)
