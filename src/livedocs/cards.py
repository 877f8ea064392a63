"""Cards: the picture of a page that others show where they link to it.

Drawn at build time, with the letters that matplotlib ships, so that nothing has to be
loaded from elsewhere: the same picture on every machine.
"""

import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib as mpl
from PIL import Image, ImageDraw, ImageFont

SIZE = (1200, 630)
"""Pixels; what Open Graph's readers expect."""

_INK, _GROUND, _SOFT = "#f4f2ea", "#16202b", "#c3ccd4"
_LANES = ("#5cb3e6", "#f0945a")
_MARGIN = 84
_WIDTH = SIZE[0] - 2 * _MARGIN


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on a card.

    Attributes:
        title: The page's.
        text: What the page says of itself.
        site: Name of the book.
    """

    title: str
    text: str
    site: str


_IN_HEAD = {
    "title": r'<meta property="og:title" content="([^"]*)">',
    "text": r'<meta property="og:description" content="([^"]*)">',
    "site": r'<meta property="og:site_name" content="([^"]*)">',
}
_CANONICAL = re.compile(r'<link rel="canonical" href="([^"]*)">')
_HAS_ONE = '<meta property="og:image"'


def add_cards(site: Path) -> int:
    """Give the pages of a built site their cards.

    Those get one that say their title, what they are about, and their own address in
    full: without an address nobody could ask for a card.

    Returns:
        How many pages got one.
    """
    count = 0
    for page in sorted(site.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        card, canonical = _card_of(text), _CANONICAL.search(text)
        if card is None or canonical is None or _HAS_ONE in text:
            continue
        place = page.relative_to(site)
        picture = Path("assets/cards") / place.with_suffix(".png")
        (site / picture).parent.mkdir(parents=True, exist_ok=True)
        (site / picture).write_bytes(card_png(card))
        root = _root_of(html.unescape(canonical[1]), place.as_posix())
        tags = _tags(f"{root}{picture.as_posix()}", f"{card.title}: {card.text}")
        page.write_text(text.replace("</head>", tags + "</head>", 1), encoding="utf-8")
        count += 1
    return count


def _card_of(text: str) -> Card | None:
    found = {name: re.search(pattern, text) for name, pattern in _IN_HEAD.items()}
    values = {name: html.unescape(each[1]) for name, each in found.items() if each}
    return Card(**values) if len(values) == len(_IN_HEAD) else None


def _root_of(canonical: str, place: str) -> str:
    """Address of a site, from that of a page; `index.html` may be left out of it."""
    for tail in (place, place.removesuffix("index.html")):
        if canonical.endswith(tail):
            return canonical.removesuffix(tail)
    return canonical.rpartition("/")[0] + "/"


def _tags(address: str, words: str) -> str:
    width, height = SIZE
    named = {
        "og:image": address,
        "og:image:alt": words,
        "og:image:width": str(width),
        "og:image:height": str(height),
    }
    tags = "".join(
        f'<meta property="{name}" content="{html.escape(value)}">'
        for name, value in named.items()
    )
    return f'{tags}<meta name="twitter:card" content="summary_large_image">'


def card_png(card: Card) -> bytes:
    """Draw a card."""
    image = Image.new("RGB", SIZE, _GROUND)
    draw = ImageDraw.Draw(image)
    for number in range(9):  # two lanes that take turns
        left = _MARGIN + number * 60
        top = 84 + 34 * (number % 2)
        draw.rectangle((left, top, left + 56, top + 22), fill=_LANES[number % 2])
    below = 196
    for size, name, colour, text, most in (
        (76, "DejaVuSerif-Bold.ttf", _INK, card.title, 2),
        (34, "DejaVuSans.ttf", _SOFT, card.text, 4),
    ):
        font = _font(name, size)
        for line in _lines(text, font, most):
            draw.text((_MARGIN, below), line, font=font, fill=colour)
            below += round(size * 1.3)
        below += 26
    draw.text((_MARGIN, 540), card.site, font=_font("DejaVuSerif.ttf", 30), fill=_SOFT)
    content = io.BytesIO()
    image.quantize(32).save(content, "PNG", optimize=True)
    return content.getvalue()


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(folder / name, size)


def _lines(text: str, font: ImageFont.FreeTypeFont, most: int) -> Sequence[str]:
    """Text in lines that fit; what is too long ends in an ellipsis."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= _WIDTH or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > most:
        kept = lines[:most]
        while font.getlength(kept[-1] + " …") > _WIDTH:
            kept[-1] = kept[-1].rpartition(" ")[0]
        return [*kept[:-1], kept[-1] + " …"]
    return lines
