"""Reading a page: its fences, the directives beside them, the scripts they form.

The idiom is that of pytest-codeblocks: a directive is an HTML comment on a
line of its own before a fence, or before a paragraph. Nothing here runs code,
and nothing here raises for what an author wrote: each mistake becomes a
`Problem` with its line, so that one bad fence does not hide the rest of the
page.
"""

import ast
import difflib
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from livedocs.claims import EXAMPLE, Claim, parse_claim
from livedocs.prose import plain_text

LANGUAGES = {
    "python": "python",
    "python3": "python",
    "py": "python",
    "bash": "bash",
    "sh": "sh",
}
"""Info strings (in lower case) that are run, and what runs them."""

NEVER_CODE = frozenset(
    ("text", "txt", "toml", "yaml", "yml", "json", "ini")
    + ("css", "html", "xml", "csv", "diff", "markdown", "md", "svg")
)
"""Info strings (in lower case) that nobody would run."""

EXPECTING = {
    "expected-output": False,
    "expected-output-ignore-whitespace": True,
}
"""Directives whose fence is the output of the block above; whether blanks count."""

PLAIN = frozenset({"cont", "importorskip"}) | frozenset(EXPECTING)
"""Directives of pytest-codeblocks that are understood here."""

OURS = frozenset(
    ("alone", "expect-error", "expect-exit", "needs")
    + ("stderr", "timeline", "timeout")
)
"""Directives that the press adds, under its own prefix."""

MOST_TASKS = 6
"""Functions that a timeline can tell apart."""

OF_PARAGRAPHS = frozenset({"claim", "given"})
"""Directives of the press that concern the paragraph right below."""

ALONE = frozenset({"build", "ledger"})
"""Directives of the press that stand for what comes in their place."""

OF_PROSE = OF_PARAGRAPHS | ALONE
"""Directives of the press that concern prose, not the next fence."""

REFUSED = {
    "skip": 'needs a reason: write <!--pytest.mark.skip(reason="…")-->',
    "skipif": "asks the wrong interpreter: write <!--livedocs:needs(3.13)-->",
    "skipfile": "would pass over a page in silence: excuse each block instead",
    "expect-error": "takes any error: write <!--livedocs:expect-error(Name)-->",
    "expect-exception": "takes any error: write <!--livedocs:expect-error(Name)-->",
}
"""Directives of pytest-codeblocks that would let a wrong page pass."""

_NAMES = PLAIN | OURS | OF_PROSE | REFUSED.keys() | {"value"}
"""Of directives, which are meant also where the prefix is missing or another's."""

