import sys
from statistics import median

from interleaved import report, this_interpreter
from interleaved.other_pythons import (
    TWO_COUNTS,
    installed,
    numbers_printed,
)

pythons = {"this CPython": sys.executable, **installed()}
with_gil = {"PyPy", "GraalPy"}
with_gil |= {"this CPython"} if this_interpreter().gil else set()
found = []
for name, path in pythons.items():
    if path:
        speedups = numbers_printed(path, TWO_COUNTS)
        report(name, speedups, "×")
        found += [median(speedups)] if name in with_gil else []
    else:
        print(f"{name}: not installed here")
report("the best of those with a GIL", max(found, default=0), "×")
