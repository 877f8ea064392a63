"""Links from what an API page describes to the examples that use it.

mkdocstrings describes a name where a page has a line `::: NAME`. Under that line come
the gallery's examples that import the name, as the gallery says which they are.
"""

import contextlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from livedocs.gallery.pages import escape
from livedocs.gallery.uses import FILE
from livedocs.ledger import relative

Uses = Mapping[str, Sequence[tuple[str, str]]]
"""For each dotted name the pages of the examples that import it, with their titles."""

_NAME = re.compile(r"::: ([\w.]+)\s*")
_FENCE = re.compile(r" *(`{3,}|~{3,})")


def read_uses(gallery: Path, name: str) -> Uses:
    """Read what a finished gallery says.

    Args:
        gallery: The folder of its pages.
        name: The folder that they become in the book.

    Returns:
        Nothing, if there is no gallery.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    with contextlib.suppress(FileNotFoundError):
        kind = dict[str, list[tuple[str, str]]]
        found = msgspec.json.decode((gallery / FILE).read_bytes(), type=kind)
    return {
        used: [(f"{name}/{page}", title) for page, title in pages]
        for used, pages in found.items()
    }


def with_examples(text: str, page: str, uses: Uses) -> str:
    """Return a page with the examples under each name that it describes.

    Args:
        text: The page's Markdown.
        page: Its address in the book, which the links start from.
        uses: The examples.
    """
    lines, fence = [], ""
    waiting: list[str] = []
    # Not `splitlines`, which also divides at signs that stand in strings.
    for line in text.removesuffix("\n").split("\n"):
        if waiting and line.strip() and not line.startswith(" "):
            lines += waiting
            waiting = []
        lines.append(line)
        if mark := _FENCE.match(line):
            if not fence:
                fence = mark[1]
            elif line.strip().startswith(fence) and not line.strip(" `~"):
                fence = ""
        elif not fence and (described := _NAME.fullmatch(line)):
            # After the options, which are indented.
            waiting = _paragraph(uses.get(described[1], ()), page)
    if waiting:
        lines += ["", *waiting] if lines[-1].strip() else waiting
    return "".join(f"{line}\n" for line in lines)


def _paragraph(examples: Sequence[tuple[str, str]], page: str) -> list[str]:
    if not examples:
        return []
    links = [
        f"[{escape(title)}]({relative(target, page)})" for target, title in examples
    ]
    return [f"In the gallery: {', '.join(links)}.", "{: .in-gallery }", ""]
