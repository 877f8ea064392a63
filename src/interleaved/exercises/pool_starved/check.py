"""Judge `pool_starved`."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import current_thread

from interleaved.exercises.expecting import expect, in_time, load

HINT = "no task may wait for another task of its own pool: let the caller wait"


def check(file: Path) -> str:
    """A pool of one worker, which a task that waits for another task uses up."""
    answer = load(file, "total_size")
    pool = ThreadPoolExecutor(1, thread_name_prefix="pool")
    asked_on: set[str] = set()

    def size(name: str) -> int:
        asked_on.add(current_thread().name)
        return len(name)

    (total,) = in_time(
        lambda: answer.total_size(pool, size, [["a", "bb"], [], ["ccc"]]),
        otherwise="the only worker waits for a task that no worker is left to do",
        hint=HINT,
    )
    expect(total == 6, f"1 + 2 + 3 came to {total}", "add up all sizes")
    expect(asked_on == {"pool_0"}, f"sizes were asked on {asked_on}", "use the pool")
    return "a pool of one worker was enough"
