from statistics import median, quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interleaved.spread import Spread, Unit, duration, written

durations = st.floats(min_value=1e-9, max_value=1e6)


@given(st.lists(durations, min_size=1))
def test_spread_is_quartiles(values: list[float]) -> None:
    """The spread is the median and the inclusive quartiles, in any order."""
    spread = Spread.of(values, "s")
    assert spread.median == pytest.approx(median(values))
    if len(values) > 1:
        low, _, high = quantiles(values, n=4, method="inclusive")
        assert (spread.low, spread.high) == (low, high)
    assert Spread.of(reversed(values), "s") == spread


def test_one_value() -> None:
    """One value is its own median and quartiles."""
    assert Spread.of([3.0], "×") == Spread(3.0, 3.0, 3.0, "×")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((1.98, 1.97, 1.99), "1.98 × (1.97 to 1.99)"),
        ((0.97, 0.894, 1.01), "0.97 × (0.89 to 1.01)"),
        ((19.84, 9.5, 140.2), "19.8 × (9.50 to 140)"),
        ((1507, 929, 2000.4), "1507 × (929 to 2000)"),
        ((0.0123, 0.0012, 0.1), "0.012 × (0.0012 to 0.10)"),
        ((1e6, 1e5, 1e7), "1.00e+06 × (1.00e+05 to 1.00e+07)"),
        ((10, 0.001, 100), "10.0 × (0.001 to 100)"),
        ((10.5, 0.0009, 100.5), "10.5 × (9.00e-04 to 100)"),
    ],
)
def test_ratio_text(values: tuple[float, float, float], text: str) -> None:
    """A ratio is written with about three figures and its quartiles."""
    assert str(Spread(*values, "×")) == text


def test_seconds_text() -> None:
    """Seconds are written each in the unit that suits it."""
    spread = Spread(0.00123, 0.000999, 1.5, "s")
    assert str(spread) == "1.23 ms (999 µs to 1.50 s)"


@pytest.mark.parametrize(
    ("values", "unit", "text"),
    [
        ((0, 0, 0), "", "0"),
        ((453_027, 4, 1_000_000), "", "453,027 (4 to 1,000,000)"),
        ((2.5, -1, 1234.5), "", "2.50 (-1 to 1,234)"),
        ((5120, 999, 2_340_000), "B", "5.12 kB (999 B to 2.34 MB)"),
        ((999.7, 0, 3e9), "B", "1.00 kB (0 B to 3.00 GB)"),
        ((1000, 1e6, 1e9), "B", "1.00 kB (1.00 MB to 1.00 GB)"),
        ((1000.5, 999.5, 1001.5), "", "1,000 (1000 to 1,002)"),
        ((-2000, -2_000_000, 0.5), "B", "-2.00 kB (-2.00 MB to 0.5 B)"),
    ],
)
def test_other_units(values: tuple[float, float, float], unit: Unit, text: str) -> None:
    """Counts have their thousands apart, bytes a unit of base 1000."""
    assert str(Spread(*values, unit)) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(2, "×", "2.00 ×"), (0.005, "s", "5.00 ms"), (0, "s", "0 s"), (-3, "", "-3")],
)
def test_one_value_stands_alone(value: float, unit: Unit, text: str) -> None:
    """Where median and quartiles are one number, it is written once."""
    assert str(Spread.of([value, value], unit)) == text == written(value, unit)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (12.3456, "12.3 s"),
        (1, "1.00 s"),
        (0.99996, "1.00 s"),
        (0.0205, "20.5 ms"),
        (0.0009999, "1.00 ms"),
        (123e-6, "123 µs"),
        (45.67e-9, "45.7 ns"),
        (3600, "3600 s"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    """A duration has one to three figures before its point."""
    assert duration(seconds) == text
