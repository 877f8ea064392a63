import os
from functools import partial

for library in ("OPENBLAS_NUM", "MKL_NUM", "VECLIB_MAXIMUM"):
    os.environ[f"{library}_THREADS"] = "1"

import numpy as np

from interleaved import compare
from interleaved.gil_atlas import in_a_row, on_two_threads

many = np.random.default_rng(1).random(400_000)
matrix, few = many[:90_000].reshape(300, 300), many[:100]
objects = many[:60_000].astype(object)
calls = {
    "matrix product": lambda: (matrix @ matrix)[0, 0],
    "sines of 400,000": lambda: np.sin(many)[0],
    "sines of 100": lambda: [np.sin(few)[0] for _ in range(5000)],
    "sum of objects": lambda: (objects + objects)[0],
}
for name, call in calls.items():
    row = partial(in_a_row, call)
    threads = partial(on_two_threads, call)
    pair = compare({f"{name}, in a row": row, name: threads})
    print(f"{name:20}{pair.speedup(name)}")
