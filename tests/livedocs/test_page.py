import io
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest
import pytest_codeblocks
from hypothesis import given
from hypothesis import strategies as st

from livedocs.page import (
    Fence,
    Page,
    Problem,
    Remark,
    Script,
    Task,
    parse_page,
    read_page,
    reported_name,
    value_names,
    with_values,
)
from livedocs.record import key_of

HERE = Path("docs/page.md")
PRINTS = "```python\nprint(1)\n```\n"
SHOWS_1 = "<!--pytest-codeblocks:expected-output-->\n\n```text\n1\n```\n"


def parsed(text: str) -> Page:
    """Read a page that must have no problem."""
    page = parse_page(text, HERE)
    assert page.problems == []
    return page


def the_fence(text: str) -> Fence:
    (fence,) = parsed(text).fences
    return fence


def the_script(text: str) -> Script:
    (script,) = parsed(text).scripts
    return script


def the_problem(text: str) -> Problem:
    (problem,) = parse_page(text, HERE).problems
    return problem


def codes(page: Page) -> list[tuple[str, ...]]:
    """Texts of the blocks of each script."""
    return [
        tuple(block.fence.code for block in script.blocks) for script in page.scripts
    ]


@pytest.mark.parametrize(
    ("info", "language", "runs_as"),
    [
        ("python", "python", "python"),
        ("Python", "python", "python"),
        ("PYTHON3", "python3", "python"),
        ("py", "py", "python"),
        ('python title="lost_update.py"', "python", "python"),
        ('py hl_lines="2 3" linenums="1"', "py", "python"),
        ("python{.numbered}", "python", "python"),
        ("{.python}", "python", "python"),
        ("{ .python .numbered title='a' }", "python", "python"),
        ("python,ignore", "python", "python"),
        ("bash", "bash", "bash"),
        ("sh", "sh", "sh"),
        ("pycon", "pycon", None),
        ("pyhton", "pyhton", None),
        ("c++", "c++", None),
        ("", "", None),
        ("{#anchor}", "", None),
    ],
)
@pytest.mark.parametrize("space", ["", " ", "\t"])
def test_the_first_word_of_the_info_string_is_the_language(
    info: str, language: str, runs_as: str | None, space: str
) -> None:
    """Case, options and braces change nothing in what runs a block."""
    fence = the_fence(f"```{space}{info}{space}\n1\n```\n")
    assert (fence.info, fence.language, fence.runs_as) == (info, language, runs_as)


@pytest.mark.parametrize(
    ("text", "code", "end"),
    [
        pytest.param("~~~python\na\n~~~\n", "a\n", 3, id="tildes"),
        pytest.param("~~~ py `b`\na\n~~~\n", "a\n", 3, id="backticks in info"),
        pytest.param(
            "````md\n```py\na\n```\n````\n", "```py\na\n```\n", 5, id="longer"
        ),
        pytest.param("~~~md\n```\n~~~\n", "```\n", 3, id="other mark inside"),
        pytest.param("```py\na\n`````\n", "a\n", 3, id="longer end"),
        pytest.param("```py\na\n``` \t\n", "a\n", 3, id="blanks after the end"),
        pytest.param("```py\n```\n", "", 2, id="nothing in it"),
        pytest.param("```py\n\n\na\n\n```\n", "\n\na\n\n", 6, id="blank lines"),
        pytest.param("```py\n``` a\n```\n", "``` a\n", 3, id="an end has no info"),
        pytest.param("```py\na\n```", "a\n", 3, id="no last line feed"),
        pytest.param("```py\r\na\r\n\r\n```\r\n", "a\n\n", 4, id="CRLF"),
        pytest.param("```py\ra\r```\r", "a\n", 3, id="CR"),
        pytest.param("\ufeff```py\na\n```\n", "a\n", 3, id="byte-order mark"),
        pytest.param("```py\né\u2028\x0c\n```\n", "é\u2028\x0c\n", 3, id="Unicode"),
    ],
)
def test_a_fence_ends_at_a_line_of_its_own_kind(text: str, code: str, end: int) -> None:
    """At least as many of the same marks close it; other fences are content."""
    fence = the_fence(text)
    assert (fence.code, fence.line, fence.end) == (code, 1, end)


@pytest.mark.parametrize("indent", ["", "  ", "    ", "\t"])
def test_the_indent_of_a_fence_is_no_part_of_its_code(indent: str) -> None:
    """Deeper lines keep the rest of their indent, shallower ones lose all of it."""
    body = ["if 1:", "    pass", "", "\tx"]
    text = "\n".join(["- item", "", "```py", *body, "```"])
    text = text.replace("\n", f"\n{indent}").replace(f"{indent}\n", "\n")
    fence = the_fence(text)
    assert fence.code == "if 1:\n    pass\n\n\tx\n"
    assert (fence.indent, fence.line) == (indent, 3)
    assert the_fence("  ```py\n a\n```\n").code == "a\n"


def test_inline_code_of_three_backticks_is_no_fence() -> None:
    """The info string of a backtick fence has no backtick."""
    assert parsed("```inline``` code\n\ntext\n").fences == []


@pytest.mark.parametrize(
    "inside",
    [
        "title: T",
        "```python\nnot_code()\n```",
        "<!--livedocs:alone-->",
        "<!--pytest-codeblocks:no-such-->",
        "a: |\n  ---",
    ],
)
@pytest.mark.parametrize("end", ["---", "...", "--- "])
def test_front_matter_is_not_read(inside: str, end: str) -> None:
    """What looks like a fence or a directive in it is neither."""
    page = parsed(f"---\n{inside}\n{end}\n{PRINTS}")
    assert codes(page) == [("print(1)\n",)]
    assert page.scripts[0].line == 3 + inside.count("\n") + 1


def test_a_rule_at_the_top_is_not_front_matter() -> None:
    """Without an end there is no front matter."""
    assert codes(parsed(f"---\n{PRINTS}")) == [("print(1)\n",)]


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_an_empty_file_is_an_empty_page(tmp_path: Path, content: bytes) -> None:
    """It has no fence and no problem."""
    file = tmp_path / "empty.md"
    file.write_bytes(content)
    page = read_page(file)
    assert (page.fences, page.scripts, page.problems) == ([], [], [])
    assert page.text in ("", "\n")


