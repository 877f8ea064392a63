"""Do the jobs of a queue on a thread, and wait for all of them."""

from collections.abc import Callable
from queue import Queue
from threading import Thread


def work_off(jobs: Queue[Callable[[], object]]) -> list[str]:
    """Do all jobs, and return what those said that failed."""
    failures: list[str] = []

    def work() -> None:
        while True:
            job = jobs.get()
            try:
                job()
                jobs.task_done()
            except ValueError as error:
                failures.append(str(error))

    Thread(target=work, daemon=True).start()
    jobs.join()
    return failures
