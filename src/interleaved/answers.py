"""What variants return: whether it is the same, and where it parts."""

from itertools import takewhile


def equal(answer: object, expected: object) -> bool:
    """Tell whether two answers are equal.

    Raises:
        TypeError: Their `==` has no truth, as that of two arrays.
    """
    try:
        return answer is expected or bool(answer == expected)
    except Exception as error:
        kinds = f"{type(expected).__name__} and {type(answer).__name__}"
        message = f"cannot compare answers of type {kinds}: return plain values"
        raise TypeError(message) from error


def difference(first: str, expected: object, label: str, answer: object) -> str:
    """Show two answers, each shortened around the place where they part."""
    shown, other = _shown(answer), _shown(expected)
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(shown, other, strict=False))
    at = max(0, sum(1 for _ in alike) - 20)
    return (
        f"{label!r} answered {_excerpt(shown, at)} "
        f"where {first!r} had answered {_excerpt(other, at)}"
    )


def _shown(answer: object) -> str:
    try:
        return repr(answer)
    except ValueError:  # an integer of more than 4300 digits
        return f"<{type(answer).__name__} too long to show>"


def _excerpt(text: str, start: int, length: int = 60) -> str:
    before, after = "…" * (start > 0), "…" * (start + length < len(text))
    return f"{before}{text[start : start + length]}{after}"
