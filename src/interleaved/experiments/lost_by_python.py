from interleaved import report
from interleaved.race_matrix import (
    lost_by_body,
    pythons_here,
    table,
)

found = {
    name: lost_by_body(path, times=100_000, rounds=2)
    for name, path in pythons_here().items()
}
print(table(found, updates=400_000))
locked = sum(lost["with lock: c += f()"] for lost in found.values())
report("lost under a lock, all together", locked)
