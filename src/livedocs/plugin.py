"""The pytest plugin: what `pytest --codeblocks` does with Markdown files.

pytest-codeblocks collects; three of its names are replaced while the plugin is
active, so that a block runs as a script in a child interpreter and each page
is audited. Without `--codeblocks` nothing here does anything.
"""

import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from livedocs.press import Result
    from livedocs.settings import Settings


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


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Take over from pytest-codeblocks where `--codeblocks` is given."""
    if config.getoption("codeblocks", default=False):
        config.pluginmanager.register(_Blocks(config), "livedocs-blocks")


class BlockFailed(Exception):
    """A block that did not do what its page says; the text says it all."""


class _Blocks:
    """One pytest run over Markdown files."""

    def __init__(self, config: pytest.Config) -> None:
        from pytest_codeblocks import plugin as codeblocks

        from livedocs.press import Press
        from livedocs.record import Store
        from livedocs.runner import CannotRun, probe
        from livedocs.settings import WrongSettings, find_settings

        self.warnings: list[str] = []
        try:
            self.settings = find_settings(config.invocation_params.dir)
            target = probe(config.getoption("blocks_python"))
        except (CannotRun, WrongSettings) as error:
            raise pytest.UsageError(str(error)) from error
        root = self.settings.root
        store = Store(root, self.warnings.append) if root else None
        self.press = Press(
            self.settings, target, store, rerun=config.getoption("blocks_rerun")
        )
        self.press.__enter__()
        self.results: list[tuple[int, Result]] = []
        self._restore = {
            name: getattr(codeblocks, name)
            for name in ("extract_from_file", "TestBlock", "MarkdownFile")
        }
        self._codeblocks = codeblocks
        # Also where a shell, for a job in the background, has Ctrl-C ignored.
        self._handlers = {
            number: signal.signal(number, signal.default_int_handler)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        codeblocks.extract_from_file = _extract
        codeblocks.TestBlock = _script_item(self)
        codeblocks.MarkdownFile = _page_file(codeblocks.MarkdownFile, self.settings)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Begin with all that was selected and may overlap."""
        if not session.config.option.collectonly:
            self.press.start(
                item.job
                for item in session.items
                if hasattr(item, "job")
                and not item.get_closest_marker("skip")
                and not self.press.unmet_need(item.job.script)
            )

    def pytest_sessionfinish(self) -> None:
        """End what still runs, whatever ended the session."""
        self.press.__exit__()

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Say how many blocks ran, and what was wrong with records."""
        for warning in self.warnings:
            terminalreporter.write_line(f"warning: {warning}", yellow=True)
        ran = sum(blocks for blocks, result in self.results if result.ran)
        every = sum(blocks for blocks, _ in self.results)
        version = self.press.target.interpreter.version
        terminalreporter.write_line(
            f"ran {ran} of {every} blocks on Python {version}"
            + (f", {every - ran} had good records" if ran < every else "")
        )

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
    from livedocs.press import Job

    found = []
    for script in read_page(path).scripts:
        # pytest-codeblocks passes over what is neither python nor bash nor sh.
        block = CodeBlock("", script.line, script.language)
        block.job = Job(script, path)
        if script.excuse:
            block.marks = [f"pytest.mark.skip(reason={script.excuse!r})"]
        found.append(block)
    return found


def _page_file(plain: type[pytest.File], settings: "Settings") -> type[pytest.File]:
    from livedocs.audit import audit
    from livedocs.page import read_page

    class AuditItem(pytest.Item):
        """The audit of one page."""

        def runtest(self) -> None:
            problems = audit(read_page(self.path), settings.root)
            if problems:
                name = settings.name_of(self.path)
                raise BlockFailed(
                    "\n".join(
                        f"{name}:{each.line}: {each.message}" for each in problems
                    )
                )

        def repr_failure(self, excinfo: Any, style: Any = None) -> Any:  # noqa: ARG002
            return _plain_text(super().repr_failure, excinfo)

        def reportinfo(self) -> tuple[Path, int | None, str]:
            return self.path, None, f"{settings.name_of(self.path)}: audit"

    class PageFile(plain):  # type: ignore[valid-type,misc]
        """A page: its audit, then its scripts."""

        def collect(self) -> Iterable[pytest.Item]:
            yield AuditItem.from_parent(parent=self, name="audit")
            yield from super().collect()

    return PageFile


def _script_item(blocks: _Blocks) -> type[pytest.Item]:
    class ScriptItem(pytest.Item):
        """One script of a page."""

        obj: Any = None

        @property
        def job(self) -> Any:
            return self.obj.job

        def runtest(self) -> None:
            need = blocks.press.unmet_need(self.job.script)
            if need:
                pytest.skip(need)
            result = blocks.press.result(self.job)
            blocks.results.append((self.job.blocks, result))
            if result.failure:
                raise BlockFailed(result.failure)

        def repr_failure(self, excinfo: Any, style: Any = None) -> Any:  # noqa: ARG002
            return _plain_text(super().repr_failure, excinfo)

        def reportinfo(self) -> tuple[Path, int | None, str]:
            line = self.job.script.line
            name = blocks.settings.name_of(self.path)
            return self.path, line - 1, f"{name}:{line}"

    return ScriptItem


def _plain_text(otherwise: Any, excinfo: Any) -> Any:
    if isinstance(excinfo.value, BlockFailed):
        return str(excinfo.value)
    return otherwise(excinfo)
