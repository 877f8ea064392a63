"""The path through the book, and what each page on it has."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from livedocs.website import read_website

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def pages_in(part: str) -> list[str]:
    """The pages of a part of the site, in order."""
    leaves = read_website(ROOT).leaves
    found = [page for sections, page in leaves if sections[:1] == (part,)]
    assert found
    return found


def steps() -> list[tuple[str, str]]:
    """Each page of the book and of its exercises, with the one that follows."""
    parts = (pages_in("The book"), pages_in("Exercises"))
    return [step for pages in parts for step in pairwise(pages)]


@pytest.mark.parametrize(("page", "following"), steps())
def test_next_is_the_next_page(page: str, following: str) -> None:
    """A reader who follows "Next" comes by every page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.findall(r"^Next: \[[^]]+\]\(([a-z-]+\.md)\)", text, flags=re.MULTILINE)
    assert found == [following]


def test_the_landing_page_leads_to_each_page() -> None:
    """Of the book and of its exercises, by one click."""
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([a-z-]+\.md)\)", text)
    assert {*pages_in("The book"), *pages_in("Exercises")} <= set(linked)


SOURCE = "price-source.md"  # shows files whole, and nothing else
WITH_ALL_PARTS = [name for name in pages_in("The book") if name != SOURCE]
PARTS = {
    "an exercise": r"(?m)^## Exercise",
    "a solution that is folded": r"(?m)^/// details \| Solution",
    "a rule to keep": r"\*\*The rule to keep:\*\*",
    "sources": r"(?m)^Sources?: ",
}


@pytest.mark.parametrize("name", WITH_ALL_PARTS)
def test_it_claims_something_and_not_everything(name: str) -> None:
    """One to three claims, so that a reader knows what the page is about."""
    text = (DOCS / name).read_text(encoding="utf-8")
    assert 1 <= text.count("<!--livedocs:claim(") <= 3


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", WITH_ALL_PARTS)
def test_it_has_all_parts(name: str, part: str) -> None:
    """What to do, what to keep, and where it comes from."""
    assert re.search(PARTS[part], (DOCS / name).read_text(encoding="utf-8"))
