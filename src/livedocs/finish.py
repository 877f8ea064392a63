"""Finished pages: the book's Markdown with what its blocks did put in.

The result is plain Markdown with raw HTML for outputs. It needs Python-Markdown
and pymdown-extensions and no plugin of ours, so that any builder of such sites
can print the book.
"""

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from interleaved import Comparison, Interpreter, Machine, Noise
from livedocs.audit import audit
from livedocs.backlinks import read_uses, with_examples
from livedocs.experiments import TwoOfAName, experiments_of
from livedocs.history import History, with_date
from livedocs.judge import judge_output
from livedocs.ledger import (
    MEASURED,
    Entry,
    age_of,
    build_lines,
    described,
    entries_of,
    in_order,
    ledger_lines,
    line_of,
    measured_json,
    relative,
)
from livedocs.own_values import SCRIPT, own_values_lines, own_values_script
from livedocs.page import (
    Block,
    Fence,
    Page,
    Problem,
    Remark,
    Script,
    read_page,
    reported_name,
    value_names,
    with_values,
)
from livedocs.printed import output_html, printed_html
from livedocs.programs import Commands, program_files, program_lines
from livedocs.prose import counted
from livedocs.record import Record, Store, key_of
from livedocs.references import Reference, References
from livedocs.timeline import timeline_html, trace_json
from livedocs.values import Shown, in_drawing, in_sentence, of_claim, of_runs
from livedocs.website import (
    LLMS,
    ROBOTS,
    Website,
    llms_txt,
    read_website,
    robots_txt,
)

STYLES = "livedocs.css"
"""Name, in the finished folder, of the style sheet that outputs need."""

_APART = "<!-- -->"
"""Keeps our tabs from those that an author put above or below."""

_ALSO_MARKDOWN = frozenset((".markdown", ".mdown", ".mkdn", ".mkd", ".mkdown"))

Unmet = Callable[[Script], str | None]
"""Tells why the building interpreter cannot run a script, if it cannot."""


@dataclass(slots=True)
class Finished:
    """What `finish_all` did."""

    pages: int = 0
    written: list[str] = field(default_factory=list)
    """Files whose content changed, relative to the finished folder."""
    pending: dict[Path, list[int]] = field(default_factory=dict)
    """Pages with blocks that have no good record, and the lines of these."""
    problems: dict[Path, list[Problem]] = field(default_factory=dict)
    """What keeps each page from being published."""
    claims: list[Entry] = field(default_factory=list)
    """All claims of the book."""