_COMMENT = re.compile(
    r"\s*<!--[-\s]*(livedocs:|pytest-codeblocks:|pytest\.)(.*?)[-\s]*-->\s*$"
)
_LOOKS_LIKE_DIRECTIVE = re.compile(
    r"<!--.*\b(?:live-?docs|pytest[-_.]?(?:codeblocks?|mark))\b"
    r"|^\s*(?:livedocs|pytest-codeblocks):[a-z]",  # on the second line of a comment
    re.IGNORECASE,
)
_COMMENTED = re.compile(r"<!--[-\s]*([\w-]+(?:\.\w+)?)")
_BARE = re.compile(r"<!--[-\s]*(?:[\w.-]+:)?([\w-]+)\s*(?:\(.*\))?[-\s]*-->")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
_VALUE = re.compile(r"<!--\s*livedocs:value\(\s*([^()]*?)\s*\)\s*-->")
_IN_MARKUP = re.compile(
    r"(?:<[a-zA-Z][^<>]*|\[[^\]]*\]\([^)]*|!\[[^\]]*)<!--\s*livedocs:value"
)
_REPORTED = re.compile(r'"([^"]+)" of ([^"]+)')
_TITLE = re.compile(r"""\btitle=(["'])(.*?)\1""")
_EXPERIMENT = re.compile(r"[a-z_][a-z0-9_]*\.py")
_NO_SENTENCE = re.compile(r"\s*(?:[#|>]|[-*+]\s|\d+[.)]\s|!!!|\?\?\?|<(?!!--))")
_NAMED = re.compile(r"([a-z-]+)\s*(?:\((.*)\))?$", re.DOTALL)
_FENCE = re.compile(r"(?P<indent>\s*)(?P<ticks>`{3,}|~{3,})(?P<info>.*)$")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something on a page that its author has to mend."""

    line: int
    """Line of the page, from 1."""
    message: str
    """What is wrong and what to do."""

    def told(self, page: str) -> str:
        """The whole message, on a page as messages call it."""
        return f"{page}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Directive:
    """An HTML comment that tells the press something of the next fence."""

    name: str
    argument: str
    line: int


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block as it stands on the page, whatever its language."""

    line: int
    """Line of the opening fence, from 1."""
    end: int
    """Line of the closing fence."""
    indent: str
    info: str
    """All that follows the backticks, stripped."""
    code: str
    """The content, each line ended, without the fence's indentation."""
    directives: tuple[Directive, ...]

    @property
    def language(self) -> str:
        """First word of the info string in lower case; empty if there is none."""
        word = re.split(r"[\s{,:]", self.info.strip(), maxsplit=1)[0]
        if not word and (braced := re.match(r"\{\s*\.([\w+-]+)", self.info)):
            word = braced[1]
        return word.lower()

    @property
    def runs_as(self) -> str | None:
        """What runs it: `python`, `bash`, `sh` or nothing."""
        return LANGUAGES.get(self.language)

    def directive(self, name: str) -> Directive | None:
        """The directive of that name, if the fence has it."""
        return next((each for each in self.directives if each.name == name), None)

    @property
    def title(self) -> str | None:
        """What the page calls it, if it has a title."""
        title = _TITLE.search(self.info)
        return title[2] if title else None

    @property
    def expecting(self) -> Directive | None:
        """The directive that makes it the output of the block above, if it is that."""
        return next((each for each in self.directives if each.name in EXPECTING), None)

    @property
    def excuse(self) -> str | None:
        """Why this block is not run, in its author's words."""
        skip = self.directive("skip")
        return skip.argument if skip else None


