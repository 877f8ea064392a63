"""Judge `join_without_end`."""

from pathlib import Path
from queue import Queue
from threading import Event, get_ident

from interleaved.exercises.expecting import expect, in_time, load

HINT = "each get() needs its task_done(), also after a job that failed"


def check(file: Path) -> str:
    """Three jobs, of which the second fails; the third takes a while."""
    answer = load(file, "work_off")
    jobs: Queue[object] = Queue()
    done: list[str] = []
    worked_on: set[int] = set()
    waited_on: set[int] = set()

    def first() -> None:
        worked_on.add(get_ident())
        done.append("first")

    def fail() -> None:
        worked_on.add(get_ident())
        raise ValueError("no such page")

    def last() -> None:
        worked_on.add(get_ident())
        Event().wait(0.2)  # who does not join the queue is gone by then
        done.append("last")

    def work_off() -> object:
        waited_on.add(get_ident())
        return answer.work_off(jobs)

    for job in (first, fail, last):
        jobs.put(job)
    (failures,) = in_time(
        work_off,
        otherwise="one of three jobs failed, and join() still waits for it",
        hint=HINT,
    )
    expect(done == ["first", "last"], f"it returned when {done} were done", HINT)
    told = f"the failures were {failures}"
    expect(failures == ["no such page"], told, "note what the exception says")
    alone = "the caller did the jobs instead of waiting for them"
    expect(worked_on.isdisjoint(waited_on), alone, "do them on a thread")
    return "one of three jobs failed, and join() ended when all were over"
