"""Give each caller a number of its own, out of one iterator."""

from collections.abc import Iterator


class Numbers:
    """Hands out what an iterator has; any thread may ask."""

    def __init__(self, source: Iterator[int]) -> None:
        self.source = source

    def draw(self) -> int:
        return next(self.source)