@dataclass(frozen=True, slots=True)
class Remark:
    """A directive that concerns prose: `claim` and `given` the paragraph under it."""

    directive: Directive
    end: int
    """Last line of the paragraph; the directive's own where it stands alone."""
    indent: str
    sentence: str
    """The paragraph's first line, as plain text."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The output that a page promises for a block, in a fence of its own."""

    fence: Fence
    ignore_whitespace: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A fence that is code, with the output that the page promises for it."""

    fence: Fence
    expected: Expected | None = None

    @property
    def shows_stderr(self) -> bool:
        """Whether the page shows what the block writes to stderr."""
        names = ("stderr", "expect-error", "expect-exit")
        return any(self.fence.directive(name) for name in names)


@dataclass(frozen=True, slots=True)
class Task:
    """A function whose calls a timeline shows."""

    name: str
    """What the page calls it."""
    module: str
    """The module that defines it; empty for the script itself."""
    function: str
    """Its name there."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is run as one program: a block and the blocks that continue it."""

    blocks: tuple[Block, ...]
    page: str = "page.md"
    """File name of its page."""
    twins: int = 0
    """How many scripts before it on its page are the same, to the letter."""

    @property
    def line(self) -> int:
        """Line of the first opening fence."""
        return self.blocks[0].fence.line

    @property
    def title(self) -> str | None:
        """Title of the first of its blocks that has one."""
        titles = (block.fence.title for block in self.blocks)
        return next((title for title in titles if title), None)

    @property
    def language(self) -> str:
        """What runs it: `python`, `bash` or `sh`."""
        return LANGUAGES[self.blocks[0].fence.language]

    @property
    def text(self) -> str:
        """The program, as somebody has it who copied the blocks into a file."""
        return "".join(block.fence.code for block in self.blocks)

    @property
    def excuse(self) -> str | None:
        """Why the script is not run, if its author excused it."""
        return self.blocks[0].fence.excuse

    def directive(self, name: str) -> Directive | None:
        """The directive of that name on any of its blocks."""
        found = (block.fence.directive(name) for block in self.blocks)
        return next((each for each in found if each), None)

    @property
    def needs(self) -> list[str]:
        """What its blocks need: a version as `3.13`, or as `module numpy` a module."""
        return [
            each.argument
            for block in self.blocks
            for each in block.fence.directives
            if each.name == "needs"
        ]

    @property
    def alone(self) -> bool:
        """Whether nothing of ours may run beside it: it measures.

        A script says so with `<!--livedocs:alone-->`, by asking for a timeline,
        or by importing the name `compare`.
        """
        if self.directive("alone") or self.directive("timeline"):
            return True
        return self.language == "python" and self.compares

    @property
    def compares(self) -> bool:
        """Whether it imports the name `compare`."""
        return any(_imports_compare(block.fence.code) for block in self.blocks)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The functions whose calls its timeline shows, if it has one.

        Raises:
            ValueError: it neither defines nor imports one of them.
        """
        timeline = self.directive("timeline")
        if not timeline or not timeline.argument:
            return ()
        known = {
            name: task
            for block in self.blocks
            for name, task in _functions(block.fence.code).items()
        }
        names = [each.strip() for each in timeline.argument.split(",")]
        return tuple(_task(name, known) for name in dict.fromkeys(names))

    @property
    def time_limit(self) -> float | None:
        """Seconds that the author allows it, if the page says so."""
        limit = self.directive("timeout")
        return float(limit.argument) if limit else None


@dataclass(slots=True)
class Page:
    """A Markdown file, read."""

    path: Path
    lines: list[str] = field(default_factory=list)
    """The text without line ends, byte-order mark or carriage returns."""
    fences: list[Fence] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    """Those of its remarks that are claims, and right."""

    def script_of(self, claim: Claim) -> Script | None:
        """The script that a claim speaks of: by title, or the nearest above it."""
        if claim.title:
            return self.titled(claim.title)
        above = [script for script in self.scripts if script.line < claim.line]
        return above[-1] if above else None

    def titled(self, title: str) -> Script | None:
        """The script of that title."""
        return next((each for each in self.scripts if each.title == title), None)

    def claims_on(self, script: Script) -> tuple[Claim, ...]:
        """The claims that speak of a script."""
        return tuple(claim for claim in self.claims if self.script_of(claim) is script)

    @property
    def prose(self) -> dict[int, str]:
        """The lines that are in no fence, by their numbers."""
        fenced = {
            number
            for fence in self.fences
            for number in range(fence.line, fence.end + 1)
        }
        return {
            number: line
            for number, line in enumerate(self.lines, start=1)
            if number not in fenced
        }

    @property
    def drawn(self) -> set[int]:
        """Numbers of the lines of drawings: each from its `<svg` to its `</svg>`."""
        found = set()
        inside = False
        for number, line in self.prose.items():
            bare = _CODE_SPAN.sub("", line)
            inside = inside or "<svg" in bare
            if inside:
                found.add(number)
            inside = inside and "</svg>" not in bare
        return found

    @property
    def text(self) -> str:
        """The whole text, each line ended by a line feed."""
        return "".join(line + "\n" for line in self.lines)


def read_page(path: Path) -> Page:
    """Read a page from its file.

    Args:
        path: a Markdown file.

    Returns:
        The page; what could not be read is in its `problems`.
    """
    page = Page(path)
    raw = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        page.problems.append(
            Problem(
                line,
                f"byte 0x{raw[error.start]:02x} is not UTF-8: save the page as UTF-8",
            )
        )
        return page
    return parse_page(text, path)


def parse_page(text: str, path: Path) -> Page:
    """Read a page from its text; see `read_page`."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    page = Page(path, text.split("\n"))
    if page.lines and not page.lines[-1]:
        page.lines.pop()
    page.fences = list(_fences(page))
    _assemble(page)
    _check_timelines(page)
    _read_claims(page)
    _check_values(page)
    page.problems.sort()
    return page


def front_matter_end(lines: list[str]) -> int:
    """Number of lines that the YAML front matter takes, 0 if there is none."""
    if lines and lines[0].rstrip() == "---":
        for number, line in enumerate(lines[1:], start=2):
            if line.rstrip() in ("---", "..."):
                return number
    return 0


