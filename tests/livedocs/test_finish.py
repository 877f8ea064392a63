import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import markdown
import pytest
from desk import full_disk
from documents import documents
from hypothesis import given
from hypothesis import strategies as st
from mkdocs.utils.yaml import get_yaml_loader, yaml_load
from records import GOOD_RUN, MACHINE, python

from interleaved import Value
from livedocs import finish as finish_module
from livedocs.audit import audit
from livedocs.finish import STYLES, Finished, Finisher, finish_all, pages_in
from livedocs.page import Page, Script, parse_page
from livedocs.record import Part, Record, Store, key_of
from livedocs.tracing import Span

ROOT = Path(__file__).parents[2]
PRINTS = "```python\nprint(1)\n```\n"
SHOWS_1 = "<!--pytest-codeblocks:expected-output-->\n\n```text\n1\n```\n"
CONT = "<!--pytest-codeblocks:cont-->\n"
PENDING = "Pending: this block has not run yet."


@dataclass
class Printer:
    """A folder of records and a finisher for them; `own` builds the book."""

    root: Path
    own: str = "3.13"
    unmet: dict[str, str] = field(default_factory=dict)
    """What the building interpreter lacks, by text of the first block."""
    failures: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return Store(self.root, self.warnings.append)

    @property
    def finisher(self) -> Finisher:
        store = self.store
        made_by = (python(self.own), MACHINE)

        def own(script: Script) -> Record | None:
            return store.load(self.own, key_of(script), made_by=made_by)

        def unmet(script: Script) -> str | None:
            return self.unmet.get(script.blocks[0].fence.code)

        return Finisher(
            store, own, unmet, MACHINE, python(self.own), failures=self.failures
        )

    def ran(self, script: Script, name: str, *parts: str | Part) -> Record:
        """Keep a record of a script; a part is its stdout, or both streams."""
        record = replace(
            GOOD_RUN,
            key=key_of(script),
            line=script.line,
            language=script.language,
            code=tuple(block.fence.code for block in script.blocks),
            parts=tuple(
                part if isinstance(part, Part) else Part(part, "") for part in parts
            ),
            interpreter=python(name),
        )
        self.store.save(record)
        return record

    def finish(self, page: Page) -> tuple[str, list[int]]:
        """The finished text and the lines of pending blocks."""
        pending: list[int] = []
        return self.finisher.finish(page, pending), pending

    def shown(self, text: str, **outputs: str | Part) -> str:
        """A page of one block, finished; outputs by interpreter, as `py311t`."""
        page = read(text)
        (script,) = page.scripts
        for name, output in outputs.items():
            self.ran(script, f"3.{name.removeprefix('py3')}", output)
        finished, pending = self.finish(page)
        assert pending == []
        return finished


@pytest.fixture
def printer(tmp_path: Path) -> Printer:
    return Printer(tmp_path)


def read(text: str) -> Page:
    page = parse_page(text, Path("docs/page.md"))
    assert audit(page) == []
    return page


def runs(finished: str) -> list[str]:
    """The lines that show a run."""
    return [line for line in finished.splitlines() if '<div class="run">' in line]


def notes(finished: str) -> list[str]:
    found = re.findall(r'<p class="run-note">(.*)</p>', finished)
    return [unescape(each) for each in found]


def outputs(run: str) -> list[str]:
    return [unescape(each) for each in re.findall(r"<samp>(.*?)</samp>", run)]


def test_an_output_stands_under_its_block(printer: Printer) -> None:
    """On a line of its own between blank lines; the rest of the page is untouched."""
    finished = printer.shown(f"# Title\n\n{PRINTS}After.\n", py313="1\n")
    before, run, after = re.split(r"(?m)^(<div.*)$", finished)
    assert before == f"# Title\n\n{PRINTS}\n"
    assert after == "\n\nAfter.\n"
    assert outputs(run) == ["1"]


def test_a_program_can_be_downloaded_where_it_ends(printer: Printer) -> None:
    """Once, between the last of its blocks and what that printed."""
    titled = PRINTS.replace("python", 'python title="one.py"')
    page = read(f"{titled}\nOn.\n\n{CONT}{PRINTS}")
    printer.ran(page.scripts[0], "3.13", "1\n", "2\n")
    finished, _ = printer.finish(page)
    (first, last) = runs(finished)
    places = [finished.index(each) for each in (first, "On.", "[Download]", last)]
    assert places == sorted(places)
    assert finished.count("[Download]") == 1


