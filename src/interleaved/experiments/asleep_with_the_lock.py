from threading import Lock
from time import sleep

from interleaved import report
from interleaved.starvation import runs, turns

handed_over = []
for _ in range(5):
    order = turns(Lock(), 60, lambda: sleep(0.003), threads=2)
    handed_over.append((len(runs(order)) - 1) / 59)
report("share of turns handed over", handed_over)
