from interleaved import report
from interleaved.process_states import python

ENDING = "from time import process_time; print(process_time())"
COMPUTE = f"""
from time import monotonic
end = monotonic() + 0.5
while monotonic() < end: pass
{ENDING}"""
SLEEP = f"from time import sleep; sleep(0.5); {ENDING}"

for doing, code in (("computing", COMPUTE), ("waiting", SLEEP)):
    with python(code) as process:
        said, _ = process.communicate(timeout=30)
    report(f"time on a core, {doing}", float(said), "s")