def test_a_page_without_blocks_stays_as_it_is(printer: Printer) -> None:
    """But for line ends and byte-order mark."""
    text = "---\ntitle: T\n---\n\n# T\n\n```toml\nx = 1\n```\n\n\n"
    assert printer.finish(read(text)) == (text, [])
    assert printer.finish(read("\ufeff# T\r\n")) == ("# T\n", [])


def test_what_ran_says_where(printer: Printer) -> None:
    """Interpreter, GIL, machine, date and duration are in reach."""
    (run,) = runs(printer.shown(PRINTS, py313="1\n", py313t="1\n"))
    assert "<summary>Ran on Python 3.13t, 3.13, 4 cores.</summary>" in run
    said = [unescape(each) for each in re.findall("<li>(.*?)</li>", run)]
    where = "4 cores of A <processor> `x`, Linux 6.1 x86_64"
    when = "2026-01-02 03:04:05+00:00, 1.23 s"
    assert said == [
        f"CPython 3.13.2 (no GIL), {where}; {when}",
        f"CPython 3.13.2 (GIL), {where}; {when}",
    ]


def test_silence_is_said(printer: Printer) -> None:
    """A block that prints nothing has no empty box."""
    (run,) = runs(printer.shown(PRINTS, py313=""))
    assert "It prints nothing.</summary>" in run
    assert outputs(run) == []
    (run,) = runs(printer.shown(PRINTS, py313="1\n"))
    assert "It prints nothing" not in run


@pytest.mark.parametrize(
    "directive", ["stderr", "expect-error(KeyError)", "expect-exit(3)"]
)
def test_stderr_is_shown_where_it_is_the_point(
    printer: Printer, directive: str
) -> None:
    """In a box of its own, after stdout."""
    text = f"<!--livedocs:{directive}-->\n{PRINTS}"
    (run,) = runs(printer.shown(text, py313=Part("1\n", "oh\n")))
    assert outputs(run) == ["1", "oh"]
    assert run.index('class="run-stdout"') < run.index('class="run-stderr"')


def test_stderr_is_hidden_where_it_is_not(printer: Printer) -> None:
    """Nor does it make two outputs of one."""
    text = printer.shown(PRINTS, py313=Part("1\n", "a"), py312=Part("1\n", "b"))
    (run,) = runs(text)
    assert outputs(run) == ["1"]


def test_directives_are_not_printed(printer: Printer) -> None:
    """They were for the press."""
    comments = "<!--livedocs:timeout(5)-->\n\n<!--livedocs:alone-->\n"
    finished = printer.shown(f"Text.\n\n{comments}{PRINTS}", py313="1\n")
    assert "<!--" not in finished
    assert finished.startswith(f"Text.\n\n\n{PRINTS}")
    other = "<!-- more -->\n"
    assert printer.finish(read(other)) == (other, [])


@pytest.mark.parametrize("blanks", ["", "-ignore-whitespace"])
def test_a_promise_is_replaced_by_the_output(printer: Printer, blanks: str) -> None:
    """The fence goes, what was printed stands in its place."""
    promise = SHOWS_1.replace("expected-output", f"expected-output{blanks}")
    text = f"{PRINTS}\nIt prints:\n\n{promise}\nAfter.\n"
    finished = printer.shown(text, py313="1\n")
    assert "```text" not in finished
    assert finished.startswith(f"{PRINTS}\nIt prints:\n\n\n\n<div")
    assert finished.endswith("\n\nAfter.\n")
    assert outputs(runs(finished)[0]) == ["1"]


def test_a_promise_in_a_solution_folds_the_output(printer: Printer) -> None:
    """What a reader is to predict does not stand under the block."""
    text = f"{PRINTS}\nWhat?\n\n/// details | Solution\n\n{SHOWS_1}\nSo.\n\n///\n"
    finished = printer.shown(text, py313="1\n")
    question, _, solution = finished.partition("/// details | Solution\n")
    assert "<div" not in question
    assert outputs(runs(solution)[0]) == ["1"]
    assert solution.endswith("\n\nSo.\n\n///\n")


def test_the_output_shown_is_the_run_not_the_promise(printer: Printer) -> None:
    """Where blanks do not count, the page has those that were printed."""
    promise = SHOWS_1.replace("expected-output", "expected-output-ignore-whitespace")
    (run,) = runs(printer.shown(PRINTS + promise, py313=" 1\n\n", py312="1\n"))
    assert outputs(run) == [" 1"]
    assert "Python 3.13, 3.12" in run


