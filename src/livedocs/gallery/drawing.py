"""Drawings: from matplotlib's SVG to one that takes the page's colours.

A picture that a page refers to knows nothing of that page's colours; one that stands
in the page does. So the page of an example has its drawings in it, and their colours
are those of the page: `currentColor` and the variables `--figure-0` and so on, for
which a style sheet can have one value in the light and another in the dark.
"""

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence

# Halfway between white and a dark page: about 4 : 1 against either.
INK = "#808080"
# Okabe and Ito's colours (https://jfly.uni-koeln.de/color/), those with 3 : 1 or
# nearly so on white and on a dark page.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b")

PHONE = 320.0
"""Pixels that a picture has on a phone that is 360 pixels wide."""
SMALLEST = 9.0
"""Pixels that a letter has to have there."""

# matplotlib's, for all of a drawing.
_STYLE = {"stroke-linejoin": "round", "stroke-linecap": "butt"}
_NUMBER = re.compile(r"(\d+\.\d\d)\d+")
_GEOMETRY = frozenset(("d", "x", "y", "width", "height", "points", "transform"))


def inline(svg: bytes, name: str, alt: str) -> str:
    """Return a drawing as HTML on one line, to stand in a page.

    Args:
        svg: What matplotlib wrote.
        name: What its ids begin with, unique on the page.
        alt: What it says, for those who do not see it.
    """
    root = ET.fromstring(svg)  # noqa: S314 (matplotlib wrote it just now)
    kept = set(re.findall(r"#([\w-]+)", svg.decode()))
    for element in root.iter():
        for child in list(element):
            if _bare(child.tag) in ("metadata", "style"):
                element.remove(child)
        element.tag = _bare(element.tag)
        element.text = (element.text or "").strip("\n") or None
        element.tail = None
        _change(element, name, kept)
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    root.attrib |= _STYLE
    root.set("role", "img")
    root.set("aria-label", alt)
    for element in list(root):
        if element.tag == "defs" and not len(element):
            root.remove(element)
    text = ET.tostring(root, encoding="unicode").replace("\n", " ")
    return f'<figure class="figure" data-search-exclude>{text}</figure>'


def smallest_letters(svg: bytes) -> float | None:
    """Return how many pixels the smallest letters have on a phone.

    Returns:
        None if the drawing has no letters.
    """
    root = ET.fromstring(svg)  # noqa: S314 (matplotlib wrote it just now)
    width = float(root.get("viewBox", "0 0 1 1").split()[2])
    sizes = list(_letters(root))
    return min(sizes) * min(1.0, PHONE / width) if sizes else None


def size_in_pixels(svg: bytes) -> tuple[int, int]:
    """Return a drawing's width and height in a browser: a point has 4/3 pixels."""
    root = ET.fromstring(svg)  # noqa: S314 (matplotlib wrote it just now)
    width, height = map(float, root.get("viewBox", "0 0 1 1").split()[2:])
    return round(width * 4 / 3), round(height * 4 / 3)


def _letters(root: ET.Element) -> Iterator[float]:
    """Yield the font size of each text, in the drawing's own units."""
    for element in root.iter():
        style = element.get("style", "")
        if _bare(element.tag) == "text" and (found := re.search(r"([\d.]+)px", style)):
            yield float(found[1])


def _bare(name: str) -> str:
    return name.rpartition("}")[2]


def _change(element: ET.Element, name: str, kept: set[str]) -> None:
    """Give an element the page's colours, and ids of its own."""
    for key, value in list(element.attrib.items()):
        del element.attrib[key]
        plain = _bare(key)
        if plain == "id":
            if value not in kept:
                continue
            value = f"{name}-{value}"  # noqa: PLW2901 (the same, changed)
        elif plain in ("href", "clip-path"):
            value = value.replace("#", f"#{name}-", 1)  # noqa: PLW2901
        elif plain == "style":
            for declared, part in _declared(_themed(value, COLOURS)):
                element.set(declared, part)
            continue
        elif plain in _GEOMETRY:
            value = _NUMBER.sub(r"\1", value)  # noqa: PLW2901
        element.set(plain, value)


def _declared(style: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of a style, for a site that allows none within its pages."""
    for part in filter(str.strip, style.split(";")):
        name, _, value = part.partition(":")
        yield name.strip(), value.strip()


def _themed(style: str, colours: Sequence[str]) -> str:
    """Return a style with the page's colours in place of fixed ones."""
    style = style.replace(INK, "currentColor")
    for number, colour in enumerate(colours):
        style = style.replace(colour, f"var(--figure-{number}, {colour})")
    return html.unescape(style)
