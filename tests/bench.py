"""What measuring is worth and what the press costs, for `nox -s bench`.

To be run on a quiet machine. Nothing here is a test: each figure is printed
beside the one to reach.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from shutil import which
from typing import TypeVar

from interleaved import Comparison, Elsewhere, capacity, compare
from interleaved.clean_child import measured_in_child
from interleaved.free_threaded import collatz_serial, collatz_threaded
from interleaved.gil import count_serial, count_threaded, count_to
from interleaved.start_here import wait_serial, wait_threaded
from livedocs.gallery import build as build_gallery
from livedocs.page import Page, parse_page
from livedocs.press import Job, Press
from livedocs.record import Store
from livedocs.runner import Runner, Target, probe
from livedocs.settings import Settings

Found = TypeVar("Found")
TRIVIAL = "```python\nprint('hello')\n```\n"
NUMBER = 2_000_000
"""Counted to by the parallel variants: about 100 ms, long beside a call to a pool."""
ATTEMPTS = 8
"""How often a ratio is measured at most until nothing disturbs it."""
QUIET = 0.1
"""How far from twice the work of one two cores may be that are ours alone."""
MOST_DISTURBED = 200
"""Repeats on cores that others use, until it gives up: a quarter of an hour."""
PASSES = 3
"""How often pyperf measures, and `compare` after it in some processes."""
PROCESSES = 5
NUMBERS = range(1, 20_000)
"""Of which free-threaded threads follow the rule of Collatz: about 150 ms."""
TASKS = """```python
import asyncio


async def task():
    await asyncio.sleep(0.01)


async def main():
    async with asyncio.TaskGroup() as group:
        for _ in range(1000):
            group.create_task(task())


asyncio.run(main())
```
"""
ASLEEP = "```python\nimport time\n\ntime.sleep(0.5)  # {}\n```\n\n"


def main() -> None:
    """Print the figures, each beside the one to reach."""
    target = probe(Path(sys.executable))
    print(f"{target.interpreter.implementation} {target.interpreter.version}")
    print(f"{target.machine.cores} cores of {target.machine.cpu}\n")
    parallel_ratios()
    repeated_ratio()
    beside_pyperf()
    reading_the_clock()
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder)
        trivial_block(target, book)
        traced_tasks(target, book)
        blocks_asleep(target, book)
        nothing_changed(target, book)
        gallery_again(book / "gallery")


def parallel_ratios() -> None:
    """Compare two tasks in a row with two at once, by every means there is."""
    found = compare(
        {
            "two sleeps in a row": lambda: wait_serial(2, 0.2),
            "two sleeps on threads": lambda: wait_threaded(2, 0.2),
        }
    )
    show(found, "two sleeps on threads", "at least 1.95")
    with counting_processes() as in_processes:
        found = on_quiet_cores(
            {
                "two counts in a row": lambda: count_serial(NUMBER),
                "on threads": lambda: count_threaded(NUMBER),
                "in processes": in_processes,
            }
        )
    show(found, "on threads", "with a GIL at most 1.15")
    show(found, "in processes", "at least 1.8")
    without_gil = which("python3.13t")
    if without_gil is None:
        print("free-threaded: no 3.13t on this machine")
        return
    with ExitStack() as stack:
        variants = {
            label: stack.enter_context(Elsewhere(without_gil, function, NUMBERS))
            for label, function in (
                ("3.13t in a row", collatz_serial),
                ("3.13t on threads", collatz_threaded),
            )
        }
        found = on_quiet_cores(variants)
    show(found, "3.13t on threads", "at least 1.7")


def on_quiet_cores(variants: Mapping[str, Callable[[], object]]) -> Comparison:
    """Compare until two cores are quiet before and after.

    If they never are, the attempt is kept in which they were quietest.
    """
    tried = []
    for attempt in islice(with_unrest(lambda: compare(variants)), ATTEMPTS):
        tried.append(attempt)
        if attempt[0] <= QUIET:
            break
    rest, found = min(tried, key=lambda attempt: attempt[0])
    print(f"two processes that share nothing: within {rest:.2f} of 2 × the work of one")
    return found


def with_unrest(measure: Callable[[], Found]) -> Iterator[tuple[float, Found]]:
    """Measure for ever, and say each time how restless the cores were around it."""
    before = unrest()
    while True:
        found = measure()
        after = unrest()
        yield max(before, after), found
        before = after


def unrest() -> float:
    """How far from 2 × the work of one two processes are that share nothing.

    Of the quartiles the farther one: cores that others use now and then are uneven.
    """
    found = capacity(2)
    return max(abs(2 - found.low), abs(2 - found.high))


def show(found: Comparison, label: str, figure: str) -> None:
    """Print one ratio beside its figure, with what disturbed it."""
    disturbed = f"; disturbed: {found.disturbance}" if found.disturbance else ""
    print(f"{label}: {found.speedup(label)} ({figure}){disturbed}")


@contextmanager
def counting_processes() -> Iterator[Callable[[], list[int]]]:
    """Two processes that count when called."""
    with ProcessPoolExecutor(2) as pool:
        yield lambda: list(pool.map(count_to, [NUMBER] * 2))


def repeated_ratio() -> None:
    """Repeat one ratio till twelve had two quiet cores, with a single shot beside each.

    Whether the cores were quiet says what knows nothing of the ratio: the comparison's
    own view of the machine, and two processes that share nothing, before and after.
    """
    one_shot: list[float] = []
    compared: list[float] = []
    disturbed: list[float] = []
    with counting_processes() as in_processes:
        in_a_row = lambda: count_serial(NUMBER)  # noqa: E731 (as in a comparison)
        variants = {"in a row": in_a_row, "in processes": in_processes}

        def measure() -> tuple[float, Comparison]:
            shot = seconds_of(in_a_row) / seconds_of(in_processes)
            return shot, compare(variants, attempts=1)

        for rest, (shot, found) in with_unrest(measure):
            median = found.speedup("in processes").median
            if found.disturbance or rest > QUIET:
                disturbed.append(median)
            else:
                compared.append(median)
                one_shot.append(shot)
            if len(compared) == 12 or len(disturbed) == MOST_DISTURBED:
                break
    print(
        f"{len(compared)} ratios of processes on quiet cores, {len(disturbed)} others"
    )
    if len(compared) > 1:
        print(f"by one shot: {apart(one_shot):.1%} apart")
        print(f"compared: {apart(compared):.1%} apart (at most 8 %)")
    if disturbed:
        every = apart([*compared, *disturbed])
        print(f"compared, with the others: {every:.1%} apart")


def apart(ratios: list[float]) -> float:
    """How far the largest lies above the smallest."""
    return max(ratios) / min(ratios) - 1


def seconds_of(call: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def beside_pyperf() -> None:
    """Measure the ratio of two workloads with pyperf and with `compare`.

    Both in fresh processes by turns, as a process's memory has a say in its speed.
    """
    setup = "from interleaved.gil import count_to"
    works = ("count_to(50_000)", "sum(map(abs, range(100_000)))")
    their_seconds = our_seconds = 0.0
    theirs, ours = [], []
    for _ in range(PASSES):
        start = time.perf_counter()
        first, second = (pyperf_median(setup, work) for work in works)
        theirs.append(first / second)
        middle = time.perf_counter()
        ours += [measured_in_child(count_by_sum) for _ in range(PROCESSES)]
        their_seconds += middle - start
        our_seconds += time.perf_counter() - middle
    ratio, their_ratio = map(statistics.median, (ours, theirs))
    print(
        f"ratio {ratio:.3f}, by pyperf {their_ratio:.3f}:"
        f" {ratio / their_ratio - 1:+.1%} (within 5 %; pyperf's own {PASSES} are"
        f" {apart(theirs):.1%} apart), in {our_seconds / their_seconds:.2f} of its"
        " time (at most 0.5)"
    )


def count_by_sum() -> float:
    """How much less time one workload takes than the other, by `compare`."""
    found = compare(
        {
            "count": lambda: count_to(50_000) and None,
            "sum": lambda: sum(map(abs, range(100_000))) and None,
        }
    )
    return found.speedup("sum").median


def pyperf_median(setup: str, statement: str) -> float:
    """Seconds per call, as pyperf finds them with its own defaults."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "pyperf.json")
        command = (sys.executable, "-m", "pyperf", "timeit", "-q", "-o", str(output))
        subprocess.run(
            [*command, "-s", setup, statement], check=True, stdout=subprocess.DEVNULL
        )
        runs = json.loads(output.read_text())["benchmarks"][0]["runs"]
    return float(
        statistics.median(value for run in runs for value in run.get("values", ()))
    )


