"""The path through the book."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def pages_of(nav: Any) -> Iterator[str]:
    """The pages below a part of the navigation, in order."""
    match nav:
        case str():
            yield nav
        case list():
            for each in nav:
                yield from pages_of(each)
        case dict():
            for each in nav.values():
                yield from pages_of(each)


def book() -> list[str]:
    """The pages of the book, in order."""
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    # The names of plugins' functions are of no interest here.
    nav = yaml.safe_load(text[text.index("nav:") : text.index("plugins:")])["nav"]
    (parts,) = (part["The book"] for part in nav if "The book" in part)
    return list(pages_of(parts))


@pytest.mark.parametrize(
    ("page", "following"), list(zip(book(), book()[1:], strict=False))
)
def test_next_is_the_next_page(page: str, following: str) -> None:
    """A reader who follows "Next" comes by every page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.findall(r"^Next: \[[^]]+\]\(([a-z-]+\.md)\)", text, flags=re.MULTILINE)
    assert found == [following]


def test_the_landing_page_leads_to_each_page() -> None:
    """Of the book, by one click."""
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([a-z-]+\.md)\)", text)
    assert set(book()) <= set(linked)
