from interleaved import report
from interleaved.races import add_one_split, lost_updates
from interleaved.testing_threads import total_of_two


def stress_passes() -> bool:
    return lost_updates(add_one_split, times=20_000) == 0


def construction_passes() -> bool:
    return total_of_two(add_one_split, patience=2) == 2


noticed = sum(not stress_passes() for _ in range(20))
report("noticed in 20 runs, by stress", noticed)
noticed = sum(not construction_passes() for _ in range(20))
report("noticed in 20 runs, by construction", noticed)