def test_a_run_that_broke_the_promise_is_not_shown(printer: Printer) -> None:
    """Neither the builder's, whose block is pending then, nor another's."""
    page = read(PRINTS + SHOWS_1)
    (script,) = page.scripts
    printer.ran(script, "3.12", "2\n")
    printer.ran(script, "3.13", "1\n")
    (run,) = runs(printer.finish(page)[0])
    assert outputs(run) == ["1"]
    assert "3.12" not in run
    printer.ran(script, "3.13", "3\n")
    finished, pending = printer.finish(page)
    assert (runs(finished), pending) == ([], [1])


def test_an_excuse_is_printed(printer: Printer) -> None:
    """With its reason, as text; and it is not pending."""
    reason = 'It needs <b>a</b> "network" & `time`.'
    text = f"<!--pytest.mark.skip(reason={reason!r})-->\n"
    finished, pending = printer.finish(read(f"{text}{PRINTS}{text}```rust\n```\n"))
    assert notes(finished) == [f"Not run: {reason}"] * 2
    assert pending == []
    assert "<b>" not in finished
    assert finished.startswith(f"{PRINTS}\n<p")


def test_a_block_without_a_record_is_pending(printer: Printer) -> None:
    """Its line is told, the page says so, and others' runs do not stand in."""
    page = read(f"{PRINTS}\n{PRINTS.replace('1', '2')}{CONT}{PRINTS}")
    printer.ran(page.scripts[0], "3.13", "1\n")
    printer.ran(page.scripts[1], "3.12", "2\n", "1\n")
    finished, pending = printer.finish(page)
    assert pending == [5, 9]
    assert notes(finished) == [PENDING] * 2
    assert [outputs(run) for run in runs(finished)] == [["1"]]


def test_a_preview_shows_what_went_wrong(printer: Printer) -> None:
    """In the place of the output, as text; the block is pending all the same."""
    page = read(PRINTS)
    printer.failures[key_of(page.scripts[0])] = "page.md:1: <b>no</b>\n```\n"
    finished, pending = printer.finish(page)
    (box,) = re.findall('<pre class="run-failed".*', finished)
    assert outputs(box) == ["page.md:1: <b>no</b>\n```"]
    assert (pending, notes(finished)) == ([1], [])


@pytest.mark.parametrize("who", ["3.13", "3.12"])
def test_a_stale_record_is_not_shown(printer: Printer, who: str) -> None:
    """A source that changed takes the output from the page, whoever ran it."""
    page = read(PRINTS)
    (script,) = page.scripts
    good = printer.ran(script, "3.13", "1\n")
    (printer.root / "a.py").write_text("1")
    sources = printer.store.hashes([str(printer.root / "a.py")])
    used = replace(good, interpreter=python(who), parts=(Part("2\n", ""),))
    printer.store.save(replace(used, sources=sources))
    assert "<samp>2</samp>" in printer.finish(page)[0]
    (printer.root / "a.py").write_text("2")
    finished, pending = printer.finish(page)
    assert "<samp>2</samp>" not in finished
    assert pending == ([1] if who == "3.13" else [])


def test_the_builder_shows_its_own_run(printer: Printer) -> None:
    """Not that of another machine, be it the builder's interpreter or another."""
    page = read(PRINTS)
    record = printer.ran(page.scripts[0], "3.13", "1\n")
    other = printer.ran(page.scripts[0], "3.14", "2\n")
    assert len(runs(printer.finish(page)[0])) == 2
    elsewhere = replace(MACHINE, cores=1)
    printer.store.save(replace(other, machine=elsewhere))
    (run,) = runs(printer.finish(page)[0])
    assert "Python 3.13, 4 cores." in run
    printer.store.save(replace(record, machine=elsewhere))
    assert printer.finish(page)[1] == [1]
    printer.unmet["print(1)\n"] = "is another"
    assert runs(printer.finish(page)[0]) == []


@pytest.mark.parametrize("name", ["page.markdown", "page.mdown", "page.mkd"])
def test_pages_have_one_ending(printer: Printer, name: str) -> None:
    """What MkDocs would print and pytest would not run cannot be published."""
    pages = printer.root / "docs"
    pages.mkdir()
    (pages / name).write_text(PRINTS)
    done = finish_all(pages, printer.root / "out", printer.finisher)
    assert "name it .md" in done.problems[pages / name][0].message


