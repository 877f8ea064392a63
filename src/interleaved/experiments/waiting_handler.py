from concurrent.futures import ProcessPoolExecutor

from interleaved import report
from interleaved.gil import count_to
from interleaved.responsive import Window


def waiting(window: Window) -> None:
    future = pool.submit(count_to, 5_000_000)
    window.show(future.result(timeout=30))


def called_back(window: Window) -> None:
    future = pool.submit(count_to, 5_000_000)
    window.show_later(future)


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        pool.submit(count_to, 1).result(timeout=30)  # warm up
        broken = [Window().frame_delays(waiting) for _ in range(5)]
        fixed = [Window().frame_delays(called_back) for _ in range(5)]
    report("longest delay, waiting", map(max, broken), "s")
    report("longest delay, called back", map(max, fixed), "s")
