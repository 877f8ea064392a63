"""What the press costs: ratios, for `nox -s bench` on a quiet machine.

Nothing here is a test: a ratio that misses its figure is printed, not raised.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from interleaved import compare
from livedocs.page import Page, parse_page
from livedocs.press import Job, Press
from livedocs.record import Store
from livedocs.runner import Runner, Target, probe
from livedocs.settings import Settings

TRIVIAL = "```python\nprint('hello')\n```\n"
ASLEEP = "```python\nimport time\n\ntime.sleep(0.5)  # {}\n```\n\n"


def main() -> None:
    """Print the figures, each beside the one to reach."""
    target = probe(Path(sys.executable))
    print(f"{target.interpreter.implementation} {target.interpreter.version}")
    print(f"{target.machine.cores} cores of {target.machine.cpu}\n")
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder)
        trivial_block(target, book)
        blocks_asleep(target, book)
        nothing_changed(target, book)


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
