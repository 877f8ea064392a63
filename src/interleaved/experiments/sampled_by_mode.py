from pathlib import Path

from interleaved import report
from interleaved.debugging_live import innermost, said_by

Path("two_threads.py").write_text("""
from threading import Thread
from time import monotonic, sleep

def wait():
    sleep(0.7)

def count():
    end = monotonic() + 0.7
    while monotonic() < end:
        pass

threads = [Thread(target=wait), Thread(target=count)]
for thread in threads: thread.start()
for thread in threads: thread.join()
""")
run = ("-mprofiling.sampling", "run", "-a", "--collapsed", "-o")
for mode in ("wall", "cpu"):
    said_by(*run, mode, "--mode", mode, "two_threads.py")
    samples = innermost(Path(mode))
    both = samples["wait"] + samples["count"]
    report(f"samples in wait(), {mode}", samples["wait"] / both)
