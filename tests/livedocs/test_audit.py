from html.parser import HTMLParser
from pathlib import Path

import cmarkgfm
import markdown
import pytest
from documents import documents, good_fences
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mdit_py_plugins.front_matter import front_matter_plugin

from livedocs.audit import audit
from livedocs.page import (
    NEVER_CODE,
    Page,
    Problem,
    front_matter_end,
    parse_page,
    read_page,
)

HERE = Path("docs/page.md")
PRINTS = "```python\nprint(1)\n```\n"
SKIP = '<!--pytest.mark.skip(reason="why")-->\n'


def read(text: str) -> Page:
    return parse_page(text, HERE)


def problems(text: str) -> list[Problem]:
    return audit(read(text))


def indented(text: str, indent: str) -> str:
    return "".join(indent + line for line in text.splitlines(keepends=True))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("# Title\n\nText with `code`.\n", id="no fence"),
        pytest.param("---\na: |\n\n    b\n---\n\nText.\n", id="front matter"),
        pytest.param(PRINTS, id="python"),
        pytest.param('```{.python title="a"}\n1\n```\n', id="braces"),
        pytest.param("~~~~bash\necho\n~~~~\n", id="tildes"),
        pytest.param(f"{PRINTS}<!--pytest-codeblocks:cont-->\n{PRINTS}", id="cont"),
        pytest.param(
            f"{PRINTS}<!--pytest-codeblocks:expected-output-->\n```\n1\n```\n",
            id="expected output without a language",
        ),
        pytest.param(f"{SKIP}{PRINTS}", id="excused"),
        pytest.param(f"{SKIP}```rust\nfn\n```\n", id="excused, other language"),
        pytest.param(f"{SKIP}```\nx\n```\n", id="excused, no language"),
        pytest.param(f"- item\n\n{indented(PRINTS, '  ')}", id="list item"),
        pytest.param(f"1. item\n\n{indented(PRINTS, '   ')}", id="numbered item"),
        pytest.param(f"- item\n\n{indented(PRINTS, '    ')}", id="deep list item"),
        pytest.param(f"/// note | Title\n\n{PRINTS}\n///\n", id="note of slashes"),
        pytest.param(f"<div>\n\n{PRINTS}\n</div>\n", id="div with blank lines"),
        pytest.param(f'---\ntitle: "```"\n---\n{PRINTS}', id="front matter"),
        pytest.param(PRINTS.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(PRINTS.replace("\n", "\r"), id="CR"),
        pytest.param("\ufeff" + PRINTS, id="byte-order mark"),
        pytest.param("```python\nprint(1 < 2)\n```\n", id="a sign that HTML escapes"),
        pytest.param("````md\n" + PRINTS + "````\n", id="fence in a fence"),
        pytest.param("```python\nx = '\u2028\x0c'\n```\n", id="odd line ends"),
    ],
)
def test_a_page_that_runs_all_it_shows_is_good(text: str) -> None:
    """Nothing is reported."""
    assert problems(text) == []


@pytest.mark.parametrize(
    "info",
    [
        "python hello",
        "python,title=a",
        "python{.x}",
        'python title="a',
        "python title = a",
        "python title=a",
        "python }",
    ],
)
def test_a_fence_that_the_site_shows_as_text_is_reported(info: str) -> None:
    """The site's Markdown is pickier than CommonMark about what follows a language."""
    found = problems(PRINTS.replace("python", info))
    assert [each.line for each in found] == [1]
    rendered = markdown.markdown(
        PRINTS.replace("python", info), extensions=["pymdownx.superfences"]
    )
    assert 'class="highlight"' not in rendered
    assert "as text" in found[0].message


@pytest.mark.parametrize(
    "info",
    [
        "python",
        'python title="a b" hl_lines="1 2"',
        "python  linenums='1'",
        "{.python}",
        '{ .python title="a" }',
    ],
)
def test_a_fence_that_the_site_shows_as_code_is_good(info: str) -> None:
    """What the audit lets pass, the site's Markdown takes for a fence."""
    text = PRINTS.replace("python", info)
    assert problems(text) == []
    rendered = markdown.markdown(text, extensions=["pymdownx.superfences"])
    assert 'class="highlight"' in rendered