def test_a_file_is_read_as_its_text(tmp_path: Path) -> None:
    """Byte-order mark and carriage returns leave no trace."""
    file = tmp_path / "page.md"
    file.write_bytes(b"\xef\xbb\xbf# \xc3\xa9\r\n\r\n```py\r\n1\r\n```\r\n")
    page = read_page(file)
    assert page.text == "# é\n\n```py\n1\n```\n"
    assert page.path == file
    assert codes(page) == [("1\n",)]


def test_a_file_that_is_not_utf_8_is_a_problem(tmp_path: Path) -> None:
    """The message names the line and the byte."""
    file = tmp_path / "latin.md"
    file.write_bytes("# é\n\n".encode() + "naïve\n".encode("latin-1"))
    page = read_page(file)
    (problem,) = page.problems
    assert problem.line == 3
    assert "0xef" in problem.message
    assert "UTF-8" in problem.message
    assert page.lines == []


@pytest.mark.parametrize("ticks", ["```", "~~~~"])
def test_an_open_fence_hides_nothing_before_it(ticks: str) -> None:
    """The problem names the line of the opening and how to close it."""
    text = f"{PRINTS}\n{ticks}python\nprint(2)\n"
    problem = the_problem(text)
    assert problem.line == 5
    assert problem.message == f"this fence is never closed: end it with {ticks}"
    assert codes(parse_page(text, HERE)) == [("print(1)\n",)]


@pytest.mark.parametrize(
    ("comment", "name", "argument"),
    [
        ("<!--livedocs:alone-->", "alone", ""),
        ("<!-- livedocs:alone -->", "alone", ""),
        ("<!----livedocs: alone ---->", "alone", ""),
        ("  <!--livedocs:stderr-->  ", "stderr", ""),
        ("<!--livedocs:timeout(90)-->", "timeout", "90"),
        ("<!--livedocs:timeout( 0.5 )-->", "timeout", "0.5"),
        ("<!--livedocs:needs(3.13)-->", "needs", "3.13"),
        ("<!--livedocs:expect-error(OSError)-->", "expect-error", "OSError"),
        ("<!--livedocs:expect-exit(3)-->", "expect-exit", "3"),
        ("<!--pytest-codeblocks:importorskip(numpy)-->", "needs", "module numpy"),
    ],
)
@pytest.mark.parametrize("between", ["", "\n", "\n \n\n"])
def test_a_comment_before_a_fence_directs_it(
    comment: str, name: str, argument: str, between: str
) -> None:
    """Blanks, dashes and blank lines around it do not matter."""
    script = the_script(f"Text.\n\n{comment}\n{between}{PRINTS}")
    directive = script.directive(name)
    assert directive is not None
    assert (directive.argument, directive.line) == (argument, 3)


def test_directives_add_up() -> None:
    """All comments before a fence are for it, and none for the next."""
    text = f"<!--livedocs:stderr-->\n<!--livedocs:timeout(5)-->\n{PRINTS}"
    first, second = parsed(text + PRINTS).fences
    assert [each.name for each in first.directives] == ["stderr", "timeout"]
    assert second.directives == ()
    assert first.directive("alone") is None


@pytest.mark.parametrize(
    ("comment", "wanted"),
    [
        ("livedocs:timout(5)", "unknown directive livedocs:timout: did you mean"),
        ("livedocs:timout(5)", "livedocs:timeout?"),
        ("livedocs:Alone", "livedocs:alone?"),
        ("livedocs:cont", "unknown directive livedocs:cont"),
        ("livedocs:xyz", "see the contributing page"),
        ("livedocs:", "unknown directive"),
        ("pytest-codeblocks:count", "pytest-codeblocks:cont?"),
        ("pytest-codeblocks:expected_output", "pytest-codeblocks:expected-output?"),
        ("pytest-codeblocks:alone", "unknown directive pytest-codeblocks:alone"),
        ("pytest-codeblocks:skip", 'write <!--pytest.mark.skip(reason="…")-->'),
        ("pytest-codeblocks:skipif(1 > 0)", "write <!--livedocs:needs(3.13)-->"),
        ("pytest-codeblocks:skipfile", "excuse each block"),
        ("pytest-codeblocks:expect-error", "expect-error(Name)"),
        ("pytest-codeblocks:expect-exception", "expect-error(Name)"),
        ("livedocs:timeout", "takes seconds, as timeout(5), not ''"),
        ("livedocs:timeout(long)", "not 'long'"),
        ("livedocs:timeout(-1)", "takes seconds"),
        ("livedocs:timeout(0)", "takes seconds"),
        ("livedocs:timeout(0.00)", "takes seconds"),
        ("livedocs:alone(2)", "takes no argument, not '2'"),
        ("livedocs:stderr(yes)", "takes no argument"),
        ("livedocs:expect-error", "takes an exception"),
        ("livedocs:expect-error(two words)", "takes an exception"),
        ("livedocs:expect-exit(0)", "other than 0"),
        ("livedocs:expect-exit(x)", "other than 0"),
        ("livedocs:needs(new)", "takes a version or a module"),
        ("livedocs:needs(3)", "takes a version or a module"),
        ("pytest-codeblocks:cont(1)", "takes no argument"),
        ("pytest-codeblocks:importorskip", "takes a module"),
        ("pytest-codeblocks:importorskip(a; b)", "takes a module"),
    ],
)
def test_a_wrong_directive_is_refused_with_advice(comment: str, wanted: str) -> None:
    """Its line is named, and it directs nothing."""
    text = f"Text.\n\n<!--{comment}-->\n{PRINTS}"
    problem = the_problem(text)
    assert problem.line == 3
    assert wanted in problem.message
    assert parse_page(text, HERE).fences[0].directives == ()


