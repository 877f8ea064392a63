from queue import SimpleQueue
from threading import Thread

from interleaved import report

notes: SimpleQueue[str] = SimpleQueue()
mixed = 0
for _ in range(100):
    threads = [
        Thread(target=lambda words=words: [*map(notes.put, words)])
        for words in ("12345", "abcde")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = "".join(notes.get(timeout=10) for _ in range(10))
    mixed += written not in ("12345abcde", "abcde12345")
report("runs that mix, of 100", mixed)
