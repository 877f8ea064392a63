"""Fixtures: a desk with pages on it, of which nothing may be left."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk whose blocks have to leave nothing behind."""
    desk = Desk(tmp_path / "desk")
    yield desk
    desk.clear()


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk for a module, for pages that run together."""
    desk = Desk(tmp_path_factory.mktemp("shared") / "desk")
    yield desk
    desk.clear()
