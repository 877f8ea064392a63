from collections import Counter

from interleaved import report
from interleaved.starvation import LOCKS, runs, turns


def work() -> int:
    return sum(range(500))


for name, kind in LOCKS.items():
    orders = [turns(kind(), 4_000, work) for _ in range(5)]
    print(f"turns of each, {name} lock:", end=" ")
    print(sorted(Counter(orders[0]).values()))
    longest = [max(runs(order)) for order in orders]
    report(f"longest run, {name} lock", longest)
