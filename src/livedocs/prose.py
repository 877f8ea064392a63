"""Prose: numbers of things, a sentence without its markup, the timings typed into it.

No number from a clock is typed into a page, since it would be true of the machine
of its author alone. Such numbers come from records, or are excused in writing.
"""

import html
import re
from collections.abc import Collection, Iterator, Sequence

from markdown_it import MarkdownIt

_MARK = "\N{REPLACEMENT CHARACTER}"  # neither blank nor part of a word
_INLINE = MarkdownIt("commonmark")
_VALUE = re.compile(r"<!--\s*livedocs:value\(.*?\)\s*-->")
_REFERENCE = re.compile(r"\[([^][]+)\]\[[^][]*\]|\[\^[^][]+\]")

_HIDDEN = re.compile(
    r"<!--.*?-->"  # comments, over several lines, too
    r"|(?<!`)(`+)(?!`)(?:(?!\n\s*\n).)*?(?<!`)\1(?!`)"  # code spans
    r"|<[a-z/][^<>]*>"  # tags, and addresses in angle brackets
    r"|(?<=\])\([^()\s]*(?:\s+\"[^\"]*\")?\)"  # where links lead
    r"|\bhttps?://\S+",
    re.DOTALL | re.IGNORECASE,
)
_NUMBER = r"(?<!\w)\d(?:[\d.,]*\d)?"
_UNIT = (
    r"(?:[mµμun]?s|m?secs?|(?:milli|micro|nano)?seconds?|mins?|minutes?|hrs?|hours?)"
)
_MORE = r"(?:faster|slower|quicker|longer|shorter)"
_TIMING = re.compile(
    rf"{_NUMBER}(?:"
    rf"[\s-]?(?:{_UNIT}|fold)(?!\w)"
    r"|\s?×(?!\s?\d)"
    rf"|x(?!\w)|\sx(?=\s{_MORE})"
    rf"|[\s-]times\s(?:{_MORE}|as\s(?:fast|slow|long|quick))"
    rf"|\s?(?:%|percent)\s(?:{_MORE}|(?:less|more)\stime)"
    rf")|(?:{_MORE}\sby\s(?:a\sfactor\sof\s)?|\bfactor\sof\s){_NUMBER}",
    re.IGNORECASE,
)
_DECADE = re.compile(r"(?:1[89]|20)\d0s")


def counted(number: int, noun: str) -> str:
    """How many there are of something, in words: `1 core`, `2 cores`, `1,000 lanes`."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def plain_text(markdown: str) -> str:
    """A line of prose as its reader sees it, without markup and comments.

    What is to become a measured value is a `…`.
    """
    words = []
    code = []
    for token in _INLINE.parseInline(markdown.strip())[0].children or ():
        if token.type == "code_inline":
            code.append(token.content)
            words.append(_MARK)  # what looks like a link in code is none
        elif token.type in ("text", "image"):
            words.append(token.content.replace(_MARK, " "))
        elif _VALUE.fullmatch(token.content):
            words.append("…")
    text = _REFERENCE.sub(r"\1", "".join(words))
    return " ".join(re.sub(_MARK, lambda _: code.pop(0), text).split())


def typed_timings(
    lines: Sequence[str], excused: Collection[int] = ()
) -> Iterator[tuple[int, str]]:
    """Durations and ratios of durations that stand in prose.

    Args:
        lines: a page's.
        excused: numbers, from 1, of lines to pass over.

    Returns:
        Line and wording of each.
    """
    text = "\n".join(
        _MARK if number in excused else line for number, line in enumerate(lines, 1)
    )
    text = html.unescape(_HIDDEN.sub(_hide, text)).replace("*", "")
    for found in _TIMING.finditer(text):
        if not _DECADE.fullmatch(found[0]):
            yield text.count("\n", 0, found.start()) + 1, " ".join(found[0].split())


def _hide(found: re.Match[str]) -> str:
    return _MARK + "\n" * found[0].count("\n")
