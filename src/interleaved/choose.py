"""Find out what kind of work a program does: whether it waits or computes."""

from collections.abc import Callable
from time import perf_counter, process_time


def processor_share(work: Callable[[], object], seconds: float = 0.2) -> float:
    """Return the share of its time that a piece of work spends on a processor.

    Work that waits has a share near 0, and work that computes on one thread has one
    near 1 on a machine with a core to spare. Threads that compute elsewhere in this
    process count, too, and child processes do not.

    Source: `time.process_time`, the processor time of this process.

    Args:
        work: A call, made again and again.
        seconds: How long to repeat it at least.
    """
    begun, used = perf_counter(), process_time()
    while True:
        work()
        elapsed = perf_counter() - begun
        if elapsed >= seconds:
            return (process_time() - used) / elapsed
