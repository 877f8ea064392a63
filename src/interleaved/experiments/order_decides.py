from interleaved import report
from interleaved.deadlock import run_limited

PROGRAM = """
from interleaved.deadlock import *
take_crosswise({take})
"""
for take in ("take_as_given", "take_in_order"):
    ending = run_limited(PROGRAM.format(take=take), seconds=3)
    report(f"stuck, {take}", ending.stuck)
