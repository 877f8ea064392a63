import os
from concurrent.futures import ProcessPoolExecutor

from interleaved import compare
from interleaved.gil import count_serial, count_to
from interleaved.start_here import wait_serial, wait_threaded

NUMBER = 300_000

if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
    else:
        print("No way to keep to one core here: this runs on all.")
    waits = {"waits in a row": lambda: wait_serial(2, 0.03)}
    waits["waits together"] = lambda: wait_threaded(2, 0.03)
    print(compare(waits))
    with ProcessPoolExecutor(2) as pool:
        counts = {"counts in a row": lambda: count_serial(NUMBER)}
        counts["counts together"] = lambda: list(
            pool.map(count_to, [NUMBER] * 2)
        )
        print(compare(counts))
