"""The press beside other tools that run the code of pages, for `nox -s bench`.

All get the same pages: failures planted one by one, their sound twins, pages of this
book, and READMEs of installed packages, which nobody here wrote or tuned. A block has
run if the mark behind its last line was reached; what a tool says of itself does not
count. The outcome is kept in `side-by-side.json`, the tables made from it in
`side-by-side.md`, which the page on the method shows.
"""

import argparse
import ast
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token

from livedocs.runner import probe

ROOT = Path(__file__).parents[1]
RESULT = Path(__file__).with_name("side-by-side.json")
TABLES = RESULT.with_suffix(".md")
OUR_PAGES = ("queues.md", "events-and-barriers.md", "broken-pools.md")
TIME_LIMIT = 10
"""Seconds that the press gives a block here; no other tool has a limit."""
PATIENCE = 60
"""Seconds after which one page counts as hanging."""
PATIENCE_FOR_ALL = 900
"""Seconds after which a folder of pages counts as hanging."""
PYTHON_FENCES = ("python", "py", "python3", "pycon")


@dataclass(frozen=True, slots=True)
class Pair:
    """A failure and the same without it.

    Attributes:
        name: What is wrong, for the table.
        broken: The page with the failure.
        sound: Its twin, which has to pass.
    """

    name: str
    broken: str
    sound: str


def fenced(code: str, info: str = "python") -> str:
    """A page of one block."""
    return f"```{info}\n{code}```\n"


def twins(name: str, code: str, wrong: str, right: str, info: str = "python") -> Pair:
    """A pair of blocks that differ by one piece of text."""
    assert wrong in code
    return Pair(name, fenced(code, info), fenced(code.replace(wrong, right), info))