@pytest.mark.parametrize(
    "line",
    [
        "<!--pytest-codeblock:cont-->",
        "<!--pytest_codeblocks:cont-->",
        "<!--pytestcodeblocks:cont-->",
        "<!--pytest-code-blocks:cont-->",
        "<!--pytets-codeblocks:cont-->",
        "<!--Pytest-Codeblocks:cont-->",
        "<!--live-docs:alone-->",
        "<!--livedoc:alone-->",
        "<!--lievdocs:alone-->",
        "<!--livedocs alone-->",
        "<!-- please livedocs:alone -->",
        "<!--livedocs:alone--> because it measures",
        "It measures: <!--livedocs:alone-->",
        "> <!--livedocs:alone-->",
        "- <!--livedocs:alone-->",
        "<!--livedocs:alone",
        "<!--\nlivedocs:alone",
        '<!--pytest-mark.skip(reason="r")-->',
        '<!--pytset.mark.skip(reason="r")-->',
        '<!--pytest.mark.skip(reason="r")--> text',
        "``<!--livedocs:alone-->`",
        "<!--expected-output-->",
        "<!--pytest:expected-output-->",
        "<!-- codeblocks:cont -->",
        "<!--expect-error(ValueError)-->",
        "It is <!--value(fast)--> so.",
    ],
)
def test_what_is_nearly_a_directive_is_a_problem(line: str) -> None:
    """A misspelt comment is no plain comment: it would be passed over."""
    problem = the_problem(f"{line}\n\n{PRINTS}")
    assert problem.line == 1 + line.count("\n")
    assert "stands alone on its line" in problem.message


@pytest.mark.parametrize(
    "line",
    [
        "Write `<!--livedocs:alone-->` above it.",
        "Write `` `<!--livedocs:alone-->` `` above it.",
        "| `<!--pytest-codeblocks:cont-->` | it continues |",
        "The plugin is pytest-codeblocks, the press is livedocs: alone.",
        "pytest-codeblocks: a plugin.",
        "<!-- more -->",
        "<!-- prettier-ignore -->",
        "<!-- skip what follows if you know it -->",
        "<!-- build: see below -->",
        "<!-- live: documents follow -->",
        "````md\n<!--livedocs:no-such-->\n````",
    ],
)
def test_prose_about_directives_is_prose(line: str) -> None:
    """Code spans, fences and other comments direct nothing."""
    fences = parsed(f"{line}\n\n{PRINTS}").fences
    assert [each.directives for each in fences] == [()] * len(fences)


@pytest.mark.parametrize("after", ["", "Text.\n\n" + PRINTS, "# Title\n"])
def test_a_directive_needs_its_fence(after: str) -> None:
    """A comment with prose under it would be forgotten."""
    problem = the_problem(f"\n<!--livedocs:alone-->\n\n{after}")
    assert problem == Problem(2, "the directive 'alone' has no fence after it")


@pytest.mark.parametrize(
    ("comments", "line"),
    [
        (["livedocs:timeout(5)", "livedocs:timeout(9)"], 2),
        (["livedocs:alone", "livedocs:stderr", "livedocs:alone"], 3),
    ],
)
def test_a_directive_stands_once(comments: list[str], line: int) -> None:
    """Of two time limits nobody could tell which one counts."""
    problem = the_problem("\n".join(f"<!--{c}-->" for c in comments) + f"\n{PRINTS}")
    assert problem.line == line
    assert "a second time" in problem.message


def test_needs_may_be_many() -> None:
    """A version and a module, say."""
    needs = "<!--livedocs:needs(3.13)-->\n<!--pytest-codeblocks:importorskip(attr)-->"
    directives = the_script(f"{needs}\n{PRINTS}").blocks[0].fence.directives
    assert [each.argument for each in directives] == ["3.13", "module attr"]


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        ('mark.skip(reason="It needs a network.")', "It needs a network."),
        ("mark.skip(reason='He said \"no\".')", 'He said "no".'),
        ("mark.skip( reason = 'é' )", "é"),
        (r'mark.skip(reason="a\tb \d")', "a\tb \\d"),
        ('mark.skip(reason=" a " "b ")', "a b"),
    ],
)
def test_an_excuse_is_a_reason_in_words(mark: str, reason: str) -> None:
    """An excused block is a script that does not run."""
    script = the_script(f"<!--pytest.{mark}-->\n{PRINTS}")
    assert script.excuse == script.blocks[0].fence.excuse == reason
    assert the_script(PRINTS).excuse is None


@pytest.mark.parametrize(
    "mark",
    [
        "mark.skip",
        "mark.skip()",
        "mark.skip('why')",
        "mark.skip('why', reason='why')",
        "mark.skip(reason='why', condition=True)",
        "mark.skip(why='why')",
        "mark.skip(reason=why)",
        "mark.skip(reason=1)",
        "mark.skip(reason=b'why')",
        "mark.skip(reason='a' + 'b')",
        "mark.skip(reason=f'{open}')",
        "mark.skip(**{'reason': 'why'})",
        "mark.skip(reason='",
        "mark.skip(reason='why'); 1",
        "mark.skipif(True, reason='why')",
        "mark.xfail(reason='why')",
        "other.skip(reason='why')",
        "mark.skip.skip(reason='why')",
        "mark.skip(reason=" + "(" * 500 + ")" * 500 + ")",
        "mark.skip(reason=" + "~" * 10_000 + "1)",
        "mark.skip(reason='\0",
        "skip",
    ],
)
def test_other_marks_are_refused(mark: str) -> None:
    """The advice is the one good form."""
    problem = the_problem(f"<!--pytest.{mark}-->\n{PRINTS}")
    assert problem.line == 1
    assert '<!--pytest.mark.skip(reason="…")-->' in problem.message


@pytest.mark.parametrize("reason", ['""', '" "', r'"\n"', '"" ""'])
def test_an_excuse_that_says_nothing_is_refused(reason: str) -> None:
    """Its readers are to know why the block did not run."""
    problem = the_problem(f"<!--pytest.mark.skip(reason={reason})-->\n{PRINTS}")
    assert "a reason for its readers" in problem.message


def test_a_mark_is_read_and_not_evaluated(tmp_path: Path) -> None:
    """A page that is only read runs nothing."""
    made = tmp_path / "made"
    touch = f"open({str(made)!r}, 'w').close() or 'why'"
    for mark in (f"mark.skip(reason={touch})", f"{touch}", f"mark.skip({touch})"):
        assert the_problem(f"<!--pytest.{mark}-->\n{PRINTS}").line == 1
    assert not made.exists()


def test_marks_are_checked_without_assertions() -> None:
    """Python's -O changes nothing in what is refused."""
    program = (
        "from pathlib import Path; from livedocs.page import parse_page;"
        "mark = '<!--pytest.other.skip(reason=1)-->';"
        "page = parse_page(f'{mark}\\n```py\\n1\\n```\\n', Path('p.md'));"
        "print(len(page.problems), page.scripts[0].excuse)"
    )
    command = [sys.executable, "-O", "-c", program]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == ("1 None\n", "")


