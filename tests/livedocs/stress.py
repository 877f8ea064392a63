"""The book verified again and again in bad company: `nox -s stress -- 20`.

Each round runs the blocks of some pages of each kind anew, or by `--whole` those of all
pages, their claims included, in a copy of the project. A round that fails is a false
failure, since nothing is wrong with the pages but the company; what it leaves is a
leak. There may be neither. Linux only.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import orphans
from mounts import INSIDE, can_mount
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[2]
OF_EACH_KIND = {
    "locks": "comparisons",
    "races": "races by construction and by chance",
    "processes": "processes that are compared, drawn, terminated and killed",
    "broken-pools": "workers that die, and what is killed with them",
    "asyncio-border": "asyncio, its latencies, its timeline, ten thousand tasks",
    "debugging": "stacks on a signal, crashes, a watchdog",
}
"""The pages of a round, and what they try: on two quiet cores about 20 s."""
LEAKS = ("processes", "threads", "sockets", "descriptors", "files")
LIMIT = 3600.0
"""Seconds that a round may take."""
MEMORY = 4 * 2**20
"""KiB of addresses that a process may have where memory is low: a free-threaded build
reserves 1 GiB and a hundred threads have 8 MiB of stack each."""

BUSY = "while True: pass"
WRITING = """
import os, sys
while True:
    with open(sys.argv[1], "wb") as file:
        for _ in range(16):
            file.write(os.urandom(2**20))
            file.flush()
            os.fsync(file.fileno())
"""
STEALING = """
import os, sys, time
file = os.open(sys.argv[1], os.O_WRONLY)
stolen = 0
while True:
    lines = open("/proc/stat").read().splitlines()
    for number, line in enumerate(lines):
        name, *ticks = line.split()
        if name.startswith("cpu"):
            ticks[7] = str(int(ticks[7]) + stolen)
            lines[number] = " ".join([name, *ticks])
    os.pwrite(file, "\\n".join(lines).ljust(2**14).encode(), 0)
    time.sleep(0.05)
    stolen += 1
"""

# With a /dev/shm of its own, of which is told what the command left in it.
PRIVATE = """
mount -t tmpfs none /dev/shm
{mounts}
set +e
"$@"
status=$?
ls -A /dev/shm >"$SHARED_MEMORY"
exit $status
"""


PYTEST = ("-q", "-p", "watch", "-p", "no:cacheprovider", "--basetemp=../basetemp")
Verification = subprocess.Popen[str]


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and beside what a verification runs."""

    before: tuple[str, ...] = ()
    """A command that the verification is given to."""
    mounts: str = ""
    """Shell commands that mount something for it."""
    options: tuple[str, ...] = ()
    """Of pytest."""
    at_once: int = 1


@dataclass
class Score:
    """What came of the rounds under one condition."""

    rounds: int = 0
    failures: int = 0
    leaks: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


@contextlib.contextmanager
def quiet(_: Path) -> Iterator[Setting]:
    """Nothing beside it."""
    yield Setting()


@contextlib.contextmanager
def busy(_: Path) -> Iterator[Setting]:
    """Two processes count."""
    with beside(BUSY), beside(BUSY):
        yield Setting()


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[Setting]:
    """A process writes to the disk, and waits for it each time."""
    with beside(WRITING, folder / "written"):
        yield Setting()


@contextlib.contextmanager
def one_core(_: Path) -> Iterator[Setting]:
    """The scheduler allows one core."""
    core = str(min(os.sched_getaffinity(0)))
    yield Setting(("taskset", "-c", core))


@contextlib.contextmanager
def little_memory(_: Path) -> Iterator[Setting]:
    """Each process may have so many addresses."""
    yield Setting(("sh", "-euc", f'ulimit -v {MEMORY}; exec "$@"', "sh"))


@contextlib.contextmanager
def stolen_time(folder: Path) -> Iterator[Setting]:
    """The kernel tells that a hypervisor steals a fifth of each core."""
    forged = folder / "stat"
    forged.write_bytes(b" " * 2**14)
    with beside(STEALING, forged):
        while not forged.read_bytes().strip():
            time.sleep(0.01)
        yield Setting(mounts=f"mount --bind '{forged}' /proc/stat")


@contextlib.contextmanager
def shuffled(_: Path) -> Iterator[Setting]:
    """The order of the blocks is one of chance."""
    seed = random.randrange(10**6)
    print(f"--blocks-shuffle {seed}", flush=True)
    yield Setting(options=("--blocks-shuffle", str(seed)))


@contextlib.contextmanager
def two_at_once(_: Path) -> Iterator[Setting]:
    """Another verification in another checkout."""
    yield Setting(at_once=2)


CONDITIONS: dict[str, Callable[[Path], contextlib.AbstractContextManager[Setting]]] = {
    each.__name__.replace("_", "-"): each
    for each in (
        *(quiet, busy, writing, one_core),
        *(little_memory, stolen_time, shuffled, two_at_once),
    )
}