def _fences(page: Page) -> Iterator[Fence]:
    waiting: list[Directive] = []
    number = front_matter_end(page.lines)
    while number < len(page.lines):
        line = page.lines[number]
        number += 1
        if not line.strip():
            continue
        directive = _directive(page, line, number)
        if directive and directive.name in OF_PROSE:
            _report_stray(page, waiting)
            waiting = []
            _add_remark(page, directive)
            continue
        if directive:
            waiting.append(directive)
            continue
        opening = _opening(line)
        if not opening:
            _report_stray(page, waiting)
            waiting = []
            continue
        body: list[str] = []
        start = number
        while number < len(page.lines) and not _closes(page.lines[number], opening):
            body.append(_dedent(page.lines[number], len(opening["indent"])))
            number += 1
        if number == len(page.lines):
            message = f"this fence is never closed: end it with {opening['ticks']}"
            page.problems.append(Problem(start, message))
            return
        number += 1
        yield Fence(
            line=start,
            end=number,
            indent=opening["indent"],
            info=opening["info"].strip(),
            code="".join(line + "\n" for line in body),
            directives=tuple(waiting),
        )
        waiting = []
    _report_stray(page, waiting)


def _opening(line: str) -> re.Match[str] | None:
    opening = _FENCE.match(line)
    if opening and opening["ticks"][0] == "`" and "`" in opening["info"]:
        return None
    return opening


def _closes(line: str, opening: re.Match[str]) -> bool:
    mark, length = opening["ticks"][0], len(opening["ticks"])
    text = line.strip()
    return len(text) >= length and set(text) == {mark}


def _dedent(line: str, most: int) -> str:
    return line[min(most, len(line) - len(line.lstrip())) :]


def _report_stray(page: Page, directives: list[Directive]) -> None:
    for each in directives:
        message = f"the directive {each.name!r} has no fence after it"
        page.problems.append(Problem(each.line, message))


def _add_remark(page: Page, directive: Directive) -> None:
    """Find the paragraph that a directive concerns."""
    line = page.lines[directive.line - 1]
    indent = line[: len(line) - len(line.lstrip())]
    if directive.name in ALONE:
        page.remarks.append(Remark(directive, directive.line, indent, ""))
        return
    start = directive.line
    while start < len(page.lines) and _is_of_paragraph(page.lines[start]):
        start += 1
    end = start
    while end < len(page.lines) and _is_prose(page.lines[end]):
        end += 1
    if start == end:
        message = (
            f"the directive {directive.name!r} stands right above a paragraph:"
            " there is none, or a blank line between"
        )
        page.problems.append(Problem(directive.line, message))
        return
    first = page.lines[start]
    sentence = "" if _NO_SENTENCE.match(first) else plain_text(first)
    page.remarks.append(Remark(directive, end, indent, sentence))


def _is_of_paragraph(line: str) -> bool:
    comment = _COMMENT.match(line)
    named = _NAMED.match(comment[2].strip()) if comment else None
    return named is not None and named[1] in OF_PARAGRAPHS


def _is_prose(line: str) -> bool:
    return bool(
        line.strip()
        and not _opening(line)
        and not _COMMENT.match(_without_values(line))
        and not line.lstrip().startswith("///")
    )


def _without_values(line: str) -> str:
    """A line with a mark in place of each code span and each value."""
    return _VALUE.sub("…", _CODE_SPAN.sub("`", line))


def value_names(line: str) -> list[str]:
    """The values that a line of prose asks for.

    Those of claims as NAME or as NAME of PAGE, others as "VALUE" of TITLE.
    """
    return _VALUE.findall(_CODE_SPAN.sub("", line))


def reported_name(asked: str) -> tuple[str, str] | None:
    """A value's name and its block's title, if it is asked for by these."""
    reported = _REPORTED.fullmatch(asked)
    return (reported[1], reported[2].strip()) if reported else None


