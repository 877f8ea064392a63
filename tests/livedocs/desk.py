"""Pages run as a user runs them: pytest in a process and a folder of its own."""

import errno
import itertools
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from interleaved import Comparison, Noise, Timing, this_interpreter, this_machine

_NAPS = itertools.count()


def unshared_nap() -> str:
    """Seconds, about 66, for which no process of another test sleeps."""
    return f"66.{os.getpid()}{next(_NAPS)}"


def full_disk(*_: object) -> None:
    """Fail as what writes does where no space is left."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fenced(code: str, info: str = "python", *directives: str) -> str:
    """A block with its directives, as Markdown; the code may be indented."""
    comments = "".join(f"<!--{each}-->\n" for each in directives)
    return f"\n{comments}```{info}\n{textwrap.dedent(code).strip()}\n```\n"


def expecting(output: str) -> str:
    """The fence of an expected output, as Markdown."""
    return fenced(output, "text", "pytest-codeblocks:expected-output")


def forged(*speedups: float, stolen: float = 0.0) -> str:
    """What a comparison of "alone" and "beside" leaves that had these speed-ups."""
    rounds = speedups * 5
    found = Comparison(
        (Timing("alone", 1, rounds), Timing("beside", 1, (1.0,) * len(rounds))),
        this_machine(),
        this_interpreter(),
        Noise(stolen, 0.0),
    )
    return f'{{"comparison": {found.to_json()}}}\n'


FAST = forged(2.0)
SLOW = forged(0.5)
NOISY = forged(0.5, stolen=0.5)


def measuring(results: Path, info: str = 'python title="counts.py"') -> str:
    """A block that measures the next line of a file each time that it runs.

    It fails when there is none left.
    """
    code = f"""
        import os
        with open({str(results)!r}) as file:
            first, *others = file.readlines()
        with open({str(results)!r}, "w") as file:
            file.writelines(others)
        with open(os.environ["INTERLEAVED_RESULTS"], "a") as file:
            file.write(first)
        print(len(others), "left")
        """
    return fenced(code, info, "livedocs:alone")


def claiming(name: str, condition: str, sentence: str = "It is fast.") -> str:
    """A claim and its sentence, as Markdown."""
    return f"\n<!--livedocs:claim({name}: {condition})-->\n{sentence}\n"


@dataclass(frozen=True)
class Item:
    """What pytest said of one block, or of the audit of one page."""

    outcome: str
    """`passed`, `failed`, `skipped` or `error`."""
    text: str


@dataclass(frozen=True)
class Ran:
    """What one pytest process left."""

    status: int
    output: str
    items: dict[str, list[tuple[str, Item]]] = field(default_factory=dict)
    """Names and results of its items, by page."""

    def blocks(self, page: str) -> list[Item]:
        """The blocks of a page, in order."""
        others = ("audit", "claim ")
        return [
            item
            for name, item in self.items.get(page, ())
            if not name.startswith(others)
        ]

    def claim(self, page: str, name: str) -> Item:
        """A claim of a page."""
        return dict(self.items[page])[f"claim {name}"]

    def audit(self, page: str) -> Item:
        """The audit of a page."""
        return dict(self.items[page])["audit"]

    def count(self) -> str:
        """How many blocks ran, in the press's words."""
        found = re.search(r"ran \d+ of \d+ blocks", self.output)
        return found[0] if found else ""


class Desk:
    """A folder with pages, and a folder for temporary files that is watched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Short: the sockets of multiprocessing are in it.
        self.temp = Path(tempfile.mkdtemp(prefix="desk-"))
        self._report = folder.with_name(f"{folder.name}.xml")
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, content: str | bytes) -> Path:
        """Save a file below the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def book(self, settings: str = "") -> None:
        """Make the folder a book."""
        self.write("pyproject.toml", f"[tool.livedocs]\n{textwrap.dedent(settings)}")

    def records(self) -> list[str]:
        """Names of the files below `.records`."""
        return sorted(
            path.relative_to(self.folder / ".records").as_posix()
            for path in (self.folder / ".records").rglob("*")
            if path.is_file()
        )

    def start(
        self,
        *command: str | Path,
        env: dict[str, str] | None = None,
        before: tuple[str, ...] = (),
    ) -> subprocess.Popen[str]:
        """Start `python -m COMMAND` in the folder, by way of `before` perhaps."""
        return subprocess.Popen(
            [*before, sys.executable, "-m", *map(str, command)],
            cwd=self.folder,
            env=os.environ | {"TMPDIR": str(self.temp)} | (env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(
        self,
        *command: str | Path,
        env: dict[str, str] | None = None,
        limit: float = 60,
        before: tuple[str, ...] = (),
    ) -> Ran:
        """Run `python -m COMMAND` in the folder; see `start`."""
        with self.start(*command, env=env, before=before) as process:
            try:
                output, _ = process.communicate(timeout=limit)
            except BaseException:
                process.kill()
                raise
        return Ran(process.returncode, output)

    def pytest(
        self,
        *arguments: str | Path,
        env: dict[str, str] | None = None,
        limit: float = 60,
    ) -> Ran:
        """Run `pytest --codeblocks ARGUMENTS` in the folder."""
        self._report.unlink(missing_ok=True)
        command = (*PYTEST, f"--junit-xml={self._report}", *arguments)
        ran = self.run(*command, env=env, limit=limit)
        items = _items(self._report) if self._report.exists() else {}
        return Ran(ran.status, ran.output, items)

    def processes(self) -> list[str]:
        """Command lines of processes that blocks of this desk left."""
        found = []
        for process in psutil.process_iter():
            try:
                if str(self.temp) in process.environ().get("LIVEDOCS_RUN", ""):
                    found.append(" ".join(process.cmdline()))
            except psutil.Error:
                continue
        return found

    def assert_clean(self) -> None:
        """Nothing of a run is left: no process, no temporary file."""
        with suppress(AssertionError):  # one that was killed takes a moment to end
            wait_for(lambda: not self.processes(), limit=5)
        left = [self.processes(), sorted(self.temp.iterdir())]
        assert left == [[], []], left

    def clear(self) -> None:
        """End with a clean desk."""
        self.assert_clean()
        self.temp.rmdir()


PYTEST = (
    *("pytest", "--codeblocks", "--rootdir=.", "-v"),
    *("-p", "no:cacheprovider"),  # leaves a folder
    *("-p", "no:hypothesispytest"),  # takes a second to start
)


def _items(report: Path) -> dict[str, list[tuple[str, Item]]]:
    items: dict[str, list[tuple[str, Item]]] = {}
    for case in ET.parse(report).iter("testcase"):
        page, name = case.get("classname") or "", case.get("name") or ""
        item = Item("passed", "")
        for kind, outcome in (
            ("failure", "failed"),
            ("skipped", "skipped"),
            ("error", "error"),
        ):
            found = case.find(kind)
            if found is not None:
                item = Item(outcome, f"{found.get('message')}\n{found.text}")
        # The page of an item that was not collected is in its name.
        items.setdefault(page or name, []).append((name, item))
    return items


def wait_for(seen: Callable[[], object], limit: float = 60) -> None:
    """Wait until `seen()` is true."""
    deadline = time.monotonic() + limit
    while not seen():
        assert time.monotonic() < deadline, f"not within {limit} s"
        time.sleep(0.02)
