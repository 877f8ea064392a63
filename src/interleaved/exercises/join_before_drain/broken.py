"""Have bytes made in a process of its own."""

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.queues import Queue

spawn = get_context("spawn")


def post(make: Callable[[], bytes], answers: "Queue[bytes]") -> None:
    answers.put(make())


def made_elsewhere(make: Callable[[], bytes]) -> bytes:
    """Return what the function makes, when its process has ended."""
    answers: Queue[bytes] = spawn.Queue()
    process = spawn.Process(
        target=post, args=(make, answers), daemon=True
    )
    process.start()
    process.join()
    return answers.get()
