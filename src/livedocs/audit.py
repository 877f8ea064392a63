"""The audit: no fence of a page goes unaccounted for.

`page` finds fences line by line, in the idiom of pytest-codeblocks. Here a
CommonMark parser, which shares nothing with it, reads the same file. Every
piece of code that the parser sees has to be run, be of a kind that is never
code, be the expected output of a block, or be excused with a reason; and what
is run has to be what a reader sees.
"""

import difflib
import re

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from livedocs.page import LANGUAGES, NEVER_CODE, Fence, Page, Problem

_PARSER = MarkdownIt("commonmark").use(front_matter_plugin)


def audit(page: Page) -> list[Problem]:
    """List what is wrong with a page, in the order of its lines.

    Args:
        page: a page as `read_page` gives it.

    Returns:
        The problems of its reading, and each fence that is neither run, nor
        never code, nor expected output, nor excused.
    """
    problems = list(page.problems)
    accounted = {fence.line: fence for fence in page.fences}
    running = _running(page)
    reported = {each.line for each in problems}
    seen = set()
    for token in _code_tokens(page.text):
        start = (token.map or [0])[0] + 1
        if token.type != "fence":
            message = _INDENTED if token.type == "code_block" else _RAW
            problems.append(Problem(start, message))
            continue
        fence = accounted.get(start)
        seen.add(start)
        if start not in reported:
            problems += _unaccounted(token, fence, start, running)
    unseen = (fence for fence in page.fences if fence.line not in seen)
    problems += [Problem(fence.line, _UNSEEN) for fence in unseen]
    return sorted(set(problems))


def count_fences(text: str) -> int:
    """Number of fences that a CommonMark reader sees in a text."""
    return sum(token.type == "fence" for token in _code_tokens(text))


_INDENTED = (
    "code by indentation is never run: put it into a fence; inside a note, tab or"
    " folded solution write `/// name | Title` around an unindented fence"
)
_RAW = "code in raw HTML is never run: put it into a fence"
_OPTIONS = (
    "the site would show this fence as text: after the language come only options"
    ' such as title="name.py"'
)
_UNSEEN = (
    "a Markdown reader sees no fence here (is it inside a comment, raw HTML or an"
    " indented note?): move it to where it shows"
)


_CODE_TAG = re.compile(r"<(pre|code|samp)\b", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# What pymdownx.superfences takes; anything else it shows as a line of text.
_INFO = re.compile(r"""\{[^{}]*\}|([\w#.+-]+)?(\s*[\w-]+=("[^"]*"|'[^']*')(?=\s|$))*""")


def _code_tokens(text: str) -> list[Token]:
    """The fences, and what shows code without being one."""
    return [token for token in _PARSER.parse(text) if _shows_code(token)]


def _shows_code(token: Token) -> bool:
    if token.type == "html_block":
        return bool(_CODE_TAG.search(_COMMENT.sub("", token.content)))
    return token.type in ("fence", "code_block")


def _running(page: Page) -> set[int]:
    """Lines of the fences that run, are expected output, or are excused."""
    lines = set()
    for script in page.scripts:
        for block in script.blocks:
            lines.add(block.fence.line)
            if block.expected:
                lines.add(block.expected.fence.line)
    lines.update(fence.line for fence in page.fences if fence.excuse)
    return lines


def _unaccounted(
    token: Token, fence: Fence | None, line: int, running: set[int]
) -> list[Problem]:
    if fence is None:
        message = "this fence is not run: move it out of the quotation or list item"
        return [Problem(line, message)]
    if token.content != fence.code:
        message = "what would run here is not what a reader sees: mend the indentation"
        return [Problem(line, message)]
    if not _INFO.fullmatch(fence.info):
        return [Problem(line, _OPTIONS)]
    if line in running:
        return []
    if fence.language in NEVER_CODE:
        return []
    return [Problem(line, _what_to_do(fence))]


def _what_to_do(fence: Fence) -> str:
    if fence.runs_as:
        return "this block belongs to no script that runs"
    excuse = 'or excuse it with <!--pytest.mark.skip(reason="…")-->'
    if not fence.language:
        return f"this fence names no language: write ```python or ```text, {excuse}"
    if fence.language in ("pycon", "doctest"):
        return (
            f"a {fence.language} transcript is not run: write a ```python block"
            f" with expected-output, {excuse}"
        )
    near = difflib.get_close_matches(fence.language, [*LANGUAGES, *NEVER_CODE], 1)
    hint = f"did you mean {near[0]!r}? Otherwise " if near else ""
    return f"{fence.language!r} is not run: {hint}use a language that is, {excuse}"
