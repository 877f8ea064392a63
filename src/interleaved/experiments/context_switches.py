from interleaved import report
from interleaved.machine_waits import timed
from interleaved.operating_system import (
    on_one_core,
    other_end,
    same_end,
)

with on_one_core():
    with same_end() as call:
        within = timed(call, 500)
    with other_end() as call:
        between = timed(call, 500)
pairs = zip(between, within, strict=True)
report("in one process", within, "s")
report("in two processes", between, "s")
report("a switch", [(two - one) / 2 for two, one in pairs], "s")