def test_what_an_editor_hides_is_no_page(printer: Printer) -> None:
    """Lock files, dangling links and folders named like pages are passed over."""
    pages = printer.root / "docs"
    (pages / "folder.md").mkdir(parents=True)
    (pages / ".#page.md").symlink_to("nobody@nowhere")
    (pages / "gone.md").symlink_to("nowhere")
    (pages / "page.md").write_text("Text.\n")
    assert pages_in(pages) == [pages / "page.md"]
    done = finish_all(pages, printer.root / "out", printer.finisher)
    assert (done.pages, done.problems) == (1, {})


def test_a_damaged_record_is_told(printer: Printer) -> None:
    """It is not shown, and the block is pending."""
    page = read(PRINTS)
    record = printer.ran(page.scripts[0], "3.13", "1\n")
    printer.store.path("3.13", record.key).write_bytes(b"{}")
    finished, pending = printer.finish(page)
    assert (runs(finished), pending) == ([], [1])
    assert printer.warnings


ORDER = {"py39": "a\n", "py313": "b\n", "py314": "c\n", "py313t": "d\n"}
ORDER |= {"py312": "e\n", "py312t": "f\n"}


def test_equal_outputs_share_a_box(printer: Printer) -> None:
    """It names all, the newest first, the free-threaded first within a version."""
    (run,) = runs(printer.shown(PRINTS, **dict.fromkeys(ORDER, "1\n")))
    assert "Ran on Python 3.14, 3.13t, 3.13, 3.12t, 3.12, 3.9, 4 cores." in run
    assert run.count("<li>") == len(ORDER)


def tabs(finished: str) -> list[tuple[str, list[str]]]:
    found = re.findall(r"(?m)^/// tab \| (.*)\n\n(<div.*)\n\n///$", finished)
    return [(title, outputs(run)) for title, run in found]


def test_different_outputs_have_tabs(printer: Printer) -> None:
    """In the same order, one for each output."""
    assert tabs(printer.shown(PRINTS, **ORDER)) == [
        ("Python 3.14", ["c"]),
        ("Python 3.13t", ["d"]),
        ("Python 3.13", ["b"]),
        ("Python 3.12t", ["f"]),
        ("Python 3.12", ["e"]),
        ("Python 3.9", ["a"]),
    ]
    assert tabs(printer.shown(PRINTS, py39="c\n", py314="d\n")) == [
        ("Python 3.14, 3.13t", ["d"]),
        ("Python 3.13", ["b"]),
        ("Python 3.12t", ["f"]),
        ("Python 3.12", ["e"]),
        ("Python 3.9", ["c"]),
    ]


def test_outputs_of_a_script_go_to_its_blocks(printer: Printer) -> None:
    """Each has what it printed; they are grouped one by one."""
    page = read(f"{PRINTS}{CONT}{PRINTS}")
    (script,) = page.scripts
    printer.ran(script, "3.13", "same\n", "b\n")
    printer.ran(script, "3.12", "same\n", "c\n")
    finished, pending = printer.finish(page)
    assert pending == []
    assert [outputs(run) for run in runs(finished)] == [["same"], ["b"], ["c"]]
    assert [title for title, _ in tabs(finished)] == ["Python 3.13", "Python 3.12"]


def test_an_unmet_need_is_said(printer: Printer) -> None:
    """And what others did is shown; the builder owes nothing."""
    printer.unmet["print(1)\n"] = "needs Python 3.14"
    text = f"<!--livedocs:needs(3.14)-->\n{PRINTS}"
    said = "Not run by the interpreter that built this page: it needs Python 3.14."
    finished = printer.shown(text)
    assert (notes(finished), runs(finished)) == ([said], [])
    finished = printer.shown(text, py314="1\n")
    assert notes(finished) == [said]
    assert [outputs(run) for run in runs(finished)] == [["1"]]


def test_tabs_of_the_author_stay_apart(printer: Printer) -> None:
    """What stands above and below is no output of another interpreter."""
    mine = "/// tab | Mine\n\ntext\n\n///\n\n"
    html = rendered(
        printer.shown(mine + PRINTS + "\n" + mine, py313="a\n", py312="b\n")
    )
    sets = re.findall(r'class="tabbed-set.*?(?=class="tabbed-set|$)', html, re.DOTALL)
    titles = [re.findall(r">([^<>]+)</label>", each) for each in sets]
    assert titles == [["Mine"], ["Python 3.13", "Python 3.12"], ["Mine"]]