@contextlib.contextmanager
def beside(code: str, *arguments: Path) -> Iterator[int]:
    """Run a program meanwhile; gives its id."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(command) as process:
        try:
            yield process.pid
        finally:
            process.kill()


class Checkout:
    """A copy of the project, and a folder for the temporary files of its rounds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        ignore = shutil.ignore_patterns(".*", "site", "__pycache__")
        shutil.copytree(ROOT, self.folder, ignore=ignore)
        self.temporary = folder / "t"  # short: the names of sockets begin with it
        self.temporary.mkdir()
        self._watched = folder / "watched.json"
        self._shared = folder / "shared"

    def start(self, arguments: Iterable[str], setting: Setting) -> Verification:
        """Start pytest."""
        self._watched.unlink(missing_ok=True)
        self._shared.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", *PYTEST, *arguments]
        inside = [*INSIDE, PRIVATE.format(mounts=setting.mounts), "sh"]
        modules = (Path(__file__).parent, self.folder / "src")
        return subprocess.Popen(
            [*(inside if can_mount() else ()), *setting.before, *command],
            cwd=self.folder,
            env=os.environ
            | {
                "TMPDIR": str(self.temporary),
                "WATCHED": str(self._watched),
                "SHARED_MEMORY": str(self._shared),
                "PYTHONPATH": os.pathsep.join(map(str, modules)),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def leaks(self) -> Counter[str]:
        """What pytest left, but for processes; files are removed."""
        found: Counter[str] = Counter()
        if self._watched.exists():
            found.update(json.loads(self._watched.read_text(encoding="utf-8")))
        if self._shared.exists():
            names = self._shared.read_text(encoding="utf-8").splitlines()
            print(*(f"left: /dev/shm/{name}\n" for name in names), sep="", end="")
            found["files"] += len(names)
        for path in (*self.temporary.iterdir(), *self.folder.glob(".records/*/.*")):
            print(f"left: {path}", flush=True)
            found["files"] += 1
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return found


def verify(
    checkouts: list[Checkout], arguments: list[str], setting: Setting, score: Score
) -> None:
    """Run pytest once in each checkout, at once, and score it."""
    start = time.monotonic()
    company = orphans.below()
    started = [
        each.start([*arguments, *setting.options], setting) for each in checkouts
    ]
    for process in started:
        with process:
            try:
                output, _ = process.communicate(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()
                output = f"not done within {LIMIT:.0f} s"
        score.rounds += 1
        if process.returncode:
            score.failures += 1
            print(f"status {process.returncode}:\n{output}", flush=True)
    score.seconds += time.monotonic() - start
    left = orphans.orphans(company)
    orphans.end_orphans(company)
    print(*(f"left: {each}\n" for each in left), sep="", end="", flush=True)
    score.leaks["processes"] += len(left)
    for checkout in checkouts:
        score.leaks.update(checkout.leaks())


def bad(scores: dict[str, Score]) -> int:
    """How many false failures and leaks there were."""
    return sum(score.failures + score.leaks.total() for score in scores.values())


def told(scores: dict[str, Score]) -> str:
    """What came of the rounds so far, in a line."""
    runs = sum(score.rounds for score in scores.values())
    failures = sum(score.failures for score in scores.values())
    return f"{runs} runs, {failures} false failures, {bad(scores) - failures} leaks"


def table(scores: dict[str, Score]) -> Table:
    """What came of all conditions, a row each."""
    table = Table("condition", "runs", "false failures", *LEAKS, "s a run")
    for name, score in scores.items():
        leaks = (str(score.leaks[each]) for each in LEAKS)
        pace = f"{score.seconds / max(score.rounds, 1):.0f}"
        table.add_row(name, str(score.rounds), str(score.failures), *leaks, pace)
    return table


def read_options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "rounds",
        nargs="?",
        type=int,
        default=20,
        help="how often under each condition (default: %(default)s)",
    )
    pages = parser.add_mutually_exclusive_group()
    pages.add_argument(
        "--pages",
        default=",".join(OF_EACH_KIND),
        metavar="NAMES",
        help="of the pages (default: %(default)s)",
    )
    pages.add_argument(
        "--whole", action="store_true", help="all pages, which takes many minutes"
    )
    parser.add_argument(
        "--conditions",
        default=",".join(CONDITIONS),
        metavar="NAMES",
        help="of the conditions (default: %(default)s)",
    )
    parser.add_argument(
        "--tests",
        nargs="*",
        default=(),
        metavar="PATH",
        help="unit tests that run in each round as well, such as tests/livedocs",
    )
    options = parser.parse_args()
    unknown = set(options.conditions.split(",")) - CONDITIONS.keys()
    if unknown:
        parser.error(f"no such condition: {', '.join(sorted(unknown))}")
    return options


def main() -> int:
    """Verify in bad company, and print what came of it."""
    options = read_options()
    pages = [f"docs/{name}.md" for name in options.pages.split(",")]
    if options.whole:
        pages = ["docs"]
    blocks = ["--codeblocks", "--blocks-rerun", "--claims=fail", *pages]
    names = options.conditions.split(",")
    if not can_mount() and "stolen-time" in names:
        print("stolen-time: not tried, since mounting is not allowed here")
        names.remove("stolen-time")
    orphans.adopt()
    scores = {name: Score() for name in names}
    done = 0
    with (
        tempfile.TemporaryDirectory(prefix="s") as one,
        tempfile.TemporaryDirectory(prefix="s") as two,
        contextlib.ExitStack() as ending,
        contextlib.suppress(KeyboardInterrupt),  # what was done is told
    ):
        ending.callback(orphans.end_orphans)
        checkouts = [Checkout(Path(one)), Checkout(Path(two))]
        for number in range(options.rounds):
            for name, score in scores.items():
                with CONDITIONS[name](Path(one)) as setting:
                    used = checkouts[: setting.at_once]
                    verify(used, blocks, setting, score)
                    if options.tests:
                        unshuffled = replace(setting, options=())
                        verify(used, options.tests, unshuffled, score)
            done = number + 1
            print(f"round {done} of {options.rounds}: {told(scores)}", flush=True)
    Console(width=110).print(table(scores))
    return 0 if done == options.rounds and not bad(scores) else 1


if __name__ == "__main__":
    sys.exit(main())
