from interleaved import report
from interleaved.thread_costs import memory, waiting_threads

before = memory()
with waiting_threads(2000) as threads:
    alive = sum(thread.is_alive() for thread in threads)
    during = memory()
report("alive at once, of 2,000", alive)
assert not any(thread.is_alive() for thread in threads)

if before and during:
    each = during.each(before, len(threads))
    report("memory of each", each.resident, "B")
    report("addresses set aside for each", each.address_space, "B")
else:
    print("What each takes is read from /proc, on Linux.")
