from interleaved import report
from interleaved.philosophers import (
    lower_first,
    meals_eaten,
    with_waiter,
)

for manner in (lower_first, with_waiter):
    dinners = [meals_eaten(manner, seconds=0.3) for _ in range(5)]
    print("meals,", manner.__name__, dinners[0])
    fewest = [min(meals) for meals in dinners]
    report(f"fewest meals, {manner.__name__}", fewest)
