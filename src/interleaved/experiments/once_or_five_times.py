from interleaved import report
from interleaved.prices.asking import Patience, summary_of
from interleaved.prices.collectors import by_executor
from interleaved.prices.market import look_ups
from interleaved.prices.serving import price_service

for name, tries in ("asked once", 1), ("asked up to five times", 5):
    with price_service() as service:
        patience = Patience(timeout=1, tries=tries)
        found = by_executor(service.url, look_ups(10), 15, patience)
        prices = [reply for reply in found if reply.cents is not None]
        wrong = [
            reply
            for reply in prices
            if reply.cents != service.market[reply.look_up]
        ]
    print(summary_of(found))
    report(f"missing, {name}", len(found) - len(prices))
    report(f"wrong, {name}", len(wrong))
