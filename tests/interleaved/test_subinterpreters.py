"""The price of an interpreter."""

import sys
from collections.abc import Callable
from contextlib import nullcontext
from unittest.mock import MagicMock

import pytest

from interleaved import Elsewhere, ElsewhereError, subinterpreters
from interleaved.subinterpreters import create_and_close

LIBRARY = "concurrent.interpreters"


@pytest.mark.parametrize("name", ["3.14", "3.15"])
def test_an_interpreter_is_made_and_closed(
    python: Callable[[str], str], name: str
) -> None:
    """And none is left, of which Python would warn."""
    with Elsewhere(python(name), create_and_close) as variant:
        assert [variant(), variant()] == [True, True]


def test_an_older_library_has_none(python: Callable[[str], str]) -> None:
    """That is an error which says what is missing."""
    with (
        Elsewhere(python("3.13"), create_and_close) as there,
        pytest.raises(ElsewhereError, match=r"concurrent\.interpreters"),
    ):
        there()


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has them")
def test_an_older_python_has_none() -> None:
    """The error names what is missing."""
    with pytest.raises(ModuleNotFoundError, match="interpreters"):
        create_and_close()


@pytest.mark.parametrize("fails", [False, True])
def test_an_interpreter_is_closed_in_any_case(
    fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if what it runs raises; a double shows it on any Python."""
    library = MagicMock()
    monkeypatch.setattr(subinterpreters, "import_module", {LIBRARY: library}.get)
    interpreter = library.create()
    interpreter.exec.side_effect = [ArithmeticError] if fails else None
    with pytest.raises(ArithmeticError) if fails else nullcontext():
        create_and_close()
    interpreter.exec.assert_called_once_with("pass")
    interpreter.close.assert_called_once_with()
