from collections import deque

from interleaved import report
from interleaved.races import run_together

N = 250_000
stack, line = list(range(N)), deque(range(N))
table = dict.fromkeys(range(N))
put, popped, left, items = (list[int]() for _ in range(4))


def put_and_take() -> None:
    for number in range(N // 2):
        put.append(number)
        popped.append(stack.pop())
        left.append(line.popleft())
        items.append(table.popitem()[0])


run_together(put_and_take, threads=2)
report("append: missing", N - len(put))
report("list.pop: missing", N - len(set(popped)))
report("popleft: missing", N - len(set(left)))
report("popitem: missing", N - len(set(items)))