CONT = "<!--pytest-codeblocks:cont-->\n"
SKIP = '<!--pytest.mark.skip(reason="why")-->\n'


def block(code: str, language: str = "python") -> str:
    return f"```{language}\n{code}\n```\n"


def test_continuations_form_one_script() -> None:
    """Prose and other fences between them do not matter; a new block ends it."""
    page = parsed(
        block("a = 1")
        + "Text.\n\n"
        + block("x", "text")
        + CONT
        + block("a += 1", "py")
        + CONT
        + block("print(a)")
        + block("b = 1")
    )
    assert codes(page) == [("a = 1\n", "a += 1\n", "print(a)\n"), ("b = 1\n",)]
    assert [script.line for script in page.scripts] == [1, 17]


@pytest.mark.parametrize(
    ("text", "line", "wanted"),
    [
        (CONT + block("1"), 2, "none before it runs"),
        (SKIP + block("1") + CONT + block("2"), 6, "none before it runs"),
        (block("1", "text") + CONT + block("2"), 5, "none before it runs"),
        (block("1") + CONT + block("2", "bash"), 5, "continues one that is python"),
        (block("1", "sh") + CONT + block("2", "bash"), 5, "continues one that is sh"),
        (block("1") + CONT + SKIP + block("2"), 6, "runs with it"),
    ],
)
def test_what_cannot_continue_is_a_problem(text: str, line: int, wanted: str) -> None:
    """It is in no script, so that it cannot run in another's place."""
    page = parse_page(text, HERE)
    (problem,) = page.problems
    assert problem.line == line
    assert wanted in problem.message
    assert all(len(script.blocks) == 1 for script in page.scripts)


def test_a_directive_of_any_block_is_the_scripts() -> None:
    """The first that has it is asked."""
    limit = "<!--livedocs:timeout(5)-->\n"
    script = the_script(block("1") + CONT + limit + block("2"))
    assert script.time_limit == 5
    assert the_script(block("1")).time_limit is None


@pytest.mark.parametrize(
    ("name", "ignores"),
    [("expected-output", False), ("expected-output-ignore-whitespace", True)],
)
@pytest.mark.parametrize("info", ["text", "", "python", "Output"])
def test_expected_output_belongs_to_the_block_above(
    name: str, ignores: bool, info: str
) -> None:
    """Whatever the language of its fence, it is promised and not run."""
    promise = f"<!--pytest-codeblocks:{name}-->\n\n```{info}\n1\n\n```\n"
    script = the_script(f"{PRINTS}\nIt prints:\n\n{promise}")
    expected = script.blocks[0].expected
    assert expected is not None
    assert (expected.fence.code, expected.fence.line) == ("1\n\n", 9)
    assert expected.ignore_whitespace is ignores


def test_each_block_of_a_script_has_its_own_promise() -> None:
    """A continuation's does not replace that of the block before."""
    script = the_script(PRINTS + SHOWS_1 + CONT + PRINTS + SHOWS_1)
    lines = [each.expected and each.expected.fence.line for each in script.blocks]
    assert lines == [6, 15]


@pytest.mark.parametrize(
    ("text", "line", "wanted"),
    [
        (SHOWS_1, 3, "right under the block"),
        (PRINTS + block("x", "text") + SHOWS_1, 9, "right under the block"),
        (PRINTS + SHOWS_1 + SHOWS_1, 11, "right under the block"),
        (SKIP + PRINTS + SHOWS_1, 7, "is not run"),
    ],
)
def test_misplaced_expected_output_is_a_problem(
    text: str, line: int, wanted: str
) -> None:
    """A promise that nobody could check is none."""
    problem = the_problem(text)
    assert problem.line == line
    assert wanted in problem.message


def test_a_block_of_no_script_gets_no_promise() -> None:
    """Nor does the block before it get the promise in its place."""
    page = parse_page(block("1") + CONT + block("echo 1", "bash") + SHOWS_1, HERE)
    assert [problem.line for problem in page.problems] == [5, 10]
    (script,) = page.scripts
    assert [(each.fence.code, each.expected) for each in script.blocks] == [
        ("1\n", None)
    ]


