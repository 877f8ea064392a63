from queue import Queue, SimpleQueue

from interleaved import compare


def pass_through(queue: Queue[int] | SimpleQueue[int]) -> int:
    for number in range(1000):
        queue.put(number)
        queue.get()
    return queue.qsize()


print(
    compare(
        {
            "Queue": lambda: pass_through(Queue()),
            "SimpleQueue": lambda: pass_through(SimpleQueue()),
        }
    )
)
