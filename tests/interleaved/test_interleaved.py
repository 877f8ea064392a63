import subprocess
import sys
from pathlib import Path

import pytest

import interleaved


def in_a_child(program: str, environment: dict[str, str]) -> str:
    """Return what a fresh interpreter prints for a program."""
    return subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.strip()


@pytest.mark.parametrize("name", interleaved.__all__)
def test_public_name(name: str) -> None:
    """Every public name is there, with a docstring."""
    assert getattr(interleaved, name).__doc__


def test_no_docstring_has_a_program() -> None:
    """The site would show it, and nothing runs it there."""
    files = Path(interleaved.__file__).parent.rglob("*.py")
    texts = {file: file.read_text(encoding="utf-8") for file in files}
    assert len(texts) > 50
    shown = [file for file, text in texts.items() if "```" in text or ">>> " in text]
    assert shown == []


def test_no_other_name() -> None:
    """A misspelt name is an error that says so, not a late None."""
    with pytest.raises(AttributeError, match="no attribute 'comprae'"):
        interleaved.comprae  # type: ignore[attr-defined]  # noqa: B018


def test_import_is_light(uncounted: dict[str, str]) -> None:
    """Importing the package imports no module but itself."""
    program = (
        "import sys; before = set(sys.modules); import interleaved;"
        "print(*sorted(set(sys.modules) - before))"
    )
    assert in_a_child(program, uncounted) == "interleaved"


def test_heavy_modules_wait_for_their_use(uncounted: dict[str, str]) -> None:
    """Importing `compare` imports nothing that only some of its results need."""
    program = (
        "import sys; from interleaved import compare;"
        "heavy = {'difflib', 'html', 'pickle', 'rich', 'statistics', 'subprocess'};"
        "print(*sorted((heavy | {'json'}) & set(sys.modules)))"
    )
    assert in_a_child(program, uncounted) == "json"


def test_describing_the_machine_is_light(uncounted: dict[str, str]) -> None:
    """Asking for the cores imports no module of the package but that of the machine."""
    program = (
        "import sys; from interleaved import usable_cores;"
        "print(*sorted(name for name in sys.modules if 'interleaved' in name))"
    )
    assert in_a_child(program, uncounted) == "interleaved interleaved.machine"


def test_no_module_hides_one_of_the_standard_library() -> None:
    """No module has a standard name, which `machine.py` as a script would import."""
    folder = Path(interleaved.__path__[0])
    names = {path.stem for path in folder.glob("*.py")}
    assert "machine" in names
    assert not names & sys.stdlib_module_names