def reading_the_clock() -> None:
    """Compare the price of two readings with the shortest timing that is taken."""
    readings = 100_000
    start = time.perf_counter_ns()
    for _ in range(readings):
        time.perf_counter_ns()
    pair = 2 * (time.perf_counter_ns() - start) / readings / 1e9
    print(f"two readings of the clock: {pair / 0.02:.4%} of 20 ms (under 1 %)\n")


def trivial_block(target: Target, book: Path) -> None:
    """Time a block that prints one line beside the same script, run bare."""
    page = page_of(book, TRIVIAL)
    bare = book / "bare.py"
    bare.write_text(page.fences[0].code, encoding="utf-8")
    with Runner(target, python_path=(), time_limit=60) as runner:
        found = compare(
            {
                "as a block": lambda: (
                    runner.run(page.scripts[0], "page.md", name="page.md").status
                ),
                "bare python": lambda: (
                    subprocess.run(
                        [str(target.path), str(bare)],
                        check=True,
                        stdout=subprocess.DEVNULL,
                    ).returncode
                ),
            },
            rounds=31,
        )
    print(found)
    print(f"a trivial block: {found.speedup('bare python')} (at most 1.5 ×)\n")


def traced_tasks(target: Target, book: Path) -> None:
    """Time a block of 1,000 tasks with a timeline beside the same block without."""
    (plain,) = page_of(book, TASKS).scripts
    (traced,) = page_of(book, f"<!--livedocs:timeline(task)-->\n{TASKS}").scripts
    with Runner(target, python_path=(), time_limit=60) as runner:
        assert len(runner.run(traced, "page.md", name="page.md").spans) == 1000
        found = compare(
            {
                "traced": lambda: runner.run(traced, "page.md", name="page.md").status,
                "plain": lambda: runner.run(plain, "page.md", name="page.md").status,
            },
            rounds=31,
            attempts=ATTEMPTS,
        )
    show(found, "plain", "a traced run takes at most 1.1 × the plain one")


