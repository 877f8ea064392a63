from interleaved import report
from interleaved.race_matrix import lost_by_body

for body, lost in lost_by_body(times=200_000, rounds=4).items():
    report(body, lost)