@pytest.mark.parametrize(
    "comment",
    [
        "livedocs:timeout(9)",
        "livedocs:stderr",
        "pytest-codeblocks:cont",
        "pytest-codeblocks:expected-output-ignore-whitespace",
        'pytest.mark.skip(reason="why")',
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_an_expected_output_takes_no_further_directive(
    comment: str, first: bool
) -> None:
    """It would act on nothing."""
    comments = ["<!--pytest-codeblocks:expected-output-->", f"<!--{comment}-->"]
    if first and "expected" not in comment:
        comments.reverse()
    above = "\n".join(comments)
    problem = the_problem(f"{PRINTS}{above}\n```text\n1\n```\n")
    assert "has no code to act on" in problem.message
    assert problem.line == 4 + comments.index(f"<!--{comment}-->")


@pytest.mark.parametrize(
    "comment", ["livedocs:alone", "pytest-codeblocks:cont", "livedocs:needs(3.13)"]
)
def test_a_directive_needs_code(comment: str) -> None:
    """Above a text it would act on nothing; an excuse is for any fence."""
    problem = the_problem(f"{PRINTS}<!--{comment}-->\n```text\n1\n```\n")
    assert (problem.line, "no code to act on" in problem.message) == (4, True)
    assert the_fence(f"{SKIP}```rust\n1\n```\n").excuse == "why"


@pytest.mark.parametrize(
    ("code", "language", "alone"),
    [
        ("from interleaved import compare", "python", True),
        ("def f():\n    from interleaved import (\n compare as c)", "python", True),
        ("from interleaved import Timing, compare", "python", True),
        ("path = '\\d'\nfrom interleaved import compare", "python", True),
        ("from interleaved import Comparison  # to compare", "python", False),
        ("compare = 1", "python", False),
        ("from interleaved import compare", "bash", False),
        ("from interleaved import compare (", "python", False),
        ("compare(" + "(" * 500, "python", False),
        ("compare = " + "-" * 100_000 + "1", "python", False),
        ("compare = '\0'", "python", False),
    ],
)
def test_who_imports_compare_measures(code: str, language: str, alone: bool) -> None:
    """No comment is needed there, and text that is no Python measures nothing."""
    assert the_script(block(code, language)).alone is alone
    assert the_script(block("1") + CONT + block("2")).alone is False
    assert the_script("<!--livedocs:alone-->\n" + block(code, language)).alone is True


def asking(tasks: str, code: str, language: str = "python") -> str:
    return f"<!--livedocs:timeline({tasks})-->\n" + block(code, language)


def test_a_timeline_names_functions() -> None:
    """Those that the block or one that continues it defines, or that it imports."""
    imports = "from a.b import c, d as e\nfrom a import f"
    defines = "def wait(): ...\nclass A:\n    async def f(self): ..."
    page = parsed(asking("wait, c,e ,f,c", imports) + CONT + block(defines))
    (script,) = page.scripts
    assert page.problems == []
    assert script.tasks == (
        Task("wait", "", "wait"),
        Task("c", "a.b", "c"),
        Task("e", "a.b", "d"),
        Task("f", "", "f"),
    )
    assert script.alone
    assert the_script(block(defines)).tasks == ()
    assert the_script("<!--livedocs:timeline-->\n" + block(imports)).tasks == ()


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (asking("waitt", "def wait(): ..."), 1, "'waitt'.*: did you mean wait?"),
        (asking("a.b", "import a"), 1, "takes functions that are tasks"),
        (asking("a,", "a = 1"), 1, "takes functions that are tasks"),
        (asking("a", "a = print"), 1, "neither defines by `def` nor imports"),
        (asking("a", "import a"), 1, "neither defines by `def` nor imports"),
        (asking("a", "from . import a"), 1, "neither defines by `def` nor imports"),
        (asking("a", "def a(:"), 1, "neither defines by `def` nor imports"),
        (asking("", "echo", "bash"), 1, "only a Python block"),
        (
            asking("a", "from interleaved import compare\ndef a(): ..."),
            1,
            "a comparison is never traced",
        ),
        (
            block("from interleaved import compare") + CONT + asking("", "1"),
            5,
            "a comparison is never traced",
        ),
        (asking("", "1") + CONT + asking("", "2"), 6, "has a timeline already"),
        (
            asking("a,b,c,d,e,f,g", "".join(f"def {a}(): ...\n" for a in "abcdefg")),
            1,
            "tells 6 functions apart, not 7",
        ),
    ],
)
def test_a_timeline_that_cannot_be_drawn_is_a_problem(
    text: str, line: int, says: str
) -> None:
    """Its author is told in which line, and why."""
    problem = the_problem(text)
    assert problem.line == line
    assert re.search(says, problem.message)


def test_problems_come_in_the_order_of_lines() -> None:
    """Those of fences and those of scripts are one list."""
    text = f"{CONT}{PRINTS}\n<!--livedocs:no-->\n{PRINTS}{SHOWS_1}{SHOWS_1}```\n"
    lines = [problem.line for problem in parse_page(text, HERE).problems]
    assert lines == [2, 6, 17, 20]


# Simple pages, in the idiom that both programs read. What the two see apart (a
# blank line in an indented fence, which pytest-codeblocks drops) is left out.
CODE_LINE = st.text(st.sampled_from(string.ascii_letters + " =()'\"#<!->:~é\t"))


@st.composite
def simple_pages(draw: st.DrawFn) -> str:
    text = ["# A page"]
    runs = chained = promised = False
    for _ in range(draw(st.integers(1, 6))):
        text += draw(st.sampled_from([[], [""], ["Some `text`.", ""], ["* item", ""]]))
        what = draw(st.sampled_from(["block", "cont", "expected", "text", "prose"]))
        if what == "prose":
            text.append("Prose.")
            continue
        if what == "cont" and runs and not promised:
            text.append("<!--pytest-codeblocks:cont-->")
            chained = True
        elif what == "expected" and runs and not promised and not chained:
            blanks = draw(st.sampled_from(["", "-ignore-whitespace"]))
            text.append(f"<!--pytest-codeblocks:expected-output{blanks}-->")
            promised = True
        elif what == "text":
            runs = False
        else:
            skips = draw(st.booleans())
            text += ['<!--pytest.mark.skip(reason="why")-->'] * skips
            needs = draw(st.booleans())
            text += ["<!--pytest-codeblocks:importorskip(numpy)-->"] * needs
            runs, chained, promised, what = not skips, False, False, "block"
        indent = draw(st.sampled_from(["", "  ", "    "]))
        ticks = "`" * draw(st.integers(3, 5))
        language = "text" if what in ("text", "expected") else "python"
        lines = draw(st.lists(CODE_LINE.filter(str.strip) if indent else CODE_LINE))
        body = [ticks + language, *lines, ticks]
        text += [indent + line if line else "" for line in body]
    return "\n".join(text) + "\n"


@given(simple_pages())
def test_simple_pages_mean_what_they_mean_to_pytest_codeblocks(text: str) -> None:
    """Same code, lines, promises, excuses and modules."""
    theirs = [
        (
            each.code,
            each.lineno,
            each.expected_output,
            each.expected_output is not None and each.expected_output_ignore_whitespace,
            each.importorskip,
            each.marks,
        )
        for each in pytest_codeblocks.extract_from_buffer(io.StringIO(text))
        if each.syntax == "python"
    ]
    ours = []
    for script in parsed(text).scripts:
        expected = script.blocks[-1].expected
        needs = script.directive("needs")
        ours.append(
            (
                script.text,
                script.line,
                expected.fence.code if expected else None,
                expected is not None and expected.ignore_whitespace,
                needs.argument.removeprefix("module ") if needs else None,
                ['pytest.mark.skip(reason="why")'] if script.excuse else [],
            )
        )
    assert ours == theirs


TITLED = '```python title="counts.py"\nprint(1)\n```\n'
REPORTS = '```python title="lost.py"\nreport("lost", 1)\n```\n'
CLAIM = '<!--livedocs:claim(fast: "a" < 2)-->\n'


def the_remark(text: str) -> Remark:
    (remark,) = parsed(text).remarks
    return remark