class Finisher:
    """Puts records into pages.

    Args:
        store: the records.
        own: loads the record that the building interpreter made of a script.
        unmet: tells why that interpreter cannot run a script.
        machine: the building machine; records of others are not shown.
        builder: the building interpreter.
        failures: what went wrong with scripts that were tried, by key; a
            preview shows it in place of the output.
        references: what other machines measured.
        gathered: show the records of other machines, too: those of the jobs that
            a build was spread over. Each is shown with its machine.
        history: what git knows of the pages.
        commands: what the book says of running its programs.
    """

    def __init__(  # noqa: PLR0913 (all that a page is made of)
        self,
        store: Store,
        own: Callable[[Script], Record | None],
        unmet: Unmet,
        machine: Machine,
        builder: Interpreter,
        *,
        failures: Mapping[str, str] | None = None,
        references: References | None = None,
        gathered: bool = False,
        history: History | None = None,
        commands: Commands | None = None,
    ) -> None:
        self._store = store
        self.root = store.root
        self.website = read_website(store.root)
        self._own = own
        self._unmet = unmet
        self._machine = machine
        self._builder = builder
        self._failures = failures or {}
        self._references = references or References(None)
        self._gathered = gathered
        self.history = history or History()
        self._commands = commands or Commands()

    def entries(self, page: Page, folder: Path) -> list[Entry]:
        """The claims of a page, with what was measured."""
        return entries_of(
            page, folder, self.records, self._references.of, self._machine
        )

    def finish(
        self, page: Page, pending: list[int], ledger: "Ledger | None" = None
    ) -> str:
        """The finished text of a page.

        Args:
            page: the page.
            pending: receives the lines of blocks that have no good record.
            ledger: the claims of the book; the page's own are shown on it.
        """
        ledger = ledger or Ledger([])
        inserts, dropped = self._changes(page, pending)
        self._remarks(page, ledger, inserts, dropped)
        prose, drawn = page.prose, page.drawn
        lines = []
        for number, line in enumerate(page.lines, start=1):
            if number not in dropped:
                show = in_drawing if number in drawn else in_sentence
                value = partial(self._value, page, ledger, show)
                lines.append(with_values(line, value) if number in prose else line)
            lines += inserts.get(number, ())
        return "".join(line + "\n" for line in lines)

    def _value(
        self,
        page: Page,
        ledger: "Ledger",
        show: Callable[[Shown | None], str],
        asked: str,
    ) -> str:
        """What was measured of a value that a page asks for, shown in its way."""
        reported = reported_name(asked)
        if not reported:
            entry = ledger.get(page, asked)
            return show(of_claim(entry, self._builder) if entry else None)
        name, title = reported
        script = page.titled(title)
        if not script:
            return show(None)  # which is a problem of the page
        records = self.records(script)
        others = self._other_references(script, records)
        return show(of_runs(name, records, others, self._builder))

    def unreported_values(self, page: Page) -> Iterator[Problem]:
        """Values that a page asks for of blocks that ran and did not report them."""
        for number, line in page.prose.items():
            for name, title in filter(None, map(reported_name, value_names(line))):
                script = page.titled(title)
                own = self._own(script) if script else None
                if own and name not in [each.name for each in own.values]:
                    message = f"the block titled {title!r} ran and reported no {name!r}"
                    yield Problem(number, message)

    def _changes(
        self, page: Page, pending: list[int]
    ) -> tuple[dict[int, list[str]], set[int]]:
        """Lines to put in after a line of the page, and lines to leave out."""
        inserts: dict[int, list[str]] = {}
        dropped: set[int] = set()
        for fence in page.fences:
            dropped.update(each.line for each in fence.directives)
            if fence.expecting:
                dropped.update(range(fence.line, fence.end + 1))
            if fence.excuse:
                inserts[fence.end] = _indented(
                    fence, [_note(f"Not run: {fence.excuse}")]
                )
        for script in page.scripts:
            if script.excuse:
                continue
            records = self.records(script)
            for index, block in enumerate(script.blocks):
                if not records and not self._unmet(script):
                    pending.append(block.fence.line)
                lines = list(self._under(script, index, records))
                last = block is script.blocks[-1]
                program = program_lines(page, script, self._commands) if last else []
                # In the place of what was expected, which may be folded away.
                place = block.expected.fence if block.expected else block.fence
                if program and place is block.fence:
                    lines = [*program, "", *lines]
                elif program:
                    inserts[block.fence.end] = _indented(block.fence, program)
                inserts[place.end] = _indented(place, lines)
        return inserts, dropped

    def _remarks(
        self,
        page: Page,
        ledger: "Ledger",
        inserts: dict[int, list[str]],
        dropped: set[int],
    ) -> None:
        """Put in what directives about prose ask for."""
        entries = {each.claim.line: each for each in ledger.of(page.path)}
        for remark in page.remarks:
            dropped.add(remark.directive.line)
            if remark.directive.name == "ledger":
                own = own_values_lines(ledger.page, self.website)
                lines = ledger_lines(ledger.entries, ledger.page, own)
            elif remark.directive.name == "build":
                lines = build_lines(ledger.entries, self.history.commit)
            elif remark.directive.name == "claim":
                entry = entries.get(remark.directive.line)
                lines = line_of(entry, ledger.address_from(page)) if entry else []
            else:
                continue
            put = _indented(remark, lines)
            inserts[remark.end] = inserts.get(remark.end, []) + put

    def records(self, script: Script) -> list[Record]:
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
            and (self._gathered or each.machine == self._machine)
            and not judge_output(script, each.parts)
        ]
        if own:
            found = [each for each in found if each.interpreter != own.interpreter]
            found.append(own)
        return sorted(found, key=lambda each: age_of(each.interpreter), reverse=True)

    def _other_references(
        self, script: Script, records: list[Record]
    ) -> list[Reference]:
        """The references of interpreters that this machine has no record of."""
        have = {record.interpreter.name for record in records}
        found = [
            each
            for each in self._references.of(script)
            if each.interpreter.name not in have
        ]
        return sorted(found, key=lambda each: age_of(each.interpreter), reverse=True)

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
        tabs = []
        block = script.blocks[index]
        for group in _by_output(block, index, records):
            names = ", ".join(each.interpreter.name for each in group)
            tabs.append((f"Python {names}", list(_run(script, index, group))))
        others = self._other_references(script, records)
        if others and index == len(script.blocks) - 1:
            names = ", ".join(each.interpreter.name for each in others)
            tabs.append((f"Reference: {names}", [_reference_html(others)]))
        if len(tabs) < 2:
            for _, content in tabs:
                yield from content
            return
        yield from ("", _APART)
        for title, content in tabs:
            yield from ("", f"/// tab | {title}", "", *content, "", "///")
        yield from ("", _APART)

    def traces(self, page: Page) -> dict[str, bytes]:
        """The files that a page's timelines are downloaded as, by name."""
        return {
            _trace_name(record): trace_json(record, script.tasks)
            for script in page.scripts
            if script.directive("timeline") and not script.excuse
            for record in self.records(script)
        }


