"""Work that threads share, or do not, and an extension that asks for the GIL."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path
from shutil import which
from threading import Barrier, Lock

Tally = dict[str, int]
"""How many even numbers were met, and how many odd ones."""

# It says nothing about the GIL, as no extension did before 3.13.
_EXTENSION = """
#include <Python.h>
static struct PyModuleDef old = {PyModuleDef_HEAD_INIT, "old_extension"};
PyMODINIT_FUNC PyInit_old_extension(void) { return PyModule_Create(&old); }
"""


def collatz_steps(numbers: Iterable[int]) -> int:
    """Add up the steps that take each number down to 1 by the rule of Collatz.

    An even number is halved; an odd one is tripled, plus one.
    """
    steps = 0
    for number in numbers:
        reached = number
        while reached > 1:
            reached = 3 * reached + 1 if reached % 2 else reached // 2
            steps += 1
    return steps


def collatz_serial(numbers: range) -> int:
    """Add up the steps of the numbers' parts, one part after another."""
    return sum(map(collatz_steps, parts(numbers)))


def collatz_threaded(numbers: range, threads: int = 2) -> int:
    """Add up the steps of the numbers' parts, by threads that take part after part."""
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(collatz_steps, parts(numbers)))


def parts(numbers: range) -> list[range]:
    """Cut numbers into 32 parts, or fewer if some were empty.

    They are many, so that no thread is left without work for long at the end.
    """
    size = max(1, ceil(len(numbers) / 32))
    return [numbers[at : at + size] for at in range(0, len(numbers), size)]


def tally_serial(times: int, threads: int = 2) -> Tally:
    """Count in this thread, as often as the other tallies have threads."""
    return merged(count_into(empty_tally(), times) for _ in range(threads))


def tally_apart(times: int, threads: int = 2) -> Tally:
    """Count in threads, each into a dictionary of its own, and merge them."""
    return merged(in_threads(lambda: count_into(empty_tally(), times), threads))


def tally_together(times: int, threads: int = 2) -> Tally:
    """Count in threads, all into one dictionary, under one lock."""
    tally, lock = empty_tally(), Lock()
    in_threads(lambda: count_into_locked(tally, times, lock), threads)
    return tally


def tally_unlocked(times: int, threads: int = 2) -> Tally:
    """Count in threads, all into one dictionary, with no lock: it may lose some."""
    tally = empty_tally()
    in_threads(lambda: count_into(tally, times), threads)
    return tally


def empty_tally() -> Tally:
    """Return a tally of nothing."""
    return {"even": 0, "odd": 0}


def count_into(tally: Tally, times: int) -> Tally:
    """Count the numbers below `times`: read, add and write, without a lock."""
    for number in range(times):
        tally["odd" if number % 2 else "even"] += 1
    return tally


def count_into_locked(tally: Tally, times: int, lock: Lock) -> Tally:
    """Count the numbers below `times`, each under the lock from read to write."""
    for number in range(times):
        with lock:
            tally["odd" if number % 2 else "even"] += 1
    return tally


def merged(tallies: Iterable[Tally]) -> Tally:
    """Add up several tallies in a new one."""
    total = empty_tally()
    for tally in tallies:
        for kind, count in tally.items():
            total[kind] += count
    return total


def in_threads(work: Callable[[], Tally], threads: int) -> list[Tally]:
    """Do the same work in several threads, which begin together.

    An exception of one of them is raised here.

    Raises:
        threading.BrokenBarrierError: Not all threads were there within 10 s.
    """
    all_started = Barrier(threads, timeout=10)

    def begin() -> Tally:
        all_started.wait()
        return work()

    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(begin) for _ in range(threads)]
        return [future.result() for future in futures]


def build_old_extension(folder: Path) -> Path | None:
    """Compile `old_extension`, a module that does not say it can do without a GIL.

    Args:
        folder: Where to put its source and the module.

    Returns:
        The module's file; None without a C compiler named `cc`, without the
        headers of this interpreter, and on Windows, where it takes more.

    Raises:
        subprocess.CalledProcessError: The compiler failed.
    """
    headers = Path(sysconfig.get_path("include"))
    found = which("cc") and (headers / "Python.h").exists()
    if not found or os.name == "nt":
        return None
    source = folder / "old_extension.c"
    source.write_text(_EXTENSION)
    module = folder / f"old_extension{sysconfig.get_config_var('EXT_SUFFIX')}"
    flags = ["-shared", "-fPIC"]
    if sys.platform == "darwin":  # the interpreter has the missing symbols
        flags += ["-undefined", "dynamic_lookup"]
    subprocess.run(
        ["cc", *flags, f"-I{headers}", str(source), "-o", str(module)],
        check=True,
        capture_output=True,
        timeout=50,
    )
    return module
