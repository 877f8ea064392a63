from concurrent.futures import ProcessPoolExecutor

from interleaved import compare
from interleaved.gil import count_to

TIERS = [600_000, 600_000, 600_000]  # equal work


def stack(tiers: list[int]) -> int:
    return count_to(60_000) + sum(tiers)


if __name__ == "__main__":
    with ProcessPoolExecutor(3) as bakers:
        cakes = compare(
            {
                "one baker": lambda: stack([*map(count_to, TIERS)]),
                "three bakers": lambda: stack(
                    [*bakers.map(count_to, TIERS)]
                ),
            }
        )
    print(cakes)
