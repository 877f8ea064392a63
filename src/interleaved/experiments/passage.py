from interleaved import report
from interleaved.livelock import (
    equal_pause,
    no_pause,
    random_pause,
    tries_in_step,
)

for pause in (no_pause, equal_pause, random_pause):
    tries = [tries_in_step((pause, pause)) for _ in range(5)]
    report(f"tries, {pause.__name__}", tries)
