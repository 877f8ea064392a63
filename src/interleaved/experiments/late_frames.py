from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from statistics import median

from interleaved import report
from interleaved.gil import count_to
from interleaved.responsive import Window

NUMBER = 5_000_000

if __name__ == "__main__":
    processes = ProcessPoolExecutor(1, get_context("spawn"))
    with ThreadPoolExecutor(1) as threads, processes:
        processes.submit(count_to, 1).result(timeout=30)  # warm up
        clicks = {
            "in the loop": lambda window: window.show(count_to(NUMBER)),
            "on a thread": lambda window: window.show_later(
                threads.submit(count_to, NUMBER)
            ),
            "in a process": lambda window: window.show_later(
                processes.submit(count_to, NUMBER)
            ),
        }
        for place, click in clicks.items():
            delays = [Window().frame_delays(click) for _ in range(5)]
            report(f"longest delay, {place}", map(max, delays), "s")
            if place != "in the loop":  # it draws a single frame
                report(f"median, {place}", map(median, delays), "s")
