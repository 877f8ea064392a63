from interleaved import compare
from interleaved.start_here import wait_serial, wait_threaded

waits = compare(
    {
        "in a row": lambda: wait_serial(10, seconds=0.02),
        "overlapping": lambda: wait_threaded(10, seconds=0.02),
    }
)
print(waits)
