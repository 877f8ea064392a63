from concurrent.futures import ThreadPoolExecutor

from interleaved import compare
from interleaved.waiting_together import fetch, web_sites

for delays in ((0.02, 0.04, 0.06), (0.02, 0.04, 0.06, 0.02)):
    count = len(delays)
    with (
        web_sites(*delays) as urls,
        ThreadPoolExecutor(count) as team,
    ):
        replies = compare(
            {
                f"{count} sites in a row": lambda: [*map(fetch, urls)],
                f"{count} sites together": lambda: [
                    *team.map(fetch, urls, timeout=30)
                ],
            },
            rounds=9,
        )
    print(replies)
