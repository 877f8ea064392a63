"""What the press makes of kills, full disks and damage: `nox -s faults -- 200`.

A small book is pressed and killed at random moments, on a full disk, in a folder
that cannot be written, and with each byte of a record damaged. No fault may leave a
process, a temporary file or a bad record; the next run has to complete and to
equal one that nothing disturbed. Linux only.
"""

import argparse
import contextlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orphans
from desk import Desk, Ran, expecting, fenced
from mounts import INSIDE, can_mount
from rich.console import Console
from rich.table import Table

from interleaved import this_interpreter
from livedocs.finish import Finisher
from livedocs.page import Page, read_page
from livedocs.record import Record, Store, key_of
from livedocs.runner import Target, probe

SIGNALS = (signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGHUP)
CLEAR = re.compile(
    r"(?m)^(\S+:\d+: .*cannot be (run|recorded)|ERROR: .*temporary folder"
    r"|.*No space left on device|.*File too large|.*Read-only file system).*$"
)
"""What has to be said of a disk that cannot be written."""
PENDING = "Pending: this block has not run yet."

PAGES = {
    "one.md": fenced("print(sum(range(1000)))")
    + expecting("499500")
    + fenced("import time\ntime.sleep(0.1)\nprint('slept')")
    + fenced("sleep 0.1 & wait\necho waited", "bash"),
    "two.md": fenced(
        """
        from multiprocessing import get_context

        if __name__ == "__main__":
            with get_context("spawn").Pool(2) as pool:
                print(pool.map(abs, [-1, -2]))
        """
    )
    + fenced(
        """
        import subprocess
        subprocess.Popen(["sleep", "0.2"]).wait()
        print("waited")
        """,
        "python",
        "livedocs:alone",
    )
    + fenced(
        """
        from interleaved import report
        report("lost updates", [3, 4])
        print(*range(100))
        """
    ),
}


@dataclass
class Tally:
    """What came of the faults, by kind."""

    tried: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def count(self, kind: str, problems: list[str]) -> None:
        """Count one fault, and tell what it did that it may not."""
        self.tried[kind] += 1
        self.wrong[kind] += bool(problems)
        for each in problems:
            print(f"{kind}: {each}", flush=True)

    def table(self) -> Table:
        """All kinds, a row each."""
        table = Table("fault", "times", "wrong")
        for kind, times in self.tried.items():
            table.add_row(kind, str(times), str(self.wrong[kind]))
        return table