def test_a_claim_speaks_of_the_sentence_below() -> None:
    """The first line of the paragraph, as plain text."""
    page = parsed(f"{TITLED}\n{CLAIM}It is *fast*.\nIt is more.\n\nEnd.\n")
    (claim,) = page.claims
    assert (claim.name, claim.line, claim.sentence) == ("fast", 5, "It is fast.")
    assert claim.condition == '"a" < 2'
    assert page.script_of(claim) is page.scripts[0]
    assert page.claims_on(page.scripts[0]) == (claim,)


@pytest.mark.parametrize(
    ("above", "below", "end"),
    [
        ("", "One.\n", 2),
        ("", "One.\nTwo.\n", 3),
        ("", "One.\nTwo.\n\nThree.\n", 3),
        ("", f"One.\n{PRINTS}", 2),
        ("", "One.\n<!--livedocs:alone-->\n" + PRINTS, 2),
        ("", "One.\n<!--livedocs:given(two)-->\nTwo.\n", 2),
        ("/// note\n\n", "One.\nTwo.\n///\n", 5),
        ("/// note\n\n", "One.\n/// note\nTwo\n///\n///\n", 4),
        ("", "| a |\n|---|\n| 1 |\n\nOne.\n", 4),
        ("", "# Heading\n\nOne.\n", 2),
        ("", "- One,\n  and more.\n\n- Two.\n", 3),
    ],
)
@pytest.mark.parametrize("indent", ["", "    "])
def test_a_remark_reaches_to_the_end_of_its_paragraph(
    above: str, below: str, end: int, indent: str
) -> None:
    """A blank line, a fence, a directive or the edge of a note ends it."""
    lines = f"{above}<!--livedocs:given(why)-->\n{below}".splitlines(keepends=True)
    text = "".join(indent + line if line.strip() else line for line in lines)
    remark = parsed(text).remarks[0]
    assert remark.directive.name == "given"
    assert remark.directive.argument == "why"
    assert (remark.directive.line, remark.end) == (1 + above.count("\n"), end)
    assert remark.indent == indent


def test_two_directives_may_speak_of_one_paragraph() -> None:
    """Each has its sentence and its end."""
    text = f"{TITLED}{CLAIM}<!--livedocs:given(why)-->\nIt is fast.\nYes.\n"
    page = parsed(text)
    assert [(each.directive.line, each.end) for each in page.remarks] == [
        (4, 7),
        (5, 7),
    ]
    assert page.claims[0].sentence == "It is fast."
    text = f"{TITLED}<!--livedocs:given(why)-->\n{CLAIM}It is fast.\nYes.\n"
    assert parsed(text).claims[0].sentence == "It is fast."


def test_the_ledger_has_a_place_of_its_own() -> None:
    """It needs no paragraph."""
    remark = the_remark("# Ledger\n\n<!--livedocs:ledger-->\n")
    assert remark.sentence == ""
    assert (remark.directive.name, remark.directive.line, remark.end) == (
        *("ledger", 3),
        3,
    )


@pytest.mark.parametrize(
    ("of", "line"),
    [("", 5), (" of counts.py", 1), (" of other.py", 5), (" of later.py", 15)],
)
def test_a_claim_speaks_of_a_block(of: str, line: int) -> None:
    """The one that it names, before it or after it, or else the nearest above."""
    page = parsed(
        f"{TITLED}\n{TITLED.replace('counts', 'other')}"
        "<!--pytest-codeblocks:cont-->\n```python\nprint(2)\n```\n"
        f"\n{CLAIM.replace(':', of + ':', 2).replace(of + ':', ':', 1)}It is so.\n"
        f"{TITLED.replace('counts', 'later')}"
    )
    (claim,) = page.claims
    assert page.script_of(claim) in page.scripts
    script = next(each for each in page.scripts if page.claims_on(each))
    assert script.line == line
    assert page.script_of(claim) is script


@pytest.mark.parametrize(
    ("info", "title"),
    [
        ('python title="a.py"', "a.py"),
        ("python title='a.py' hl_lines=\"1\"", "a.py"),
        ('python hl_lines="1" title="a b.py"', "a b.py"),
        ('{.python title="a.py"}', "a.py"),
        ('python subtitle="a.py"', None),
        ("python", None),
    ],
)
def test_a_block_may_have_a_title(info: str, title: str | None) -> None:
    """Its script has it, too."""
    script = the_script(f"```{info}\n1\n```\n")
    assert (script.title, script.blocks[0].fence.title) == (title, title)


def test_a_script_has_the_first_title_of_its_blocks() -> None:
    """Wherever it stands."""
    cont = "<!--pytest-codeblocks:cont-->\n"
    assert the_script(f"{PRINTS}{cont}{TITLED}").title == "counts.py"
    assert the_script(f"{TITLED}{cont}{PRINTS}").title == "counts.py"


