from threading import Thread
from time import perf_counter, process_time, sleep, thread_time

from interleaved import report
from interleaved.gil import count_to


def compute() -> None:
    end = thread_time() + 0.3
    while thread_time() < end:
        count_to(5_000)


for way in ("in a row", "beside"):
    begun, used = perf_counter(), process_time()
    waiting = Thread(target=sleep, args=(0.3,))
    waiting.start()
    if way == "in a row":
        waiting.join(timeout=30)
    compute()
    waiting.join(timeout=30)
    share = (process_time() - used) / (perf_counter() - begun)
    report(f"share of a core, {way}", share)
