"""The press: what runs, what does not run again, and what runs alone."""

import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from desk import (
    FAST,
    NOISY,
    SLOW,
    Desk,
    claiming,
    expecting,
    fenced,
    measuring,
    wait_for,
)

from interleaved import Spread, this_interpreter
from livedocs import press
from livedocs.claims import status
from livedocs.page import read_page
from livedocs.press import Press, Result, jobs_of
from livedocs.record import Store
from livedocs.runner import CannotRun, Target, probe
from livedocs.settings import Settings

CONT = "pytest-codeblocks:cont"


@pytest.fixture(scope="module")
def target() -> Target:
    """This interpreter."""
    return probe(sys.executable)


@dataclass
class Shop:
    """A small book, and a press that is opened for each printing."""

    root: Path
    target: Target
    warnings: list[str] = field(default_factory=list)

    def write(self, name: str, text: str) -> Path:
        """Save a file of the book."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def press(
        self, *, rerun: bool = False, quick: bool = False, root: Path | None = None
    ) -> Press:
        """A press for the book."""
        settings = Settings(root or self.root, python_path=("src",), time_limit=20)
        store = Store(self.root, self.warnings.append)
        return Press(settings, self.target, store, rerun=rerun, quick=quick)

    def print(self, *, rerun: bool = False, quick: bool = False) -> list[Result]:
        """Have every block of the book run, as far as need be."""
        with self.press(rerun=rerun, quick=quick) as press:
            jobs = jobs_of(sorted(self.root.rglob("*.md")))
            press.start(jobs)
            return [press.result(job) for job in jobs]

    def ran(self) -> list[bool]:
        """Which scripts ran; all of them have to be good."""
        results = self.print()
        assert not [each.failure for each in results if each.failure]
        return [each.ran for each in results]

    def records(self) -> list[Path]:
        """The files of the records."""
        found = [path for path in (self.root / ".records").rglob("*") if path.is_file()]
        assert all(re.fullmatch(r"\w{32}\.json", path.name) for path in found)
        return sorted(found)


@pytest.fixture
def shop(tmp_path: Path, target: Target) -> Iterator[Shop]:
    """An empty book; no thread of its presses stays."""
    before = threading.active_count()
    yield Shop(tmp_path / "book", target)
    assert threading.active_count() == before


def test_what_did_not_change_does_not_run_again(desk: Desk) -> None:
    """A second pytest run takes all from records; --blocks-rerun runs all again."""
    desk.book()
    page = fenced("print(1)") + fenced("print(2)", "python", CONT) + fenced("print(3)")
    desk.write("page.md", page)
    assert desk.pytest("page.md").count() == "ran 3 of 3 blocks"
    records = desk.records()
    assert len(records) == 2
    again = desk.pytest("page.md")
    assert again.count() == "ran 0 of 3 blocks"
    assert "3 had good records" in again.output
    assert desk.pytest("page.md", "--blocks-rerun").count() == "ran 3 of 3 blocks"
    desk.write("page.md", page.replace("2", "4"))
    assert desk.pytest("page.md").count() == "ran 2 of 3 blocks"
    assert len(desk.records()) == 3


def test_an_edit_reruns_the_script_that_has_it(shop: Shop) -> None:
    """A block that was edited runs, with the blocks that continue it, and no other."""
    page = fenced("print(1)") + fenced("print(2)") + fenced("print(3)", "python", CONT)
    shop.write("page.md", page)
    assert shop.ran() == [True, True]
    assert shop.ran() == [False, False]
    shop.write("page.md", page.replace("print(3)", "print(33)"))
    assert shop.ran() == [False, True]
    shop.write("page.md", page.replace("print(1)", "print(11)"))
    assert shop.ran() == [True, False]


def test_a_block_that_moves_keeps_its_record(shop: Shop) -> None:
    """Words above a block, or another folder, do not make it run; another name does."""
    shop.write("page.md", fenced("print(1)"))
    assert shop.ran() == [True]
    shop.write("page.md", "# Title\n\nWords.\n" + fenced("print(1)"))
    assert shop.ran() == [False]
    (shop.root / "part").mkdir()
    (shop.root / "page.md").rename(shop.root / "part" / "page.md")
    assert shop.ran() == [False]
    (shop.root / "part" / "page.md").rename(shop.root / "other.md")
    assert shop.ran() == [True]


def test_a_directive_that_changes_the_run_reruns_it(shop: Shop) -> None:
    """What a directive changes of a run makes it another run."""
    shop.write("page.md", fenced("print(1)"))
    assert shop.ran() == [True]
    shop.write("page.md", fenced("print(1)", "python", "livedocs:stderr"))
    assert shop.ran() == [True]


def test_a_changed_source_reruns_who_imports_it(shop: Shop) -> None:
    """A module that changes makes exactly the blocks run again that imported it."""
    shop.write("src/used.py", "number = 1\n")
    shop.write("src/inner.py", "import used\n")
    shop.write("src/other.py", "")
    shop.write(
        "page.md",
        fenced("import used")
        + fenced("import inner")
        + fenced("import other")
        + fenced("print(1)")
        + fenced("python -c 'import used'", "bash"),
    )
    assert shop.ran() == [True] * 5
    assert shop.ran() == [False] * 5
    shop.write("src/used.py", "number = 2\n")
    assert shop.ran() == [True, True, False, False, True]
    (shop.root / "src/used.py").touch()
    assert shop.ran() == [False] * 5


def test_a_source_saved_during_the_run_leaves_no_record(shop: Shop) -> None:
    """If a source changes while a block runs, nobody knows which text ran."""
    shop.write("src/used.py", "number = 1\n")
    path = str(shop.root / "src/used.py")
    code = f"import used\nopen({path!r}, 'a').write('# more')"
    shop.write("page.md", fenced(code))
    assert shop.ran() == [True]
    assert shop.records() == []
    shop.write("page.md", fenced(f"import used, os\nos.remove({path!r})"))
    assert shop.ran() == [True]
    assert shop.records() == []


def test_a_source_from_the_future_leaves_a_record(shop: Shop) -> None:
    """A clock was wrong when it was made: that says nothing of the run."""
    source = shop.write("src/used.py", "number = 1\n")
    os.utime(source, (2e9, 2e9))
    shop.write("page.md", fenced("import used"))
    time.sleep(0.02)  # ctime is coarse
    assert shop.ran() == [True]
    assert len(shop.records()) == 1


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda content: content[: len(content) // 2],
    "empty": lambda _: b"",
    "noise": lambda _: bytes(range(256)),
    "other-json": lambda _: b"[]",
    "edited": lambda content: content.replace(b"honest", b"forged"),
    "format": lambda content: content.replace(
        b'"livedocs_record":2', b'"livedocs_record":1'
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_is_told_and_made_again(shop: Shop, damage: str) -> None:
    """A record that is not what a run left is warned of, and replaced by a run."""
    shop.write("page.md", fenced("print('honest')"))
    assert shop.ran() == [True]
    (record,) = shop.records()
    good = record.read_bytes()
    assert DAMAGES[damage](good) != good
    record.write_bytes(DAMAGES[damage](good))
    assert shop.ran() == [True]
    (warning,) = shop.warnings
    assert warning.startswith(f"{record}: not a good record (")
    assert b'"stdout":"honest\\n"' in record.read_bytes()
    assert shop.ran() == [False]


def test_a_warning_reaches_the_user(desk: Desk) -> None:
    """The summary of pytest tells of a damaged record, and the run is good."""
    desk.book()
    desk.write("page.md", fenced("print(1)"))
    assert desk.pytest("page.md").status == 0
    (name,) = desk.records()
    desk.write(f".records/{name}", "{")
    ran = desk.pytest("page.md")
    assert ran.status == 0
    assert re.search(rf"warning: .*{name}: not a good record", ran.output)


def test_a_promise_that_changes_is_judged_anew(shop: Shop) -> None:
    """If only the expected output changes, the record is judged, and nothing runs."""
    shop.write("page.md", fenced("print(1)"))
    assert shop.ran() == [True]
    shop.write("page.md", fenced("print(1)") + expecting("1"))
    assert shop.ran() == [False]
    shop.write("page.md", fenced("print(1)") + expecting("2"))
    (result,) = shop.print()
    assert result.failure is not None
    assert "-2\n" in result.failure
    assert "page.md:2: this python block failed" in result.failure
    assert shop.records() == []


def test_a_promise_holds_for_what_readers_see(shop: Shop) -> None:
    """A line number that is promised is the one of a reader's copy, in every run."""
    code = """
        import sys, warnings
        sys.stderr = sys.stdout
        warnings.warn("old")
        """
    printed = 'page.py:3: UserWarning: old\n  warnings.warn("old")'
    shop.write("page.md", "# Title\n" + fenced(code) + expecting(printed))
    assert shop.ran() == [True]
    assert shop.ran() == [False]


