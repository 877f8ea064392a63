from interleaved import compare
from interleaved.start_here import wait_serial, wait_threaded


def wait_joining_early(waits: int, seconds: float) -> int:
    done = 0
    for _ in range(waits):
        done += wait_threaded(1, seconds)  # starts and joins
    return done


waits = compare(
    {
        "in a row": lambda: wait_serial(2, seconds=0.02),
        "joined too early": lambda: wait_joining_early(2, 0.02),
        "started, then joined": lambda: wait_threaded(2, 0.02),
    }
)
print(waits)
