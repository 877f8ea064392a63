"""The pytest plugin: what `pytest --codeblocks` does with Markdown files.

pytest-codeblocks collects; three of its names are replaced while the plugin is
active, so that a block runs as a script in a child interpreter and each page
is audited. Without `--codeblocks` nothing here does anything.
"""

import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from livedocs.claims import Claim, Finding
    from livedocs.press import Job, Result


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that choose how blocks run."""
    group = parser.getgroup("livedocs", "blocks of Markdown pages")
    group.addoption(
        "--blocks-python",
        metavar="PATH",
        default=sys.executable,
        help="the interpreter that runs the blocks (default: this one)",
    )
    group.addoption(
        "--blocks-rerun",
        action="store_true",
        help="run blocks that have a good record, too",
    )
    group.addoption(
        "--blocks-quick",
        action="store_true",
        help="measure no longer than it takes to settle the claims, and keep no record"
        " of such a look",
    )
    group.addoption(
        "--blocks-shuffle",
        metavar="SEED",
        type=int,
        help="run blocks in an order of chance, the same for the same SEED",
    )
    group.addoption(
        "--claims",
        choices=("fail", "warn"),
        default="fail" if os.environ.get("CI") else "warn",
        help="what a broken claim does (default: fail where the environment variable"
        " CI is set, warn elsewhere)",
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Take over from pytest-codeblocks where `--codeblocks` is given."""
    if config.getoption("codeblocks", default=False):
        config.pluginmanager.register(_Blocks(config), "livedocs-blocks")


WITHOUT_BLOCK = "without a good block"
OUTCOMES = ("held", "broken", "inconclusive", "not measured here", WITHOUT_BLOCK)
"""What a claim can come to."""


class BlockFailed(Exception):
    """A block or a claim that is not what its page says; the text says it all."""


