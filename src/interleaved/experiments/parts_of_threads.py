from inspect import stack
from threading import Event, Semaphore, Thread, get_native_id

from interleaved import report
from interleaved.thread_parts import registers


def wait_below(calls: int) -> object:
    if calls:
        return wait_below(calls - 1)
    print(len(stack(0)), "calls deep", end="; ")
    arrived.release()
    return may_end.wait(30)


arrived, may_end, numbers = Semaphore(0), Event(), {get_native_id()}
threads = [Thread(target=wait_below, args=(n,)) for n in (0, 5)]
for thread in threads:
    thread.start()
    arrived.acquire(timeout=30)
    print(registers(thread.native_id or 0) or "registers: on Linux")
    numbers.add(thread.native_id or 0)
may_end.set()
for thread in threads:
    thread.join(30)
report("different numbers, of 3 threads", len(numbers))