BELOW = 'the block in line 1, of which this claim speaks, needs a title such as title="'


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (f"{TITLED}{CLAIM}\nIt is so.\n", 4, "right above a paragraph: there is none"),
        (f"{TITLED}{CLAIM}", 4, "'claim' stands right above a paragraph"),
        (f"{TITLED}{CLAIM}{TITLED}", 4, "'claim' stands right above a paragraph"),
        (f"{TITLED}<!--livedocs:given(why)-->\n\nA.\n", 4, "'given' stands right abov"),
        (f"{TITLED}{CLAIM}# Fast\n", 4, "above a paragraph, whose first line it is"),
        (f"{TITLED}{CLAIM}| fast |\n", 4, "whose first line it is"),
        (f"{TITLED}{CLAIM}- Fast.\n", 4, "whose first line it is"),
        (f"{TITLED}{CLAIM}1. Fast.\n", 4, "whose first line it is"),
        (f"{TITLED}{CLAIM}> Fast.\n", 4, "whose first line it is"),
        (f"{TITLED}{CLAIM}<div>\n", 4, "whose first line it is"),
        (f"{TITLED}{CLAIM}<!-- no words -->\n", 4, "whose first line it is"),
        (f"{CLAIM}It is so.\n{TITLED}", 1, "there is no block above this claim, as cl"),
        (
            f"{PRINTS}{TITLED}{CLAIM.replace(': ', ' of count.py: ')}It is so.\n",
            7,
            "there is no block titled 'count.py': did you mean counts.py?",
        ),
        (
            f"{TITLED}{TITLED}{CLAIM.replace(': ', ' of counts.py: ')}It is so.\n",
            7,
            "two blocks or more have the title 'counts.py'",
        ),
        (f"{PRINTS}{CLAIM}It is so.\n", 4, BELOW),
        (f"{TITLED.replace('.py', '')}{CLAIM}It is so.\n", 4, BELOW),
        (f"{TITLED.replace('counts', 'two counts')}{CLAIM}It is so.\n", 4, BELOW),
        (
            f'<!--pytest.mark.skip(reason="why")-->\n{TITLED}{CLAIM}It is so.\n',
            5,
            "the block in line 2, of which this claim speaks, is not run",
        ),
        (
            f"{TITLED.replace('python', 'bash')}{CLAIM}It is so.\n",
            4,
            "the block in line 1, of which this claim speaks, is not in Python",
        ),
        (
            f"{TITLED}{CLAIM}It is so.\n\n{CLAIM}It is still so.\n",
            7,
            "the claim 'fast' stands on this page a second time",
        ),
        (
            f"{TITLED}{CLAIM.replace('<', '=', 3)}It is so.\n".replace("=!", "<!"),
            4,
            "==",
        ),
        (f"{TITLED}<!--livedocs:claim-->\nIt is so.\n", 4, "'claim' takes a condition"),
        (
            f"{TITLED}<!--livedocs:given-->\nIt is so.\n",
            4,
            "'given' takes a reason, as",
        ),
        (
            f"{TITLED}<!--livedocs:ledger(x)-->\n",
            4,
            "'ledger' takes no argument, not 'x",
        ),
        (
            f"{TITLED}{CLAIM}It is <!--livedocs:value(fats)--> so.\n",
            5,
            "this page has no claim 'fats': did you mean fast?",
        ),
        (
            f"{TITLED}It is <!--livedocs:value(xyzzy)--> so.\n",
            4,
            "this page has no claim 'xyzzy'",
        ),
        (
            f'{TITLED}It is <!--livedocs:value("counts")--> so.\n',
            4,
            '\'"counts"\' is no value: write NAME for that of a claim, or "VALUE"',
        ),
        (
            f'{TITLED}It is <!--livedocs:value("a" of conuts.py)--> so.\n',
            4,
            "there is no block titled 'conuts.py': did you mean counts.py?",
        ),
        (
            f'{TITLED}\n{TITLED}It is <!--livedocs:value("a" of counts.py)--> so.\n',
            8,
            "two blocks or more have the title 'counts.py'",
        ),
        (
            (
                '<!--pytest.mark.skip(reason="why")-->\n'
                f'{TITLED}It is <!--livedocs:value("a" of counts.py)--> so.\n'
            ),
            5,
            "the block titled 'counts.py' is not run",
        ),
        (
            (
                f"{REPORTS}<svg>\n<text>\n"
                '<!--livedocs:value("losst" of lost.py)--> times</text>\n</svg>\n'
            ),
            6,
            "the block titled 'lost.py' has no text \"losst\": did you mean lost?",
        ),
        (
            f"{TITLED}{CLAIM}It is so:\n<!--livedocs:value(fast)-->\n",
            6,
            "a value stands amid the words of a sentence, not alone on its line",
        ),
        (
            f"{TITLED}{CLAIM}It is so.\n\n<!--livedocs:value(fast)-->\n{PRINTS}",
            7,
            "a value stands amid the words of a sentence, not alone on its line",
        ),
        (
            f'{TITLED}{CLAIM}It is so.\n\n<img alt="<!--livedocs:value(fast)-->">\n',
            7,
            "a value stands amid the words of a sentence, not in front matter, within",
        ),
        (
            f"{TITLED}{CLAIM}It is so.\n\n![<!--livedocs:value(fast)-->](a.svg)\n",
            7,
            "a value stands amid the words of a sentence, not in front matter, within",
        ),
        (
            f"---\ntitle: <!--livedocs:value(fast)-->\n---\n{TITLED}{CLAIM}It is so.\n",
            2,
            "a value stands amid the words of a sentence, not in front matter, within",
        ),
        (
            f"{TITLED}It is <!--livedocs:valeu(fast)--> so.\n",
            4,
            "amid a sentence there is only <!--livedocs:value(claim)-->",
        ),
        (
            f"{TITLED}It is <!--livedocs:value--> so.\n",
            4,
            "there is only <!--livedocs:v",
        ),
        (f"{TITLED}<!--livedocs:cliam(a)-->\nA.\n", 4, "did you mean livedocs:claim?"),
        (
            f"<!--livedocs:alone-->\n<!--livedocs:given(why)-->\nA.\n{PRINTS}",
            1,
            "the directive 'alone' has no fence after it",
        ),
    ],
)
def test_a_mistake_in_a_claim_is_a_problem(text: str, line: int, says: str) -> None:
    """It is told at its line, with what to do."""
    problem = the_problem(text)
    assert problem.line == line
    assert says in problem.message


def test_a_wrong_claim_is_no_claim() -> None:
    """The others of its page are."""
    text = f"{TITLED}<!--livedocs:claim(Slow)-->\nIt is slow.\n\n{CLAIM}It is fast.\n"
    page = parse_page(text, HERE)
    assert [claim.name for claim in page.claims] == ["fast"]
    assert [problem.line for problem in page.problems] == [4]


VALUE = "<!--livedocs:value(fast)-->"


@pytest.mark.parametrize(
    ("line", "finished"),
    [
        (f"It was {VALUE} here.", "It was [fast] here."),
        (f"{VALUE} it was.", "[fast] it was."),
        (f"It was {VALUE}", "It was [fast]"),
        (f"{VALUE} and {VALUE}", "[fast] and [fast]"),
        ("It was <!-- livedocs:value( fast ) -->.", "It was [fast]."),
        (f"Write `{VALUE}` so.", f"Write `{VALUE}` so."),
        (f"Write `` {VALUE} ` `` so.", f"Write `` {VALUE} ` `` so."),
        (f"`a` {VALUE} `b`", "`a` [fast] `b`"),
        ("No value.", "No value."),
    ],
)
def test_a_value_stands_amid_a_sentence(line: str, finished: str) -> None:
    """Anywhere, more than once, but in code it is what it says."""
    page = parsed(f"{TITLED}\n{CLAIM}{line}\n")
    assert with_values(line, lambda name: f"[{name}]") == finished
    assert page.claims[0].sentence.count("…") == finished.count("[fast]")


