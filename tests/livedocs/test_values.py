"""Measured values amid sentences and in drawings, as a reader sees them."""

import re
import xml.etree.ElementTree as ET
from html import unescape
from pathlib import Path

import pytest
from test_finish import rendered
from test_ledger import ELSEWHERE, PAGE, Book, compared

from interleaved import Value

REFERRED = f"reference, not this build: 8 cores of {ELSEWHERE.cpu}, 2025-12-31"
BLOCK = '```python title="seen.py"\nreport("went", 7)\n```\n'
DRAWING = """<figure>
<svg viewBox="0 0 340 60" role="img" aria-labelledby="went how-often">
<title id="went">Went</title>
<desc id="how-often">It went <!--livedocs:value("went" of seen.py)--> times.</desc>
<text y="20">went: <!--livedocs:value("went" of seen.py)--></text>
</svg>
<figcaption>Went <!--livedocs:value("went" of seen.py)--> times.</figcaption>
</figure>
"""


@pytest.fixture
def book(tmp_path: Path) -> Book:
    book = Book(tmp_path)
    book.write(count=PAGE, seen=f"# Seen\n\n{DRAWING}\n{BLOCK}")
    return book


def test_the_value_stands_in_the_sentence(book: Book) -> None:
    """As a number whose title says the rest."""
    book.measured("count", "3.13", compared(1.1))
    (span,) = re.findall(r"with (<span .*?</span>) measured", book.text("count"))
    assert unescape(span) == (
        '<span class="value" title="Python 3.13: 1.10 ×">1.10 ×</span>'
    )


def inline(text: str) -> str:
    """The value amid a sentence, as a reader reads it."""
    (found,) = re.findall(r'<span class="value"[^>]*>(.*?)</span>', text)
    return unescape(found)


def test_a_page_can_show_the_value_of_another(book: Book) -> None:
    """Of its claim, by the name of its file."""
    book.write(front="It is <!--livedocs:value(counts of count.md)--> fast.\n")
    book.measured("count", "3.13", compared(1.1))
    assert inline(book.text("front")) == "1.10 ×"
    assert book.finish().problems == {}


@pytest.mark.parametrize("name", ["conuts of count.md", "counts of other.md"])
def test_a_value_of_nothing_is_a_problem(book: Book, name: str) -> None:
    """It cannot be shown, and is told with its line."""
    book.write(front=f"# Front\n\nIt is <!--livedocs:value({name})--> fast.\n")
    book.measured("count", "3.13", compared(1.1))
    ((path, (problem,)),) = book.finish().problems.items()
    assert (path.name, problem.line) == ("front.md", 3)
    assert problem.message == (
        f"this book has no claim {name!r}: write NAME of PAGE.md"
    )


def test_the_value_is_that_of_the_building_interpreter(book: Book) -> None:
    """A newer one stands beside it under the sentence, not in it."""
    book.own = "3.12"
    book.measured("count", "3.12", compared(1.1))
    book.measured("count", "3.14", compared(1.0))
    assert inline(book.text("count")) == "1.10 ×"


def test_the_value_is_of_the_newest_that_the_claim_is_meant_for(book: Book) -> None:
    """Where it is not meant for the building interpreter."""
    book.own = "3.14t"
    book.measured("count", "3.14t", compared(1.9))
    book.measured("count", "3.12", compared(1.1))
    book.measured("count", "3.13", compared(1.2))
    assert inline(book.text("count")) == "1.20 ×"


def test_an_own_value_stands_before_a_reference(book: Book) -> None:
    """Even before that of a newer interpreter."""
    book.own = "3.13t"
    book.measured("count", "3.13t", compared(1.9))
    book.measured("count", "3.12", compared(1.1))
    book.refer("count", "3.14", compared(1.0))
    assert inline(book.text("count")) == "1.10 ×"


def test_a_reference_says_in_a_sentence_where_it_is_from(book: Book) -> None:
    """By its title: the machine and the day."""
    book.refer("count", "3.12", compared(1.0))
    (title,) = re.findall(r'title="([^"]*)">1.00 × <small>', book.text("count"))
    assert unescape(title) == f"Python 3.12: 1.00 ×; {REFERRED}"


