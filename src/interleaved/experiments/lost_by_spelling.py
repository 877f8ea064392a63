from interleaved import report, this_interpreter
from interleaved.races import (
    add_one,
    add_one_from_call,
    add_one_locked,
    lost_updates,
)

TIMES = 1_000_000

lost = {}
for increment in (add_one, add_one_from_call, add_one_locked):
    name = increment.__name__
    lost[name] = lost_updates(increment, threads=2, times=TIMES)
    report(f"{name} lost", lost[name])

assert lost["add_one_locked"] == 0
if this_interpreter().gil:
    assert lost["add_one"] == 0