def test_a_failing_rerun_removes_the_record(shop: Shop) -> None:
    """No page shows the output of a block that fails by now."""
    shop.write("src/used.py", "")
    shop.write("page.md", fenced("import used\nprint(1)"))
    assert shop.ran() == [True]
    assert len(shop.records()) == 1
    shop.write("src/used.py", "raise LookupError('gone wrong')")
    (result,) = shop.print()
    assert result.failure is not None
    assert "gone wrong" in result.failure
    assert shop.records() == []


def test_records_are_of_one_machine_and_interpreter(shop: Shop) -> None:
    """What another machine or build left does not count."""
    shop.write("page.md", fenced("print(1)"))
    assert shop.ran() == [True]
    mine = shop.target
    shop.target = replace(mine, machine=replace(mine.machine, cpu="another"))
    assert shop.ran() == [True]
    shop.target = replace(mine, interpreter=replace(mine.interpreter, build="another"))
    assert shop.ran() == [True]
    shop.target = mine
    assert shop.ran() == [True]


def test_pages_outside_a_book_leave_no_records(shop: Shop, tmp_path: Path) -> None:
    """A page that does not belong to the book is run, and nothing is kept of it."""
    shop.root.mkdir()
    page = tmp_path / "page.md"
    page.write_text(fenced("print(1)"))
    for _ in range(2):
        with shop.press() as press:
            assert press.result(jobs_of([page])[0]) == Result(ran=True, failure=None)
    assert list(shop.root.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["book", "page.md"]


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_what_a_worker_imports_is_a_source(shop: Shop, method: str) -> None:
    """Though a forked worker ends without an exit that Python sees."""
    shop.write("src/lazy.py", "WORD = 'A'\n")
    code = f"""
        import multiprocessing

        def work():
            from lazy import WORD
            return WORD

        if __name__ == "__main__":
            with multiprocessing.get_context("{method}").Pool(1) as pool:
                print(pool.apply(work))
        """
    shop.write("page.md", fenced(code))
    assert shop.ran() == [True]
    assert shop.ran() == [False]
    shop.write("src/lazy.py", "WORD = 'B'\n")
    assert shop.ran() == [True]


def test_a_source_that_is_dropped_is_a_source(shop: Shop) -> None:
    """It was imported, whether or not it is still there at the end."""
    shop.write("src/lazy.py", "WORD = 'A'\n")
    shop.write("page.md", fenced("import sys, lazy\ndel sys.modules['lazy']"))
    assert shop.ran() == [True]
    shop.write("src/lazy.py", "WORD = 'B'\n")
    assert shop.ran() == [True]


def test_a_source_is_what_it_was_when_it_ran(shop: Shop) -> None:
    """Not what another record said of it before it was edited."""
    shop.write("src/lazy.py", "WORD = 'A'\n")
    first = shop.write("first.md", fenced("import lazy\nprint(lazy.WORD)"))
    assert shop.ran() == [True]
    second = shop.write("second.md", fenced("import lazy\nprint(lazy.WORD, 2)"))
    with shop.press() as press:
        (job,) = jobs_of([first])
        assert not press.result(job).ran
        time.sleep(0.05)
        shop.write("src/lazy.py", "WORD = 'B'\n")
        time.sleep(0.05)
        (job,) = jobs_of([second])
        assert press.result(job).ran
    shop.write("src/lazy.py", "WORD = 'A'\n")
    assert shop.ran() == [False, True]


def test_a_record_that_cannot_be_written_is_a_failure(shop: Shop) -> None:
    """The run was good, but no page could show it: said with page and line."""
    shop.write("page.md", "\n" + fenced("print(1)"))
    shop.write(".records", "a file, where a folder has to be")
    (result,) = shop.print()
    assert result.ran
    assert result.failure is not None
    assert result.failure.startswith("page.md:3: the run was good, but cannot be rec")


def test_an_old_record_that_cannot_be_removed_is_told(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the failure that made it wrong."""
    shop.write("page.md", "\n" + fenced("1 / 0"))

    def fail(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Store, "discard", fail)
    (result,) = shop.print()
    assert result.failure is not None
    assert result.failure.startswith("page.md:3: this python block failed")
    assert "ZeroDivisionError" in result.failure
    assert result.failure.endswith("removed: [Errno 30] Read-only file system")


def test_a_block_without_room_is_told(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk a block that cannot start fails with page and line."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    shop.write("page.md", "\n" + fenced("print(1)"))
    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(CannotRun, match=r"folder cannot be made: .* No space"):
        shop.press()
    monkeypatch.undo()
    with shop.press() as press:
        monkeypatch.setattr(Path, "write_text", fail)
        (job,) = jobs_of(shop.root.glob("*.md"))
        result = press.result(job)
    said = "page.md:3: the block cannot be run: [Errno 28] No space left on device"
    assert result.failure == said
    assert not result.ran


def test_the_same_block_twice_has_two_records(shop: Shop) -> None:
    """Each shows what it printed itself, be it a number by chance."""
    shop.write("a.md", fenced("import os\nprint(os.urandom(9))") * 2)
    shop.ran()
    first, second = (
        json.loads(path.read_text())["record"]["parts"][0]["stdout"]
        for path in shop.records()
    )
    assert first != second
    assert shop.ran() == [False, False]


def test_a_run_that_is_broken_off_leaves_no_record(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leaving the press ends its runs at once; nothing half-done is kept."""
    monkeypatch.setattr("livedocs.runner.GRACE", 60)
    started = shop.root / "started"
    code = f"import time\nopen({str(started)!r}, 'w').close()\ntime.sleep(72)"
    page = shop.write("page.md", fenced(code))
    with shop.press() as press:
        press.start(jobs_of([page]))
        wait_for(started.exists)
        start = time.monotonic()
    assert time.monotonic() - start < 30
    assert shop.records() == []


def test_a_run_that_is_broken_off_removes_no_record(shop: Shop) -> None:
    """It says nothing of the block, whose record is as good as before."""
    again, begun = shop.root / "again", shop.root / "begun"
    code = f"""
        import time
        from pathlib import Path

        if Path({str(again)!r}).exists():
            Path({str(begun)!r}).touch()
            time.sleep(72)
        """
    page = shop.write("page.md", fenced(code))
    assert shop.ran() == [True]
    kept = shop.records()
    again.touch()
    with shop.press(rerun=True) as press:
        press.start(jobs_of([page]))
        wait_for(begun.exists)
    assert shop.records() == kept != []


def stamped(log: Path, name: str, work: str, before: str = "") -> str:
    """A program that notes when it started and ended."""
    return "\n".join(
        [
            "import time",
            before,
            f"log = open({str(log)!r}, 'a')",
            f"print({name!r}, time.monotonic(), file=log, flush=True)",
            work,
            f"print({name!r}, time.monotonic(), file=log, flush=True)",
        ]
    )


def until_started(log: Path, *names: str) -> str:
    """Work that lasts until some programs have started, ten seconds at most."""
    return "\n".join(
        [
            f"started = lambda: set(open({str(log)!r}).read().split())",
            "limit = time.monotonic() + 10",
            f"while not {set(names)} <= started() and time.monotonic() < limit:",
            "    time.sleep(0.01)",
        ]
    )


def spans(log: Path) -> dict[str, tuple[float, float]]:
    """When each program started and ended."""
    times: dict[str, list[float]] = {}
    for line in log.read_text().splitlines():
        name, moment = line.split()
        times.setdefault(name, []).append(float(moment))
    return {name: (start, end) for name, (start, end) in times.items()}


def overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


@pytest.mark.quiet
def test_blocks_that_wait_overlap(shop: Shop) -> None:
    """Ten blocks that wait for half a second each take much less than five seconds."""
    log = shop.root / "log"
    programs = (stamped(log, f"n{n}", "time.sleep(0.5)") for n in range(10))
    shop.write("page.md", "".join(map(fenced, programs)))
    start = time.monotonic()
    assert shop.ran() == [True] * 10
    assert time.monotonic() - start < 3.5
    found = list(spans(log).values())
    assert any(overlap(one, two) for one in found for two in found if one is not two)


COMPARES = "from interleaved import compare"
MEASURE = (
    "def work(): return sum(range(10_000))\n"
    "compare({'a': work, 'b': work}, rounds=3, min_seconds=0.01, attempts=1)\n"
    "time.sleep(0.05)"
)


def test_blocks_that_measure_run_alone(shop: Shop) -> None:
    """No block overlaps one that imports `compare`, or one that asks to be alone."""
    log = shop.root / "log"
    page = ""
    for number in range(4):
        page += fenced(stamped(log, f"alone{number}", MEASURE, COMPARES))
        page += fenced(stamped(log, f"beside{number}", "time.sleep(0.3)"))
    page += fenced(stamped(log, "alone", "time.sleep(0.1)"), "python", "livedocs:alone")
    shop.write("page.md", page)
    assert shop.ran() == [True] * 9
    found = spans(log)
    for name, span in found.items():
        if name.startswith("alone"):
            others = (other for each, other in found.items() if each != name)
            assert not any(overlap(span, other) for other in others)
    for path in shop.records():
        record = json.loads(path.read_bytes())["record"]
        measures = any("compare" in code for code in record["code"])
        assert len(record["comparisons"]) == measures


def test_what_was_measured_in_company_is_refused(shop: Shop) -> None:
    """A comparison in a block that may overlap others fails with the way out."""
    code = """
        import interleaved
        measure = getattr(interleaved, "comp" + "are")
        def work(): return sum(range(10_000))
        measure({"a": work, "b": work}, rounds=2, min_seconds=0.001, attempts=1)
        """
    shop.write("page.md", fenced(code))
    (result,) = shop.print()
    assert result.failure is not None
    assert "<!--livedocs:alone--> above it" in result.failure
    assert shop.records() == []
    shop.write("page.md", fenced(code, "python", "livedocs:alone"))
    assert shop.ran() == [True]


def test_what_is_excused_does_not_run(shop: Shop) -> None:
    """A block with a reason not to run is no job; others are."""
    excuse = 'pytest.mark.skip(reason="It is a sketch.")'
    shop.write("page.md", fenced("1 / 0", "python", excuse) + fenced("print(1)"))
    assert shop.ran() == [True]


def test_a_record_has_what_a_page_shows(shop: Shop) -> None:
    """A record says what ran, where it stood, what it printed and what it imported."""
    shop.write("src/used.py", "")
    shop.write("docs/page.md", "# T\n" + fenced("import used\nprint('é')"))
    assert shop.ran() == [True]
    (path,) = shop.records()
    assert path.parent.name == shop.target.interpreter.name
    record = json.loads(path.read_bytes())["record"]
    assert record["page"] == "docs/page.md"
    assert record["line"] == 3
    assert record["code"] == ["import used\nprint('é')\n"]
    assert record["parts"] == [{"stdout": "é\n", "stderr": ""}]
    assert list(record["sources"]) == ["src/used.py"]
    assert record["status"] == 0
    assert 0 < record["seconds"] < 10


def test_a_press_that_never_ran_leaves_nothing(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entering and leaving a press makes no file and keeps no thread."""
    temp = tmp_path / "temp"
    temp.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temp))
    with shop.press():
        assert len(list(temp.iterdir())) == 1
    assert list(temp.iterdir()) == []


@dataclass
class Measurer:
    """A shop with one block, of which the test says what it will measure."""

    shop: Shop

    @property
    def results(self) -> Path:
        """What its runs will measure, a line each."""
        return self.shop.root / "results"

    def will(self, *lines: str) -> None:
        """Have the next runs measure this."""
        self.shop.write("results", "".join(lines))

    def claim(self, *conditions: str) -> None:
        """Write the page with these claims, the first of them called `one`."""
        names = ("one", "two", "three")
        claims = map(claiming, names, conditions)
        self.shop.write("page.md", measuring(self.results) + "".join(claims))

    def print(self, *, rerun: bool = False, quick: bool = False) -> tuple[str, int]:
        """Print; what the first claim came to, and how many runs it took."""
        before = self.left()
        (result,) = self.shop.print(rerun=rerun, quick=quick)
        assert result.failure is None
        runs = before - self.left()
        assert result.ran == (runs > 0)
        return status(result.findings["one"]), runs

    def left(self) -> int:
        """How many runs are still foreseen."""
        return len(self.results.read_text().splitlines())

    def record(self) -> dict[str, Any]:
        """The one record."""
        (path,) = self.shop.records()
        record: dict[str, Any] = json.loads(path.read_bytes())["record"]
        return record


@pytest.fixture
def measurer(shop: Shop) -> Measurer:
    """A shop with one block that measures."""
    return Measurer(shop)


@pytest.mark.parametrize(
    ("measured", "outcome", "runs"),
    [
        ([FAST], "held", 1),
        ([SLOW, FAST], "held", 2),
        ([NOISY, FAST], "held", 2),
        ([SLOW, NOISY, FAST], "held", 3),
        ([SLOW, SLOW, SLOW], "broken", 3),
        ([NOISY, NOISY, SLOW], "broken", 3),
        ([SLOW, SLOW, NOISY], "inconclusive", 3),
    ],
)
def test_what_does_not_hold_is_measured_again(
    measurer: Measurer, measured: list[str], outcome: str, runs: int
) -> None:
    """Three times in all, and no more once it holds; the last run is the record."""
    measurer.claim('"beside" > 1.3')
    measurer.will(*measured, *[FAST] * 3)
    assert measurer.print() == (outcome, runs)
    assert measurer.record()["tries"] == runs
    last = {"version": 2} | measurer.record()["comparisons"][0]
    assert {"comparison": last} == json.loads(measured[-1])
    assert measurer.print() == (outcome, 0)


def test_what_was_tried_in_vain_runs_again_if_asked(measurer: Measurer) -> None:
    """--blocks-rerun begins anew, with three tries."""
    measurer.claim('"beside" > 1.3')
    measurer.will(*[SLOW] * 7)
    assert measurer.print() == ("broken", 3)
    assert measurer.print(rerun=True) == ("broken", 3)
    assert measurer.left() == 1


def test_a_quick_look_is_enough_where_claims_hold(measurer: Measurer) -> None:
    """It leaves no record, so that who wants the numbers measures them."""
    measurer.claim('"beside" > 1.3')
    measurer.will(FAST, FAST)
    assert measurer.print(quick=True) == ("held", 1)
    assert measurer.shop.records() == []
    assert measurer.print() == ("held", 1)
    assert measurer.print(quick=True) == ("held", 0)


@pytest.mark.parametrize(
    ("then", "outcome"), [([FAST], "held"), ([SLOW] * 3, "broken")]
)
def test_a_quick_look_alone_breaks_nothing(
    measurer: Measurer, then: list[str], outcome: str
) -> None:
    """What it does not settle is measured alone, then in full, and that is kept."""
    measurer.claim('"beside" > 1.3')
    measurer.will(SLOW, NOISY, *then)
    assert measurer.print(quick=True) == (outcome, 2 + len(then))
    assert measurer.record()["tries"] == len(then)


def test_a_quick_press_looks_at_what_measures_side_by_side(shop: Shop) -> None:
    """Beside other blocks, too, but not at what claims something of several cores.

    Unless the claim is none about this interpreter.
    """
    log = shop.root / "log"
    page = fenced(stamped(log, "other", "time.sleep(0.3)"))
    cores = stamped(log, "cores", MEASURE, COMPARES)
    page += fenced(cores, 'python title="cores.py"')
    page += claiming("cores-gain", '"b" > 0.01 with 2 cores')
    # These three start first, each in its own time.
    meet = f"{MEASURE}\n{until_started(log, 'elsewhere', 'look0', 'look1')}"
    elsewhere = stamped(log, "elsewhere", meet, COMPARES)
    page += fenced(elsewhere, 'python title="elsewhere.py"')
    kind = "free-threaded" if this_interpreter().gil else "gil"
    page += claiming("more-gain", f'"b" > 0.01 on {kind} with 2 cores')
    for number in range(4):
        page += fenced(stamped(log, f"look{number}", meet, COMPARES))
    shop.write("page.md", page)
    assert not any(result.failure for result in shop.print(quick=True))
    found = spans(log)
    assert overlap(found["look0"], found["look1"])
    assert overlap(found["elsewhere"], found["look0"])
    others = [span for name, span in found.items() if name != "cores"]
    assert not any(overlap(found["cores"], span) for span in others)


def test_what_fails_side_by_side_runs_alone(shop: Shop) -> None:
    """A failure in company proves nothing, and removes no record."""
    runs = shop.root / "runs"
    code = f"""
        from pathlib import Path

        runs = Path({str(runs)!r})
        with runs.open("a") as file:
            file.write(".")
        assert len(runs.read_text()) != 2
        print("good")
        """
    shop.write("page.md", fenced(code, "python", "livedocs:alone"))
    assert shop.ran() == [True]
    (record,) = shop.records()
    with shop.press(rerun=True, quick=True) as press:
        jobs = jobs_of(sorted(shop.root.rglob("*.md")))
        press.start(jobs)
        assert press.result(jobs[0]).failure is None
    assert runs.read_text() == "..."
    assert shop.records() == [record]


@pytest.mark.parametrize(
    ("quick", "claimed", "rounds"),
    [(True, True, 3), (True, False, 1), (False, True, 15)],
)
def test_a_quick_look_has_few_rounds(
    shop: Shop, quick: bool, claimed: bool, rounds: int
) -> None:
    """Comparisons of its scripts are shorter, and more so where nothing is claimed."""
    code = """
        import time

        from interleaved import compare

        variants = {name: lambda: time.sleep(0.001) for name in "ab"}
        made = compare(variants, min_seconds=0.001, attempts=1)
        print(len(made.timings[0].seconds))
        """
    block = fenced(code, 'python title="few.py"', "livedocs:alone")
    claim = claiming("one", '"b" > 0.01') if claimed else ""
    shop.write("page.md", block + expecting(f"{rounds}") + claim)
    (result,) = shop.print(quick=quick)
    assert result.failure is None
    assert len(shop.records()) == (not quick)


def test_a_quick_press_keeps_what_compares_nothing(shop: Shop) -> None:
    """Such a record is as good as any."""
    shop.write("page.md", fenced("print(1)"))
    shop.print(quick=True)
    assert shop.ran() == [False]


def test_each_claim_has_to_hold(measurer: Measurer) -> None:
    """One that does not is enough for another run."""
    measurer.claim('"beside" > 1.3', '"beside" < 1.3')
    measurer.will(*[FAST] * 4)
    assert measurer.print() == ("held", 3)


def test_what_cannot_be_measured_here_is_not_tried_again(measurer: Measurer) -> None:
    """Another run would have no more cores."""
    measurer.claim('"beside" > 1.3 with 1000 cores')
    measurer.will(SLOW, SLOW)
    assert measurer.print() == ("not measured here", 1)


@pytest.mark.parametrize(
    ("worth", "outcome"), [([1.9] * 3, "broken"), ([1.9, 1.9, 1.1], "inconclusive")]
)
def test_before_a_claim_breaks_on_cores_they_are_asked(
    measurer: Measurer,
    monkeypatch: pytest.MonkeyPatch,
    worth: list[float],
    outcome: str,
) -> None:
    """After each run that would have broken it; the record has the answer."""
    asked = []

    def capacity(cores: int) -> Spread:
        asked.append(cores)
        return Spread.of([worth[len(asked) - 1]], "×")

    monkeypatch.setattr(press, "capacity", capacity)
    measurer.claim('"beside" > 1.3 with 2 cores', '"beside" < 1.3')
    measurer.will(*[SLOW] * 3)
    assert measurer.print() == (outcome, 3)
    assert asked == [2, 2, 2]
    assert measurer.record()["capacity"] == worth[-1]
    assert measurer.print() == (outcome, 0)


def test_cores_are_asked_for_a_claim_that_came_later(
    measurer: Measurer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its record does not say what they were worth, so it is made anew."""
    monkeypatch.setattr(press, "capacity", lambda _: Spread.of([1.1], "×"))
    measurer.claim('"beside" > 1.4')
    measurer.will(*[SLOW] * 6)
    assert measurer.print() == ("broken", 3)
    assert measurer.record()["capacity"] is None
    measurer.claim('"beside" > 1.3 with 2 cores')
    assert measurer.print() == ("inconclusive", 1)


def test_a_new_claim_is_held_to_the_record(measurer: Measurer) -> None:
    """It is no other program for a claim; the run counts as the first try."""
    measurer.claim()
    measurer.will(*[SLOW] * 4)
    (result,) = measurer.shop.print()
    assert (result.ran, result.findings) == (True, {})
    measurer.claim('"beside" < 1.3')
    assert measurer.print() == ("held", 0)
    measurer.claim('"beside" > 1.3')
    assert measurer.print() == ("broken", 2)
    assert measurer.record()["tries"] == 3
    measurer.claim('"beside" > 1.4')
    assert measurer.print() == ("broken", 0)


def test_a_claim_about_nothing_is_a_failure(measurer: Measurer) -> None:
    """It is told with the claim's line; the run was good, and is kept.

    Nothing is measured again for other claims before that is mended.
    """
    measurer.claim('"besides" > 1.3', '"alone" > 1', '"beside" < 1.3')
    measurer.will(FAST)
    for ran in (True, False):
        (result,) = measurer.shop.print()
        assert result.ran == ran
        assert result.failure == (
            'page.md:14: the claim one: the block measures no "besides":'
            " did you mean 'beside'?\n"
            'page.md:17: the claim two: "alone" is compared with itself, so always 1'
        )
    measurer.claim('"beside" > 1.3')
    assert measurer.print() == ("held", 0)


def test_a_try_that_fails_is_a_failure(measurer: Measurer) -> None:
    """And no record of the tries before is left."""
    measurer.claim('"beside" > 1.3')
    measurer.will(SLOW)
    (result,) = measurer.shop.print()
    assert result.failure is not None
    assert "not enough values to unpack" in result.failure
    assert measurer.shop.records() == []


def test_a_record_of_a_failing_promise_begins_anew(measurer: Measurer) -> None:
    """What printed something else than the page promises is no try."""
    measurer.claim('"beside" > 1.3')
    measurer.will(SLOW, SLOW, SLOW, SLOW, SLOW)
    assert measurer.print() == ("broken", 3)
    promised = measuring(measurer.results) + expecting("1 left")
    claim = claiming("one", '"beside" < 1.3')
    measurer.shop.write("page.md", promised + claim)
    assert measurer.print() == ("held", 1)
    assert measurer.record()["tries"] == 1


def test_a_page_outside_a_book_is_measured_again_too(
    measurer: Measurer, tmp_path: Path
) -> None:
    """Though nothing is kept of it."""
    measurer.will(SLOW, SLOW, SLOW, SLOW)
    page = tmp_path / "page.md"
    page.write_text(measuring(measurer.results) + claiming("one", '"beside" > 1.3'))
    with measurer.shop.press() as press:
        (job,) = jobs_of([page])
        result = press.result(job)
    assert (status(result.findings["one"]), result.tries) == ("broken", 3)
    assert measurer.shop.records() == []


def test_a_claim_may_be_about_what_a_block_reports(shop: Shop) -> None:
    """Such a block need not be alone."""
    code = "from interleaved import report\nreport('lost', [0, 0])"
    claims = claiming("no-loss", '"lost" == 0') + claiming("loss", '"lost" > 0')
    shop.write("page.md", fenced(code, 'python title="lost.py"') + claims)
    (result,) = shop.print()
    assert result.failure is None
    assert status(result.findings["no-loss"]) == "held"
    assert status(result.findings["loss"]) == "broken"
    assert result.tries == 3


def test_a_job_has_the_claims_about_its_script(shop: Shop) -> None:
    """And no others, in the order of the page."""
    page = shop.write(
        "page.md",
        fenced("1", 'python title="a.py"')
        + claiming("a-two", '"x" > 2')
        + claiming("b-one of b.py", '"x" > 1')
        + fenced("2", 'python title="b.py"')
        + claiming("a-three of a.py", '"x" > 3')
        + claiming("b-four", '"x" > 4')
        + fenced("3"),
    )
    assert read_page(page).problems == []
    names = [[claim.name for claim in job.claims] for job in jobs_of([page])]
    assert names == [["a-two", "a-three"], ["b-one", "b-four"], []]
