from interleaved import compare
from interleaved.processes import start_and_join
from interleaved.subinterpreters import create_and_close

if __name__ == "__main__":
    costs = compare(
        {
            "interpreter": create_and_close,
            "thread": lambda: start_and_join("thread"),
            "process by spawn": lambda: start_and_join("spawn"),
        },
        rounds=7,
    )
    print(costs)