class _Item(pytest.Item):
    """Something to be tested on a page, whose failure is told without a traceback."""

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if isinstance(excinfo.value, BlockFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class _Blocks:
    """One pytest run over Markdown files."""

    def __init__(self, config: pytest.Config) -> None:
        from pytest_codeblocks import plugin as codeblocks

        from livedocs.press import Press
        from livedocs.record import Store
        from livedocs.runner import CannotRun, probe
        from livedocs.settings import WrongSettings, find_settings

        if config.getoption("numprocesses", default=None):
            raise pytest.UsageError(
                "leave out -n: the press runs blocks side by side by itself, and"
                " those that measure alone"
            )
        self.warnings: list[str] = []
        try:
            self.settings = find_settings(config.invocation_params.dir)
            target = probe(config.getoption("blocks_python"))
            root = self.settings.root
            store = Store(root, self.warnings.append) if root else None
            self.press = Press(
                self.settings,
                target,
                store,
                rerun=config.getoption("blocks_rerun"),
                quick=config.getoption("blocks_quick"),
            )
        except (CannotRun, WrongSettings) as error:
            raise pytest.UsageError(str(error)) from error
        self.press.__enter__()
        self.fail_claims = config.getoption("claims") == "fail"
        self.claims: Counter[str] = Counter()
        """How many claims came to what."""
        self._results: dict[Job, Result] = {}
        self.told: set[Job] = set()
        """Scripts that were selected, whose failures are told as their own."""
        self._restore = {
            name: getattr(codeblocks, name)
            for name in ("extract_from_file", "TestBlock", "MarkdownFile")
        }
        self._codeblocks = codeblocks
        self._interrupted = False
        # Also where a shell, for a job in the background, has Ctrl-C ignored.
        self._handlers = {
            number: signal.signal(number, self._interrupt)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        codeblocks.extract_from_file = _extract
        codeblocks.TestBlock = _script_item(self)
        codeblocks.MarkdownFile = _page_file(codeblocks.MarkdownFile, self)

    def _interrupt(self, *_: object) -> None:
        self._interrupted = True
        raise KeyboardInterrupt

    def pytest_runtest_logstart(self) -> None:
        self._end_if_interrupted()

    def _end_if_interrupted(self) -> None:
        """End the session if Ctrl-C did not.

        Where Python calls a function by itself, as `__del__` or at the end of an
        import, it says that it ignores what is raised there, Ctrl-C included.
        """
        if self._interrupted:
            raise KeyboardInterrupt

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Shuffle where that is asked for."""
        seed = config.getoption("blocks_shuffle")
        if seed is not None:
            random.Random(seed).shuffle(items)  # noqa: S311 (nothing is secret)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Begin with all that was selected and may overlap."""
        items: list[Any] = [each for each in session.items if hasattr(each, "job")]
        self.told = {each.job for each in items if not hasattr(each, "claim")}
        if not session.config.option.collectonly:
            self.press.start(
                each.job
                for each in items
                if not each.get_closest_marker("skip")
                and not self.press.unmet_need(each.job.script)
            )

    def result(self, job: "Job") -> "Result":
        """The result of a script, of which the script itself and its claims ask."""
        self._end_if_interrupted()
        if job not in self._results:
            self._results[job] = self.press.result(job)
        return self._results[job]

    def hold(self, job: "Job", claim: "Claim") -> tuple[str, str]:
        """What a claim comes to, and a line that says why."""
        from livedocs.claims import status

        where = f"{self.settings.name_of(job.page)}:{claim.line}"
        on = f"on {self.press.target.interpreter.name}"
        hint = ""
        need = self.press.unmet_need(job.script)
        if need:
            outcome, why = "not measured here", f"its block {need}"
        elif failure := self.result(job).failure:
            if job not in self.told:
                raise BlockFailed(failure)
            outcome, why = WITHOUT_BLOCK, "its block failed, see there"
        else:
            result = self.result(job)
            findings = result.findings[claim.name]
            outcome, why = str(status(findings)), _told(findings)
            if result.tries > 1:
                on += f" in {result.tries} tries"
            if outcome in ("broken", "inconclusive") and not result.ran:
                hint = " (from its record; --blocks-rerun measures anew)"
        self.claims[outcome] += 1
        return outcome, f"{where}: {outcome} {on}: {claim.sentence} [{why}]{hint}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> None:
        """Leave out frames without a line, at which pytest's report would fail.

        CPython has one for a function that is interrupted before its first line.
        """
        trace = excinfo.tb
        while trace.tb_next:
            line = cast("int | None", trace.tb_next.tb_lineno)
            if line is None:
                trace.tb_next = trace.tb_next.tb_next
            else:
                trace = trace.tb_next

    def pytest_sessionfinish(self) -> None:
        """End what still runs, whatever ended the session."""
        self.press.__exit__()

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Say how many blocks ran, what claims came to, and what was wrong."""
        for warning in self.warnings:
            terminalreporter.write_line(f"warning: {warning}", yellow=True)
        ran = sum(job.blocks for job, result in self._results.items() if result.ran)
        every = sum(job.blocks for job in self._results)
        version = self.press.target.interpreter.version
        terminalreporter.write_line(
            f"ran {ran} of {every} blocks on Python {version}"
            + (f", {every - ran} had good records" if ran < every else "")
        )
        if self.claims:
            counts = (
                f"{self.claims[each]} {each}" for each in OUTCOMES if self.claims[each]
            )
            terminalreporter.write_line(f"claims: {', '.join(counts)}")

    def pytest_unconfigure(self) -> None:
        """Give pytest-codeblocks its own names back."""
        self.press.__exit__()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        for name, value in self._restore.items():
            setattr(self._codeblocks, name, value)


def _extract(path: Path) -> list[Any]:
    """The scripts of a page, in the form in which pytest-codeblocks wants blocks."""
    from pytest_codeblocks import CodeBlock

    from livedocs.page import read_page
    from livedocs.press import job_of

    found = []
    page = read_page(path)
    for script in page.scripts:
        # pytest-codeblocks passes over what is neither python nor bash nor sh.
        block = CodeBlock("", script.line, script.language)
        block.job = job_of(page, script)
        if script.excuse:
            block.marks = [f"pytest.mark.skip(reason={script.excuse!r})"]
        found.append(block)
    return found


def _page_file(plain: type[pytest.File], blocks: _Blocks) -> type[pytest.File]:
    from livedocs.audit import audit
    from livedocs.page import read_page
    from livedocs.press import jobs_of

    settings = blocks.settings
    claim_item = _claim_item(blocks)

    class AuditItem(_Item):
        """The audit of one page."""

        def runtest(self) -> None:
            problems = audit(read_page(self.path), settings.root)
            if problems:
                name = settings.name_of(self.path)
                raise BlockFailed("\n".join(each.told(name) for each in problems))

        def reportinfo(self) -> tuple[Path, int | None, str]:
            return self.path, None, f"{settings.name_of(self.path)}: audit"

    class PageFile(plain):  # type: ignore[valid-type,misc]
        """A page: its audit, its scripts, its claims."""

        def collect(self) -> Iterable[pytest.Item]:
            yield AuditItem.from_parent(parent=self, name="audit")
            yield from super().collect()
            for job in jobs_of([self.path]):
                for claim in job.claims:
                    name = f"claim {claim.name}"
                    yield claim_item.from_parent(self, name=name, job=job, claim=claim)

    return PageFile


def _script_item(blocks: _Blocks) -> type[pytest.Item]:
    class ScriptItem(_Item):
        """One script of a page."""

        obj: Any = None

        @property
        def job(self) -> Any:
            return self.obj.job

        def runtest(self) -> None:
            need = blocks.press.unmet_need(self.job.script)
            if need:
                pytest.skip(need)
            result = blocks.result(self.job)
            if result.failure:
                raise BlockFailed(result.failure)

        def reportinfo(self) -> tuple[Path, int | None, str]:
            line = self.job.script.line
            name = blocks.settings.name_of(self.path)
            return self.path, line - 1, f"{name}:{line}"

    return ScriptItem


def _claim_item(blocks: _Blocks) -> type[pytest.Item]:
    class ClaimItem(_Item):
        """One claim of a page, on the interpreter that runs the blocks."""

        def __init__(self, *, job: "Job", claim: "Claim", **more: Any) -> None:
            super().__init__(**more)
            self.job = job
            self.claim = claim

        def runtest(self) -> None:
            outcome, text = blocks.hold(self.job, self.claim)
            if outcome == "broken":
                if blocks.fail_claims:
                    raise BlockFailed(text)
                # Not by `warnings`, which many projects make errors of.
                blocks.warnings.append(text)
            if outcome != "held":
                pytest.skip(text)

        def reportinfo(self) -> tuple[Path, int | None, str]:
            line = self.claim.line
            name = blocks.settings.name_of(self.path)
            return self.path, line - 1, f"{name}:{line}: {self.name}"

    return ClaimItem


def _told(findings: "Iterable[Finding]") -> str:
    """What was found for each term of a claim."""
    return "; ".join(
        f"{each.term} is {each.status}"
        + (f": {each.value}" if each.value else "")
        + (f" ({each.why})" if each.why else "")
        for each in findings
    )
