from concurrent.futures import ThreadPoolExecutor
from queue import Queue

from interleaved import report

numbers: Queue[int] = Queue()


def put_some(first: int) -> None:
    for number in range(first, first + 1000):
        numbers.put(number)


def get_some() -> list[int]:
    return [numbers.get(timeout=10) for _ in range(1000)]


with ThreadPoolExecutor(8) as pool:
    gets = [pool.submit(get_some) for _ in range(4)]
    puts = [pool.submit(put_some, 1000 * n) for n in range(4)]
    for each in puts:
        each.result()
    got = [number for each in gets for number in each.result()]
report("numbers put", 4000)
report("numbers got", len(got))
report("different ones", len(set(got)))
