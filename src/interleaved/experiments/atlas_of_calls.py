from functools import partial

from interleaved import compare
from interleaved.gil_atlas import (
    in_a_row,
    library_calls,
    on_two_threads,
)

found = []
with library_calls() as calls:
    for name, call in calls.items():
        row = partial(in_a_row, call)
        threads = partial(on_two_threads, call)
        variants = {f"{name}, in a row": row, name: threads}
        pair = compare(variants, rounds=7, attempts=2)
        found.append((pair.speedup(name), name))
found.sort(key=lambda each: -each[0].median)
for speedup, name in found:
    print(f"{name:20}{speedup}")
