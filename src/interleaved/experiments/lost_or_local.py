from interleaved import report
from interleaved.free_threaded import tally_apart, tally_unlocked

TIMES = 500_000

for name, tally in (
    ("lost from one for each", tally_apart),
    ("lost from one for all", tally_unlocked),
):
    found = tally(TIMES, threads=2)
    report(name, 2 * TIMES - sum(found.values()))