SNEAKING = {
    "a snippet with a fence": '--8<-- "snippet.md"\n',
    "a snippet in a block that runs": '```python\n--8<-- "plain.txt"\n```\n',
    "an escaped snippet": '```bash\n;--8<-- "plain.txt"\n```\n',
    "a longer closing fence": (
        "```python\nprint(1)\n`````\n\nprint(2)\n\n```text\nx\n```\n"
    ),
    "front matter that is a list": "---\n- a\n---\nText.\n",
    "front matter that is a text": "---\nhello\n---\nText.\n",
    "a note without a blank line": "!!! note\n        print(2)\n",
    "a footnote": "Text[^1].\n\n[^1]:\n        print(2)\n",
    "a wide list item": "-    item\n\n        print(2)\n",
    "inline html": "See: <pre>\nprint(2)\n</pre>\n",
    "html in a table": "| a |\n|---|\n| <pre>print(2)</pre> |\n",
    "another tag": "<xmp>\nprint(2)\n</xmp>\n",
    "a field": "<textarea>\nprint(2)\n</textarea>\n",
    "indentation in html": "<div markdown>\n    print(2)\n</div>\n",
    "a tab in a string": '```python\nprint("a\tb")\n```\n',
    "a language as an option": '```text lang="python"\nprint(2)\n```\n',
}


@pytest.mark.parametrize("name", SNEAKING)
def test_what_only_the_site_shows_as_code_is_reported(
    name: str, tmp_path: Path
) -> None:
    """Its Markdown has dialects of which CommonMark knows nothing."""
    (tmp_path / "snippet.md").write_text("```python\nprint(2)\n```\n")
    (tmp_path / "plain.txt").write_text("print(2)\n")
    assert len(audit(read(SNEAKING[name]), tmp_path)) == 1


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            '\n--8<-- "snippet.md"\n',
            1,
            "the site shows code that nobody accounts for: 'print(2)'",
        ),
        (
            'Text.\n\n```bash\n;--8<-- "snippet.md"\n```\n',
            3,
            (
                "the site shows other code here than what runs, or none:"
                " '--8<-- \"snippet.md\"' (is it a tab, a snippet,"
                " or the closing fence?)"
            ),
        ),
        (
            "```text\nx\n````\n",
            1,
            (
                "the site shows other code here than what runs, or none:"
                " '' (is it a tab, a snippet, or the closing fence?)"
            ),
        ),
        (
            '\n--8<-- "absent.md"\n',
            1,
            (
                "the site cannot render this page: SnippetMissingError:"
                " Snippet at path 'absent.md' could not be found"
            ),
        ),
        (
            'Text.\n\n--8<-- "claim.txt"\n',
            1,
            (
                "a snippet brings a directive, which does nothing:"
                ' <!--livedocs:claim(n: "n" > 1)-->'
            ),
        ),
        (
            "Note: threads are slow here.\n",
            1,
            (
                "MkDocs takes what ends its first word by a colon for metadata, and"
                " shows none of it: begin with a title or with front matter"
            ),
        ),
        (
            "  ```py\n\tx\n  ```\n",
            1,
            "what would run here is not what a reader sees: mend the indentation",
        ),
        (
            "---\n- a list\n---\n\nText.\n",
            1,
            "front matter has to be a mapping: the site shows this",
        ),
    ],
)
def test_a_problem_is_told_word_by_word(
    text: str, line: int, message: str, tmp_path: Path
) -> None:
    """An author copies from it; what stands on no line of the page is on the first."""
    (tmp_path / "snippet.md").write_text("```python\nprint(2)\n```\n")
    (tmp_path / "claim.txt").write_text('<!--livedocs:claim(n: "n" > 1)-->\nMany.\n')
    assert audit(read(text), tmp_path) == [Problem(line, message)]


