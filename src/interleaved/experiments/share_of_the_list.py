from interleaved import compare
from interleaved.thread_costs import double_in_threads

items = range(200)
each = [items[at : at + 1] for at in items]
halves = [items[:100], items[100:]]

shares = compare(
    {
        "one each": lambda: double_in_threads(each),
        "a half each": lambda: double_in_threads(halves),
    }
)
print(shares)
