from statistics import median

from interleaved import machine_waits as waits, report
from interleaved.latencies import cycle_of_lines, human, seconds_a_hop

near = min(seconds_a_hop(cycle_of_lines(16 * 1024)))
far = min(seconds_a_hop(cycle_of_lines(64 * 1024**2)))
with waits.file_of_pages() as file:
    cached = median(waits.timed(file.read, 100))
    device = median(waits.timed(file.write_through, 20))
with waits.echoing_process() as echo:
    loopback = median(waits.timed(echo, 200))
thread = median(waits.timed(waits.start_thread, 50))
process = median(waits.timed(waits.start_process, 10))
print("a hop in Python         ", human(near))
print("main memory, on top     ", human(far - near))
print("4 KiB of a file, cached ", human(cached))
print("4 KiB to the device     ", human(device))
print("loopback, there and back", human(loopback))
print("a thread, start to end  ", human(thread))
print("a process, start to end ", human(process))
report("far hops in a process", process / far)
