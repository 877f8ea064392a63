from concurrent.futures import ProcessPoolExecutor

from interleaved import compare, usable_cores
from interleaved.scaling import PIECES, count_pooled

if __name__ == "__main__":
    cores = usable_cores()
    with (
        ProcessPoolExecutor(cores) as enough,
        ProcessPoolExecutor(4 * cores) as many,
    ):
        pools = compare(
            {
                "one a core": lambda: count_pooled(enough.map, PIECES),
                "four a core": lambda: count_pooled(many.map, PIECES),
            }
        )
    print(pools)
