import ast
import re
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from interleaved.other_pythons import (
    OTHERS,
    TWO_COUNTS,
    UPDATES,
    installed,
    numbers_printed,
)

PAGE = Path(__file__).parents[2] / "docs" / "other-pythons.md"


def test_the_page_shows_what_runs_elsewhere() -> None:
    """The block that the reader sees is the program, to the letter."""
    shown = re.search(
        r'^```python title="two_counts_anywhere.py"\n(.*?)^```\n',
        PAGE.read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    assert shown is not None
    assert shown[1] == TWO_COUNTS


@pytest.mark.parametrize("program", [TWO_COUNTS, UPDATES])
def test_programs_suit_python_2(program: str) -> None:
    """No syntax and no text that Python 2.7 lacks."""
    assert program.isascii()
    for node in ast.walk(ast.parse(program)):
        assert not isinstance(node, ast.JoinedStr | ast.AnnAssign | ast.Nonlocal)
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None
            assert not node.args.kwonlyargs
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
            assert len(node.args) == 1  # or it would print a tuple


def test_two_counts_prints_five_speedups() -> None:
    """This interpreter runs it, too."""
    speedups = numbers_printed(sys.executable, TWO_COUNTS.replace("2000000", "30000"))
    assert len(speedups) == 5
    assert all(speedup > 0 for speedup in speedups)


def test_updates_are_lost_only_without_the_lock() -> None:
    """Some, or none, of 400,000; and none under the lock."""
    lost, lost_locked = numbers_printed(sys.executable, UPDATES)
    assert 0 <= lost < 400_000
    assert lost_locked == 0


def test_updates_need_the_lock_on_jython() -> None:
    """The negative control, where there is an implementation that never had a GIL."""
    jython = which("jython")
    if jython is None:
        pytest.skip("Jython is not installed")
    lost, lost_locked = numbers_printed(jython, UPDATES)
    assert lost > 0
    assert lost_locked == 0


def test_what_is_installed_is_found() -> None:
    """The first command that there is; None without any."""
    there = {"pypy": "/opt/pypy", "jython": "/opt/jython"}
    assert installed(there.get) == {
        "PyPy": "/opt/pypy",
        "GraalPy": None,
        "Jython": "/opt/jython",
        "IronPython": None,
    }
    assert installed({"pypy3": "new", "pypy": "old"}.get)["PyPy"] == "new"
    assert set(installed()) == set(OTHERS)


def test_numbers_are_read_line_by_line() -> None:
    """Whole ones and others."""
    assert numbers_printed(sys.executable, "print(1)\nprint(2.5)\n") == [1, 2.5]


@pytest.mark.parametrize(
    ("program", "error", "message"),
    [
        ("import nowhere", RuntimeError, "(?s)failed.*nowhere"),
        ("print('many')", ValueError, "many"),
    ],
)
def test_a_program_that_fails_is_an_error(
    program: str, error: type[Exception], message: str
) -> None:
    """With what it said."""
    with pytest.raises(error, match=message):
        numbers_printed(sys.executable, program)


def test_a_program_that_hangs_is_ended() -> None:
    """After its time is up."""
    hang = "import time; time.sleep(60)"
    with pytest.raises(subprocess.TimeoutExpired):
        numbers_printed(sys.executable, hang, seconds=0.5)
