"""Running one program on every Python that is installed, CPython or not."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

OTHERS = {
    "PyPy": ("pypy3", "pypy"),
    "GraalPy": ("graalpy",),
    "Jython": ("jython",),
    "IronPython": ("ipy",),
}
"""Other implementations of Python, and the commands that start them."""

TWO_COUNTS = """\
from threading import Thread
from timeit import default_timer as clock


def count():  # type: () -> None
    number = 2000000
    while number > 0:
        number -= 1


for _ in range(5):
    begun = clock()
    count()
    count()
    counted = clock()
    threads = [Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print((counted - begun) / (clock() - counted))
"""
"""Prints the speed-up of two threads that count, five times.

As the page shows it, for Python 2.7 and everything since.
"""

UPDATES = """\
from threading import Lock, Thread

TIMES = 200000


class Tally:
    unlocked = locked = 0


def count(tally, lock):
    for _ in range(TIMES):
        tally.unlocked += 1
        with lock:
            tally.locked += 1


tally, lock = Tally(), Lock()
threads = [Thread(target=count, args=(tally, lock)) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(2 * TIMES - tally.unlocked)
print(2 * TIMES - tally.locked)
"""
"""Prints how many updates two threads lost, without a lock and with one."""


def installed(
    find: Callable[[str], str | None] = which,
) -> dict[str, str | None]:
    """Look for the other implementations.

    Args:
        find: Finds the program of a command; another one serves tests.

    Returns:
        The path of each, by its name; None where it is not installed.
    """
    return {
        name: next((path for command in commands if (path := find(command))), None)
        for name, commands in OTHERS.items()
    }


def numbers_printed(python: str, program: str, seconds: float = 50) -> list[float]:
    """Run a program and read the numbers that it prints.

    Args:
        python: Path of an interpreter, of any implementation.
        program: Its text, in a Python that this interpreter knows.
        seconds: How long it may take.

    Returns:
        The numbers, one of each line.

    Raises:
        RuntimeError: It failed; the message has what it wrote to stderr.
        subprocess.TimeoutExpired: It took too long, and was ended.
        ValueError: It printed something else than numbers.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder, "program.py")
        path.write_text(program, encoding="ascii")
        run = subprocess.run(
            [python, str(path)],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    if run.returncode:
        raise RuntimeError(f"{python} failed:\n{run.stderr}")
    return [float(line) for line in run.stdout.splitlines()]
