"""Judge `unguarded_main`."""

import tokenize
from pathlib import Path

from interleaved.exercises.expecting import Wrong, expect, run

HINT = "a new process imports the file: what may it not do then?"
# Everywhere as on Windows and macOS, whatever the answer sets itself.
PROGRAM = """
import multiprocessing, runpy, sys

del sys.argv[0]
multiprocessing.set_start_method("spawn")
multiprocessing.set_start_method = lambda *_, **__: None
spawn = multiprocessing.get_context("spawn")
multiprocessing.get_context = lambda *_, **__: spawn
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def check(file: Path) -> str:
    """The program runs as a script, and its processes start by importing it."""
    ran = run("-P", "-c", PROGRAM, str(file), within=30)
    if ran is None:
        raise Wrong("the program did not end", HINT)
    if ran.returncode:
        raise Wrong(f"the program failed, at last by {last_error(ran.stderr)}", HINT)
    expect(
        ran.stdout.split() == ["285"],
        f"the program printed {ran.stdout.strip()!r}, not '285'",
        "print the sum once, in the program itself",
    )
    with tokenize.open(file) as source:  # in the encoding that it declares
        text = source.read()
    expect("ProcessPoolExecutor" in text, "there is no pool left", "keep the pool")
    return "the program printed 285, and its processes imported it in peace"


def last_error(stderr: str) -> str:
    """Find how the last traceback ends; there may be warnings after it."""
    _, _, calls = stderr.rpartition("Traceback (most recent call last):\n")
    told = [line for line in calls.splitlines() if line and not line.startswith(" ")]
    return told[0] if told else "no message"
