from interleaved import compare
from interleaved.gil import count_serial, count_threaded

counts = compare(
    {
        "in a row": lambda: count_serial(1_000_000),
        "on two threads": lambda: count_threaded(1_000_000),
    }
)
print(counts)
