from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

from interleaved import report
from interleaved.waiting_together import fetch, web_sites

REPLIES, SECONDS, AT_ONCE = 40, 0.02, 4
most = AT_ONCE / SECONDS
shares = []
with (
    web_sites(SECONDS, at_once=AT_ONCE) as (url,),
    ThreadPoolExecutor(AT_ONCE) as team,
):
    for _ in range(5):
        start = perf_counter()
        list(team.map(fetch, [url] * REPLIES, timeout=30))
        rate = REPLIES / (perf_counter() - start)
        shares.append(rate / most)
print(f"the most: {most:g} replies a second")
report("share of the most", shares)
