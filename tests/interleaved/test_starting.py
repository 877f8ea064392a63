from collections.abc import Callable

import pytest

from interleaved import Elsewhere, ElsewhereError
from interleaved.starting import start_interpreter


def test_an_interpreter_starts_where_there_are_some(
    python: Callable[[str], str],
) -> None:
    """And it can do so again."""
    with Elsewhere(python("3.14"), start_interpreter) as there:
        assert [there(), there()] == [None, None]


def test_an_older_library_has_none(python: Callable[[str], str]) -> None:
    """That is an error which says what is missing."""
    with (
        Elsewhere(python("3.13"), start_interpreter) as there,
        pytest.raises(ElsewhereError, match=r"concurrent\.interpreters"),
    ):
        there()