@dataclass(frozen=True, slots=True)
class Ledger:
    """The claims of a book, and the page that lists them."""

    entries: list[Entry]
    page: str = ""
    """Relative to the folder of pages; empty if there is none."""
    folder: Path = Path()
    """The folder of pages."""

    def of(self, path: Path) -> list[Entry]:
        """The claims of the page in a file."""
        return [each for each in self.entries if self.folder / each.page == path]

    def get(self, page: Page, name: str) -> Entry | None:
        """The claim that a page asks for as NAME, or as NAME of PAGE."""
        name, _, other = name.partition(" of ")
        claims = self.of(self.folder / other if other else page.path)
        return next((each for each in claims if each.claim.name == name), None)

    def address_from(self, page: Page) -> str | None:
        """The ledger's address on a page, if there is a ledger."""
        if not self.page:
            return None
        return relative(self.page, page.path.relative_to(self.folder).as_posix())


def read_ledger(pages: list[Page], folder: Path, finisher: Finisher) -> Ledger:
    """Collect the claims of all pages."""
    home = next(
        (
            page.path.relative_to(folder).as_posix()
            for page in pages
            if any(each.directive.name == "ledger" for each in page.remarks)
        ),
        "",
    )
    found = [each for page in pages for each in finisher.entries(page, folder)]
    return Ledger(in_order(found, finisher.website.pages), home, folder)


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
    read = {path: read_page(path) for path in pages_in(pages)}
    ledger = read_ledger(list(read.values()), pages, finisher)
    done.claims = ledger.entries
    if ledger.entries:
        measured = measured_json(ledger.entries, finisher.website)
        contents[out / MEASURED] = measured.encode()
        contents[out / SCRIPT] = own_values_script(ledger.entries)
    contents |= _for_visitors(finisher.website, pages, read, out)
    _check_names(list(read.values()), pages, ledger, done, finisher)
    uses = _uses_in(extra or {})
    for source in _files(pages):
        target = out / source.relative_to(pages)
        if source.suffix == ".md":
            text = _finished_page(read[source], finisher, ledger, done)
            place = source.relative_to(pages).as_posix()
            text = with_date(text, finisher.history.changed.get(source))
            contents[target] = with_examples(text, place, uses).encode()
            files = finisher.traces(read[source]) | program_files(read[source])
            for name, content in files.items():
                contents[target.parent / name] = content
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
            _write(target, content)
            done.written.append(target.relative_to(out).as_posix())
    return done