def test_a_promise_may_hold_a_tab(tmp_path: Path) -> None:
    """Nobody sees it: the output takes its place."""
    promise = "<!--pytest-codeblocks:expected-output-->\n```text\na\tb\n```\n"
    page = read("```python\nprint('a', 'b', sep='\\t')\n```\n\n" + promise)
    assert audit(page, tmp_path) == []


@pytest.mark.parametrize(
    "before", ["```json", '<!--pytest.mark.skip(reason="Tested.")-->\n```python']
)
def test_a_file_may_be_shown_by_a_snippet(before: str, tmp_path: Path) -> None:
    """In a fence that is never code, or is excused, if the file is there."""
    text = f'{before}\n--8<-- "a.json"\n```\n'
    assert len(audit(read(text), tmp_path)) == 1
    (tmp_path / "a.json").write_text("{}")
    assert audit(read(text), tmp_path) == []


@pytest.mark.parametrize("tag", ["pre", "code", "PRE", "samp"])
def test_code_in_raw_html_is_reported(tag: str) -> None:
    """It would be shown and never run; in a comment it is not shown."""
    found = problems(f"Text.\n\n<div>\n<{tag}>print(1)</{tag}>\n</div>\n")
    assert [each.line for each in found] == [3]
    assert "raw HTML" in found[0].message
    assert problems(f"<!-- <{tag}>print(1)</{tag}> -->\n") == []


@pytest.mark.parametrize("language", sorted({*NEVER_CODE, "TEXT", "Toml"}))
def test_what_is_never_code_is_accounted_for(language: str) -> None:
    """It need not run and needs no excuse."""
    assert problems(f"```{language}\nx\n```\n") == []


@pytest.mark.parametrize(
    ("info", "wanted"),
    [
        ("pyhton", "did you mean 'python'?"),
        ("pythn title='a'", "did you mean 'python'?"),
        ("Bahs", "did you mean 'bash'?"),
        ("tomml", "did you mean 'toml'?"),
        ("haskell", "'haskell' is not run: use a language that is"),
        ("", "names no language: write ```python or ```text"),
        ("{#anchor}", "names no language"),
        ("pycon", "'pycon' is a transcript, not run"),
        ("doctest", "'doctest' is a transcript, not run"),
        ("console", "'console' is a transcript, not run"),
        ("output", "'output' is a transcript, not run"),
    ],
)
def test_a_fence_that_is_not_run_is_reported(info: str, wanted: str) -> None:
    """With its line, and with what to write; an excuse is always one way."""
    (problem,) = problems(f"# Title\n\n```{info}\n>>> 1\n```\n")
    assert problem.line == 3
    assert wanted in problem.message
    assert 'excuse it with <!--pytest.mark.skip(reason="…")-->' in problem.message


INDENTED = "code by indentation is never run"
UNSEEN = "a Markdown reader sees no fence here"
NOT_RUN = "this fence is not run: move it out"
DIFFERS = "what would run here is not what a reader sees"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Text.\n\n    code()\n", {3: INDENTED}, id="indented code"),
        pytest.param("\tcode()\n", {1: INDENTED}, id="code behind a tab"),
        pytest.param(f"<!--\n{PRINTS}-->\n", {2: UNSEEN}, id="comment"),
        pytest.param(f"<!--\n\n{PRINTS}\n-->\n", {3: UNSEEN}, id="spread comment"),
        pytest.param(f"<div>\n{PRINTS}</div>\n", {2: UNSEEN}, id="raw div"),
        pytest.param(f"<pre>\n\n{PRINTS}</pre>\n", {3: UNSEEN}, id="raw pre"),
        pytest.param(
            f"!!! note\n\n{indented(PRINTS, '    ')}",
            {3: INDENTED},
            id="indented note",
        ),
        pytest.param(
            f"!!! note\n{indented(PRINTS, '    ')}", {2: UNSEEN}, id="close note"
        ),
        pytest.param(f"=== tab\n\n\t{PRINTS}", {3: INDENTED}, id="indented tab"),
        pytest.param(indented(PRINTS, "> "), {1: NOT_RUN}, id="quotation"),
        pytest.param(indented(PRINTS, ">"), {1: NOT_RUN}, id="close quotation"),
        pytest.param(
            "- ```python\n  1\n  ```\n", {1: NOT_RUN}, id="beside the list's mark"
        ),
        pytest.param("Text\n    ```py\n    1\n    ```\n", {2: UNSEEN}, id="paragraph"),
        pytest.param("\u00a0```py\n1\n```\n", {1: UNSEEN}, id="no-break space"),
        pytest.param("  ```py\n\tx\n  ```\n", {1: DIFFERS}, id="tab in spaces"),
        pytest.param("```py\n1\n    ```\n2\n```\n", {1: DIFFERS}, id="indented end"),
        pytest.param("- a\n\n  ```py\n1\n  ```\n", {3: DIFFERS}, id="end of the item"),
        pytest.param("```py\n'\0'\n```\n", {1: DIFFERS}, id="null byte"),
        pytest.param("---\n```py\n1\n```\n", {}, id="no front matter"),
        pytest.param("```py\n1\n", {1: "this fence is never closed"}, id="open"),
    ],
)
def test_what_runs_is_what_a_reader_sees(text: str, found: dict[int, str]) -> None:
    """Code that only one of two readers sees is reported on its line."""
    reported = problems(text)
    for line, wanted in found.items():
        assert wanted in "\n".join(p.message for p in reported if p.line == line)
    assert bool(reported) is bool(found)


