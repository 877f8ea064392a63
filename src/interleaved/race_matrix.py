"""One increment in many spellings, on every Python: which lose updates, and why."""

import _thread
import dis
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from shutil import which
from subprocess import TimeoutExpired, run
from threading import Event, Thread
from time import monotonic, sleep
from types import FrameType

from interleaved.machine import this_interpreter
from interleaved.other_pythons import installed, numbers_printed

BODIES = (
    "c += 1",
    "x.v += 1",
    "d[k] += 1",
    "c += len(s)",
    "c += abs(-1)",
    "c += f()",
    "c = c + f()",
    "items.append(1)",
    "items += [1]",
    "with lock: c += f()",
)
"""Statements that add one, each to a thing that all threads share."""

NAMES = (
    "3.9",
    "3.10",
    "3.11",
    "3.12",
    "3.13",
    "3.13t",
    "3.14",
    "3.14t",
    "3.15",
    "3.15t",
)
"""Versions of CPython to look for; those with a `t` are free-threaded builds."""

_PROGRAM = """\
import sys
from threading import Lock, Thread
from time import sleep

if hasattr(sys, 'setswitchinterval'):
    sys.setswitchinterval(0.0005)  # a tenth of the default: ten times the switches

SPACE = '''
class Plain(object):
    v = 0

class Computed(object):
    hidden = 0

    @property
    def v(self):
        return self.hidden

    @v.setter
    def v(self, value):
        self.hidden = value

def f():
    return 1

def work():
    global c, items
    started.append(1)
    while len(started) < 2:
        sleep(0.0001)
    for _ in range({times}):
        {body}

c, x, p, d, items = 0, Plain(), Computed(), dict(k=0), []
k, s, started = 'k', 'a', []
'''


def lost(body, times):
    space = dict(lock=Lock(), sleep=sleep)
    text = SPACE.replace('{times}', str(times)).replace('{body}', body)
    exec(compile(text, body, 'exec'), space)
    threads = [Thread(target=space['work']) for _ in range(2)]
    for thread in threads:
        thread.daemon = True
        thread.start()
    for thread in threads:
        thread.join(40)
    counted = space['c'] + space['x'].v + space['p'].v + space['d']['k']
    return 2 * times - counted - len(space['items'])


"""


_ASK_NAME = """\
import sys
from sysconfig import get_config_var
build = "t" if get_config_var("Py_GIL_DISABLED") else ""
print("%d.%d%s" % (sys.version_info[0], sys.version_info[1], build))
"""


def program(bodies: Sequence[str], times: int, rounds: int) -> str:
    """Return a program that prints the updates lost, a line for each round and body.

    It runs on Python 2.7 and everything since. Two threads wait for each other
    and then execute a body side by side, at a tenth of the default switch interval.

    Args:
        bodies: Statements that add one: to `c`, to `x.v` (an attribute), to `p.v`
            (a property), to `d[k]`, or to the length of `items`. `f()` returns 1.
        times: Updates by each thread.
        rounds: How often each body gets its turn, from the same start.
    """
    lines = [f"for body in {list(bodies)!r}:", f"    for _ in range({rounds}):"]
    return _PROGRAM + "\n".join([*lines, f"        print(lost(body, {times}))", ""])


def lost_by_body(
    python: str = sys.executable,
    bodies: Sequence[str] = BODIES,
    times: int = 200_000,
    rounds: int = 3,
) -> dict[str, float]:
    """Return the updates that two threads lose in all rounds, by body.

    Args:
        python: Path of the interpreter that runs them.
        bodies: See `program`.
        times: Updates by each thread in each round; all together there are
            `2 * times * rounds`.
        rounds: How often each body gets its turn.

    Raises:
        RuntimeError: The interpreter failed; the message says why.
        subprocess.TimeoutExpired: It took too long, and was ended.
    """
    printed = numbers_printed(python, program(bodies, times, rounds), seconds=100)
    return {
        body: sum(printed[at * rounds : (at + 1) * rounds])
        for at, body in enumerate(bodies)
    }


