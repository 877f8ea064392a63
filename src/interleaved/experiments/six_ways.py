from functools import partial

from interleaved import compare, report
from interleaved.prices.asking import Patience
from interleaved.prices.collectors import COLLECTORS
from interleaved.prices.habits import Habits
from interleaved.prices.market import look_ups
from interleaved.prices.serving import price_service

if __name__ == "__main__":
    wanted, patience = look_ups(1)[:30], Patience(timeout=10)
    habits = Habits(delay=0.015, refused=0.1, stalled=0)
    wrong: set[str] = set()
    with price_service(habits) as service:
        right = [service.market[look_up] for look_up in wanted]

        def prices(way: str) -> list[int | None]:
            job = service.url, wanted, 2 if way == "processes" else 10
            replies = COLLECTORS[way](*job, patience)
            found = [reply.cents for reply in replies]
            if found != right:
                wrong.add(way)
            return found

        ways = {name: partial(prices, name) for name in COLLECTORS}
        print(compare(ways, rounds=5, attempts=1))
    report("ways that brought a wrong price", len(wrong))
