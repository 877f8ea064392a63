from interleaved import report
from interleaved.free_threaded import tally_together, tally_unlocked

TIMES = 1_000_000

lost = [
    2 * TIMES - sum(tally_unlocked(TIMES).values()) for _ in range(5)
]
report("lost without a lock", lost)
kept = tally_together(TIMES // 5)
report("lost under a lock", 2 * TIMES // 5 - sum(kept.values()))
