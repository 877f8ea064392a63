from multiprocessing import Process
from threading import Thread

from interleaved import report

added = 0


def add_one() -> None:
    global added
    added += 1


if __name__ == "__main__":
    for kind in ("processes", "threads"):
        for _ in range(3):
            made = Process if kind == "processes" else Thread
            worker = made(target=add_one)
            worker.start()
            worker.join(30)
        report(f"seen after 3 {kind}", added)
