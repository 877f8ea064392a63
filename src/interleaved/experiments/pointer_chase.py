from interleaved import report
from interleaved.latencies import cycle_of_lines, seconds_a_hop

for size in (16, 256, 4096, 65_536):  # KiB
    memory = cycle_of_lines(size * 1024)
    report(f"a hop in {size} KiB", seconds_a_hop(memory), "s")
