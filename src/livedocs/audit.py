"""The audit: no fence of a page goes unaccounted for.

`page` finds fences line by line, in the idiom of pytest-codeblocks. Here a
CommonMark parser, which shares nothing with it, reads the same file. Every
piece of code that the parser sees has to be run, be of a kind that is never
code, be the expected output of a block, or be excused with a reason.

What a page passes so far is then rendered as the site renders it: the site's
Markdown has dialects of its own, and whatever it shows as code has to be what
was accounted for, no more, no less and to the letter.

No number from a clock is typed into prose, either, and no picture is without
words for those who do not see it.
"""

import difflib
import itertools
import re
from html.parser import HTMLParser
from pathlib import Path

import markdown
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from livedocs.page import (
    LANGUAGES,
    NEVER_CODE,
    Fence,
    Page,
    Problem,
    front_matter_end,
    is_nearly_directive,
)
from livedocs.pictures import silent_pictures
from livedocs.prose import typed_timings

_PARSER = MarkdownIt("commonmark").use(front_matter_plugin)


SITE_EXTENSIONS = (
    "abbr",
    "admonition",
    "attr_list",
    "footnotes",
    "md_in_html",
    "tables",
    "toc",
    "pymdownx.blocks.admonition",
    "pymdownx.blocks.details",
    "pymdownx.blocks.tab",
    "pymdownx.highlight",
    "pymdownx.inlinehilite",
    "pymdownx.snippets",
    "pymdownx.superfences",
)
"""The Markdown that finished pages are written in: what a site has to switch on."""


def audit(page: Page, root: Path | None = None) -> list[Problem]:
    """List what is wrong with a page, in the order of its lines.

    Args:
        page: a page as `read_page` gives it.
        root: folder that snippets are included from; the working directory if
            it is not given.

    Returns:
        The problems of its reading, each fence that is neither run, nor never
        code, nor expected output, nor excused, each timing in its prose, and each
        picture without words.
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
    if not problems:
        problems += _shown_otherwise(page, root or Path.cwd())
    pictures = silent_pictures(_PARSER.parse(page.text))
    silent = (Problem(line, message) for line, message in pictures)
    return sorted({*problems, *silent, *_typed_timings(page)})


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


# As MkDocs looks for it where there is no front matter.
_METADATA = re.compile(r" {0,3}[A-Za-z0-9_-]+:")
_AS_METADATA = (
    "MkDocs takes what ends its first word by a colon for metadata, and shows none of"
    " it: begin with a title or with front matter"
)


def shows_file(fence: Fence) -> bool:
    """Whether a fence that does not run, and may not, shows a file by a snippet."""
    may = fence.language in NEVER_CODE or fence.excuse
    return bool(may) and "-8<-" in fence.code


def _typed_timings(page: Page) -> list[Problem]:
    """The timings that somebody typed into the prose of a page, without a reason."""
    excused = set(range(1, len(page.lines) + 1)) - page.prose.keys()
    excused.update(range(1, front_matter_end(page.lines) + 1))
    for remark in page.remarks:
        if remark.directive.name == "given":
            excused.update(range(remark.directive.line, remark.end + 1))
    return [
        Problem(
            line,
            f"{words!r} is typed: let <!--livedocs:value(claim)--> print what was"
            " measured, or give the reason in <!--livedocs:given(reason)--> above"
            " the paragraph",
        )
        for line, words in typed_timings(page.lines, excused)
    ]


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


def _shown_otherwise(page: Page, root: Path) -> list[Problem]:
    """The first place where the site shows other code than was accounted for.

    For a page without problems: its fences are those that CommonMark sees.
    """
    if wrong := _wrong_metadata(page):
        return [Problem(1, wrong)]
    meta = front_matter_end(page.lines)
    text = "".join(line + "\n" for line in page.lines[meta:])
    try:
        rendered = _rendered(text, root)
    except Exception as error:  # noqa: BLE001 (each extension has errors of its own)
        name = type(error).__name__
        return [Problem(1, f"the site cannot render this page: {name}: {error}")]
    if foreign := [each for each in rendered.directives if each not in page.text]:
        message = f"a snippet brings a directive, which does nothing: {foreign[0]}"
        return [Problem(1, message)]
    shown = map(_bare, rendered.found)
    for fence, code in itertools.zip_longest(page.fences, shown):
        if fence is None:
            message = f"the site shows code that nobody accounts for: {_start(code)}"
            return [Problem(_line_of(page, code), message)]
        other = fence.expecting or shows_file(fence)  # than what stands in it
        if code == _bare(fence.code) or (code and other):
            continue
        message = (
            "the site shows other code here than what runs, or none:"
            f" {_start(code or '')} (is it a tab, a snippet, or the closing fence?)"
        )
        return [Problem(fence.line, message)]
    return []


def _wrong_metadata(page: Page) -> str | None:
    """Why MkDocs would take the beginning of a page for something else."""
    meta = front_matter_end(page.lines)
    if not meta:
        return _AS_METADATA if _METADATA.match(page.text) else None
    try:
        mapping = yaml.safe_load("\n".join(page.lines[1 : meta - 1])) or {}
    except yaml.YAMLError:
        mapping = None
    if isinstance(mapping, dict):
        return None
    return "front matter has to be a mapping: the site shows this"


def _rendered(text: str, root: Path) -> "_PageReader":
    settings: dict[str, dict[str, object]] = {
        "pymdownx.highlight": {"linenums_style": "pymdownx-inline"},
        "pymdownx.snippets": {"base_path": [str(root)], "check_paths": True},
        "pymdownx.blocks.tab": {"alternate_style": True},
    }
    page = markdown.markdown(
        text, extensions=SITE_EXTENSIONS, extension_configs=settings
    )
    reader = _PageReader()
    reader.feed(page)
    reader.close()
    return reader


class _PageReader(HTMLParser):
    """Collects the text of what a browser shows as it is typed, and directives."""

    TAGS = frozenset(("pre", "xmp", "textarea", "listing", "plaintext"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.directives: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        """Begin a new text at an outermost tag."""
        if tag in self.TAGS:
            if not self._open:
                self.found.append("")
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """End the text at its own tag."""
        if tag in self._open:
            del self._open[self._open.index(tag) :]

    def handle_data(self, data: str) -> None:
        """Add to the text."""
        if self._open:
            self.found[-1] += data

    def handle_comment(self, data: str) -> None:
        """Keep a directive."""
        comment = f"<!--{data}-->"
        if is_nearly_directive(comment):
            self.directives.append(comment)


def _bare(code: str) -> str:
    """Code without what Python-Markdown does not keep: blanks on empty lines."""
    return re.sub(r"(?m)^ +$", "", code).strip("\n")


def _start(code: str) -> str:
    return repr(code.strip().partition("\n")[0][:60])


def _line_of(page: Page, code: str) -> int:
    """The line of a page that has the first line of some code, or 1."""
    first = code.strip().partition("\n")[0].strip()
    lines = (number for number, line in enumerate(page.lines, 1) if first in line)
    return next(lines, 1)


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
    if fence.language in ("pycon", "doctest", "console", "output"):
        return (
            f"{fence.language!r} is a transcript, not run: write a ```python block"
            f" with expected-output, {excuse}"
        )
    near = difflib.get_close_matches(fence.language, [*LANGUAGES, *NEVER_CODE], 1)
    hint = f"did you mean {near[0]!r}? Otherwise " if near else ""
    return f"{fence.language!r} is not run: {hint}use a language that is, {excuse}"
