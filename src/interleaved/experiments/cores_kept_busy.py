from threading import Thread
from time import perf_counter, process_time

from interleaved import report
from interleaved.gil import count_to

NUMBER = 10_000_000

threads = [Thread(target=count_to, args=(NUMBER,)) for _ in range(2)]
begun, used = perf_counter(), process_time()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
elapsed, used = perf_counter() - begun, process_time() - used
print(f"counted to {NUMBER:,} on each of two threads")
report("cores kept busy", used / elapsed)
