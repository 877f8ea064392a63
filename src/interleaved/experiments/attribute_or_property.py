from interleaved import report
from interleaved.race_matrix import lost_by_body

bodies = ("x.v += 1", "p.v += 1", "with lock: p.v += 1")
for body, lost in lost_by_body(bodies=bodies).items():
    report(body, lost)
