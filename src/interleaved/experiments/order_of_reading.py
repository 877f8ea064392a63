from interleaved import report
from interleaved.race_matrix import lost_by_body

bodies = ("c = c + f()", "c = f() + c", "n = f(); c += n")
for body, lost in lost_by_body(bodies=bodies).items():
    report(body, lost)
