"""Median and quartiles, and how they are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Unit = Literal["×", "s"]


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle half of repeated measurements.

    Attributes:
        median: Half of the measurements lie below, half above.
        low: First quartile.
        high: Third quartile.
        unit: "×" for a ratio, "s" for seconds.
    """

    median: float
    low: float
    high: float
    unit: Unit

    @classmethod
    def of(cls, values: Iterable[float], unit: Unit) -> "Spread":
        """Take median and quartiles, interpolated, of one value or more."""
        # Here, not above: it would add a third to the import of `compare`.
        from statistics import quantiles

        ordered = list(values)
        if len(ordered) == 1:  # which `quantiles` takes from 3.13 on
            ordered *= 2
        low, median, high = quantiles(ordered, n=4, method="inclusive")
        return cls(median, low, high, unit)

    def __str__(self) -> str:
        """Write such as "1.98 × (1.97 to 1.99)"."""
        if self.unit == "s":
            low, high = duration(self.low), duration(self.high)
            return f"{duration(self.median)} ({low} to {high})"
        low, high = _number(self.low), _number(self.high)
        return f"{_number(self.median)} × ({low} to {high})"


def _number(value: float) -> str:
    """Write about three figures: 1507, 19.8, 1.98, 0.89, 0.012."""
    if not 0.001 <= value < 100_000:
        return f"{value:.2e}"
    if value < 0.1:
        return f"{value:.2g}"
    return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f}"


def duration(seconds: float) -> str:
    """Write seconds in the unit that leaves one to three figures in front."""
    rounded = float(f"{seconds:.3g}")  # first, lest 999.9 µs become 1000 µs
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if rounded >= size:
            return f"{_number(rounded / size)} {unit}"
    return f"{_number(rounded / 1e-9)} ns"
