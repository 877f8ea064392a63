"""The description of the package: all of it, each part on one page, in few words."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

import interleaved

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.glob("reference-*.md"))
NOT_FOR_PAGES = {
    # What `interleaved` itself offers of these is described under its own name.
    *("clean_child", "comparing", "cores", "elsewhere", "machine", "measurements"),
    *("measuring", "noise", "reporting", "spread", "timings"),
    # What the modules of pages and the command are made of.
    *("answers", "cli", "experiments", "limited", "strictly"),
}
ROW = re.compile(r"\| \[`([\w.]+)`\]\[interleaved\.([\w.]+)\] \| (.+) \|")


def described(page: Path) -> list[str]:
    """What a page describes, without the package's name."""
    text = page.read_text(encoding="utf-8")
    return re.findall(r"(?m)^::: interleaved\.([\w.]+)$", text)


def sections() -> dict[str, list[tuple[str, str]]]:
    """The rows of the table of contents, by the page that they lead to."""
    found: dict[str, list[tuple[str, str]]] = {}
    page = ""
    for line in (DOCS / "reference.md").read_text(encoding="utf-8").splitlines():
        if heading := re.fullmatch(r"## \[.+\]\((.+\.md)\)", line):
            page = heading[1]
        elif row := ROW.fullmatch(line):
            assert row[1] == row[2]
            found.setdefault(page, []).append((row[1], row[3]))
    return found


def test_the_table_lists_what_the_pages_describe() -> None:
    """In their order."""
    assert len(PAGES) >= 10
    listed = {page: [name for name, _ in rows] for page, rows in sections().items()}
    assert listed == {page.name: described(page) for page in PAGES}


def test_each_module_is_described_once() -> None:
    """A module of a page that nobody describes is found, and one that is gone."""
    folder = Path(interleaved.__file__).parent
    modules = {path.stem for path in folder.glob("[!_]*.py")}
    modules |= {path.parent.name for path in folder.glob("*/__init__.py")}
    names = [name for page in PAGES for name in described(page)]
    assert len(names) == len(set(names))
    assert modules - NOT_FOR_PAGES <= set(names)
    assert set(interleaved.__all__) - {"Turns"} <= set(names)  # `turns` describes it
    assert modules >= NOT_FOR_PAGES


@pytest.mark.parametrize(
    ("name", "told"), [row for rows in sections().values() for row in rows]
)
def test_a_row_is_how_the_source_begins(name: str, told: str) -> None:
    """So the table cannot say what the module no longer does."""
    found = getattr(interleaved, name, None) if name in interleaved.__all__ else None
    documented = found or import_module(f"interleaved.{name}")
    first = (inspect.getdoc(documented) or "").partition("\n\n")[0]
    assert told == " ".join(first.split()).rstrip(".")
