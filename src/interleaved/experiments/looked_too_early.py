from threading import Thread

from interleaved import report

TIMES = 3_000_000
counter = 0


def count() -> None:
    global counter
    for _ in range(TIMES):
        counter += 1


thread = Thread(target=count)
thread.start()
early = TIMES - counter  # broken: it is still counting
thread.join()
report("missing before join()", early)
report("missing after join()", TIMES - counter)  # fixed
