"""Blocks with claims, copied out of the book for those who measure without it."""

import hashlib
import json
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from livedocs.__main__ import main
from livedocs.experiments import digest_of, experiments_of
from livedocs.page import read_page

SETTINGS = "[tool.livedocs]\nexperiments = 'programs'\n"
PAGE = """# Title

```python title="first.py"
print(1)
```

<!--pytest-codeblocks:cont-->

```python
print(2)
```

<!--livedocs:claim(one: "a" > 1)-->
It *is* so.

<!--livedocs:needs(3.12)-->
<!--pytest-codeblocks:importorskip(json)-->

```python title="second.py"
print(3)
```

<!--livedocs:claim(two: "a" / "b" > 1 and "c" < 2 on gil)-->
<!--livedocs:claim(three of first.py: "a" > 2)-->
It is `so`, too.

```python title="third.py"
print(4)
```
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text(PAGE, encoding="utf-8")
    return tmp_path


def experiments(book: Path, *options: str) -> Result:
    with chdir(book):
        return CliRunner().invoke(main, ["experiments", *options])


def files(book: Path) -> dict[str, str]:
    return {
        path.name: path.read_text(encoding="utf-8")
        for path in (book / "programs").iterdir()
    }


def test_a_block_with_a_claim_becomes_a_program(book: Path) -> None:
    """With the text that a reader copies; a block without a claim does not."""
    assert "2 experiments, 3 files changed" in experiments(book).stdout
    found = files(book)
    assert sorted(found) == ["first.py", "index.json", "second.py"]
    assert found["first.py"] == "print(1)\nprint(2)\n"
    assert found["second.py"] == "print(3)\n"


def test_the_index_says_where_it_stands_and_what_is_claimed(book: Path) -> None:
    """In the order of the page, with what a program needs."""
    experiments(book)
    assert json.loads(files(book)["index.json"]) == [
        {
            "name": "first",
            "page": "page.md",
            "needs": [],
            "claims": [
                {"name": "one", "sentence": "It is so.", "condition": '"a" > 1'},
                {"name": "three", "sentence": "It is so, too.", "condition": '"a" > 2'},
            ],
        },
        {
            "name": "second",
            "page": "page.md",
            "needs": ["3.12", "module json"],
            "claims": [
                {
                    "name": "two",
                    "sentence": "It is so, too.",
                    "condition": '"a" / "b" > 1 and "c" < 2 on gil',
                }
            ],
        },
    ]


def test_what_is_out_of_date_is_told(book: Path) -> None:
    """Changed, missing and superfluous programs, by name; nothing is written."""
    experiments(book)
    assert experiments(book, "--check").exit_code == 0
    page = book / "docs" / "page.md"
    page.write_text(
        PAGE.replace("print(3)", "print(5)").replace("first.py", "other.py"),
        encoding="utf-8",
    )
    before = files(book)
    ran = experiments(book, "--check")
    assert ran.exit_code == 1
    assert "first.py, index.json, other.py, second.py" in ran.stderr
    assert "livedocs experiments" in ran.stderr
    assert files(book) == before


def test_what_no_page_has_any_more_is_removed(book: Path) -> None:
    """But nothing that was not copied from a page."""
    experiments(book)
    (book / "programs" / "__init__.py").write_text("kept = 1\n", encoding="utf-8")
    page = book / "docs" / "page.md"
    page.write_text(PAGE.replace("first.py", "other.py"), encoding="utf-8")
    assert experiments(book).exit_code == 0
    assert sorted(files(book)) == ["__init__.py", "index.json", "other.py", "second.py"]


def test_a_second_time_nothing_changes(book: Path) -> None:
    """And says so."""
    experiments(book)
    assert "2 experiments, 0 files changed" in experiments(book).stdout


def test_a_name_that_stands_twice_is_refused(book: Path) -> None:
    """With both places; nothing is written."""
    (book / "docs" / "z.md").write_text(PAGE, encoding="utf-8")
    ran = experiments(book)
    assert ran.exit_code == 1
    assert "docs/z.md:13: the claim 'one' is that of page.md:13, too" in ran.stderr
    assert not (book / "programs").exists()


def test_a_book_without_the_setting_says_so(book: Path) -> None:
    """It has nowhere to put them."""
    (book / "pyproject.toml").write_text("[tool.livedocs]\n", encoding="utf-8")
    assert "names no folder of experiments" in experiments(book).stderr


def test_a_measurement_is_known_by_the_text_of_its_program(book: Path) -> None:
    """The digest is that of the file's bytes."""
    page = read_page(book / "docs" / "page.md")
    first, _ = experiments_of([page], book / "docs")
    experiments(book)
    content = (book / "programs" / "first.py").read_bytes()
    assert digest_of(first.script) == hashlib.sha256(content).hexdigest()
