from random import Random

from interleaved import compare

in_order = list(range(1_000_000, 2_000_000))
shuffled = in_order.copy()
Random(1).shuffle(shuffled)
assert sum(shuffled) == sum(in_order)

sums = compare(
    {
        "shuffled": lambda: sum(shuffled),
        "in order": lambda: sum(in_order),
    }
)
print(sums)
