from dataclasses import dataclass
from typing import Any, Literal

import pytest

from interleaved.strictly import read


@dataclass(frozen=True, slots=True)
class Stamp:
    """A record with one field of each kind."""

    name: str
    seconds: tuple[float, ...]
    left: int | None
    unit: Literal["s", "m"]

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("the name is empty")


@dataclass(frozen=True, slots=True)
class Letter:
    """A record with a record in it, or without."""

    stamps: tuple[Stamp, ...]
    first: Stamp | None


GOOD = {"name": "a", "seconds": [1, 2.5], "left": None, "unit": "s"}


def test_what_fits_is_read() -> None:
    """Whole numbers serve as floats, lists become tuples, null may be allowed."""
    stamp = read(Stamp, GOOD, "stamp")
    assert stamp == Stamp("a", (1.0, 2.5), None, "s")
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
        ({"unit": "h"}, "stamp.unit is 'h', not 's' or 'm'"),
        ({"unit": ["s"]}, r"stamp.unit is \['s'\], not 's' or 'm'"),
        ({"name": ""}, "stamp: the name is empty"),
    ],
)
def test_what_does_not_fit_is_refused(changed: dict[str, Any], message: str) -> None:
    """The error says where in the JSON it is, and of what type."""
    with pytest.raises(ValueError, match=message):
        read(Stamp, GOOD | changed, "stamp")


def test_what_is_missing_is_named() -> None:
    """Each absent member is in the message."""
    with pytest.raises(ValueError, match="stamp lacks seconds, left, unit"):
        read(Stamp, {"name": "a"}, "stamp")


def test_records_in_records() -> None:
    """An optional record is read as one, and an error says in which it was."""
    stamp = Stamp("a", (1.0, 2.5), None, "s")
    assert read(Letter, {"stamps": [GOOD], "first": GOOD}, "it") == Letter(
        (stamp,), stamp
    )
    assert read(Letter, {"stamps": [], "first": None}, "it") == Letter((), None)
    bad = GOOD | {"name": ""}
    with pytest.raises(ValueError, match=r"^it.stamps\[1\]: the name is empty$"):
        read(Letter, {"stamps": [GOOD, bad], "first": None}, "it")
    with pytest.raises(ValueError, match=r"^it.first: the name is empty$"):
        read(Letter, {"stamps": [], "first": bad}, "it")
