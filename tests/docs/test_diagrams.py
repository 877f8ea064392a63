"""The drawings of the pages: each is there, in one style, and can be read."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from livedocs.page import read_page, reported_name, value_names

DOCS = Path(__file__).parents[2] / "docs"

DIAGRAMS = {
    "From the work to the tool": "choose.md",
    "The von Neumann machine": "latencies.md",
    "A scheduler, three processes and one core": "operating-system.md",
    "The states of a process": "process-states.md",
    "A process and its parts": "process-isolation.md",
    "A process with one thread, and one with three": "thread-parts.md",
    "The GIL, passed around": "gil.md",
    "A cycle of threads and locks": "deadlock.md",
    "A producer, a queue and consumers": "producers-consumers.md",
    "Several processes for one program": "processes.md",
    "Three ways to start a process": "processes.md",
}
WIDTH = 340
"""Units of a drawing's width, which are pixels where there is room for them."""
ON_A_PHONE = 328
"""Pixels that a page has for it on a phone of 360."""
SMALLEST = 11
"""Pixels of letters that can still be read."""
MEASURED = re.compile(r"<!--livedocs:value\(.*?\)-->")
"""Becomes a number; none of the drawings has room for more than three digits."""
LETTER = 0.56
"""Mean width of a letter by its height, in the fonts that browsers take."""


def drawings() -> dict[str, tuple[str, ET.Element]]:
    """All drawings of the pages by their titles, each with its page."""
    found = {}
    for page in sorted(DOCS.glob("*.md")):
        text = MEASURED.sub("123", page.read_text(encoding="utf-8"))
        for each in re.findall(r"(?s)<figure.*?</figure>", text):
            figure = ET.fromstring(each)
            svg = figure.find("svg")
            assert svg is not None, page.name
            found[svg.findtext("title", "")] = (page.name, figure)
    return found


def test_the_diagrams_are_there() -> None:
    """Those that are listed, on their pages, and no other."""
    assert {title: page for title, (page, _) in drawings().items()} == DIAGRAMS


def test_arrows_have_the_counts_of_the_program_below() -> None:
    """None is typed: each is a value that the page's own program reports."""
    page = read_page(DOCS / "process-states.md")
    assert page.problems == []
    counted = {}
    for line in sorted(page.drawn):
        if text := re.fullmatch(r"<text.*?>(.*): (<.*>)</text>", page.lines[line - 1]):
            (asked,) = value_names(text[2])
            assert MEASURED.fullmatch(text[2])
            counted[text[1]] = reported_name(asked)
    assert counted == {
        "picked": ("picked", "seen_changes.py"),
        "preempted": ("preempted", "seen_changes.py"),
        "has to wait": ("has to wait, R to S", "seen_changes.py"),
        "has come": ("has come, S to R", "seen_changes.py"),
        "ends": ("ends, R to Z", "seen_changes.py"),
    }


@pytest.fixture(params=DIAGRAMS)
def figure(request: pytest.FixtureRequest) -> ET.Element:
    return drawings()[request.param][1]


@pytest.fixture
def svg(figure: ET.Element) -> ET.Element:
    found = figure.find("svg")
    assert found is not None
    return found


def test_it_is_described(figure: ET.Element, svg: ET.Element) -> None:
    """To who hears the page by a title and a description, to all by a line below."""
    title, described = svg[:2]
    assert (title.tag, described.tag) == ("title", "desc")
    assert svg.attrib["role"] == "img"
    labels = [title.attrib["id"], described.attrib["id"]]
    assert svg.attrib["aria-labelledby"].split() == labels
    assert len((described.text or "").split()) > 20
    assert figure.findtext("figcaption", "").endswith(".")


def test_ids_are_unique() -> None:
    """In all drawings, so that two can meet on a page."""
    ids = [
        each.attrib["id"]
        for _, figure in drawings().values()
        for each in figure.iter()
        if "id" in each.attrib
    ]
    assert len(ids) == len(set(ids)) == 2 * len(DIAGRAMS)


def test_it_has_the_one_style(svg: ET.Element) -> None:
    """And no colour of its own, so that it follows light and dark."""
    style = {
        name: svg.attrib[name]
        for name in ("width", "class", "fill", "stroke", "stroke-width", "font-size")
    }
    assert style == {
        "width": str(WIDTH),
        "class": "drawing",
        "fill": "none",
        "stroke": "currentColor",
        "stroke-width": "1.5",
        "font-size": "14",
    }
    for each in svg.iter():
        colours = {each.attrib.get("fill", "none"), each.attrib.get("stroke", "none")}
        assert colours <= {"none", "currentColor"}
        assert "style" not in each.attrib


def test_a_phone_shows_all_of_it(svg: ET.Element) -> None:
    """Its letters are large enough, and each text lies within the drawing."""
    left, top, width, height = map(float, svg.attrib["viewBox"].split())
    assert (left, top, width) == (0, 0, WIDTH)
    for group in svg.iter("g"):
        size = float(group.attrib.get("font-size", 14))
        assert size * ON_A_PHONE / WIDTH >= SMALLEST
        for text in group.iter("text"):
            for line in (text, *text):
                length = len((line.text or "").strip()) * LETTER * size
                at = float(line.attrib["x"])
                if group.attrib.get("text-anchor") == "middle":
                    at -= length / 2
                assert at >= 0, line.text
                assert at + length <= width, line.text
            assert size <= float(text.attrib["y"]) <= height, text.text
