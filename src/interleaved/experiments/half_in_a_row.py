from concurrent.futures import ProcessPoolExecutor

from interleaved import compare
from interleaved.scaling import PIECES, count_half_pooled, count_pooled

if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        halves = compare(
            {
                "in a row": lambda: count_pooled(map, PIECES),
                "half in a row": lambda: count_half_pooled(
                    pool.map, PIECES
                ),
                "nothing in a row": lambda: count_pooled(
                    pool.map, PIECES
                ),
            }
        )
    print(halves)
