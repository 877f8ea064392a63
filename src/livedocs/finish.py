"""Finished pages: the book's Markdown with what its blocks did put in.

The result is plain Markdown with raw HTML for outputs. It needs Python-Markdown
and pymdown-extensions and no plugin of ours, so that any builder of such sites
can print the book.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from interleaved import Machine
from livedocs.audit import audit
from livedocs.judge import judge_output
from livedocs.page import EXPECTING, Block, Fence, Page, Problem, Script, read_page
from livedocs.printed import output_html, printed_html
from livedocs.record import Record, Store, key_of

STYLES = "livedocs.css"
"""Name, in the finished folder, of the style sheet that outputs need."""

_ALSO_MARKDOWN = frozenset((".markdown", ".mdown", ".mkdn", ".mkd", ".mkdown"))

Unmet = Callable[[Script], str | None]
"""Tells why the building interpreter cannot run a script, if it cannot."""


@dataclass(slots=True)
class Finished:
    """What `finish` did."""

    pages: int = 0
    written: list[str] = field(default_factory=list)
    """Files whose content changed, relative to the finished folder."""
    pending: dict[Path, list[int]] = field(default_factory=dict)
    """Pages with blocks that have no good record, and the lines of these."""
    problems: dict[Path, list[Problem]] = field(default_factory=dict)
    """What the audit finds on each page."""


class Finisher:
    """Puts records into pages.

    Args:
        store: the records.
        own: loads the record that the building interpreter made of a script.
        unmet: tells why that interpreter cannot run a script.
        machine: the building machine; records of others are not shown.
        failures: what went wrong with scripts that were tried, by key; a
            preview shows it in place of the output.
    """

    def __init__(
        self,
        store: Store,
        own: Callable[[Script], Record | None],
        unmet: Unmet,
        machine: Machine,
        failures: Mapping[str, str] | None = None,
    ) -> None:
        self._store = store
        self.root = store.root
        self._own = own
        self._unmet = unmet
        self._machine = machine
        self._failures = failures or {}

    def finish(self, page: Page, pending: list[int]) -> str:
        """The finished text of a page.

        Args:
            page: the page.
            pending: receives the lines of blocks that have no good record.
        """
        inserts, dropped = self._changes(page, pending)
        lines = []
        for number, line in enumerate(page.lines, start=1):
            if number not in dropped:
                lines.append(line)
            lines += inserts.get(number, ())
        return "".join(line + "\n" for line in lines)

    def _changes(
        self, page: Page, pending: list[int]
    ) -> tuple[dict[int, list[str]], set[int]]:
        """Lines to put in after a line of the page, and lines to leave out."""
        inserts: dict[int, list[str]] = {}
        dropped: set[int] = set()
        for fence in page.fences:
            dropped.update(each.line for each in fence.directives)
            if any(each.name in EXPECTING for each in fence.directives):
                dropped.update(range(fence.line, fence.end + 1))
            if fence.excuse:
                inserts[fence.end] = _indented(
                    fence, [_note(f"Not run: {fence.excuse}")]
                )
        for script in page.scripts:
            if script.excuse:
                continue
            records = self._records(script)
            for index, block in enumerate(script.blocks):
                if not records and not self._unmet(script):
                    pending.append(block.fence.line)
                lines = self._under(script, index, records)
                inserts[block.fence.end] = _indented(block.fence, lines)
        return inserts, dropped

    def _records(self, script: Script) -> list[Record]:
        """The good records of a script, newest interpreter first.

        Empty if the building interpreter could run it and has no record: what
        others did is not shown in place of what this build owes. A record that
        no longer prints what the page promises is not good, whoever made it.
        """
        key = key_of(script)
        own = self._own(script)
        if own and judge_output(script, own.parts):
            own = None
        if own is None and not self._unmet(script):
            return []
        loaded = [self._store.load(name, key) for name in self._store.interpreters()]
        found = [
            each
            for each in loaded
            if each
            and each.machine == self._machine
            and not judge_output(script, each.parts)
        ]
        if own:
            found = [each for each in found if each.interpreter != own.interpreter]
            found.append(own)
        return sorted(found, key=_age, reverse=True)

    def _absent(self, script: Script) -> str:
        failure = self._failures.get(key_of(script))
        if failure is None:
            return _note("Pending: this block has not run yet.")
        return output_html(failure, "run-failed", "What went wrong")

    def _under(
        self, script: Script, index: int, records: list[Record]
    ) -> Iterator[str]:
        """The finished lines under one block."""
        unmet = self._unmet(script)
        if unmet:
            yield _note(f"Not run by the interpreter that built this page: it {unmet}.")
        elif not records:
            yield self._absent(script)
        groups = _by_output(script.blocks[index], index, records)
        if len(groups) == 1:
            yield _run(script.blocks[index], index, groups[0])
            return
        for group in groups:
            names = ", ".join(each.interpreter.name for each in group)
            yield from ("", f"/// tab | Python {names}", "")
            yield _run(script.blocks[index], index, group)
            yield from ("", "///")


def finish_all(
    pages: Path,
    out: Path,
    finisher: Finisher,
    extra: Mapping[str, Path] | None = None,
) -> Finished:
    """Write the finished book.

    Args:
        pages: folder of the pages; what is not Markdown is copied.
        out: folder for the result; what is not part of it is removed.
        finisher: puts in the records.
        extra: further folders that are finished already, by the name of the
            folder of the result that they become.

    Returns:
        What was done, and what keeps the book from being published.
    """
    done = Finished()
    contents: dict[Path, bytes] = {
        out / STYLES: (Path(__file__).parent / STYLES).read_bytes()
    }
    for source in _files(pages):
        target = out / source.relative_to(pages)
        if source.suffix == ".md":
            contents[target] = _finished_page(source, finisher, done)
        else:
            contents[target] = source.read_bytes()
            if source.suffix in _ALSO_MARKDOWN:
                message = "MkDocs takes this for a page, pytest does not: name it .md"
                done.problems[source] = [Problem(1, message)]
    for name, folder in (extra or {}).items():
        for source in _files(folder):
            contents[out / name / source.relative_to(folder)] = source.read_bytes()
    _remove_others(out, contents)  # first: a file may become a folder
    for target, content in contents.items():
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            done.written.append(target.relative_to(out).as_posix())
    return done


def _finished_page(source: Path, finisher: Finisher, done: Finished) -> bytes:
    page = read_page(source)
    done.pages += 1
    problems = audit(page, finisher.root)
    if problems:
        done.problems[source] = problems
    pending: list[int] = []
    text = finisher.finish(page, pending)
    if pending:
        done.pending[source] = pending
    return text.encode()


def pages_in(folder: Path) -> list[Path]:
    """The Markdown files below a folder, without those that an editor hides."""
    return [path for path in _files(folder) if path.suffix == ".md"]


def _files(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def _remove_others(out: Path, keep: Iterable[Path]) -> None:
    kept = set(keep)
    folders = {parent for path in kept for parent in path.parents}
    for path in sorted(out.rglob("*"), reverse=True):
        if path.is_dir() and path not in folders:
            shutil.rmtree(path)
        elif path.is_file() and path not in kept:
            path.unlink()


def _age(record: Record) -> tuple[list[int], bool]:
    digits = [
        int(part) for part in record.interpreter.version.split(".") if part.isdigit()
    ]
    return digits[:2], record.interpreter.free_threaded


def _by_output(block: Block, index: int, records: list[Record]) -> list[list[Record]]:
    """Records in groups that show the same text."""
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        part = record.parts[index]
        shown = (part.stdout, part.stderr if block.shows_stderr else "")
        if block.expected:  # held to the promise, if only but for blanks
            shown = ("", shown[1])
        groups.setdefault(shown, []).append(record)
    return list(groups.values())


def _run(block: Block, index: int, records: list[Record]) -> str:
    """The HTML of one output and where it comes from, on a single line.

    On one line no Markdown preprocessor can take a part of it for a fence or
    a snippet; raw HTML is otherwise left alone.
    """
    part = records[0].parts[index]
    streams = [("Output", "run-stdout", part.stdout)]
    if block.shows_stderr:
        streams.append(("Output on stderr", "run-stderr", part.stderr))
    shown = "".join(
        output_html(text, kind, label) for label, kind, text in streams if text
    )
    names = ", ".join(each.interpreter.name for each in records)
    summary = f"Python {names}, {_cores(records[0].machine)}"
    silent = "" if shown else " It prints nothing."
    rows = "".join(f"<li>{_provenance(record)}</li>" for record in records)
    return (
        f'<div class="run">{shown}<details class="run-how">'
        f"<summary>Ran on {printed_html(summary)}.{silent}</summary>"
        f"<ul>{rows}</ul></details></div>"
    )


def _provenance(record: Record) -> str:
    interpreter, machine = record.interpreter, record.machine
    gil = "GIL" if interpreter.gil else "no GIL"
    return printed_html(
        f"{interpreter.implementation} {interpreter.version} ({gil}), {_cores(machine)}"
        f" of {machine.cpu}, {machine.system}; {record.started.replace('T', ' ')},"
        f" {record.seconds:.2f} s"
    )


def _cores(machine: Machine) -> str:
    return "1 core" if machine.cores == 1 else f"{machine.cores} cores"


def _note(text: str) -> str:
    return f'<p class="run-note">{printed_html(text)}</p>'


def _indented(fence: Fence, lines: Iterable[str]) -> list[str]:
    """Lines as a paragraph of their own, as deep as the fence."""
    return ["", *(fence.indent + line if line else "" for line in lines), ""]
