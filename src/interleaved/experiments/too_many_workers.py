import sys
from concurrent.futures import ProcessPoolExecutor

from interleaved import compare, usable_cores
from interleaved.scaling import PIECES, count_pooled

if __name__ == "__main__":
    cores = usable_cores()
    most = 61 if sys.platform == "win32" else 4 * cores
    pieces = PIECES[:1] * 4 * cores  # as many for each core
    with (
        ProcessPoolExecutor(min(cores, most)) as enough,
        ProcessPoolExecutor(min(4 * cores, most)) as many,
    ):
        pools = compare(
            {
                "one a core": lambda: count_pooled(enough.map, pieces),
                "four a core": lambda: count_pooled(many.map, pieces),
            }
        )
    print(pools)
