from dataclasses import dataclass
from typing import Any

import pytest

from interleaved.strictly import read


@dataclass(frozen=True, slots=True)
class Stamp:
    """A record with one field of each kind."""

    name: str
    seconds: tuple[float, ...]
    left: int | None


GOOD = {"name": "a", "seconds": [1, 2.5], "left": None}


def test_what_fits_is_read() -> None:
    """Whole numbers serve as floats, lists become tuples, null may be allowed."""
    stamp = read(Stamp, GOOD, "stamp")
    assert stamp == Stamp("a", (1.0, 2.5), None)
    assert all(type(each) is float for each in stamp.seconds)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": 1}, "stamp.name is of type int, not str"),
        ({"seconds": [1, "2"]}, r"stamp.seconds\[1\] is of type str, not float"),
        ({"seconds": 1}, "stamp.seconds is of type int, not list"),
        ({"seconds": [10**400]}, r"stamp.seconds\[0\]: int too large"),
        ({"left": True}, "stamp.left is of type bool"),
        ({"right": 1}, "stamp has the unknown 'right'"),
    ],
)
def test_what_does_not_fit_is_refused(changed: dict[str, Any], message: str) -> None:
    """The error says where in the JSON it is, and of what type."""
    with pytest.raises(ValueError, match=message):
        read(Stamp, GOOD | changed, "stamp")


def test_what_is_missing_is_named() -> None:
    """Each absent member is in the message."""
    with pytest.raises(ValueError, match="stamp lacks seconds, left"):
        read(Stamp, {"name": "a"}, "stamp")
