"""Whether a site that another builder made has all the text of this one.

A page's text is that of its `article`, in the pieces that a reader tells apart:
paragraphs, items, cells, lines of code. A piece that the other page lacks is lost;
what it has besides, and in which order, is that builder's own affair.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

_INLINE = frozenset(
    (
        *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i"),
        *("ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strong"),
        *("sub", "sup", "time", "u", "var", "wbr"),
    )
)
_UNSEEN = frozenset(("script", "style", "template", "button"))
_EMPTY = frozenset(("img", "br", "hr", "input", "wbr", "col", "source", "meta", "link"))
_MARKS = frozenset(("headerlink",))
"""Classes of what only marks a place: not text of the page."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What a page of the other site lacks."""

    page: str
    """Relative to the site, with `/` between its parts."""
    pieces: tuple[str, ...]
    """The lost text; empty if all of the page is."""

    def __str__(self) -> str:
        """Write the page, and the beginning of each piece."""
        if not self.pieces:
            return f"{self.page}: the page is lost"
        told = (f"{self.page}: lost: {piece[:200]}" for piece in self.pieces)
        return "\n".join(told)


class _Article(HTMLParser):
    """Collects the pieces of text of a page's article."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._words: list[str] = []
        self._open: list[tuple[str, bool]] = []
        """Elements that are open, and whether what is in them is unseen."""
        self._articles = 0

    @property
    def _unseen(self) -> bool:
        return not self._articles or (bool(self._open) and self._open[-1][1])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _INLINE:
            self._end_piece()
        values = dict(attrs)
        if tag == "img" and not self._unseen:
            self._words.append(values.get("alt") or "")
        if tag in _EMPTY:
            return
        self._articles += tag == "article"
        classes = set((values.get("class") or "").split())
        inside = bool(self._open) and self._open[-1][1]
        self._open.append((tag, inside or tag in _UNSEEN or bool(classes & _MARKS)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _INLINE:
            self._end_piece()
        self._articles -= tag == "article"
        if any(tag == each for each, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._words.append(data)

    def _end_piece(self) -> None:
        for line in "".join(self._words).splitlines():
            piece = " ".join(line.split())
            if piece:
                self.pieces.append(piece)
        self._words.clear()


def pieces_of(page: str) -> Counter[str]:
    """How often a page, as HTML, has each piece of text."""
    article = _Article()
    article.feed(page)
    article.close()
    return Counter(article.pieces)


def pieces_of_file(file: Path) -> Counter[str]:
    """The same of a page's file."""
    return pieces_of(file.read_text(encoding="utf-8"))


def losses(site: Path, other: Path) -> Iterator[Loss]:
    """What the other site lacks of this one, page by page.

    Args:
        site: a folder with the pages.
        other: a folder with the same pages, made by another builder.
    """
    for file in sorted(site.rglob("*.html")):
        page = file.relative_to(site)
        expected = pieces_of_file(file)
        if not expected:
            continue  # such as a redirection: nothing to read
        if not (other / page).is_file():
            yield Loss(page.as_posix(), ())
            continue
        if lost := expected - pieces_of_file(other / page):
            yield Loss(page.as_posix(), tuple(lost.elements()))
