from concurrent.futures import ThreadPoolExecutor
from functools import partial

from interleaved import report
from interleaved.deadlock import run_limited

PROGRAM = """
from interleaved.philosophers import *
meet_hungry({manner}, patience=1)
"""
manners = ["left_first", "lower_first", "with_waiter"]
programs = [PROGRAM.format(manner=manner) for manner in manners]
with ThreadPoolExecutor(3) as pool:
    endings = pool.map(partial(run_limited, seconds=4), programs)
    for manner, ending in zip(manners, endings, strict=True):
        report(f"stuck, {manner}", ending.stuck)
