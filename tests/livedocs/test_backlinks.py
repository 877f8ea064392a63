from pathlib import Path

import markdown

from livedocs.backlinks import read_uses, with_examples

USES = {
    "tools.saw": [("gallery/cut.md", "A *clean* cut"), ("gallery/two.md", "Two")],
    "tools": [("gallery/two.md", "Two")],
}
LINKS = (
    "In the gallery: [A &#42;clean&#42; cut](gallery/cut.md), [Two](gallery/two.md)."
)


def test_a_described_name_gets_its_examples() -> None:
    """They stand between it and what follows it; other text stays as it is."""
    text = "# Tools\n\n::: tools.saw\n\nMore.\n\n::: tools.axe\n\nEnd.\n"
    assert with_examples(text, "reference.md", USES) == (
        f"# Tools\n\n::: tools.saw\n\n{LINKS}\n{{: .in-gallery }}\n\nMore.\n\n"
        "::: tools.axe\n\nEnd.\n"
    )


def test_only_a_line_feed_ends_a_line() -> None:
    """Other signs that end one stand in the code that ran."""
    text = "```python\nprint('a\u2028b\x85c\x0cd')\n```\n"
    assert with_examples(text, "page.md", USES) == text


def test_options_stay_with_their_name() -> None:
    """What is indented under the name belongs to it."""
    text = "::: tools.saw\n    options:\n\n      members: no\n::: tools.axe\n"
    linked = with_examples(text, "reference.md", USES).splitlines()
    assert linked[:4] == text.splitlines()[:4]
    assert LINKS in linked[4:6]
    assert linked[-1] == "::: tools.axe"


def test_the_last_name_of_a_page_gets_its_examples() -> None:
    """Nothing has to follow it."""
    linked = with_examples("::: tools.saw\n", "reference.md", USES)
    assert linked.startswith(f"::: tools.saw\n\n{LINKS}\n")


def test_links_start_from_their_page() -> None:
    """A page in a folder reaches the gallery by going up."""
    linked = with_examples("::: tools\n", "deep/er/page.md", USES)
    assert "[Two](../../gallery/two.md)" in linked


def test_fences_are_left_alone() -> None:
    """A page may show how such a line is written."""
    shown = "````text\n```\n::: tools.saw\n```\n::: tools.saw\n````\n"
    assert with_examples(shown, "page.md", USES) == shown
    after = with_examples(f"{shown}\n::: tools\n", "page.md", USES)
    assert after.startswith(shown)
    assert after.count("In the gallery") == 1


def test_a_title_is_never_markup() -> None:
    """It is shown as the example has it, as text of the link."""
    html = markdown.markdown(with_examples("::: tools.saw\n", "reference.md", USES))
    assert '<a href="gallery/cut.md">A &#42;clean&#42; cut</a>' in html


def test_a_book_without_a_gallery_has_no_links(tmp_path: Path) -> None:
    """Nothing changes in its pages."""
    assert read_uses(tmp_path, "gallery") == {}
    assert with_examples("::: tools\n", "page.md", {}) == "::: tools\n"


def test_the_folder_of_the_gallery_is_part_of_the_address(tmp_path: Path) -> None:
    """The gallery names its pages, the book knows where it puts them."""
    (tmp_path / "uses.json").write_text('{"tools": [["two.md", "Two"]]}')
    assert read_uses(tmp_path, "pictures") == {"tools": [("pictures/two.md", "Two")]}
