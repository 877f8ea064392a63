"""Judge `join_without_end`."""

from pathlib import Path
from queue import Queue
from threading import Event

from interleaved.exercises.expecting import expect, in_time, load

HINT = "each get() needs its task_done(), also after a job that failed"


def check(file: Path) -> str:
    """Three jobs, of which the second fails; the third takes a while."""
    answer = load(file, "work_off")
    jobs: Queue[object] = Queue()
    done: list[str] = []

    def fail() -> None:
        raise ValueError("no such page")

    def last() -> None:
        Event().wait(0.2)  # who does not join the queue is gone by then
        done.append("last")

    for job in (lambda: done.append("first"), fail, last):
        jobs.put(job)
    (failures,) = in_time(
        lambda: answer.work_off(jobs),
        otherwise="one of three jobs failed, and join() still waits for it",
        hint=HINT,
    )
    expect(done == ["first", "last"], f"it returned when {done} were done", HINT)
    told = f"the failures were {failures}"
    expect(failures == ["no such page"], told, "note what the ValueError says")
    return "one of three jobs failed, and join() ended when all were over"
