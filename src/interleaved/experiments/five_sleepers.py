from functools import partial
from multiprocessing import get_all_start_methods

from interleaved import compare, report
from interleaved.waiting_together import sleep_in

if __name__ == "__main__":
    ways = get_all_start_methods()
    sleeps = compare(
        {
            way: partial(sleep_in, way, sleepers=5, seconds=0.05)
            for way in ("threads", *ways)
        },
        rounds=5,
        attempts=1,  # each round starts dozens of processes
    )
    print(sleeps)
    best = max(sleeps.speedup(way).median for way in ways)
    report("threads by the best of processes", best, "×")
