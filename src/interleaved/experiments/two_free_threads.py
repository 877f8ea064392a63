from interleaved import compare
from interleaved.free_threaded import (
    collatz_serial,
    collatz_threaded,
)

numbers = range(1, 8000)
steps = compare(
    {
        "in a row": lambda: collatz_serial(numbers),
        "on two threads": lambda: collatz_threaded(numbers),
    }
)
print(steps)
