"""The whole book: verify it, finish its pages, preview it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from livedocs.finish import Finished, Finisher, finish_all, pages_in
from livedocs.guard import VARIABLE, GuardedFolder
from livedocs.history import read_history
from livedocs.press import Job, Press, jobs_of
from livedocs.programs import commands_of
from livedocs.record import Store, key_of
from livedocs.references import References
from livedocs.runner import Target, probe
from livedocs.settings import Settings

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Book:
    """A book and the interpreter that builds it.

    Attributes:
        settings: the book's; its `root` is set.
        target: the interpreter.
        say: told, line by line, what happens.
        gathered: whether records of other machines belong to the build, too.
    """

    settings: Settings
    target: Target
    say: Say
    gathered: bool = False

    @classmethod
    def open(
        cls, settings: Settings, python: Path, say: Say, *, gathered: bool = False
    ) -> "Book":
        """A book as one interpreter builds it.

        Raises:
            CannotRun: the interpreter does not work.
        """
        return cls(settings, probe(python), say, gathered)

    def finish(self, failures: dict[str, str] | None = None) -> Finished:
        """Write the finished pages; the result tells what is not good in them.

        Args:
            failures: what to show in place of missing outputs, by key.
        """
        references = References(
            self.settings.references, lambda text: self.say(f"warning: {text}")
        )
        with self._press() as (press, store):
            finisher = Finisher(
                store,
                lambda script: press.fresh_record(Job(script, self.settings.pages)),
                press.unmet_need,
                self.target.machine,
                self.target.interpreter,
                failures=failures,
                references=references,
                gathered=self.gathered,
                history=read_history(self.settings.root, self.settings.pages),
                commands=commands_of(self.settings),
            )
            done = finish_all(
                self.settings.pages,
                self.settings.finished,
                finisher,
                self._finished_elsewhere(),
            )
        old = references.outdated([entry.script for entry in done.claims])
        if old:
            names = ", ".join(old)
            self.say(f"warning: the reference of {names} is of an older program")
        return done

    def run_pending(self) -> dict[str, str]:
        """Run the scripts that have no good record.

        Returns:
            What went wrong, by the script's key.
        """
        failures: dict[str, str] = {}
        ran = every = 0
        with self._press() as (press, _):
            jobs = [job for job in self.jobs() if not press.unmet_need(job.script)]
            press.start(jobs)
            for job in jobs:
                result = press.result(job)
                every += job.blocks
                ran += job.blocks * result.ran
                if result.failure:
                    failures[key_of(job.script)] = result.failure
                    self.say(result.failure)
        self.say(f"ran {ran} of {every} blocks")
        return failures

    def prune(self) -> int:
        """Remove records of blocks that the pages no longer have; how many."""
        keys = {key_of(job.script) for job in self.jobs()}
        with self._press() as (_, store):
            return sum(
                store.prune(name, f"{self.settings.docs}/", keys)
                for name in store.interpreters()
            )

    def jobs(self) -> list[Job]:
        """The scripts of all pages, in the order of the files' names."""
        return jobs_of(pages_in(self.settings.pages))

    def serve(self, address: str) -> int:
        """Show the book at an address, until Ctrl-C; what is saved is run and shown.

        Returns:
            The exit status of MkDocs.
        """
        # Also where a shell, for a job in the background, has Ctrl-C ignored.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        self.finish()
        saved = threading.Event()
        saved.set()
        with (
            self._watching(saved),
            _mkdocs_serve(self.settings.root, address) as server,
        ):
            try:
                # It sees no change that comes during its first build.
                while server.poll() is None and not _answers(address):
                    time.sleep(0.05)
                while server.poll() is None:
                    if saved.wait(0.2):
                        saved.clear()
                        try:
                            self._refresh()
                        except FileNotFoundError:
                            saved.set()  # an editor is replacing a page just now
            except KeyboardInterrupt:
                self.say("stopped")
                return 0
        return server.returncode

    def _refresh(self) -> None:
        """Show pages at once as they are, run what is pending, show that."""
        self.finish()
        failures = self.run_pending()
        done = self.finish(failures)
        for page, problems in done.problems.items():
            for each in problems:
                self.say(each.told(self.settings.name_of(page)))

    @contextlib.contextmanager
    def _watching(self, saved: threading.Event) -> Iterator[None]:
        class Saved(FileSystemEventHandler):
            def on_any_event(self, event: FileSystemEvent) -> None:
                changed = event.event_type in (
                    "modified",
                    "created",
                    "deleted",
                    "moved",
                )
                if changed and "__pycache__" not in str(event.src_path):
                    saved.set()

        observer = Observer()
        for folder in {self.settings.pages, *self.settings.modules}:
            if folder.is_dir():
                observer.schedule(Saved(), str(folder), recursive=True)
        observer.start()
        try:
            yield
        finally:
            observer.stop()
            observer.join()

    @contextlib.contextmanager
    def _press(self) -> Iterator[tuple[Press, Store]]:
        assert self.settings.root is not None
        store = Store(self.settings.root, lambda text: self.say(f"warning: {text}"))
        with Press(self.settings, self.target, store) as press:
            yield press, store

    def _finished_elsewhere(self) -> dict[str, Path]:
        folder = self.gallery_pages
        return {"gallery": folder} if folder.is_dir() else {}

    @property
    def gallery_pages(self) -> Path:
        """Where the gallery leaves its finished pages."""
        return self.settings.finished.parent / "gallery-pages"


def _answers(address: str) -> bool:
    """Whether somebody listens at an address, such as `127.0.0.1:8000`."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), 1).close()
    except (OSError, ValueError):  # MkDocs tells of a wrong one
        return False
    return True


@contextlib.contextmanager
def _mkdocs_serve(
    folder: Path | None, address: str
) -> Iterator[subprocess.Popen[bytes]]:
    """MkDocs at work, in a session of its own: Ctrl-C reaches it through us, once."""
    with GuardedFolder() as base:
        server = subprocess.Popen(
            [sys.executable, "-m", "mkdocs", "serve", "--livereload", "-a", address],
            cwd=folder,
            env=os.environ | {VARIABLE: str(base), "TMPDIR": str(base)},
            start_new_session=True,
        )
        try:
            yield server
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
