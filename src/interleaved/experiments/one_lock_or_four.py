from interleaved import compare
from interleaved.lock_granularity import deposit_coarse, deposit_fine

names = ["Ann", "Bob", "Cem", "Dee"]
deposits = compare(
    {
        "one lock": lambda: deposit_coarse(names),
        "one lock each": lambda: deposit_fine(names),
    }
)
print(deposits)