def pythons_here(find: Callable[[str], str | None] = which) -> dict[str, str]:
    """Look for versions of CPython, and for other implementations.

    Those of CPython are looked for on PATH and, if pyenv is on PATH, among its
    versions. This interpreter is one of them wherever it is.

    Args:
        find: Finds the program of a command; another one serves tests.

    Returns:
        The path of each that works, by its name, such as "3.13t" or "PyPy".
    """
    paths = {}
    for name in NAMES:
        candidates = [find(f"python{name}"), *_of_pyenv(name)]
        if name == this_interpreter().name:
            candidates.insert(0, sys.executable)
        working = (path for path in candidates if path and _is(path, name))
        if path := next(working, None):
            paths[name] = path
    return paths | {name: path for name, path in installed(find).items() if path}


def first_of(pythons: Mapping[str, str], *names: str) -> str | None:
    """Return the path of the first of some interpreters that is there, if one is."""
    return next((pythons[name] for name in names if name in pythons), None)


def table(found: Mapping[str, Mapping[str, float]], updates: int) -> str:
    """Write what was lost as a table: a line for each body, in percent.

    Args:
        found: The updates lost by body, by interpreter.
        updates: Of how many.
    """
    bodies = list(next(iter(found.values())))
    width = max(map(len, bodies))
    lines = [" " * width + "".join(f"{name:>7}" for name in found)]
    for body in bodies:
        shares = [_percent(lost[body] / updates) for lost in found.values()]
        lines.append(body.ljust(width) + "".join(f"{share:>7}" for share in shares))
    return "\n".join(lines)


def switch_points(
    work: Callable[[], object], seconds: float = 0.5
) -> set[tuple[str, int]]:
    """Find the instructions at which the interpreter asks whether to switch threads.

    Where it asks that, it also asks for signals. So another thread sends one signal
    after the other, and the handler notes which instruction it interrupted.

    Args:
        work: Called again and again in the main thread; one call is over soon.
        seconds: How long. Of a short loop all such instructions are found in that
            time, most likely; one that is executed rarely may be missed.

    Returns:
        For each instruction the name of its function and its offset there, as
        `dis` has it.

    Raises:
        ValueError: This is not the main thread, which alone handles signals.
    """
    seen: set[tuple[str, int]] = set()
    enough = Event()

    def note(_signal: int, frame: FrameType | None) -> None:
        if frame is not None:
            seen.add((frame.f_code.co_name, frame.f_lasti))

    def send_signals() -> None:
        while not enough.wait(0.0002):
            _thread.interrupt_main()

    sender = Thread(target=send_signals, daemon=True)
    before = signal.signal(signal.SIGINT, note)
    try:
        sender.start()
        end = monotonic() + seconds
        while monotonic() < end:
            work()
    finally:
        enough.set()
        sender.join(10)
        sleep(0)  # the last signal is handled here at the latest
        signal.signal(signal.SIGINT, before)
    return seen


def listing(function: Callable[..., object], points: set[tuple[str, int]]) -> str:
    """Write a function's instructions, with a mark at those points that are in it.

    Args:
        function: A function that is written in Python.
        points: See `switch_points`.
    """
    lines = [f"{function.__name__}:"]
    for step in dis.get_instructions(function):
        mark = "<- may switch" if (function.__name__, step.offset) in points else ""
        lines.append(f"  {step.opname:14} {step.argrepr:12} {mark}".rstrip())
    return "\n".join(lines)


def _percent(share: float) -> str:
    """Write a share: "0" is none at all."""
    if share <= 0:
        return "0"
    return "<1" if share < 0.01 else f"{share:.0%}".rstrip("%")


def _of_pyenv(name: str) -> list[str]:
    """Return the paths that a version has under pyenv, whose commands are shims."""
    folders = [Path(folder) for folder in os.get_exec_path()]
    return [
        str(path)
        for folder in folders
        if folder.name == "shims"
        for path in folder.parent.glob(f"versions/{name}*/bin/python{name}")
    ]


def _is(python: str, name: str) -> bool:
    """Tell whether this interpreter works, and is the one of that name."""
    try:
        asked = run(
            [python, "-c", _ASK_NAME],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, TimeoutExpired):
        return False
    return asked.stdout.strip() == name
