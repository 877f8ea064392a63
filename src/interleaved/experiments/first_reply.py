from concurrent.futures import ThreadPoolExecutor, as_completed
from time import sleep

from interleaved import compare

SECONDS = (0.12, 0.06, 0.02)


def reply(seconds: float) -> bool:
    sleep(seconds)  # stands for a server
    return True


def first_by_map() -> bool:
    return next(pool.map(reply, SECONDS))


def first_to_come() -> bool:
    futures = [pool.submit(reply, each) for each in SECONDS]
    return next(as_completed(futures, timeout=30)).result()


with ThreadPoolExecutor(9) as pool:
    variants = {"map": first_by_map, "as_completed": first_to_come}
    print(compare(variants))