def _write(target: Path, content: bytes) -> None:
    """Write a file; an error names it, also where the disk is full."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    except OSError as error:
        error.filename = error.filename or str(target)
        raise


def _for_visitors(
    website: Website, folder: Path, pages: Mapping[Path, Page], out: Path
) -> dict[Path, bytes]:
    """The files that tell programs which visit the site what there is."""
    if not website.leaves:
        return {}
    named = {path.relative_to(folder).as_posix(): page for path, page in pages.items()}
    texts = {ROBOTS: robots_txt(website), LLMS: llms_txt(website, named)}
    return {out / name: text.encode() for name, text in texts.items()}


def _uses_in(folders: Mapping[str, Path]) -> dict[str, Sequence[tuple[str, str]]]:
    """Which examples use a name, in finished folders of examples."""
    uses: dict[str, Sequence[tuple[str, str]]] = {}
    for name, folder in folders.items():
        uses |= read_uses(folder, name)
    return uses


def _finished_page(
    page: Page, finisher: Finisher, ledger: Ledger, done: Finished
) -> str:
    done.pages += 1
    problems = audit(page, finisher.root)
    if problems:
        done.problems.setdefault(page.path, []).extend(problems)
    pending: list[int] = []
    text = finisher.finish(page, pending, ledger)
    if pending:
        done.pending[page.path] = pending
    return text


def _check_names(
    pages: list[Page],
    folder: Path,
    ledger: Ledger,
    done: Finished,
    finisher: Finisher,
) -> None:
    """Report names that are not one thing of the book, and claims that fit no run."""
    try:
        experiments_of(pages, folder)
    except TwoOfAName as error:
        done.problems.setdefault(folder / error.page, []).append(error.problem)
    for page in pages:
        unknown = _unknown_values(page, ledger)
        if found := [*unknown, *finisher.unreported_values(page)]:
            done.problems.setdefault(page.path, []).extend(found)
    for entry in ledger.entries:
        if entry.problem:
            problem = Problem(entry.claim.line, entry.problem)
            done.problems.setdefault(folder / entry.page, []).append(problem)


def _unknown_values(page: Page, ledger: Ledger) -> Iterator[Problem]:
    """Values that a page asks for of claims that other pages do not have."""
    for number, text in page.prose.items():
        for name in value_names(text):
            if '"' not in name and " of " in name and not ledger.get(page, name):
                message = f"this book has no claim {name!r}: write NAME of PAGE.md"
                yield Problem(number, message)


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


def _by_output(block: Block, index: int, records: list[Record]) -> list[list[Record]]:
    """Records in groups that show the same text; with a timeline each by itself."""
    if block.fence.directive("timeline"):
        return [[record] for record in records]
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        part = record.parts[index]
        shown = (part.stdout, part.stderr if block.shows_stderr else "")
        if block.expected:  # held to the promise, if only but for blanks
            shown = ("", shown[1])
        groups.setdefault(shown, []).append(record)
    return list(groups.values())


def _run(script: Script, index: int, records: list[Record]) -> Iterator[str]:
    """One output, its timeline and where it comes from.

    The HTML is on a single line, so that no Markdown preprocessor can take a part
    of it for a fence or a snippet; raw HTML is otherwise left alone. The link is
    Markdown, so that the site's builder knows where it leads.
    """
    block = script.blocks[index]
    part = records[0].parts[index]
    streams = [("Output", "run-stdout", part.stdout)]
    if block.shows_stderr:
        streams.append(("Output on stderr", "run-stderr", part.stderr))
    shown = "".join(
        output_html(text, kind, label) for label, kind, text in streams if text
    )
    names = ", ".join(each.interpreter.name for each in records)
    numbers = dict.fromkeys(each.machine.cores for each in records)
    cores = " or ".join(counted(number, "core") for number in numbers)
    summary = f"Python {names}, {cores}"
    silent = "" if shown else " It prints nothing."
    rows = "".join(
        f"<li>{_provenance(record)}{_tables(record)}</li>" for record in records
    )
    drawn = ""
    if block.fence.directive("timeline"):
        title = script.title or "the program above"
        line = str(block.fence.line)
        drawn = timeline_html(records[0], script.tasks, title, line)
    yield (
        f'<div class="run">{shown}{drawn}<details class="run-how">'
        f"<summary>Ran on {printed_html(summary)}.{silent}</summary>"
        f"<ul>{rows}</ul></details></div>"
    )
    if drawn:
        yield ""
        yield (
            f"[Download this timeline]({_trace_name(records[0])}), as a trace that"
            " opens in [Perfetto](https://ui.perfetto.dev/)."
        )
        yield "{: .timeline-download }"


def _trace_name(record: Record) -> str:
    """Name of the file that a run's timeline is downloaded as, beside its page."""
    page = re.sub(r"[^\w.-]+", "-", Path(record.page).stem)
    return f"{page}-{record.key[:8]}-{record.interpreter.name}.trace.json"


