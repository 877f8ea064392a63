"""Pictures of a page that say nothing to who does not see them.

An image needs a text in its place. A drawing, which is SVG inside the page, is
too much for one sentence: it needs a title and a description.
"""

from collections.abc import Iterator, Sequence
from html import escape
from html.parser import HTMLParser

from markdown_it.token import Token

NO_ALT = (
    "this picture says nothing to who does not see it: write what it shows, as"
    ' ![three bars, the last the longest](…) or <img alt="…">'
)
NO_WORDS = (
    'this drawing says nothing to who does not see it: give the <svg> role="img", a'
    ' <title id="a"> and a <desc id="b"> with text, and aria-labelledby="a b"'
)


def silent_pictures(tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """The pictures without words among what a Markdown parser saw.

    Args:
        tokens: those of a page, as markdown-it gives them.

    Yields:
        The line of a picture, from 1, and what to do; for one amid a paragraph
        the line where this begins.
    """
    for token in tokens:
        line = (token.map or [0])[0] + 1
        if token.type == "html_block":
            for offset, message in _silent_html(token.content):
                yield line + offset, message
        children = token.children or []
        if any(_is_silent(each) for each in children):
            yield line, NO_ALT
        html = "".join(
            each.content if each.type == "html_inline" else escape(each.content)
            for each in children
            if each.type in ("html_inline", "text")
        )
        for _, message in _silent_html(html):
            yield line, message


def _is_silent(token: Token) -> bool:
    return token.type == "image" and not token.content.strip()


def _silent_html(html: str) -> list[tuple[int, str]]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    """Finds images and drawings without words; lines count from 0."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._depth = 0  # of the <svg> in which it reads
        self._begun = 0
        self._named: set[str] = set()  # ids that the drawing is labelled by
        self._said: dict[str, str] = {}  # id of what has words: title or desc
        self._reading = ("", "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = {name: (value or "").strip() for name, value in attrs}
        if tag == "img" and not have.get("alt"):
            self.found.append((self.getpos()[0] - 1, NO_ALT))
        elif tag == "svg":
            if not self._depth:
                is_image = have.get("role") == "img"
                named = have.get("aria-labelledby", "") if is_image else ""
                self._named, self._said = set(named.split()), {}
                self._begun = self.getpos()[0] - 1
            self._depth += 1
        elif tag in ("title", "desc"):
            self._reading = (have.get("id", ""), tag)

    def handle_data(self, data: str) -> None:
        known, tag = self._reading
        if known in self._named and data.strip():
            self._said[known] = tag

    def handle_endtag(self, tag: str) -> None:
        if tag in ("title", "desc"):
            self._reading = ("", "")
        elif tag == "svg" and self._depth:
            self._depth -= 1
            if not self._depth and {*self._said.values()} != {"title", "desc"}:
                self.found.append((self._begun, NO_WORDS))