def blocks_asleep(target: Target, book: Path) -> None:
    """Time ten blocks that sleep, through the press and one after another."""
    page = page_of(book, "".join(ASLEEP.format(number) for number in range(10)))
    with Runner(target, python_path=(), time_limit=60) as runner:
        start = time.perf_counter()
        for script in page.scripts:
            runner.run(script, "page.md", name="page.md")
        serial = time.perf_counter() - start
    start = time.perf_counter()
    press_page(target, book, page, None)
    pressed = time.perf_counter() - start
    print(
        f"ten blocks asleep: {pressed / serial:.2f} × the serial time (at most 0.6 ×)"
    )


def nothing_changed(target: Target, book: Path) -> None:
    """Count the blocks that run again when nothing or one block has changed."""
    text = "".join(ASLEEP.format(number) for number in range(10))
    store = Store(book, print)
    press_page(target, book, page_of(book, text), store)
    again = press_page(target, book, page_of(book, text), store)
    edited = page_of(book, text.replace("# 3", "# three"))
    after = press_page(target, book, edited, store)
    print(f"nothing changed: ran {again} of 10 blocks (0)")
    print(f"one block changed: ran {after} of 10 blocks (1)")


def gallery_again(root: Path) -> None:
    """Build the gallery cold, then with nothing changed, then with one example."""
    project = Path(__file__).parents[1]
    shutil.copytree(project / "examples", root / "examples")
    shutil.copytree(project / "src", root / "src")
    out = root / "pages"
    cold, warm = build_gallery(root, out), build_gallery(root, out)
    changed = root / "examples" / "two_sleeps.py"
    with changed.open("a", encoding="utf-8") as script:
        script.write("#\n# One line more.\n")
    one = build_gallery(root, out)
    print(
        f"the gallery: {len(cold.ran)} examples in {cold.seconds:.0f} s; with nothing"
        f" changed {warm.seconds / cold.seconds:.3f} of that (at most 0.35, running"
        f" {len(warm.ran)}), with one changed {one.seconds / cold.seconds:.2f} (running"
        f" {len(one.ran)})"
    )


def page_of(book: Path, text: str) -> Page:
    """A page of the book with this text."""
    path = book / "page.md"
    path.write_text(text, encoding="utf-8")
    return parse_page(text, path)


def press_page(target: Target, book: Path, page: Page, store: Store | None) -> int:
    """Press a page; return how many of its blocks ran."""
    jobs = [Job(script, page.path) for script in page.scripts]
    with Press(Settings(root=book), target, store) as press:
        press.start(jobs)
        return sum(press.result(job).ran for job in jobs)


if __name__ == "__main__":
    main()