def _provenance(record: Record) -> str:
    interpreter, machine = record.interpreter, record.machine
    gil = "GIL" if interpreter.gil else "no GIL"
    return printed_html(
        f"{interpreter.implementation} {interpreter.version} ({gil}),"
        f" {described(machine)}; {record.started.replace('T', ' ')},"
        f" {record.seconds:.2f} s{_measured(record.comparisons)}"
        + (f"; the last of {record.tries} tries" if record.tries > 1 else "")
    )


def _tables(record: Record) -> str:
    """What a run measured, as tables that scroll by themselves."""
    label = printed_html(f"Comparison on Python {record.interpreter.name}")
    return "".join(
        f'<div class="measured" role="group" tabindex="0" aria-label="{label}">'
        + each._repr_html_().replace("<table>", '<table class="measured-values">', 1)
        + "</div>"
        for each in record.comparisons
    )


def _measured(comparisons: tuple[Comparison, ...]) -> str:
    """How reliable what a run measured is, in words."""
    if not comparisons:
        return ""
    rounds = {len(each.baseline.seconds) for each in comparisons}
    disturbed = [each.disturbance for each in comparisons if each.disturbance]
    several = f"{len(comparisons)} comparisons of" if len(comparisons) > 1 else "of"
    words = f"; {several} {' or '.join(map(str, sorted(rounds)))} rounds"
    noises = [each.noise for each in comparisons if each.noise]
    attempts = max(each.attempts for each in comparisons)
    if attempts > 1:
        words += f", the quietest of {attempts} attempts"
    if noises:
        stolen = max(noise.stolen for noise in noises)
        foreign = max(noise.foreign for noise in noises)
        words += f", {Noise(stolen, foreign)}"
    return words + (f"; disturbed: {disturbed[0]}" if disturbed else "; stable")


def _reference_html(references: list[Reference]) -> str:
    """What other machines measured with a block, plainly labelled."""
    boxes = []
    for each in references:
        lines = [*map(str, each.comparisons), *map(str, each.values)]
        label = f"Reference, Python {each.interpreter.name}"
        text = f"{label}: not this build, but {described(each.machine)}; {each.date}"
        boxes.append(
            f'<p class="run-note">{printed_html(text)}</p>'
            + output_html("\n".join(lines), "run-stdout", label)
        )
    return f'<div class="run run-reference">{"".join(boxes)}</div>'


def _note(text: str) -> str:
    return f'<p class="run-note">{printed_html(text)}</p>'


def _indented(place: Fence | Remark, lines: Iterable[str]) -> list[str]:
    """Lines as a paragraph of their own, as deep as what they follow."""
    return ["", *(place.indent + line if line else "" for line in lines), ""]
