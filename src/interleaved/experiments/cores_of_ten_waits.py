from time import perf_counter, process_time

from interleaved import report
from interleaved.start_here import wait_threaded

shares = []
for _ in range(5):
    begun, used = perf_counter(), process_time()
    wait_threaded(10, seconds=0.2)
    elapsed = perf_counter() - begun
    shares.append((process_time() - used) / elapsed)
report("cores kept busy by ten waits", shares)