def with_values(line: str, value: Callable[[str], str]) -> str:
    """A line with the values that it asks for, those in code spans left alone."""
    spans = [match.span() for match in _CODE_SPAN.finditer(line)]

    def replaced(match: re.Match[str]) -> str:
        shown = any(start <= match.start() < end for start, end in spans)
        return match[0] if shown else value(match[1])

    return _VALUE.sub(replaced, line)


def _read_claims(page: Page) -> None:
    """Read the remarks that are claims, and check what the page says of them."""
    for remark in page.remarks:
        directive = remark.directive
        if directive.name != "claim":
            continue
        try:
            claim = parse_claim(directive.argument, directive.line, remark.sentence)
            _check_claim(page, claim)
        except ValueError as error:
            page.problems.append(Problem(directive.line, str(error)))
        else:
            page.claims.append(claim)


def _check_values(page: Page) -> None:
    """Report values that the page asks for and cannot have."""
    end = front_matter_end(page.lines)
    for number, line in page.prose.items():
        names = value_names(line)
        if names and (number <= end or _IN_MARKUP.search(line)):
            message = (
                "a value stands amid the words of a sentence, not in front matter,"
                " within a tag, or in what describes an image or a link"
            )
            page.problems.append(Problem(number, message))
        for asked in names:
            try:
                _check_value(page, asked)
            except ValueError as error:
                page.problems.append(Problem(number, str(error)))


def _check_value(page: Page, asked: str) -> None:
    if '"' in asked:
        _check_reported(page, asked)
    elif " of " not in asked:  # another page's: who finishes the book looks for it
        names = [claim.name for claim in page.claims]
        if asked not in names:
            raise ValueError(f"this page has no claim {asked!r}{_hint(asked, names)}")


def _check_reported(page: Page, asked: str) -> None:
    reported = reported_name(asked)
    if not reported:
        raise ValueError(
            f"{asked!r} is no value: write NAME for that of a claim, or"
            ' "VALUE" of TITLE for one that a block reports'
        )
    name, title = reported
    titles = [each.title for each in page.scripts if each.title]
    if titles.count(title) > 1:
        raise ValueError(f"two blocks or more have the title {title!r}")
    script = page.titled(title)
    if not script:
        raise ValueError(f"there is no block titled {title!r}{_hint(title, titles)}")
    if script.excuse:
        raise ValueError(f"the block titled {title!r} is not run")
    names = [each for block in script.blocks for each in _strings(block.fence.code)]
    if name not in names:
        raise ValueError(
            f'the block titled {title!r} has no text "{name}"{_hint(name, names)}'
        )


