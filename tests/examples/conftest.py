"""Fixture: the example that a test is named after, imported."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def example(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """The example as a module, which child processes can import, too."""
    name = Path(request.module.__file__).stem.removeprefix("test_")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", "agg")
        patch.syspath_prepend(EXAMPLES)
        yield import_module(name)
