from interleaved import compare, report
from interleaved.back_pressure import record_depths, strip

for label, maxsize in (("no bound", 0), ("a bound of ten", 10)):
    depths = record_depths(maxsize, items=300)
    print(strip(depths, most=300))
    report(f"deepest with {label}", max(depths))

print(
    compare(
        {
            "no bound": lambda: len(record_depths(0, items=50)),
            "a bound of ten": lambda: len(record_depths(10, items=50)),
        },
        rounds=7,
    )
)
