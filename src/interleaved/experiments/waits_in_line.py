from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

from interleaved import report
from interleaved.waiting_together import fetch, web_sites


def latency(url: str) -> float:
    start = perf_counter()
    fetch(url)
    return perf_counter() - start


with web_sites(0.02, at_once=4) as (url,):
    for kind, threads in (("broken", 16), ("fixed", 4)):
        with ThreadPoolExecutor(threads) as team:
            taken = list(team.map(latency, [url] * 64, timeout=30))
        report(f"latency of a reply, {kind}", taken, "s")
