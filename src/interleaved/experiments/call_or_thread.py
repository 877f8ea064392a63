from threading import Thread

from interleaved import compare


def add_here() -> int:
    return sum(range(200))


def add_in_thread() -> int:
    sums: list[int] = []
    thread = Thread(target=lambda: sums.append(add_here()))
    thread.start()
    thread.join()
    return sums[0]


print(compare({"called": add_here, "on a thread": add_in_thread}))
