"""The price of an interpreter."""

import sys
from collections.abc import Callable

import pytest

from interleaved import Elsewhere
from interleaved.subinterpreters import create_and_close


@pytest.mark.parametrize("name", ["3.14", "3.15"])
def test_an_interpreter_is_made_and_closed(
    python: Callable[[str], str], name: str
) -> None:
    """And none is left, of which Python would warn."""
    with Elsewhere(python(name), create_and_close) as variant:
        assert variant() is True


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has them")
def test_an_older_python_has_none() -> None:
    """The error names what is missing."""
    with pytest.raises(ModuleNotFoundError, match="interpreters"):
        create_and_close()