def _hint(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f": did you mean {near[0]}?" if near else ""


def _check_claim(page: Page, claim: Claim) -> None:
    if not claim.sentence:
        raise ValueError(
            "a claim stands right above a paragraph, whose first line it is"
        )
    if any(each.name == claim.name for each in page.claims):
        raise ValueError(f"the claim {claim.name!r} stands on this page a second time")
    titles = [each.title for each in page.scripts if each.title]
    if claim.title and titles.count(claim.title) > 1:
        raise ValueError(f"two blocks or more have the title {claim.title!r}")
    script = page.script_of(claim)
    if script is None:
        hint = _hint(claim.title or "", titles) or f", as {EXAMPLE}"
        what = f"titled {claim.title!r}" if claim.title else "above this claim"
        raise ValueError(f"there is no block {what}{hint}")
    where = f"the block in line {script.line}, of which this claim speaks,"
    if script.excuse:
        raise ValueError(f"{where} is not run")
    if script.language != "python":
        raise ValueError(f"{where} is not in Python")
    if not script.title or not _EXPERIMENT.fullmatch(script.title):
        raise ValueError(f'{where} needs a title such as title="two_counts.py"')


def _directive(page: Page, line: str, number: int) -> Directive | None:
    bare = _without_values(line)
    if value_names(line) and not bare.strip(" \t…"):
        message = "a value stands amid the words of a sentence, not alone on its line"
        page.problems.append(Problem(number, message))
    comment = _COMMENT.match(line) if not value_names(line) else None
    if not comment:
        if is_nearly_directive(bare):
            message = (
                "a directive stands alone on its line, as"
                " <!--livedocs:name(argument)--> or <!--pytest-codeblocks:name-->;"
                " amid a sentence there is only <!--livedocs:value(claim)-->"
            )
            page.problems.append(Problem(number, message))
        return None
    prefix, content = comment[1], comment[2].strip()
    try:
        if prefix == "pytest.":
            return Directive("skip", _reason(content), number)
        return _named(prefix, content, number)
    except ValueError as error:
        page.problems.append(Problem(number, str(error)))
        return None


def is_nearly_directive(line: str) -> bool:
    """Whether a line has a comment that is a directive, or is meant to be one."""
    if _LOOKS_LIKE_DIRECTIVE.search(line):
        return True
    if _NAMES.intersection(_BARE.findall(line)):
        return True
    prefixes = ("livedocs", "pytest-codeblocks", "pytest.mark")
    return any(
        difflib.get_close_matches(word.lower(), prefixes, cutoff=0.8)
        for word in _COMMENTED.findall(line)
    )


def _reason(content: str) -> str:
    """The reason in `mark.skip(reason="…")`."""
    match syntax_tree(content, "eval"):
        case ast.Expression(
            ast.Call(
                func=ast.Attribute(value=ast.Name(id="mark"), attr="skip"),
                args=[],
                keywords=[ast.keyword("reason", ast.Constant(str(reason)))],
            )
        ):
            if not reason.strip():
                raise ValueError("a skipped block needs a reason for its readers")
            return reason.strip()
    raise ValueError(
        f"pytest.{content} is not understood: the one mark a page may carry is"
        ' <!--pytest.mark.skip(reason="…")-->'
    )


def _named(prefix: str, content: str, number: int) -> Directive:
    named = _NAMED.match(content)
    name, argument = (named[1], (named[2] or "").strip()) if named else (content, "")
    known = OURS | OF_PROSE if prefix == "livedocs:" else PLAIN
    if prefix != "livedocs:" and name in REFUSED:
        raise ValueError(f"{prefix}{name} {REFUSED[name]}")
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f": did you mean {prefix}{near[0]}?" if near else ""
        raise ValueError(
            f"unknown directive {prefix}{name}{hint or ': see the contributing page'}"
        )
    _check_argument(name, argument)
    if name == "importorskip":
        name, argument = "needs", f"module {argument}"
    return Directive(name, argument, number)


_ARGUMENTS = {
    "timeout": (r"(?=.*[1-9])\d+(\.\d+)?", "seconds, as timeout(5)"),
    "expect-exit": (r"[1-9]\d*", "an exit status other than 0, as expect-exit(3)"),
    "expect-error": (r"[A-Za-z_]\w*", "an exception, as expect-error(KeyError)"),
    "timeline": (
        r"([A-Za-z_]\w*(\s*,\s*[A-Za-z_]\w*)*)?",
        "functions that are tasks, as timeline(wait, count)",
    ),
    "needs": (r"\d+\.\d+|module [\w.]+", "a version or a module, as needs(3.13)"),
    "importorskip": (r"[\w.]+", "a module, as importorskip(numpy)"),
    "claim": (r".+", f"a condition, as {EXAMPLE}"),
    "given": (r".+", "a reason, as given(the default of CPython)"),
}


def _check_argument(name: str, argument: str) -> None:
    pattern, wanted = _ARGUMENTS.get(name, ("", "no argument"))
    if not re.fullmatch(pattern, argument):
        raise ValueError(f"the directive {name!r} takes {wanted}, not {argument!r}")


def _assemble(page: Page) -> None:
    """Join fences to scripts: continuations and expected outputs."""
    scripts: list[list[Block]] = []
    previous: Block | None = None
    for fence in page.fences:
        _report_repeated(page, fence)
        if expecting := fence.expecting:
            problem = _expect(scripts, previous, fence, expecting)
            if problem:
                page.problems.append(Problem(fence.line, problem))
            others = [each for each in fence.directives if each is not expecting]
            _report_useless(page, others)
            previous = None
            continue
        previous = None
        if not fence.runs_as:
            others = [each for each in fence.directives if each.name != "skip"]
            _report_useless(page, others)
            continue
        previous = Block(fence)
        if not fence.directive("cont"):
            scripts.append([previous])
        elif not scripts or scripts[-1][0].fence.excuse:
            message = "this block continues a block, but none before it runs"
            page.problems.append(Problem(fence.line, message))
        elif scripts[-1][0].fence.runs_as != fence.runs_as:
            message = f"this block continues one that is {scripts[-1][0].fence.runs_as}"
            page.problems.append(Problem(fence.line, message))
        elif fence.excuse:
            message = "a block that continues another runs with it: excuse the first"
            page.problems.append(Problem(fence.line, message))
        else:
            scripts[-1].append(previous)
    seen: Counter[tuple[str, ...]] = Counter()
    for blocks in scripts:
        codes = tuple(block.fence.code for block in blocks)
        script = Script(tuple(blocks), page.path.name, seen[codes])
        page.scripts.append(script)
        seen[codes] += 1


def _check_timelines(page: Page) -> None:
    """Report timelines that cannot be drawn."""
    for script in page.scripts:
        for block in script.blocks:
            directive = block.fence.directive("timeline")
            if directive:
                problem = _timeline_problem(script, directive)
                if problem:
                    page.problems.append(Problem(directive.line, problem))


def _timeline_problem(script: Script, directive: Directive) -> str | None:
    if script.directive("timeline") != directive:
        return "a block before this one, which it continues, has a timeline already"
    if script.language != "python":
        return "only a Python block can have a timeline"
    if script.compares:
        return (
            "a comparison is never traced: ask for a timeline of another block, or"
            " leave `compare` out of this one"
        )
    try:
        tasks = script.tasks
    except ValueError as error:
        return str(error)
    if len(tasks) > MOST_TASKS:
        return f"a timeline tells {MOST_TASKS} functions apart, not {len(tasks)}"
    return None


def _task(name: str, known: dict[str, Task]) -> Task:
    if name in known:
        return known[name]
    raise ValueError(
        f"the timeline names {name!r}, which the block neither defines by `def` nor"
        f" imports by `from … import`{_hint(name, known)}"
    )


def _expect(
    scripts: list[list[Block]], previous: Block | None, fence: Fence, how: Directive
) -> str | None:
    if previous is None or not scripts or scripts[-1][-1] is not previous:
        return "expected output belongs right under the block that prints it"
    if previous.fence.excuse:
        return "the block above is not run, so its output cannot be checked"
    expected = Expected(fence, EXPECTING[how.name])
    scripts[-1][-1] = replace(previous, expected=expected)
    return None


def _report_useless(page: Page, directives: Iterable[Directive]) -> None:
    for each in directives:
        message = f"the directive {each.name!r} has no code to act on"
        page.problems.append(Problem(each.line, message))


def _report_repeated(page: Page, fence: Fence) -> None:
    for each in fence.directives:
        if each.name != "needs" and fence.directive(each.name) != each:
            message = f"the directive {each.name!r} stands here a second time"
            page.problems.append(Problem(each.line, message))


def syntax_tree(code: str, mode: Literal["exec", "eval"]) -> ast.AST | None:
    """The syntax tree of Python code; nothing if it is not Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # who runs the code is warned
        try:
            return ast.parse(code, mode=mode)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _functions(code: str) -> dict[str, Task]:
    """What could be a task: functions that code imports or, before these, defines."""
    tree = syntax_tree(code, "exec")
    nodes = list(ast.walk(tree)) if tree else []
    imported = {
        alias.asname or alias.name: Task(
            alias.asname or alias.name, node.module, alias.name
        )
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
        for alias in node.names
    }
    return imported | {
        node.name: Task(node.name, "", node.name)
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _strings(code: str) -> list[str]:
    """The texts that stand in code, such as the names of what it reports."""
    tree = syntax_tree(code, "exec")
    return [
        node.value
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def _imports_compare(code: str) -> bool:
    tree = syntax_tree(code, "exec") if "compare" in code else None
    return tree is not None and any(
        isinstance(node, ast.ImportFrom)
        and any(alias.name == "compare" for alias in node.names)
        for node in ast.walk(tree)
    )
