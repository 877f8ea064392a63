"""Pictures that say nothing to who does not see them."""

from pathlib import Path

import pytest

from livedocs.audit import audit
from livedocs.page import parse_page
from livedocs.pictures import NO_ALT, NO_WORDS

DRAWING = """<figure>
<svg viewBox="0 0 9 9" role="img" aria-labelledby="a b">
<title id="a">Two boxes</title>
<desc id="b">One beside the other.</desc>
<svg><path d="M0 0h9"/></svg>
</svg>
</figure>
"""


def problems(text: str) -> list[tuple[int, str]]:
    page = parse_page(text, Path("docs/page.md"))
    return [(each.line, each.message) for each in audit(page)]


@pytest.mark.parametrize(
    "text",
    [
        DRAWING,
        "![two boxes](boxes.png)\n",
        '<img src="boxes.png" alt="two boxes">\n',
        "```text\n![](boxes.png) <svg></svg>\n```\n",
        "<!-- ![](boxes.png) -->\n\n`<img>`\n",
    ],
)
def test_a_picture_with_words_is_good(text: str) -> None:
    """So is one that is only spoken of."""
    assert problems(text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# A\n\n![](boxes.png)\n", 3),
        ("# A\n\n![ ](boxes.png)\n", 3),
        ("Amid ![](a.png) a text.\n", 1),
        ("[![](a.png)](a.html)\n", 1),
        ('<figure>\n<img src="a.png">\n</figure>\n', 2),
        ('Amid <img src="a.png" alt=" "> a text.\n', 1),
        ("| a |\n|---|\n| ![](a.png) |\n", 1),
    ],
)
def test_an_image_without_a_text_is_a_problem(text: str, line: int) -> None:
    """Wherever it stands, in Markdown or HTML."""
    assert problems(text) == [(line, NO_ALT)]


@pytest.mark.parametrize(
    ("words", "without"),
    [
        (' role="img"', ""),
        (' aria-labelledby="a b"', ""),
        (' aria-labelledby="a b"', ' aria-labelledby="a c"'),
        (' aria-labelledby="a b"', ' aria-label="Two boxes"'),
        ("Two boxes", " "),
        ('<desc id="b">One beside the other.</desc>\n', ""),
        ('<desc id="b">One beside the other.', '<desc id="b">'),
        ('<title id="a">Two boxes</title>\n', ""),
    ],
)
def test_a_drawing_without_title_or_description_is_a_problem(
    words: str, without: str
) -> None:
    """Both have text, and the drawing is labelled by both."""
    assert DRAWING.count(words) == 1
    assert problems(DRAWING.replace(words, without)) == [(2, NO_WORDS)]


def test_a_drawing_amid_a_paragraph() -> None:
    """It is read like one that stands alone."""
    drawing = "".join(DRAWING.splitlines()[1:-1])
    assert problems(f"Text {drawing} and text.\n") == []
    silent = drawing.replace("Two boxes", "")
    assert problems(f"Text {silent} and text.\n") == [(1, NO_WORDS)]
