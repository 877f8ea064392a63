"""Do the jobs of a queue on a thread, and wait for all of them."""

from collections.abc import Callable
from queue import Queue
from threading import Thread


def work_off(jobs: Queue[Callable[[], object] | None]) -> list[str]:
    """Do all jobs, and return what those said that failed."""
    failures: list[str] = []

    def work() -> None:
        while (job := jobs.get()) is not None:
            try:
                job()
                jobs.task_done()
            except Exception as error:  # noqa: BLE001
                failures.append(str(error))
        jobs.task_done()

    worker = Thread(target=work, daemon=True)
    worker.start()
    jobs.join()
    jobs.put(None)  # or it would take the jobs of the next call
    worker.join()
    return failures
