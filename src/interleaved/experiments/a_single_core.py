import sys
from concurrent.futures import ProcessPoolExecutor

from interleaved import compare
from interleaved.gil import count_serial, count_to
from interleaved.start_here import wait_serial, wait_threaded

if sys.platform == "linux":
    import os

    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

if __name__ == "__main__":
    if sys.platform != "linux":
        print("To have one core takes Linux: these had all.")
    waits = {
        "two waits in a row": lambda: wait_serial(2, 0.02),
        "two waits overlapping": lambda: wait_threaded(2, 0.02),
    }
    print(compare(waits))
    with ProcessPoolExecutor(2) as pool:
        counts = {
            "two counts in a row": lambda: count_serial(300_000),
            "two counts in processes": lambda: [
                *pool.map(count_to, [300_000] * 2)
            ],
        }
        print(compare(counts, attempts=1))