WRONG_SUM = "assert 1 + 1 == 3\n"
POOL = """from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor() as pool:
    future = pool.submit(int, "two")
"""
TASK = """import asyncio


async def fail():
    raise ValueError


async def main():
    task = asyncio.create_task(fail())
    await asyncio.sleep(0.01)


asyncio.run(main())
"""
PROCESSES = """from concurrent.futures import ProcessPoolExecutor


def twice(number):
    return 2 * number


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        assert list(pool.map(twice, [1, 2])) == [2, 5]
"""
LEFT_BEHIND = """import subprocess
import sys

sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
"""
EXPECTED = fenced("print(1 + 1)\n") + "\n<!--pytest-codeblocks:expected-output-->\n\n"
PAIRS = (
    twins("an assertion fails", WRONG_SUM, "3", "2"),
    twins("an exception ends a thread", "from threading import Thread\n\n"
          'Thread(target=int, args=["two"]).start()\n', "two", "2"),
    twins("an exception stays in a future", POOL, "two", "2"),
    twins("an exception stays in a task", TASK, "raise ValueError", "return 2"),
    twins("the body under `__main__` fails", 'if __name__ == "__main__":\n    '
          + WRONG_SUM, "3", "2"),
    twins("a process pool's result is wrong", PROCESSES, "5", "4"),
    twins("a block with `title=` fails", WRONG_SUM, "3", "2", 'python title="sum.py"'),
    twins("a `py` block fails", WRONG_SUM, "3", "2", "py"),
    twins("a `>>>` session in `python` is wrong", ">>> 1 + 1\n3\n", "3", "2"),
    twins("a `pycon` session is wrong", ">>> 1 + 1\n3\n", "3", "2", "pycon"),
    Pair("the promised output is wrong", EXPECTED + fenced("3\n", "text"),
         EXPECTED + fenced("2\n", "text")),
    twins("it ends with `sys.exit(3)`", "import sys\n\nsys.exit(3)\n", "3", "0"),
    twins("a process stays behind", LEFT_BEHIND, "time.sleep(30)", "0"),
    Pair("it needs a name from the block above",
         fenced("number = 2\n") + "\n" + fenced("print(number)\n"),
         fenced("number = 2\n") + "\n" + fenced("number = 2\nprint(number)\n")),
    twins("it waits for ever", "from threading import Event\n\nEvent().wait()\n",
          "wait()", "wait(0.1)"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool, as its documentation has it used.

    Attributes:
        name: Its name on the package index.
        command: What follows `python`, in the folder of the pages.
        files: What the folder needs for it, by name.
        python: The interpreter that has the tool, instead of the shared one.
        info: How its pages mark a Python block, if not by the language alone.
    """

    name: str
    command: tuple[str, ...]
    files: dict[str, str] = field(default_factory=dict)
    python: str | None = None
    info: str = ""


SYBIL = """from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

parsers = [PythonCodeBlockParser(), SkipParser()]
pytest_collect_file = Sybil(parsers=parsers, patterns=["*.md"]).pytest()
"""
MKTESTDOCS = """from pathlib import Path

import pytest
from mktestdocs import check_md_file


@pytest.mark.parametrize("page", sorted(Path().glob("*.md")), ids=str)
def test_page(page):
    check_md_file(page)
"""
# As `mkdocs build --strict` would have it: a warning is a failure.
MARKDOWN_EXEC = """import logging
import sys
from pathlib import Path

from markdown import Markdown
from markdown_exec import formatter, validator

fences = [
    {"name": name, "class": name, "validator": validator, "format": formatter}
    for name in ("python", "py", "pycon")
]
warned = []
handler = logging.StreamHandler()
handler.addFilter(lambda record: warned.append(record) or True)
logging.getLogger().addHandler(handler)
for page in sorted(Path().glob("*.md")):
    Markdown(
        extensions=["pymdownx.superfences"],
        extension_configs={"pymdownx.superfences": {"custom_fences": fences}},
    ).convert(page.read_text(encoding="utf-8"))
sys.exit(1 if warned else 0)
"""
# One page that a tool cannot read must not keep it from the others.
KEEP_ON = "--continue-on-collection-errors"
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", KEEP_ON)
PRESS = "this press"
TOOLS = (
    Tool(PRESS, (*PYTEST, "--codeblocks", "."), python=sys.executable),
    Tool("pytest-codeblocks", (*PYTEST, "--codeblocks", ".")),
    Tool("sybil", (*PYTEST, "."), {"conftest.py": SYBIL}),
    Tool("pytest-markdown-docs", (*PYTEST, "--markdown-docs", ".")),
    Tool("mktestdocs", (*PYTEST, "."), {"test_pages.py": MKTESTDOCS}),
    Tool(
        "markdown-exec", ("render.py",), {"render.py": MARKDOWN_EXEC}, info='exec="on"'
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a tool did with a folder of pages: how many blocks ran, in how many seconds.

    A `None` for the seconds says that it hung and was ended.
    """

    ran: int
    blocks: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One tool's results.

    Attributes:
        name: The tool's.
        version: The tool's; empty for the press.
        planted: By the name of a pair what came of its failure: `found`, `found, and
            the rest did not run`, `passed over` or `hangs`.
        sound: By the name of a pair whether its sound twin passed: `passed` or
            `refused`.
        ours: What ran of this book's pages.
        readmes: What ran of the READMEs.
    """

    name: str
    version: str
    planted: dict[str, str]
    sound: dict[str, str]
    ours: Sweep
    readmes: Sweep


@dataclass(frozen=True, slots=True)
class Result:
    """All of it, and where and when it was; `load` is the system's, before it."""

    day: date
    machine: str
    load: float
    python: str
    time_limit: int
    our_pages: tuple[str, ...]
    packages: tuple[str, ...]
    rows: tuple[Row, ...]


def main() -> None:
    """Put all tools to all pages, keep the result and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", help="the interpreter that has the other tools")
    parser.add_argument("--tools", nargs="*", default=[tool.name for tool in TOOLS])
    options = parser.parse_args()
    tools = [tool for tool in TOOLS if tool.name in options.tools]
    result = beside_each_other(tools, str(Path(options.python).absolute()))
    tables = in_tables(result)
    print(tables)
    if tools == list(TOOLS):
        encoded = msgspec.json.format(msgspec.json.encode(result), indent=2)
        RESULT.write_bytes(encoded + b"\n")
        TABLES.write_text(tables, encoding="utf-8")


def beside_each_other(tools: Sequence[Tool], python: str) -> Result:
    """Try all tools; `python` has them, and runs the blocks for the press, too."""
    target = probe(python)
    readmes = readmes_of(python)
    ours = {name: (ROOT / "docs" / name).read_text("utf-8") for name in OUR_PAGES}
    machine = f"{target.machine.cores} cores of {target.machine.cpu}"
    load = round(os.getloadavg()[0], 1)
    rows = tuple(row_of(tool, python, ours, readmes) for tool in tools)
    return Result(
        day=date.today(),  # noqa: DTZ011 (a day is near enough)
        machine=machine,
        load=load,
        python=f"{target.interpreter.implementation} {target.interpreter.version}",
        time_limit=TIME_LIMIT,
        our_pages=OUR_PAGES,
        packages=tuple(sorted(name.removesuffix(".md") for name in readmes)),
        rows=rows,
    )


def row_of(
    tool: Tool, python: str, ours: dict[str, str], readmes: dict[str, str]
) -> Row:
    """Put one tool to everything."""
    planted = {}
    for pair in PAIRS:
        planted[pair.name] = outcome(tool, python, pair.broken)
        print(f"{tool.name}: {pair.name}: {planted[pair.name]}", flush=True)
    sound = outcomes_of_sound(tool, python)
    refused = ", ".join(name for name, what in sound.items() if what != "passed")
    print(f"{tool.name}: sound twins refused: {refused or 'none'}", flush=True)
    ask = "import importlib.metadata as all; print(all.version({!r}))"
    of_tool = ask.format(tool.name)
    version = "" if tool.python else output_of(python, "-c", of_tool)
    sweeps = [sweep(tool, python, pages) for pages in (ours, readmes)]
    return Row(tool.name, version, planted, sound, *sweeps)


def outcomes_of_sound(tool: Tool, python: str) -> dict[str, str]:
    """What a tool makes of the sound twins: of all together, or else of each."""
    pages = {f"{number}.md": pair.sound for number, pair in enumerate(PAIRS)}
    if run(tool, python, pages, PATIENCE).status == 0:
        return {pair.name: "passed" for pair in PAIRS}
    alone = {pair.name: outcome(tool, python, pair.sound) for pair in PAIRS}
    return {
        name: "passed" if what == "passed over" else "refused"
        for name, what in alone.items()
    }


def outcome(tool: Tool, python: str, text: str) -> str:
    """What a tool makes of a page; the page behind it has to run as well."""
    pages = {"page.md": text, "the-rest.md": fenced("print('still there')\n")}
    ran = run(tool, python, pages, PATIENCE)
    if ran.status is None:
        return "hangs"
    if ran.status == 0:
        return "passed over"
    return (
        "found"
        if ("the-rest.md", 1) in ran.marks
        else "found, and the rest did not run"
    )


def sweep(tool: Tool, python: str, pages: dict[str, str]) -> Sweep:
    """Count what a tool runs of some pages."""
    blocks = sum(len(python_fences(text)) for text in pages.values())
    ran = run(tool, python, pages, PATIENCE_FOR_ALL)
    seconds = None if ran.status is None else round(ran.seconds, 1)
    found = Sweep(len(ran.marks), blocks, seconds)
    print(f"{tool.name}: {found}", flush=True)
    return found


@dataclass(frozen=True, slots=True)
class Ran:
    """How a tool ended (`None`: it hung), after what, and the blocks that did."""

    status: int | None
    seconds: float
    marks: frozenset[tuple[str, int]]


def run(tool: Tool, python: str, pages: dict[str, str], patience: float) -> Ran:
    """Let a tool have some pages, in a folder of their own."""
    with tempfile.TemporaryDirectory() as name:
        folder, marks = Path(name, "pages"), Path(name, "marks")
        folder.mkdir()
        marks.mkdir()
        write_book(folder)
        for file, text in (tool.files | {
            page: marked(text, marks / page, tool.info) for page, text in pages.items()
        }).items():  # fmt: skip
            (folder / file).write_text(text, encoding="utf-8")
        command = [tool.python or python, *tool.command]
        if tool.python:
            command += ["--blocks-python", python]
        start = time.perf_counter()
        status = status_of(command, folder, patience)
        seconds = time.perf_counter() - start
        reached = frozenset(
            (each.parent.name, int(each.name)) for each in marks.glob("*/*")
        )
    return Ran(status, seconds, reached)


def write_book(folder: Path) -> None:
    """Make a folder of pages a book to the press and a project to pytest."""
    modules = msgspec.json.encode([str(ROOT / "src")]).decode()
    (folder / "pyproject.toml").write_text(
        f"[tool.livedocs]\ndocs = '.'\npython-path = {modules}\n"
        f"time-limit = {TIME_LIMIT}\n\n[tool.pytest.ini_options]\n",
        encoding="utf-8",
    )


def status_of(command: Sequence[str], folder: Path, patience: float) -> int | None:
    """Run a command in a folder: its exit status, or `None` if it has to be ended."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    for name in ("CI", "PYTEST_ADDOPTS"):
        environment.pop(name, None)
    with (folder.parent / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait(patience)
        except subprocess.TimeoutExpired:
            return None
        finally:
            end_group(process)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End what a tool started and did not end."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def python_fences(text: str) -> list[Token]:
    """The Python fences of a page, as CommonMark has them."""
    tokens = MarkdownIt("commonmark").parse(text)
    return [
        token
        for token in tokens
        if token.type == "fence" and language_of(token) in PYTHON_FENCES
    ]


def language_of(fence: Token) -> str:
    """The first word of a fence's info string, in small letters."""
    return (fence.info.split() or [""])[0].lower()


def marked(text: str, marks: Path, info: str = "") -> str:
    """A page whose Python blocks leave a file each when they come to their end.

    Args:
        text: The page.
        marks: The folder for the files, which are named by the fence's number.
        info: What is added to the info string of each fence.
    """
    marks.mkdir()
    lines = text.splitlines()
    fences = python_fences(text)
    for number, fence in reversed([*enumerate(fences, 1)]):
        assert fence.map is not None
        first, end = fence.map[0], fence.map[1] - 1
        margin = re.match(r"\s*", lines[first])
        assert margin is not None
        mark = f"__import__('pathlib').Path({str(marks / str(number))!r}).touch()"
        lines.insert(end, margin[0] + prompt_of(fence.content) + mark)
        if info:
            lines[first] = f"{lines[first]} {info}"
    return "\n".join(lines) + "\n"


def prompt_of(code: str) -> str:
    """What stands before a statement at the end of a block, so that it runs last."""
    if code.lstrip().startswith(">>>"):
        return ">>> "
    try:
        body = ast.parse(code).body
    except SyntaxError:
        return ""
    if (
        body
        and isinstance(body[-1], ast.If)
        and "__main__" in ast.unparse(body[-1].test)
    ):
        return " " * body[-1].body[-1].col_offset
    return ""


def readmes_of(python: str) -> dict[str, str]:
    """The READMEs of an environment's packages that show Python in Markdown.

    Only their Python runs.
    """
    ask = """
import json
from importlib.metadata import distributions
print(json.dumps({
    f"{each.name}.md": each.metadata.get_payload()
    for each in distributions()
    if (each.metadata.get("Description-Content-Type") or "").startswith("text/markdown")
}))
"""
    found: dict[str, str] = msgspec.json.decode(output_of(python, "-c", ask))
    return {
        name: without_shell(text)
        for name, text in sorted(found.items())
        if python_fences(text)
    }


def without_shell(text: str) -> str:
    """A page whose other blocks are text: those of a README install things."""
    lines = text.splitlines()
    for token in MarkdownIt("commonmark").parse(text):
        other = language_of(token) not in PYTHON_FENCES
        if token.type == "fence" and token.info and other:
            assert token.map is not None
            opening = lines[token.map[0]]
            lines[token.map[0]] = opening[: opening.rindex(token.info.strip())] + "text"
    return "\n".join(lines) + "\n"


def output_of(*command: str) -> str:
    """What a command prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def in_tables(result: Result) -> str:
    """The result in Markdown, labelled with its day and machine."""
    label = (
        f"Measured on {result.day:%Y-%m-%d} by `nox -s bench`, not by the build of this"
        f" page: {result.python}, {result.machine}, with a load of {result.load:.1f}."
        f" READMEs of {', '.join(result.packages)};"
        f" pages {', '.join(result.our_pages)}."
    )
    return "\n".join(
        [
            *table(
                ["tool", *COLUMNS], ([named(row), *of_row(row)] for row in result.rows)
            ),
            "",
            label,
            "",
            "/// details | What was planted, and what came of it",
            "",
            *table(
                ["planted", *(row.name for row in result.rows)],
                (
                    [pair.name, *(cell(row, pair.name) for row in result.rows)]
                    for pair in PAIRS
                ),
            ),
            "",
            "///",
            "",
        ]
    )


COLUMNS: dict[str, Callable[[Row], str]] = {
    "failures found": lambda row: of_all(
        [each.startswith("found") for each in row.planted.values()]
    ),
    "sound twins refused": lambda row: of_all(
        [each != "passed" for each in row.sound.values()]
    ),
    "of this book's blocks ran": lambda row: ran_of_all(row.ours),
    "of the READMEs' blocks ran": lambda row: ran_of_all(row.readmes),
}


def of_row(row: Row) -> list[str]:
    """The cells of one tool."""
    return [column(row) for column in COLUMNS.values()]


def named(row: Row) -> str:
    """A tool with its version."""
    return f"{row.name} {row.version}".strip()


def of_all(those: list[bool]) -> str:
    """How many are so: `3 of 5`."""
    return f"{sum(those)} of {len(those)}"


def ran_of_all(sweep: Sweep) -> str:
    """How many blocks ran, and how long all of it took."""
    took = "then hangs" if sweep.seconds is None else f"in {sweep.seconds:.1f} s"
    return f"{sweep.ran} of {sweep.blocks}, {took}"


def cell(row: Row, name: str) -> str:
    """What came of a failure, and whether its sound twin had to suffer."""
    refused = "; refuses the sound one, too" if row.sound[name] != "passed" else ""
    return row.planted[name] + refused


def table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    """Lines of a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


if __name__ == "__main__":
    main()
