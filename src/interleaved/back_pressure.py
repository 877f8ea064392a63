"""A queue between a fast side and a slow one, and stages that queues connect."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Queue
from threading import Thread
from time import sleep

_PATIENCE = 30.0  # seconds that anybody here waits for anybody else


def record_depths(maxsize: int, items: int = 300, seconds: float = 0.001) -> list[int]:
    """Produce as fast as can be, consume slowly, and note how full the queue is.

    Args:
        maxsize: How many the queue may hold; 0 for no bound.
        items: How many are produced.
        seconds: What the consumer takes for one.

    Returns:
        The items in the queue at the start of each of the consumer's turns.

    Raises:
        queue.Empty: The producer made no item for 30 s.
    """
    queue: Queue[int] = Queue(maxsize)
    depths = []

    def produce() -> None:
        for number in range(items):
            queue.put(number, timeout=_PATIENCE)

    producing = Thread(target=produce, name="produces")
    producing.start()
    for _ in range(items):
        sleep(seconds)  # stands for the work on the item before: a disk, a server
        depths.append(queue.qsize())
        queue.get(timeout=_PATIENCE)
    producing.join(_PATIENCE)
    return depths


def strip(depths: Sequence[int], most: int, columns: int = 60) -> str:
    """Draw how full a queue was: a digit for each stretch of time.

    Args:
        depths: The items in it, in the order of time.
        most: The depth that would be a 10.
        columns: How many digits, at most.

    Returns:
        The largest depth of each stretch, in tenths of `most`, rounded down and
        never above 9.
    """
    length = max(1, -(-len(depths) // columns))
    stretches = (depths[at : at + length] for at in range(0, len(depths), length))
    return "".join(str(min(9, max(each) * 10 // most)) for each in stretches)


@dataclass(frozen=True, slots=True)
class Stage:
    """A step that each item passes.

    Attributes:
        seconds: What one worker takes for one item.
        workers: Threads that do it.
    """

    seconds: float
    workers: int = 1


def run_pipeline(stages: Sequence[Stage], items: int = 25, maxsize: int = 5) -> int:
    """Let items pass through stages, each with its threads, with queues between.

    Args:
        stages: One or more.
        items: How many.
        maxsize: The bound of each queue.

    Returns:
        How many came out at the end.

    Raises:
        queue.Empty: A stage got no item for 30 s.
        queue.Full: A stage took none for 30 s.
    """
    queues = [Queue[int | None](maxsize) for _ in stages]
    done: Queue[int | None] = Queue()

    def work(
        seconds: float, coming: Queue[int | None], going: Queue[int | None]
    ) -> None:
        while (item := coming.get(timeout=_PATIENCE)) is not None:
            sleep(seconds)  # stands for I/O
            going.put(item, timeout=_PATIENCE)

    with ThreadPoolExecutor(sum(stage.workers for stage in stages)) as pool:
        working = [
            [pool.submit(work, stage.seconds, *ends) for _ in range(stage.workers)]
            for stage, *ends in zip(stages, queues, [*queues[1:], done], strict=True)
        ]
        for item in range(items):
            queues[0].put(item, timeout=_PATIENCE)
        for queue, workers in zip(queues, working, strict=True):
            for _ in workers:
                queue.put(None, timeout=_PATIENCE)
            for each in workers:  # then nothing more comes to the next stage
                each.result()
    return done.qsize()
