"""What the cores of a machine are worth together."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from math import inf

from interleaved.spread import Spread

_COUNTER = """
import sys, time
for line in sys.stdin:
    counted, end = 0, time.perf_counter() + float(line)
    while time.perf_counter() < end:
        for _ in range(1000):
            pass
        counted += 1
    print(counted, flush=True)
"""


def capacity(cores: int, *, rounds: int = 15, seconds: float = 0.05) -> Spread:
    """Measure how much faster several cores count than one of them.

    A core may be one of two hardware threads, or shared with another machine
    without a word from the hypervisor; then a program on two cores gains less
    than two, whoever wrote it. Processes that share nothing count for a while,
    one of them and all of them by turns.

    Args:
        cores: How many, from 2 on.
        rounds: How often.
        seconds: For how long each time.

    Returns:
        The ratio by round: at best, `cores`.

    Raises:
        ValueError: There is nothing to compare: fewer than two cores, no round or
            so little time that a core counts to nothing.
    """
    if cores < 2 or rounds < 1 or not 0 < seconds < inf:
        raise ValueError(
            f"capacity takes 2 cores, 1 round and some time, or more of each,"
            f" not {cores}, {rounds} and {seconds} s"
        )
    with _counters(cores) as counters:
        _count(counters, 0.01)  # they have started
        ratios = []
        for _ in range(rounds):
            together, alone = _count(counters, seconds), _count(counters[:1], seconds)
            if not alone:
                raise ValueError(f"in {seconds} s a core counts to nothing: take more")
            ratios.append(together / alone)
    return Spread.of(ratios, "×")


@contextmanager
def _counters(number: int) -> Iterator[list[subprocess.Popen[str]]]:
    with ExitStack() as stack:
        counters = []
        for _ in range(number):
            counter = subprocess.Popen(
                [sys.executable, "-c", _COUNTER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(counter)
            stack.callback(counter.kill)
            counters.append(counter)
        yield counters


def _count(counters: list[subprocess.Popen[str]], seconds: float) -> int:
    for counter in counters:
        assert counter.stdin
        counter.stdin.write(f"{seconds}\n")
        counter.stdin.flush()
    return sum(int(counter.stdout.readline()) for counter in counters if counter.stdout)
