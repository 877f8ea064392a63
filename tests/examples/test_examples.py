"""What all examples have in common."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def prose(script: Path) -> str:
    """What an example says, without its code."""
    text = script.read_text(encoding="utf-8")
    cells = re.findall(r"(?m)^# %%\n((?:#.*\n)*)", text)
    return (ast.get_docstring(ast.parse(text)) or "") + "".join(cells)


def test_there_are_as_many_as_were_asked_for() -> None:
    """One picture each, and their names are unlike those of modules."""
    assert len(EXAMPLES) >= 14
    assert not {path.stem for path in EXAMPLES} & sys.stdlib_module_names


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_a_page_leads_to_it(script: Path) -> None:
    """Where the reader meets what it shows, not by the gallery alone."""
    pages = [page.read_text(encoding="utf-8") for page in DOCS.glob("*.md")]
    assert any(f"](gallery/{script.stem}.md)" in text for text in pages)


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_it_runs_as_a_plain_script(
    script: Path, tmp_path: Path, uncounted: dict[str, str]
) -> None:
    """From any folder, it prints what it found and complains of nothing."""
    done = subprocess.run(
        [sys.executable, "-W", "error", script],
        cwd=tmp_path,
        env=uncounted | {"MPLBACKEND": "agg", "INTERLEAVED_MOST_ROUNDS": "1"},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_importing_it_does_nothing(script: Path) -> None:
    """No matplotlib and no measurement: the children that measure import it."""
    code = (
        f"import sys; sys.path.insert(0, {str(script.parent)!r});"
        f"import {script.stem}; print('matplotlib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("False\n", "")


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_it_measures_in_a_child(script: Path) -> None:
    """In the process that runs the gallery a fork takes several times as long."""
    text = script.read_text(encoding="utf-8")
    main = text.partition('if __name__ == "__main__":')[2]
    assert re.search(r"\b(measured_in_child|measure)\(", main)
    assert re.search(r"\b(measured_in_child|Elsewhere)\(", text)


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_its_prose_has_no_timing(script: Path) -> None:
    """What took how long is in its output and its picture."""
    assert not re.search(r"\d\s*(?:ns|µs|us|ms|s|seconds?)\b", prose(script))