@pytest.mark.parametrize(
    ("text", "line", "wanted"),
    [
        (f"{PRINTS}\n```python\n1\n", 5, "this fence is never closed"),
        (f"<!--pytest-codeblocks:cont-->\n{PRINTS}", 2, "continues a block"),
    ],
)
def test_a_fence_is_reported_once(text: str, line: int, wanted: str) -> None:
    """What its reading tells is not told again in other words."""
    (problem,) = problems(text)
    assert problem.line == line
    assert wanted in problem.message


def test_a_script_that_gets_lost_is_reported() -> None:
    """There is no fourth case, whatever the reading does."""
    page = read(PRINTS)
    page.scripts.clear()
    (problem,) = audit(page)
    assert problem == Problem(1, "this block belongs to no script that runs")


def test_problems_of_the_reading_are_in_the_audit() -> None:
    """All are told, in the order of the lines, none twice."""
    text = f"```\n1\n```\n<!--livedocs:no-->\n{PRINTS}\n    indented()\n"
    assert [each.line for each in problems(text)] == [1, 4, 9]


def test_a_page_that_cannot_be_read_is_no_good_page(tmp_path: Path) -> None:
    """Its audit says so."""
    file = tmp_path / "page.md"
    file.write_bytes(b"\xff")
    (problem,) = audit(read_page(file))
    assert "UTF-8" in problem.message


PARSER = MarkdownIt("commonmark").use(front_matter_plugin)


def seen_code(page: Page) -> list[tuple[int, str]]:
    """What a CommonMark reader sees as code: line and text."""
    return [
        (token.map[0] + 1, token.content)
        for token in PARSER.parse(page.text)
        if token.type in ("fence", "code_block") and token.map
    ]


def accounted_code(page: Page) -> list[tuple[int, str]]:
    """What runs, is promised, is excused, or is never code: line and text."""
    found = []
    for script in page.scripts:
        for block in script.blocks:
            found.append(block.fence)
            if block.expected:
                found.append(block.expected.fence)
    others = [fence for fence in page.fences if fence not in found]
    found += [each for each in others if each.excuse or each.language in NEVER_CODE]
    return sorted((fence.line, fence.code) for fence in found)


class CodeInHtml(HTMLParser):
    """The text of each piece of code in HTML of a kind that has no other `pre`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag == "pre":
            self._inside = True
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "pre"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1] += data


def code_by_commonmark(page: Page) -> list[str]:
    """What the reference implementation in C, which leaves out raw HTML, makes code."""
    text = "".join(line + "\n" for line in page.lines[front_matter_end(page.lines) :])
    return CodeInHtml(cmarkgfm.markdown_to_html(text)).found


@given(documents())
@example(f"---\n{PRINTS}---\n{PRINTS}")
@example("    indented\n")
@example(f"<div>\n{PRINTS}</div>\n")
def test_a_parser_that_the_audit_lacks_sees_the_same_code(text: str) -> None:
    """Where the audit is silent, CommonMark's own parser counts as it does."""
    page = read(text)
    if not audit(page):
        assert code_by_commonmark(page) == [code for _, code in accounted_code(page)]


