"""How the price service replies: what those who start it tell it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Habits:
    """How a price service replies, and how often it does not.

    Attributes:
        delay: Seconds before each reply.
        refused: The share of requests that get status 503 instead of a price.
        stalled: The share of requests that wait, each, for the seconds of `stall`.
        stall: Seconds.

    Raises:
        ValueError: A time or a share is below 0, or the shares exceed 1 together.
    """

    delay: float = 0.01
    refused: float = 0.02
    stalled: float = 0.005
    stall: float = 2.0

    def __post_init__(self) -> None:
        """Check what the service relies on."""
        if min(self.delay, self.refused, self.stalled, self.stall) < 0:
            raise ValueError(f"{self} has a time or a share below 0")
        if self.refused + self.stalled > 1:
            raise ValueError(f"{self} refuses and stalls more requests than there are")