def test_a_reported_value_is_asked_for_by_its_name_and_its_block() -> None:
    """With blanks in either; a claim's name is no such thing."""
    (asked,) = value_names('It is <!--livedocs:value( "a b" of c d.py )--> so.')
    assert reported_name(asked) == ("a b", "c d.py")
    assert reported_name("fast of page.md") is None
    assert parsed(f'{REPORTS}It was <!--livedocs:value("lost" of lost.py)-->.').scripts


def test_a_drawing_lasts_from_its_first_tag_to_its_last() -> None:
    """On one line, too; what stands in code is no tag."""
    text = (
        "Write `<svg>` so.\n<figure>\n<svg\nwidth='1'>\n</svg>\nBelow.\n</figure>\n"
        "\n<svg></svg>\nBelow.\n\n```html\n<svg>\n```\n\nBelow.\n"
    )
    assert parse_page(text, HERE).drawn == {3, 4, 5, 9}


def test_what_stands_in_a_fence_is_no_claim() -> None:
    """Nor is a value there one, nor anything in front matter."""
    text = f"---\ntext: |\n  {CLAIM}---\n```text\n{CLAIM}It was {VALUE}.\n```\n"
    page = parsed(text)
    assert (page.claims, page.remarks) == ([], [])


def test_no_claim_changes_what_a_block_is() -> None:
    """Its record is found under the same name."""
    (plain,) = parsed(TITLED).scripts
    (claimed,) = parsed(f"{TITLED}{CLAIM}It is so.\n").scripts
    assert key_of(plain) == key_of(claimed)


def test_an_ellipsis_is_no_value() -> None:
    """Not even alone on its line."""
    assert parsed("And so on:\n…\n").remarks == []


CONT = "<!--pytest-codeblocks:cont-->\n"
DRAWN = "<!--livedocs:timeline-->\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```py\n1\n", "this fence is never closed: end it with ```"),
        ("<!--livedocs:alone-->\n", "the directive 'alone' has no fence after it"),
        (
            "<!--livedocs:given(why)-->\n\nText.\n",
            (
                "the directive 'given' stands right above a paragraph:"
                " there is none, or a blank line between"
            ),
        ),
        (
            f"Text. <!--livedocs:alone-->\n{PRINTS}",
            (
                "a directive stands alone on its line, as"
                " <!--livedocs:name(argument)--> or <!--pytest-codeblocks:name-->;"
                " amid a sentence there is only <!--livedocs:value(claim)-->"
            ),
        ),
        (
            f'<!--pytest.mark.skip(reason=" ")-->\n{PRINTS}',
            "a skipped block needs a reason for its readers",
        ),
        (
            f"<!--pytest.mark.slow-->\n{PRINTS}",
            (
                "pytest.mark.slow is not understood: the one mark a page may carry is"
                ' <!--pytest.mark.skip(reason="…")-->'
            ),
        ),
        (
            f"<!--pytest-codeblocks:skip-->\n{PRINTS}",
            (
                "pytest-codeblocks:skip needs a reason: write"
                ' <!--pytest.mark.skip(reason="…")-->'
            ),
        ),
        (
            f"<!--livedocs:alnoe-->\n{PRINTS}",
            "unknown directive livedocs:alnoe: did you mean livedocs:alone?",
        ),
        (
            f"<!--livedocs:xyzzy-->\n{PRINTS}",
            "unknown directive livedocs:xyzzy: see the contributing page",
        ),
        (
            f"<!--livedocs:timeout(x)-->\n{PRINTS}",
            "the directive 'timeout' takes seconds, as timeout(5), not 'x'",
        ),
        (
            f"{CONT}{PRINTS}",
            "this block continues a block, but none before it runs",
        ),
        (
            f"{PRINTS}{CONT}{PRINTS.replace('python', 'bash')}",
            "this block continues one that is python",
        ),
        (
            f'{PRINTS}{CONT}<!--pytest.mark.skip(reason="why")-->\n{PRINTS}',
            "a block that continues another runs with it: excuse the first",
        ),
        (SHOWS_1, "expected output belongs right under the block that prints it"),
        (
            f'<!--pytest.mark.skip(reason="why")-->\n{PRINTS}{SHOWS_1}',
            "the block above is not run, so its output cannot be checked",
        ),
        (
            "<!--livedocs:alone-->\n```text\n1\n```\n",
            "the directive 'alone' has no code to act on",
        ),
        (
            f"<!--livedocs:alone-->\n<!--livedocs:alone-->\n{PRINTS}",
            "the directive 'alone' stands here a second time",
        ),
        (
            f"{DRAWN}{PRINTS}{CONT}{DRAWN}{PRINTS}",
            "a block before this one, which it continues, has a timeline already",
        ),
        (
            f"{DRAWN}{PRINTS.replace('python', 'bash')}",
            "only a Python block can have a timeline",
        ),
        (
            f"{DRAWN}```python\nfrom interleaved import compare\n```\n",
            (
                "a comparison is never traced: ask for a timeline of another block, or"
                " leave `compare` out of this one"
            ),
        ),
        (
            "<!--livedocs:timeline(waits)-->\n```python\ndef wait(): ...\n```\n",
            (
                "the timeline names 'waits', which the block neither defines by `def`"
                " nor imports by `from … import`: did you mean wait?"
            ),
        ),
        (
            f"{TITLED}{CLAIM}- It is so.\n",
            "a claim stands right above a paragraph, whose first line it is",
        ),
        (
            f"{TITLED}{CLAIM.replace('fast', 'fast of other.py')}Text.\n",
            (
                "there is no block titled 'other.py', as claim(two-counts of"
                ' two_counts.py: "on two threads" < 1.3 on gil)'
            ),
        ),
        (
            f"{PRINTS}{CLAIM}It is so.\n",
            (
                "the block in line 1, of which this claim speaks, needs a title such as"
                ' title="two_counts.py"'
            ),
        ),
    ],
)
def test_a_problem_is_told_word_by_word(text: str, message: str) -> None:
    """An author copies from it."""
    assert the_problem(text).message == message


def test_a_value_of_another_page_is_not_looked_for_here() -> None:
    """Who finishes the book looks for it."""
    assert parsed("It is <!--livedocs:value(fast of other.md)--> so.\n").claims == []
