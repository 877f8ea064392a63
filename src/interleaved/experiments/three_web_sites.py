from concurrent.futures import ThreadPoolExecutor

from interleaved import compare
from interleaved.waiting_together import fetch, web_sites

with (
    web_sites(0.05, 0.05, 0.05) as urls,
    ThreadPoolExecutor(3) as team,
):
    replies = compare(
        {
            "one after another": lambda: [fetch(url) for url in urls],
            "on three threads": lambda: list(
                team.map(fetch, urls, timeout=30)
            ),
        }
    )
print(replies)
