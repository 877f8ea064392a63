"""What changed in which Python."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from interleaved.versions import CHANGES, Change, _module

SOURCE = Path(__file__).parents[2] / "src"
ASK = """
from interleaved.versions import CHANGES
print(*(int(change.is_there()) for change in CHANGES))
"""


@pytest.mark.parametrize("name", ["3.11", "3.12", "3.13", "3.13t", "3.14", "3.15"])
def test_each_row_is_so(python: Callable[[str], str], name: str) -> None:
    """What a version brought is there from that version on, and not before."""
    running = "{}.{}".format(*sys.version_info)
    path = sys.executable if name == running else python(name)
    asked = subprocess.run(
        [path, "-c", ASK],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PYTHONPATH": str(SOURCE)},
    )
    version = tuple(int(each.rstrip("t")) for each in name.split("."))
    expected = [int(version >= change.version) for change in CHANGES]
    assert [int(each) for each in asked.stdout.split()] == expected


def test_a_wrong_row_would_be_seen() -> None:
    """Something that nobody has is nowhere, and the check says so."""
    wrong = Change("3.11", "os.nothing", lambda: False)
    assert wrong.is_there() != (sys.version_info >= wrong.version)


def test_rows_go_from_old_to_new() -> None:
    """And none stands twice."""
    assert list(CHANGES) == sorted(CHANGES, key=lambda change: change.version)
    assert len({change.what for change in CHANGES}) == len(CHANGES)


@pytest.mark.parametrize(
    ("name", "there"),
    [("json", True), ("json.tool", True), ("json.nothing", False), ("no.such", False)],
)
def test_a_module_is_there_with_its_package(name: str, there: bool) -> None:
    """Without the package it is not, and that is no error."""
    assert _module(name)() is there
