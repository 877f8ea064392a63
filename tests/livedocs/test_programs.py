from pathlib import Path

import pytest

from livedocs.page import parse_page
from livedocs.programs import (
    Commands,
    commands_of,
    program_files,
    program_lines,
    program_name,
)
from livedocs.settings import Settings

COMMANDS = Commands("pip install .", "lab measure", frozenset({"lab"}))
CONT = "<!--pytest-codeblocks:cont-->\n"


def lines_of(text: str, commands: Commands = COMMANDS) -> list[str]:
    page = parse_page(text, Path("docs/saws.md"))
    assert page.problems == []
    return [
        line
        for script in page.scripts
        for line in program_lines(page, script, commands)
    ]


def test_a_program_is_a_file_and_a_command() -> None:
    """Both have its title."""
    link, kind = lines_of('```python title="cut.py"\nprint(1)\n```\n')
    assert link == (
        '<span>[Download](saws/cut.py){ download="cut.py"'
        ' aria-label="Download cut.py" }</span> <span>run: `python cut.py`</span>'
    )
    assert kind == "{: .program }"


def test_an_address_is_quoted() -> None:
    """A page's name may have what means something in one."""
    page = parse_page('```python title="cut.py"\n1\n```\n', Path("a #1 (b).md"))
    link, _ = program_lines(page, page.scripts[0], Commands())
    assert "[Download](a%20%231%20%28b%29/cut.py)" in link


@pytest.mark.parametrize("line", ["import lab.saws", "from lab import saw"])
def test_what_has_to_be_installed_is_said(line: str) -> None:
    """Where the program imports it, and where the book says how."""
    text = f'```python title="cut.py"\n{line}\n```\n'
    assert "run: `python cut.py`, after `pip install .`<" in lines_of(text)[0]
    assert "install" not in lines_of(text, Commands())[0]


def test_an_experiment_can_be_measured() -> None:
    """A program that a claim speaks of has a command of its own."""
    claim = '\n<!--livedocs:claim(fast: "a" < 1)-->\nIt is.\n'
    text = f'```python title="cut.py"\nprint(1)\n```\n{claim}'
    assert "measure: `lab measure cut`<" in lines_of(text)[0]
    assert "measure" not in lines_of(text, Commands("pip install ."))[0]


@pytest.mark.parametrize(
    "text",
    [
        "```python\nprint(1)\n```\n",
        '```python title="any words"\nprint(1)\n```\n',
        '```python title="../up.py"\nprint(1)\n```\n',
        '```bash title="cut.py"\ntrue\n```\n',
        '```python title="cut.py"\n1\n```\n\n```python title="cut.py"\n2\n```\n',
    ],
)
def test_what_has_no_name_is_no_file(text: str) -> None:
    """Nor what has another's."""
    page = parse_page(text, Path("docs/saws.md"))
    assert program_files(page) == {}
    assert program_name(page, page.scripts[0]) is None
    assert lines_of(text) == []


def test_a_file_has_the_whole_program() -> None:
    """With the blocks that continue it."""
    text = f'```python title="cut.py"\na = "ä"\n```\n\n{CONT}```python\nprint(a)\n```\n'
    page = parse_page(text, Path("docs/saws.md"))
    assert program_files(page) == {"saws/cut.py": 'a = "ä"\nprint(a)\n'.encode()}


@pytest.mark.parametrize("code", ["import (", "\0", "a = '\\d'", "(" * 1000])
def test_a_program_that_is_none_can_be_run_all_the_same(code: str) -> None:
    """A page may be about a syntax error, or about what Python warns of."""
    text = f'```python title="cut.py"\n{code}\n```\n'
    assert "run: `python cut.py`<" in lines_of(text)[0]


def test_packages_are_those_of_the_books_folders(tmp_path: Path) -> None:
    """What the settings name as folders to import from."""
    (tmp_path / "src" / "lab").mkdir(parents=True)
    (tmp_path / "src" / "lab" / "__init__.py").touch()
    (tmp_path / "src" / "notes").mkdir()
    settings = Settings(tmp_path, python_path=("src",), install="pip install .")
    assert commands_of(settings) == Commands("pip install .", "", frozenset({"lab"}))
