"""Fibonacci numbers by plain recursion, which takes longer than it looks."""


def fibonacci(number: int) -> int:
    """Return a Fibonacci number: 0, 1, 1, 2, 3, 5 … from number 0 on."""
    if number < 2:
        return number
    return fibonacci(number - 1) + fibonacci(number - 2)


def calls_of_fibonacci(number: int) -> int:
    """How many calls of `fibonacci` it takes in all, counted without making them."""
    calls, before = 1, 1
    for _ in range(number - 1):
        calls, before = calls + before + 1, calls
    return calls