class Victim:
    """A small book that is pressed, disturbed, and pressed again."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.desk.book()
        for name, text in PAGES.items():
            self.desk.write(f"docs/{name}", text)
        start = time.monotonic()
        first = self.press("--blocks-rerun")
        assert first.status == 0, first.output
        self.seconds = time.monotonic() - start
        """How long a run takes that nothing disturbs."""
        self.undisturbed = self.records()

    def press(self, *options: str, before: tuple[str, ...] = ()) -> Ran:
        """Press the book, by way of another command perhaps."""
        return self.desk.run(*PRESS, *options, limit=300, before=before)

    def records(self) -> dict[str, tuple[object, ...]]:
        """What all records say that no clock had a say in.

        Raises:
            ValueError: one of them cannot be read.
        """
        return {
            record.key: (record.page, record.parts, record.values, record.status)
            for record in self.load()
        }

    def load(self) -> Iterator[Record]:
        """The records; see `records`."""
        store = Store(self.desk.folder, refuse)
        for name in self.desk.records():
            if name.endswith(".json"):
                interpreter, key = name.removesuffix(".json").split("/")
                record = store.load(interpreter, key)
                assert record
                yield record

    def problems(self) -> list[str]:
        """What a fault left, and what the next run did not put right."""
        found = []
        try:
            list(self.load())
        except ValueError as error:
            found.append(f"bad record: {error}")
        ran = self.press()
        if ran.status:
            found.append(f"the next run ends with {ran.status}:\n{ran.output}")
        elif self.records() != self.undisturbed:
            found.append("the next run's records are not those of the first")
        found += [f"orphan {each}" for each in orphans.orphans()]
        orphans.end_orphans()
        left = list(self.desk.temp.iterdir())
        found += [f"temporary {path}" for path in left]
        for path in left:
            shutil.rmtree(path, ignore_errors=True)
        odd = [name for name in self.desk.records() if not name.endswith(".json")]
        return found + [f"unfinished {name}" for name in odd]


PRESS = ("pytest", "--codeblocks", "docs", "-q", "-p", "no:hypothesispytest")


def refuse(warning: str) -> None:
    """Take no record that the store warns of."""
    raise ValueError(warning)


def kills(tally: Tally) -> int:
    """How often the press was killed."""
    return sum(tally.tried[each.name] for each in SIGNALS)


def kill(victim: Victim, chance: random.Random, times: int, tally: Tally) -> None:
    """Kill the press at random moments of its run, the first as well as a later one."""
    while kills(tally) < times:
        if chance.random() < 0.5:
            shutil.rmtree(victim.desk.folder / ".records")
        number = chance.choice(SIGNALS)
        moment = chance.uniform(0, victim.seconds)
        ended = []
        with victim.desk.start(*PRESS, "--blocks-rerun") as process:
            try:
                process.communicate(timeout=moment)
                continue  # too late
            except subprocess.TimeoutExpired:
                process.send_signal(number)
            try:
                process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                ended.append("it does not end")
        problems = [f"{moment:.2f} s: {each}" for each in ended + victim.problems()]
        tally.count(number.name, problems)
        if kills(tally) % 20 == 0:
            print(f"{kills(tally)} of {times}", flush=True)


FULL = """
mount -t tmpfs -o size=256k none "$1"
head -c {used}k /dev/zero >"$1/filler"
shift
exec "$@"
"""
READ_ONLY = """
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
shift
exec "$@"
"""
LIMITED = 'ulimit -f 1; shift; exec "$@"'


def bad_disks(book: Path, folders: dict[str, Path]) -> dict[str, tuple[str, ...]]:
    """Commands that give another command a disk that cannot be written.

    Args:
        book: the folder of the book.
        folders: those that are full, or nearly, by what they are for.
    """
    cases: dict[str, tuple[str, ...]] = {
        "files of at most 512 bytes": ("sh", "-euc", LIMITED, "sh", "-")
    }
    if not can_mount():
        print("full and read-only disks: not tried, since mounting is not allowed here")
        return cases
    cases["a book that is read-only"] = (*INSIDE, READ_ONLY, "sh", str(book))
    for free in (0, 4, 16, 64):
        full = FULL.format(used=256 - free)
        for what, folder in folders.items():
            name = f"{free} KiB free for {what}"
            cases[name] = (*INSIDE, full, "sh", str(folder))
    return cases


def press_on_bad_disks(victim: Victim, tally: Tally) -> None:
    """Press where nothing, or not enough, can be written."""
    book = victim.desk.folder
    folders = {"records": book / ".records", "temporary files": victim.desk.temp}
    for name, command in bad_disks(book, folders).items():
        ran = victim.press("--blocks-rerun", before=command)
        problems = []
        if ran.status and not CLEAR.search(ran.output):
            problems.append(f"nothing says what was wrong:\n{ran.output}")
        if "INTERNALERROR" in ran.output or ran.status not in (0, 1, 4):
            problems.append(f"it ends with {ran.status}:\n{ran.output}")
        tally.count(f"pressed, {name}", problems + victim.problems())


def finish_on_bad_disks(victim: Victim, tally: Tally) -> None:
    """Finish pages where nothing, or not enough, can be written."""
    book = victim.desk.folder
    build = book / ".build"
    folders = {"pages": build, "temporary files": victim.desk.temp}
    good = finished_book(victim)
    for name, command in bad_disks(book, folders).items():
        shutil.rmtree(build)
        build.mkdir()
        ran = victim.desk.run("livedocs", "finish", before=command)
        problems = []
        if ran.status and not re.fullmatch(r"Error: .+\n", ran.output):
            problems.append(f"not one line says what was wrong:\n{ran.output}")
        if finished_book(victim) != good:
            problems.append("the next pages are not those of the first")
        tally.count(f"finished, {name}", problems)


def finished_book(victim: Victim) -> dict[str, bytes]:
    """What `livedocs finish` writes, by its name."""
    ran = victim.desk.run("livedocs", "finish")
    assert ran.status == 0, ran.output
    folder = victim.desk.folder / ".build" / "docs"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def damage(victim: Victim, chance: random.Random, tally: Tally) -> None:
    """Finish a page with each byte of its record damaged in turn."""
    page = read_page(victim.desk.folder / "docs" / "two.md")
    target = probe(sys.executable)
    script = page.scripts[-1]
    assert "report(" in script.blocks[0].fence.code
    file = Store(victim.desk.folder, refuse).path(
        this_interpreter().name, key_of(script)
    )
    whole = file.read_bytes()
    good, warnings = finished(victim.desk.folder, page, target)
    assert PENDING not in good
    assert not warnings
    for kind, spoil in SPOILS.items():
        for place in range(len(whole)):
            file.write_bytes(spoil(whole, place, chance))
            text, warnings = finished(victim.desk.folder, page, target)
            problems = []
            if text != good and not (PENDING in text and str(file) in str(warnings)):
                problems.append(f"byte {place}: the page has something else")
            tally.count(kind, problems)
    file.write_bytes(whole)


SPOILS: dict[str, Callable[[bytes, int, random.Random], bytes]] = {
    "a byte flipped": lambda whole, place, chance: (
        whole[:place]
        + bytes([whole[place] ^ chance.randrange(1, 256)])
        + whole[place + 1 :]
    ),
    "a byte lost": lambda whole, place, _: whole[:place] + whole[place + 1 :],
    "a byte too many": lambda whole, place, chance: (
        whole[:place] + chance.randbytes(1) + whole[place:]
    ),
    "the end lost": lambda whole, place, _: whole[:place],
    "the end in zeros": lambda whole, place, _: whole[:place].ljust(len(whole), b"\0"),
}


def finished(folder: Path, page: Page, target: Target) -> tuple[str, list[str]]:
    """A finished page, and what the store warned of."""
    warnings: list[str] = []
    store = Store(folder, warnings.append)
    made_by = (target.interpreter, target.machine)
    name = target.interpreter.name
    finisher = Finisher(
        store,
        lambda script: store.load(name, key_of(script), made_by=made_by),
        lambda _: None,
        target.machine,
        target.interpreter,
    )
    return finisher.finish(page, []), warnings


def main() -> int:
    """Try all faults, and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "kills",
        nargs="?",
        type=int,
        default=200,
        help="how often the press is killed (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, help="moments and damage of an earlier run, which told it"
    )
    options = parser.parse_args()
    seed = random.randrange(10**6) if options.seed is None else options.seed
    print(f"--seed {seed}", flush=True)
    chance = random.Random(seed)
    orphans.adopt()
    tally = Tally()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.ExitStack() as ending,
        contextlib.suppress(KeyboardInterrupt),  # what was tried is told
    ):
        desk = Desk(Path(folder) / "book")
        ending.callback(shutil.rmtree, desk.temp, ignore_errors=True)
        ending.callback(orphans.end_orphans)
        victim = Victim(desk)
        print("damaging a record, 1 of 3", flush=True)
        damage(victim, chance, tally)
        print("filling disks, 2 of 3", flush=True)
        press_on_bad_disks(victim, tally)
        finish_on_bad_disks(victim, tally)
        print(f"killing {options.kills} times, 3 of 3", flush=True)
        kill(victim, chance, options.kills, tally)
    Console().print(tally.table())
    all_tried = kills(tally) >= options.kills
    return 0 if all_tried and not tally.wrong.total() else 1


if __name__ == "__main__":
    sys.exit(main())
