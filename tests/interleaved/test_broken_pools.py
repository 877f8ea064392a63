"""A call that ends its process."""

from multiprocessing import get_context

import pytest

from interleaved.broken_pools import UNLUCKY, half


@pytest.mark.parametrize(("number", "status"), [(2, 0), (UNLUCKY, 1)])
def test_one_number_ends_the_process(number: int, status: int) -> None:
    """With a status that tells it from an end of its own accord."""
    process = get_context("spawn").Process(target=half, args=(number,))
    process.start()
    process.join(timeout=60)
    assert process.exitcode == status


def test_others_are_halved() -> None:
    """Odd ones, too."""
    assert [half(number) for number in (8, 3)] == [4.0, 1.5]