def drawn(text: str) -> tuple[str, str, str]:
    """A drawing's description and text, and the line below it.

    It is read from the page as a browser gets it, and it has no HTML in it.
    """
    (found,) = re.findall(r"(?s)<figure>.*?</figure>", rendered(text))
    svg, below = ET.fromstring(found)
    assert [each.tag for each in svg.iter()] == ["svg", "title", "desc", "text"]
    _, described, written = ("".join(each.itertext()) for each in svg)
    return described, written, "".join(below.itertext())


def test_a_value_that_a_block_reports_stands_in_a_drawing(book: Book) -> None:
    """As text, for SVG has no place for HTML; outside as in any sentence."""
    book.measured("seen", "3.13", Value("gone", (1.0,), ""), Value("went", (7.0,), ""))
    text = book.text("seen")
    assert drawn(text) == ("It went 7 times.", "went: 7", "Went 7 times.")
    assert "<figcaption>Went <span" in text
    assert book.finish().problems == {}


def test_a_drawing_has_the_value_with_its_unit(book: Book) -> None:
    """The median of those that repetitions gave."""
    book.measured("seen", "3.13", Value("went", (0.004, 0.005, 0.009), "s"))
    assert drawn(book.text("seen"))[1] == "went: 5.00 ms"


def test_what_was_not_reported_is_a_dash_in_a_drawing(book: Book) -> None:
    """And words in a sentence: the block may have found nothing to count here."""
    book.measured("seen", "3.13")
    shown = ("It went – times.", "went: –", "Went (not measured here) times.")
    assert drawn(book.text("seen")) == shown


def test_a_reported_value_has_the_source_of_a_claims(book: Book) -> None:
    """The building interpreter, then the newest."""
    book.measured("seen", "3.14", Value("went", (9.0,), ""))
    book.measured("seen", "3.12", Value("went", (8.0,), ""))
    book.own = "3.12"
    assert drawn(book.text("seen"))[1] == "went: 8"
    book.measured("seen", "3.13", Value("other", (7.0,), ""))
    book.own = "3.13"
    assert drawn(book.text("seen"))[1] == "went: 9"


def test_a_reference_says_that_it_is_one_in_a_drawing(book: Book) -> None:
    """In words that SVG can hold, and only where nothing was measured here."""
    book.write(
        count=DRAWING.replace("seen.py", "two_counts.py")
        + PAGE.replace("print(1)", 'print("went")')
    )
    book.refer("count", "3.14", compared(1.0), Value("went", (9.0,), ""))
    text = book.text("count")
    assert drawn(text)[1] == "went: 9 (reference, Python 3.14)"
    (title,) = re.findall(r'title="([^"]*)">9 <small>', text)
    assert unescape(title) == f"Python 3.14: 9; {REFERRED}"
    book.measured("count", "3.13", compared(1.1), Value("went", (7.0,), ""))
    assert drawn(book.text("count"))[1] == "went: 7"


def test_a_claims_value_can_stand_in_a_drawing(book: Book) -> None:
    """Without what HTML has around it."""
    book.write(count=PAGE + DRAWING.replace('"went" of seen.py', "counts"))
    assert drawn(book.text("count"))[1] == "went: –"
    book.measured("count", "3.13", compared(1.1))
    assert drawn(book.text("count"))[1] == "went: 1.10 ×"


def test_a_block_that_is_not_there_has_no_value(book: Book) -> None:
    """The page has a problem, and a dash in the place of the value."""
    book.write(seen=f"# Seen\n\n{DRAWING}\n{BLOCK.replace('seen', 'saw')}")
    assert drawn(book.text("seen"))[1] == "went: –"
    problems = book.finish().problems[book.root / "docs" / "seen.md"]
    assert {each.message for each in problems} == {
        "there is no block titled 'seen.py': did you mean saw.py?"
    }
