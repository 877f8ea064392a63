"""The book's claims, again and again: `nox -s soak -- 100`.

On a quiet machine no run may find a claim broken. With `--busy 2` two processes
are busy beside it: then a claim may stay open, but not break either. `--quick` does
as CI does with other interpreters: in full only what a quick look does not settle.
"""

import argparse
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from livedocs.claims import status
from livedocs.finish import pages_in
from livedocs.press import Press, jobs_of
from livedocs.runner import probe
from livedocs.settings import find_settings

ROOT = Path(__file__).parents[1]
BUSY = "while True: pass"


def main() -> int:
    """Measure all claims so many times, and count what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="?", type=int, default=100)
    parser.add_argument("--busy", type=int, default=0, metavar="PROCESSES")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    neighbours = [
        subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(options.busy)
    ]
    counts: Counter[tuple[str, str]] = Counter()
    stopped = False
    try:
        for run in range(1, options.runs + 1):
            start = time.perf_counter()
            counts += measure(run, options.python, quick=options.quick)
            print(f"run {run}: {time.perf_counter() - start:.0f} s", flush=True)
    except KeyboardInterrupt:
        stopped = True
        print("stopped: what follows is of the runs before", flush=True)
    finally:
        for each in neighbours:
            each.kill()
            each.wait()
    total = Counter(outcome for _, outcome in counts.elements())
    found = ", ".join(f"{count} {outcome}" for outcome, count in total.items())
    print(found or "no run came to its end")
    if total["broken"] or total["failed"]:
        return 1
    return 130 if stopped else int(not total["held"])


def measure(run: int, python: str, *, quick: bool) -> Counter[tuple[str, str]]:
    """Run the blocks with claims; count claims by name and outcome."""
    settings = find_settings(ROOT)
    target = probe(python)
    jobs = [job for job in jobs_of(pages_in(settings.pages)) if job.claims]
    counts: Counter[tuple[str, str]] = Counter()
    with Press(settings, target, store=None, quick=quick) as press:
        able = [job for job in jobs if not press.unmet_need(job.script)]
        press.start(able)
        for job in able:
            result = press.result(job)
            for claim in job.claims:
                found = result.findings.get(claim.name)
                outcome = "failed" if found is None else status(found)
                counts[claim.name, outcome] += 1
                if outcome in ("broken", "inconclusive", "failed"):
                    print(f"run {run}: {claim.name} {outcome}: {result.failure}")
                    for each in found or ():
                        print(f"    {each.term}: {each.value} {each.why}")
    return counts


if __name__ == "__main__":
    sys.exit(main())
