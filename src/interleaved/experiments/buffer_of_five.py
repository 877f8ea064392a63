from threading import Condition, Thread

from interleaved import report

items: list[int] = []
sizes: list[int] = []
changed = Condition()


def put(item: int) -> None:
    with changed:
        if not changed.wait_for(lambda: len(items) < 5, timeout=10):
            raise TimeoutError
        items.append(item)
        sizes.append(len(items))
        changed.notify_all()


def take() -> int:
    with changed:
        if not changed.wait_for(lambda: items, timeout=10):
            raise TimeoutError
        changed.notify_all()
        return items.pop(0)


def put_all() -> None:
    for number in range(1000):
        put(number)


producer = Thread(target=put_all)
producer.start()
with changed:  # begin to take when the producer has to wait
    changed.wait_for(lambda: len(items) >= 5, timeout=10)
taken = [take() for _ in range(1000)]
producer.join()
in_order = [item for place, item in enumerate(taken) if item == place]
report("came in order", len(in_order))
report("in the buffer at most", max(sizes))
