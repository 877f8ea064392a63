from interleaved import report
from interleaved.asyncio_border import (
    memory_of_tasks,
    memory_of_threads,
)

if __name__ == "__main__":
    try:
        tasks = [memory_of_tasks(10_000) for _ in range(3)]
        report("a task", tasks, "B")
        threads = [memory_of_threads(500) for _ in range(3)]
        report("a thread", threads, "B")
    except OSError as error:
        print("this system does not tell:", error)