@pytest.mark.parametrize("indent", ["  ", "   ", "    ", "\t"])
def test_in_a_list_item_all_is_indented(printer: Printer, indent: str) -> None:
    """As deep as the block."""
    lines = [f"{indent}{line}" for line in PRINTS.splitlines()]
    text = "- item\n\n" + "\n".join(lines) + "\n"
    if indent == "   ":
        text = text.replace("- ", "1. ")
    finished = printer.shown(text, py313="a\n", py312="b\n")
    added = finished.removeprefix(text).splitlines()
    assert [outputs(run) for run in runs(finished)] == [["a"], ["b"]]
    assert all(line.startswith(indent) for line in added if line)
    assert sum(map(bool, added)) == 8


def test_what_follows_an_open_fence_is_left_alone(printer: Printer) -> None:
    """Blocks before it have their outputs."""
    page = parse_page(f"{PRINTS}```python\nprint(2)\n", Path("page.md"))
    printer.ran(page.scripts[0], "3.13", "1\n")
    finished, _ = printer.finish(page)
    assert len(runs(finished)) == 1
    assert finished.endswith("\n```python\nprint(2)\n")


# What a site generator makes of it.


class Seen(HTMLParser):
    """The text of each box of output, and what encloses it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.boxes: list[tuple[str, list[str]]] = []
        self.code: list[str] = []
        self._open: list[str] = []
        self._text: list[str] | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag not in ("input", "br", "hr", "img"):
            self._open.append(tag)
        if tag in ("samp", "code"):
            self._text = []

    def handle_endtag(self, tag: str) -> None:
        while tag in self._open and self._open.pop() != tag:
            pass
        if tag == "samp":
            self.boxes.append(("".join(self._text or ()), list(self._open)))
        if tag == "code":
            self.code.append("".join(self._text or ()))

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)


def rendered(text: str) -> str:
    """What Python-Markdown makes of a page, set up as in mkdocs.yml."""
    with open(ROOT / "mkdocs.yml", encoding="utf-8") as file:
        listed = yaml_load(file, get_yaml_loader())["markdown_extensions"]
    options: dict[str, dict[str, object]] = {}
    for each in listed:
        options |= each if isinstance(each, dict) else {each: {}}
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    return markdown.markdown(text, extensions=list(options), extension_configs=options)


LISTING = "- item\n\n    ```python\n    {code}\n    ```\n"
IN_DETAILS = "/// details | Solution\n    type: example\n\n{block}\n///\n"
ABBREVIATED = "*[GIL]: global interpreter lock\n\n[^1]: A footnote.\n\n"
PAGE = ABBREVIATED + "\n".join(
    [
        "```python\ntop\n```\n",
        LISTING.format(code="listed"),
        IN_DETAILS.format(block="```python\nfolded\n```\n"),
        f"1. item\n\n   ```python\n   {'numbered'}\n   ```\n",
        "Text.[^1]\n",
    ]
)


def boxes(printer: Printer, printed: str, other: str | None = None) -> Seen:
    """A page with blocks in all places, each with that output, as a reader sees it."""
    page = read(PAGE)
    for script in page.scripts:
        printer.ran(script, "3.13", printed)
        if other is not None:
            printer.ran(script, "3.12", other)
    html = rendered(printer.finish(page)[0])
    assert "\x02" not in html  # Python-Markdown's own marks
    return Seen(html)


HARD = [
    "<script>alert(1)</script></samp></pre></div>",
    "`code` ``more`` *a* _b_ **c** ~~d~~ ==e== ^f^ [x](y) ![x](y) <https://a.bc>",
    "```python\nprint(1)\n```\n~~~\nx\n~~~",
    '--8<-- "pyproject.toml"\n\n;--8<--\npyproject.toml\n;--8<--',
    "/// tab | Other\n///\n/// details | x\n",
    "# not a title\n\n- not\n- a list\n\n> nor a quotation\n\n    nor code\n\n---\n",
    "    indented\n  by    blanks\n\n\n\nand lines apart",
    "&amp; &#10; &lt;b&gt; &nbsp; \\* \\`",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "GIL [^1] [^2]: x\n\n*[GIL]: other\n{: .c #d } ::: interleaved {{ x }} {% y %} $z$",
    "!!! note\n    text\n\n=== tab\n",
    "naïve – “quoted” \u2028 \U0001f600 ① ﬁ é e\u0301 \u202etxet",
    'Traceback (most recent call last):\n  File "a.py", line 1\n    x\n    ^\n',
    "<!--\n--> <!--livedocs:alone--> <div markdown>*x*</div>",
    "wzxhzdk:0 klzzwxh:0000",
]


@pytest.mark.parametrize("printed", HARD)
def test_an_output_reaches_the_reader_as_printed(
    printer: Printer, printed: str
) -> None:
    """No Markdown, no extension and no browser reads a thing into it."""
    seen = boxes(printer, printed + "\n")
    assert [text for text, _ in seen.boxes] == [printed.rstrip()] * 4
    code = [each.strip() for each in seen.code]
    assert code == ["top", "listed", "folded", "numbered"]
    seen = boxes(printer, printed, "other")
    assert [text for text, _ in seen.boxes] == [printed.rstrip(), "other"] * 4


def test_control_characters_reach_the_reader_as_pictures(printer: Printer) -> None:
    """Python-Markdown would take two of them for marks of its own."""
    seen = boxes(printer, "\x02wzxhzdk:0\x03 \x1b[31mred\x1b[0m\x00\x07\r\x7f\x85.\n")
    shown = "␂wzxhzdk:0␃ red␀␇␍␡\ufffd."
    assert [text for text, _ in seen.boxes] == [shown] * 4


def test_an_output_has_no_copy_button(printer: Printer) -> None:
    """The theme puts one on each `pre > code`; an output is no code."""
    for text, around in boxes(printer, "1\n").boxes:
        assert (text, around[-1]) == ("1", "pre")
        assert "code" not in around
        assert "div" in around


def test_the_tabs_of_an_output_stay_inside_what_folds(printer: Printer) -> None:
    """A solution's outputs are not shown before it is opened."""
    for number, (_, around) in enumerate(boxes(printer, "1\n", "2\n").boxes):
        assert ("details" in around) is (number in (4, 5))