@given(documents())
@example(f"---\n{PRINTS}...\n{PRINTS}")
@example(f"----\n{PRINTS}---\n{PRINTS}")
@example(f"- a\n\n  {PRINTS}")
def test_no_code_goes_unaccounted_for(text: str) -> None:
    """Where the audit is silent, each fence runs as shown or is no code.

    The audit never raises, names lines that are there, and agrees with a
    Markdown reader whose results are compared here by themselves.
    """
    page = read(text)
    reported = audit(page)
    assert all(1 <= each.line <= len(page.lines) for each in reported)
    if not reported:
        assert accounted_code(page) == seen_code(page)


@given(st.lists(good_fences() | st.just(["Text."]) | st.just(["- item", ""])))
def test_good_pages_are_silent(chunks: list[list[str]]) -> None:
    """The property above is not empty: pages of good fences have no problem."""
    text = "\n".join(line for chunk in chunks for line in chunk)
    page = read(text)
    assert audit(page) == []
    assert len(seen_code(page)) == sum(len(chunk) > 2 for chunk in chunks)


@given(content=st.binary() | st.text().map(str.encode))
def test_any_file_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Bytes of whatever kind are a page, with problems perhaps."""
    file = tmp_path_factory.getbasetemp() / "any.md"
    file.write_bytes(content)
    page = read_page(file)
    assert all(each.line >= 1 for each in audit(page))
    assert page.lines or page.problems or not content.strip(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("It took 5 s.\n", [1]),
        ("# In 5 s\n\n| a |\n|---|\n| 5 s |\n", [1, 5]),
        (f"{PRINTS}\nIt took 5 s.\n{PRINTS}\nIt took 6 s and 7 s.\n", [5, 10, 10]),
        ("```text\nIt took 5 s.\n```\n", []),
        ('```python title="5 s.py"\nprint("5 s")\n```\n', []),
        ("It took `5 s`. <!-- 5 s -->\n", []),
        ("---\ntitle: In 5 s\n---\nText.\n", []),
        ("<!--livedocs:given(the 5 s limit)-->\nIt took 5 s\nor 6 s.\n", []),
        ("<!--livedocs:given(why)-->\nIt took 5 s.\n\nIt took 6 s.\n", [4]),
        ("<!--livedocs:given(why)-->\n| a |\n|---|\n| 5 s |\n| 6 s |\n", []),
        ("/// note | T\n\n<!--livedocs:given(why)-->\n5 s.\n\n6 s.\n\n///\n", [6]),
    ],
)
def test_a_timing_that_somebody_typed_is_a_problem(text: str, lines: list[int]) -> None:
    """In prose, if its paragraph gives no reason; the message has the way out."""
    found = problems(text)
    assert [each.line for each in found] == lines
    for each in found:
        assert "s' is typed: let <!--livedocs:value(claim)--> print" in each.message
        assert "<!--livedocs:given(reason)--> above the paragraph" in each.message


def test_a_claim_excuses_no_timing() -> None:
    """Nor does the name of one."""
    text = (
        '```python title="a.py"\nprint(1)\n```\n\n'
        '<!--livedocs:claim(five-s: "a" < 5)-->\nIt took 5 s.\n'
    )
    assert [each.line for each in problems(text)] == [6]


def test_claims_and_values_are_no_code() -> None:
    """A page with all that can be said in prose is good."""
    text = (
        '```python title="a.py"\nprint(1)\n```\n\n'
        '<!--livedocs:claim(fast: "a" < 5 on gil)-->\n'
        "<!--livedocs:given(the ideal)-->\n"
        "It is <!--livedocs:value(fast)--> fast, not 2 ×.\n"
        "\n<!--livedocs:ledger-->\n"
    )
    assert problems(text) == []
