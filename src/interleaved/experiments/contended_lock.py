from interleaved import compare
from interleaved.lock_granularity import (
    count_confined,
    count_contending,
    count_serial,
)

counts = compare(
    {
        "one thread": lambda: count_serial(50_000),
        "two, a lock each time": lambda: count_contending(50_000),
        "two, a lock at the end": lambda: count_confined(50_000),
    }
)
print(counts)
