from interleaved import report
from interleaved.latencies import cycle_of_lines, seconds_a_hop

for order, shuffled in (("shuffled", True), ("in order", False)):
    memory = cycle_of_lines(64 * 1024**2, shuffled=shuffled)
    report(f"a hop, {order}", seconds_a_hop(memory), "s")
