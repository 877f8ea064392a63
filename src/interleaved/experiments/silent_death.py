import os
import subprocess
import sys

from interleaved import report

PROGRAM = """
import faulthandler
def crash():
    faulthandler._sigsegv()
crash()
"""
for value in ("", "1"):
    child = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"PYTHONFAULTHANDLER": value},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    lines = child.stderr.splitlines()
    said = [line for line in lines if "in crash" in line]
    print(*said, sep="\n", end="\n" * len(said))
    report(f"words about the crash, set to {value!r}", len(said))
