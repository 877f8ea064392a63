from interleaved import compare
from interleaved.back_pressure import Stage, run_pipeline

FAST, SLOW = Stage(seconds=0.001), Stage(seconds=0.004)
FASTER = Stage(seconds=0.0005)
TWO = Stage(seconds=0.004, workers=2)

pipelines = compare(
    {
        "1 - 4 - 1": lambda: run_pipeline([FAST, SLOW, FAST]),
        "0.5 - 4 - 0.5": lambda: run_pipeline([FASTER, SLOW, FASTER]),
        "1 - 4 with two - 1": lambda: run_pipeline([FAST, TWO, FAST]),
    },
    rounds=7,
)
print(pipelines)
