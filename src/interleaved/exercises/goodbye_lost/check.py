"""Judge `goodbye_lost`."""

from pathlib import Path

from interleaved.exercises.expecting import PATIENCE, expect, run

# What is registered with atexit is called after the threads that Python waits for.
PROGRAM = """
import atexit
from pathlib import Path
from sys import argv
from threading import Event

from interleaved.exercises.expecting import load

went_on, too_late = Event(), Event()
atexit.register(too_late.set)


def write(line):
    if not went_on.wait({patience}):
        print("held up")
    if not too_late.wait({patience}):
        print(line)


load(Path(argv[1]), "say_goodbye").say_goodbye(write)
went_on.set()
"""


def check(file: Path) -> str:
    """A write that takes a while is done before the program has ended."""
    ran = run("-P", "-c", PROGRAM.format(patience=PATIENCE), str(file), within=20)
    expect(ran is not None, "the program did not end", "wait for the write alone")
    assert ran is not None
    expect(ran.returncode == 0, f"the program failed:\n{ran.stderr}", "read its error")
    held_up = "held up" in ran.stdout
    expect(not held_up, "the caller had to wait for the write", "let it go on")
    expect(
        ran.stdout.strip() == "goodbye",
        f"the program ended having written {ran.stdout.strip()!r}, not 'goodbye'",
        "what becomes of a daemon thread when the program ends?",
    )
    return "the program ended after its last line was written"