@given(documents())
def test_any_page_is_finished(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """Good or not, it keeps its lines of prose and says what has not run."""
    page = parse_page(text, Path("docs/page.md"))
    printer = Printer(tmp_path_factory.getbasetemp())
    finished, pending = printer.finish(page)
    assert pending == [
        block.fence.line
        for script in page.scripts
        if not script.excuse
        for block in script.blocks
    ]
    assert notes(finished).count(PENDING) == len(pending)


SIGNS = st.sampled_from(
    [*"\n\t `~<>&\\*_[](){}|#!-+.:;\"'^$%=/1a", "\n```\n", "--8<--", "///", "GIL"]
) | st.characters(exclude_categories=("Cc", "Cn", "Cs", "Co"))


@given(printed=st.lists(SIGNS).map("".join))
def test_any_text_reaches_the_reader(
    tmp_path_factory: pytest.TempPathFactory, printed: str
) -> None:
    """But for blanks at its end."""
    page = read(PRINTS + "\n" + LISTING.format(code="listed"))
    printer = Printer(tmp_path_factory.getbasetemp())
    records = {
        key_of(script): replace(
            GOOD_RUN, key=key_of(script), parts=(Part(printed, ""),)
        )
        for script in page.scripts
    }
    finisher = Finisher(
        printer.store,
        lambda script: records[key_of(script)],
        lambda _: None,
        MACHINE,
        python("3.13"),
    )
    text = finisher.finish(page, [])
    assert len(runs(text)) == 2
    shown = [text for text, _ in Seen(rendered(text)).boxes]
    assert shown == ([printed.rstrip()] * 2 if printed else [])


# Timelines.

TIMELINE = "<!--livedocs:timeline(f)-->\n\n```python\ndef f(): ...\nf()\n```\n"
SPANS = (Span("f", 1, "MainThread", 1, "", 1000, 9000),)


def timed(printer: Printer, page: Page, *names: str) -> list[Record]:
    """Keep records with spans of the last script of a page."""
    records = []
    for name in names:
        plain = printer.ran(page.scripts[-1], name, "1\n")
        records.append(replace(plain, spans=SPANS, page="docs/a (b) page.md"))
        printer.store.save(records[-1])
    return records


def test_each_interpreter_has_its_timeline(printer: Printer) -> None:
    """Under its output, in a tab, though the outputs are equal."""
    page = read(TIMELINE)
    timed(printer, page, "3.12", "3.13")
    finished, _ = printer.finish(page)
    assert re.findall(r"/// tab \| (.*)", finished) == ["Python 3.13", "Python 3.12"]
    (newer, older) = runs(finished)
    for line, name in ((newer, "3-13"), (older, "3-12")):
        assert line.index("</pre>") < line.index("<svg") < line.index("Ran on")
        assert f'id="timeline-3-{name}-title"' in line


def test_a_block_without_a_timeline_has_none(printer: Printer) -> None:
    """Neither a picture nor a file, whatever its record has."""
    page = read(PRINTS)
    timed(printer, page, "3.13")
    assert "<svg" not in printer.finish(page)[0]
    assert printer.finisher.traces(page) == {}


def test_a_timeline_stands_under_the_block_that_asks_for_it(printer: Printer) -> None:
    """It shows the whole run."""
    asking = f"{CONT}<!--livedocs:timeline(f)-->\n```python\nf()\n```\n"
    page = read(f"```python\ndef f(): ...\n```\n\n{asking}")
    (script,) = page.scripts
    plain = printer.ran(script, "3.13", "1\n", "2\n")
    printer.store.save(replace(plain, spans=SPANS))
    above, below = runs(printer.finish(page)[0])
    assert "<svg" not in above
    assert "<svg" in below


def test_a_timeline_can_be_downloaded(printer: Printer) -> None:
    """As a file beside the page, to which its link leads, in any place of a page."""
    folded = "/// details | Solution\n\n" + TIMELINE + "\n///\n"
    page = read(folded)
    timed(printer, page, "3.12", "3.13")
    files = printer.finisher.traces(page)
    html = rendered(printer.finish(page)[0])
    links = re.findall(r'<a href="([^"]*\.json)">', html)
    assert sorted(links) == sorted(files)
    assert all(
        re.fullmatch(r"a-b-page-\w{8}-3\.1[23]\.trace\.json", each) for each in links
    )
    assert html.count('class="timeline-download"') == 2
    assert html.count('role="img"') == 2
    events = json.loads(files[links[0]])["traceEvents"]
    assert [each["ph"] for each in events] == ["M", "X"]


# The whole book.


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def tree(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    }


@dataclass
class Shop:
    """Pages, their finished folder, and a folder that was finished elsewhere."""

    printer: Printer
    pages: Path
    out: Path

    def finish(self, extra: Iterable[str] = ()) -> Finished:
        folders = {name: self.printer.root / name for name in extra}
        return finish_all(self.pages, self.out, self.printer.finisher, folders)


def test_an_api_page_links_to_the_examples(printer: Printer) -> None:
    """The gallery says which examples use a name; the page that describes it does."""
    write(printer.root / "docs", {"api.md": "::: tools.saw\n\n::: tools.axe\n"})
    uses = '{"tools.saw": [["cut.md", "A cut"]]}'
    write(printer.root / "pictures", {"cut.md": "# A cut\n", "uses.json": uses})
    folders = {"gallery": printer.root / "pictures"}
    out = printer.root / "out"
    finish_all(printer.root / "docs", out, printer.finisher, folders)
    page = (out / "api.md").read_text()
    assert page.count("In the gallery: [A cut](gallery/cut.md).") == 1
    assert page.index("saw") < page.index("A cut") < page.index("axe")
    assert (out / "gallery" / "cut.md").exists()


@pytest.fixture
def shop(printer: Printer) -> Shop:
    pages = write(
        printer.root / "docs",
        {
            "index.md": "# Title\n",
            "more/page.md": PRINTS,
            "more/picture.svg": b"<svg/>\xff",
            ".hidden/page.md": "no\n",
            "more/.draft.md": "no\n",
        },
    )
    write(printer.root / "gallery", {"index.md": PRINTS, "images/a.svg": "<svg/>"})
    return Shop(printer, pages, printer.root / "out" / "docs")


def test_the_finished_folder_is_the_book(shop: Shop) -> None:
    """Pages, assets as they are, the style sheet, and what others finished."""
    done = shop.finish(["gallery"])
    assert (
        tree(shop.out)
        == set(done.written)
        == {
            *(STYLES, "index.md", "more/page.md", "more/picture.svg"),
            *("gallery/index.md", "gallery/images/a.svg"),
        }
    )
    assert done.pages == 2
    assert (shop.out / "more/picture.svg").read_bytes() == b"<svg/>\xff"
    assert (shop.out / "gallery/index.md").read_text() == PRINTS
    styles = Path(finish_module.__file__).with_name(STYLES)
    assert (shop.out / STYLES).read_bytes() == styles.read_bytes()


def test_traces_lie_beside_their_pages(shop: Shop) -> None:
    """They are part of the book, and go with their block."""
    write(shop.pages, {"more/timed.md": TIMELINE})
    page = read(TIMELINE)
    page.scripts = [replace(each, page="timed.md") for each in page.scripts]
    timed(shop.printer, page, "3.13")
    shop.finish()
    (trace,) = (name for name in tree(shop.out) if name.endswith(".json"))
    assert Path(trace).parent == Path("more")
    (shop.pages / "more/timed.md").unlink()
    shop.finish()
    assert not [name for name in tree(shop.out) if name.endswith(".json")]


def test_what_keeps_a_book_from_print_is_told(shop: Shop) -> None:
    """By page: lines that are pending, and what the audit finds."""
    write(shop.pages, {"wrong.md": "```pyhton\n```\n", "latin.md": b"\xe9\n"})
    done = shop.finish()
    assert done.pending == {shop.pages / "more/page.md": [1]}
    lines = {
        page.name: [p.line for p in found] for page, found in done.problems.items()
    }
    assert lines == {"wrong.md": [1], "latin.md": [1]}


def test_a_page_by_another_name_keeps_a_book_from_print(shop: Shop) -> None:
    """The site would show it, and nobody would have run it."""
    write(shop.pages, {"more/other.markdown": PRINTS})
    problems = shop.finish().problems
    (problem,) = problems.pop(shop.pages / "more/other.markdown")
    said = "MkDocs takes this for a page, pytest does not: name it .md"
    assert (problem.line, problem.message) == (1, said)
    assert problems == {}


def test_what_a_page_includes_is_looked_for_from_the_root(shop: Shop) -> None:
    """Not from wherever the press was started."""
    write(shop.printer.root, {"words.txt": "Included.\n"})
    write(shop.pages, {"here.md": '--8<-- "words.txt"\n'})
    assert shop.finish().problems == {}
    write(shop.pages, {"here.md": '--8<-- "no.txt"\n'})
    assert list(shop.finish().problems) == [shop.pages / "here.md"]


def test_a_full_disk_is_told_with_the_file(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's own error does not name it."""
    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space left on device") as caught:
        shop.finish()
    assert Path(caught.value.filename).is_relative_to(shop.out)


def test_a_value_that_no_run_reported_keeps_a_book_from_print(shop: Shop) -> None:
    """Though the text stands in the block; another value is no problem."""
    code = 'name = "lost"\nreport("found", 3)\n'
    block = f'```python title="count.py"\n{code}```\n\n'
    asked = 'It {0} <!--livedocs:value("{0}" of count.py)--> times.\n'
    text = block + asked.format("found") + asked.format("lost")
    write(shop.pages, {"count.md": text})
    (script,) = parse_page(text, shop.pages / "count.md").scripts
    record = shop.printer.ran(script, "3.13", "")
    values = (Value("found", (3.0,), "", None),)
    shop.printer.store.save(replace(record, values=values))
    (problem,) = shop.finish().problems[shop.pages / "count.md"]
    assert problem.line == 7
    assert problem.message == "the block titled 'count.py' ran and reported no 'lost'"


def test_only_what_changed_is_written(shop: Shop) -> None:
    """A preview would reload for each file that is written again."""
    shop.finish(["gallery"])
    before = {name: (shop.out / name).stat().st_mtime_ns for name in tree(shop.out)}
    assert shop.finish(["gallery"]).written == []
    (shop.pages / "index.md").write_text("# Other\n")
    (shop.out / STYLES).unlink()
    assert sorted(shop.finish(["gallery"]).written) == ["index.md", STYLES]
    after = {name: (shop.out / name).stat().st_mtime_ns for name in tree(shop.out)}
    assert {name for name in before if before[name] != after[name]} == {
        *("index.md", STYLES)
    }


def test_what_is_gone_is_removed(shop: Shop) -> None:
    """Pages, assets, folders, and what somebody else left there."""
    shop.finish(["gallery"])
    write(shop.out, {"stray/deep/file": "", ".hidden": ""})
    (shop.pages / "more/page.md").unlink()
    (shop.pages / "more/picture.svg").unlink()
    shop.finish()
    assert {path.name for path in shop.out.rglob("*")} == {STYLES, "index.md"}


def test_a_file_may_become_a_folder_and_back(shop: Shop) -> None:
    """The finished folder follows."""
    write(shop.pages, {"data": "a file"})
    shop.finish()
    (shop.pages / "data").unlink()
    write(shop.pages, {"data/a.csv": "1"})
    shop.finish()
    assert (shop.out / "data/a.csv").read_text() == "1"
    (shop.pages / "data/a.csv").unlink()
    (shop.pages / "data").rmdir()
    write(shop.pages, {"data": "a file"})
    shop.finish()
    assert (shop.out / "data").read_text() == "a file"
