"""What each page of the book has, whatever it is about."""

import re
from pathlib import Path

import pytest
from test_reading_order import DOCS, pages_in

SOURCE = "price-source.md"  # shows files whole, and nothing else
PAGES = [name for name in pages_in("The book") if name != SOURCE]
PARTS = {
    "an exercise": r"(?m)^## Exercise",
    "a solution that is folded": r"(?m)^/// details \| Solution",
    "a rule to keep": r"\*\*The rule to keep:\*\*",
    "sources": r"(?m)^Sources?: ",
}


@pytest.mark.parametrize("name", PAGES)
def test_it_claims_something_and_not_everything(name: str) -> None:
    """One to three claims, so that a reader knows what the page is about."""
    text = Path(DOCS / name).read_text(encoding="utf-8")
    assert 1 <= text.count("<!--livedocs:claim(") <= 3


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", PAGES)
def test_it_has_all_parts(name: str, part: str) -> None:
    """What to do, what to keep, and where it comes from."""
    assert re.search(PARTS[part], Path(DOCS / name).read_text(encoding="utf-8"))
