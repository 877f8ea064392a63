from threading import Thread
from time import sleep

from interleaved import compare
from interleaved.gil import count_to


def in_a_row() -> None:
    sleep(0.05)
    count_to(1_000_000)


def on_two_threads() -> None:
    sleeper = Thread(target=sleep, args=(0.05,))
    sleeper.start()
    count_to(1_000_000)
    sleeper.join()


both = compare({"in a row": in_a_row, "on two threads": on_two_threads})
print(both)
