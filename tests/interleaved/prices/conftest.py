"""A price service for the tests of a module, and one that fails often."""

from collections.abc import Iterator

import pytest

from interleaved.prices.habits import Habits
from interleaved.prices.serving import PriceService, price_service


@pytest.fixture(scope="module")
def service() -> Iterator[PriceService]:
    """Replies with every price, at once."""
    with price_service(Habits(delay=0, refused=0, stalled=0)) as running:
        yield running


@pytest.fixture(scope="module")
def flaky() -> Iterator[PriceService]:
    """Refuses one request in five, and lets some wait, longer than tests do."""
    habits = Habits(delay=0.005, refused=0.2, stalled=0.02, stall=3)
    with price_service(habits) as running:
        yield running
