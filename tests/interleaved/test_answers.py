import pytest

from interleaved.answers import difference, equal


class Wordless:
    """Like an array: its `==` is something without one truth."""

    def __eq__(self, other: object) -> "Wordless":  # type: ignore[override]
        return self

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise ValueError("ambiguous")


def test_equal() -> None:
    """Answers are equal if == says so, or if they are one object."""
    nan = float("nan")
    assert equal([1, 2], [1, 2])
    assert equal(nan, nan)
    assert not equal(1, 2)


def test_no_truth() -> None:
    """Answers that == cannot judge are refused, with advice."""
    with pytest.raises(TypeError, match="Wordless and Wordless: return plain values"):
        equal(Wordless(), Wordless())


def test_difference_of_small_answers() -> None:
    """Small answers are shown whole."""
    assert difference("a", 1, "b", 2) == "'b' answered 2 where 'a' had answered 1"


def test_difference_of_large_answers() -> None:
    """Of large answers the place is shown where they part, and little else."""
    right, wrong = list(range(9000)), list(range(9000))
    wrong[5000] = -7
    text = difference("a", right, "b", wrong)
    assert "5000," in text
    assert "-7," in text
    assert len(text) < 200
    assert text.count("…") == 4


def test_difference_begins_shortly_before() -> None:
    """20 characters are alike, and 60 are shown."""
    right, wrong = int("1" * 100), int("1" * 50 + "2" + "1" * 49)
    shown, other = "1" * 20 + "2" + "1" * 39, "1" * 60
    text = difference("a", right, "b", wrong)
    assert text == f"'b' answered …{shown}… where 'a' had answered …{other}…"


def test_difference_at_the_end_of_one() -> None:
    """An answer may begin as the other does, and go on."""
    assert difference("a", 12, "b", 123) == "'b' answered 123 where 'a' had answered 12"


def test_difference_of_huge_integers() -> None:
    """An integer with too many digits for repr is no obstacle."""
    text = difference("a", 10**9999, "b", 1)
    assert "'a' had answered <int too long to show>" in text
