from threading import Thread
from time import perf_counter, sleep

from interleaved import report
from interleaved.waiting_together import fetch, web_sites

with web_sites(0.5) as (url,):
    asking = Thread(target=fetch, args=(url,))
    for where in ("in the loop", "on a thread"):
        turns = []
        for turn in range(20):
            begun = perf_counter()
            sleep(0.005)  # stands for the wait for the next event
            if turn == 10 and where == "in the loop":
                fetch(url)
            elif turn == 10:
                asking.start()
            turns.append(perf_counter() - begun)
        report(f"longest pause, asked {where}", max(turns), "s")
    asking.join(timeout=30)
