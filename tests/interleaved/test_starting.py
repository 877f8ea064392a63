from collections.abc import Callable
from contextlib import nullcontext
from unittest.mock import MagicMock

import pytest

from interleaved import Elsewhere, ElsewhereError, starting
from interleaved.starting import start_interpreter

LIBRARY = "concurrent.interpreters"


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


@pytest.mark.parametrize("fails", [False, True])
def test_an_interpreter_is_closed_in_any_case(
    fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if what it runs raises; a double shows it on any Python."""
    library = MagicMock()
    monkeypatch.setattr(starting, "import_module", {LIBRARY: library}.get)
    interpreter = library.create()
    interpreter.exec.side_effect = [ArithmeticError] if fails else None
    with pytest.raises(ArithmeticError) if fails else nullcontext():
        start_interpreter()
    interpreter.exec.assert_called_once_with("pass")
    interpreter.close.assert_called_once_with()
