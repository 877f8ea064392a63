from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

from interleaved import report
from interleaved.waiting_together import fetch, web_sites

REPLIES = 32


def replies_a_second(url: str, threads: int) -> float:
    with ThreadPoolExecutor(threads) as team:
        start = perf_counter()
        list(team.map(fetch, [url] * REPLIES, timeout=30))
        return REPLIES / (perf_counter() - start)


with web_sites(0.02, at_once=4) as (url,):
    for threads in (1, 2, 4, 8, 16):
        rates = [replies_a_second(url, threads) for _ in range(3)]
        report(f"replies a second, threads: {threads}", rates)
