"""What mkdocs.yml says of the site, and what visiting programs are told."""

from pathlib import Path

import pytest

from livedocs.page import Page, parse_page
from livedocs.website import (
    Website,
    llms_txt,
    read_website,
    robots_txt,
    title_of,
)

CONFIGURATION = """
site_name: A book
site_description: >-
  Two lines,
  one text.
site_url: !ENV [BOOK_ADDRESS, ""]
use_directory_urls: false
nav:
  - Home: index.md
  - The book:
      - Part one:
          - First: first.md
      - plain.md
  - Gallery: gallery/index.md
markdown_extensions:
  - pymdownx.emoji:
      emoji_index: !!python/name:material.extensions.emoji.twemoji
"""
HOME = "---\ntitle: Welcome\ndescription: What it is\n  about.\n---\n\n# Hello\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A book's folder, with tags of MkDocs' own in its mkdocs.yml."""
    (tmp_path / "mkdocs.yml").write_text(CONFIGURATION, encoding="utf-8")
    return tmp_path


def page(text: str) -> Page:
    return parse_page(text, Path("docs/a-page.md"))


PAGES = {"index.md": page(HOME), "first.md": page("# One\n"), "draft.md": page("x\n")}


def test_the_navigation_is_read_in_order(root: Path) -> None:
    """With the sections that a page is in; names of Python objects are no obstacle."""
    found = read_website(root)
    assert found.leaves == (
        ((), "index.md"),
        (("The book", "Part one"), "first.md"),
        (("The book",), "plain.md"),
        ((), "gallery/index.md"),
    )
    assert (found.name, found.description) == ("A book", "Two lines, one text.")


@pytest.mark.parametrize("given", ["https://example.org/b", "https://example.org/b/"])
def test_the_address_comes_from_the_environment(
    root: Path, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As MkDocs takes it; without it the site knows of none."""
    monkeypatch.delenv("BOOK_ADDRESS", raising=False)
    assert read_website(root).address == ""
    monkeypatch.setenv("BOOK_ADDRESS", given)
    assert read_website(root).address == "https://example.org/b/"


@pytest.mark.parametrize("text", [None, "nav: [", "- a list", "nav: 3", "!what x"])
def test_without_a_good_file_there_is_no_navigation(
    text: str | None, tmp_path: Path
) -> None:
    """A book can do without MkDocs."""
    if text is not None:
        (tmp_path / "mkdocs.yml").write_text(text, encoding="utf-8")
    assert read_website(tmp_path).pages == []


@pytest.mark.parametrize(
    ("name", "flat", "url"),
    [
        ("index.md", True, "index.html"),
        ("a/b.md", True, "a/b.html"),
        ("index.md", False, ""),
        ("a/index.md", False, "a/"),
        ("a/b.md", False, "a/b/"),
    ],
)
def test_a_page_has_its_address(name: str, flat: bool, url: str) -> None:
    """By the way in which the site addresses pages."""
    assert Website(flat=flat).url(name) == url


def test_robots_are_told_where_the_map_is() -> None:
    """But only where the site knows its address: a map has no relative one."""
    assert robots_txt(Website()) == "User-agent: *\nAllow: /\n"
    told = robots_txt(Website(address="https://example.org/"))
    assert told.endswith("\n\nSitemap: https://example.org/sitemap.xml\n")


def test_a_model_is_told_of_every_page_of_the_navigation(root: Path) -> None:
    """By section, with title and description; a missing page is left out."""
    assert (
        llms_txt(read_website(root), PAGES)
        == """\
# A book

> Two lines, one text.

## Start

- [Welcome](index.html): What it is about.

## The book: Part one

- [One](first.html)
"""
    )


def test_its_links_are_absolute_where_that_can_be(root: Path) -> None:
    """And lead to the root of the site, too."""
    website = Website("A book", "", "https://example.org/", False, (((), "index.md"),))
    assert "(https://example.org/)" in llms_txt(website, PAGES)
    relative = Website("A book", "", "", False, (((), "index.md"),))
    assert "[Welcome](.)" in llms_txt(relative, PAGES)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (HOME, "Welcome"),
        ("text\n\n# A heading\n", "A heading"),
        ("no heading\n", "a-page"),
        ("```bash\n# build it\n```\n\n# A heading\n", "A heading"),
        ("---\n[\n---\n# H\n", "H"),
    ],
)
def test_a_page_has_a_title(text: str, title: str) -> None:
    """Its own, or its first heading, or at least its file's name."""
    assert title_of(page(text)) == title
