"""Fixtures: desks with pages, of which nothing may be left; a folder to import from."""

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


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder that scripts import from."""
    folder = tmp_path / "src"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk for a module, for pages that run together."""
    desk = Desk(tmp_path_factory.mktemp("shared") / "desk")
    yield desk
    desk.clear()
