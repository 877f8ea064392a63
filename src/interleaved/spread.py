"""Median and quartiles, and how they are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Unit = Literal["×", "s", "B", ""]


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle half of repeated measurements.

    Attributes:
        median: Half of the measurements lie below, half above.
        low: First quartile.
        high: Third quartile.
        unit: "×" for a ratio, "s" for seconds, "B" for bytes, "" for a count.
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
        """Write such as "1.98 × (1.97 to 1.99)", or "1.98 ×" if all three are equal."""
        typical = written(self.median, self.unit)
        if self.low == self.median == self.high:
            return typical
        low, high = _bare(self.low, self.unit), _bare(self.high, self.unit)
        return f"{typical} ({low} to {high})"


def written(value: float, unit: Unit) -> str:
    """Write a value with its unit: 1.98 ×, 5.10 ms, 16.0 kB, 453,027."""
    return _bare(value, unit) + " ×" * (unit == "×")


def _bare(value: float, unit: Unit) -> str:
    """Write a value with its unit, but a ratio without the sign."""
    if unit == "s":
        return duration(value)
    if unit == "B":
        return size(value)
    if unit == "" and (value % 1 == 0 or abs(value) >= 1000):
        return f"{value:,.0f}"
    return _number(value)


def _number(value: float) -> str:
    """Write about three figures: 1507, 19.8, 1.98, 0.89, 0.012, 0."""
    if value < 0:
        return f"-{_number(-value)}"
    if value == 0:
        return "0"
    if not 0.001 <= value < 100_000:
        return f"{value:.2e}"
    if value < 0.1:
        return f"{value:.2g}"
    return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f}"


def duration(seconds: float) -> str:
    """Write seconds in the unit that leaves one to three figures in front."""
    rounded = float(f"{seconds:.3g}")  # first, lest 999.9 µs become 1000 µs
    for unit, length in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if abs(rounded) >= length or rounded == 0:
            return f"{_number(rounded / length)} {unit}"
    return f"{_number(rounded / 1e-9)} ns"


def size(count: float) -> str:
    """Write bytes in the unit, a power of 1000, that leaves one to three figures."""
    rounded = float(f"{count:.3g}")
    for unit, length in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(rounded) >= length:
            return f"{_number(rounded / length)} {unit}"
    return f"{rounded:g} B"
