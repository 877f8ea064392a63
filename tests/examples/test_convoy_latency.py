import sys
from statistics import median
from types import ModuleType

import pytest
from interleaved import measured_in_child


@pytest.mark.quiet
def test_replies_beside_a_count_take_an_interval(example: ModuleType) -> None:
    """Alone they are far quicker: the count is what they wait for."""
    before = sys.getswitchinterval()
    ask = example.ask_alone_and_beside
    alone, slowed = measured_in_child(ask, (0.001, 0.03), 10)
    assert [len(alone), *map(len, slowed)] == [10, 10, 10]
    assert min(alone) > 0
    assert median(slowed[1]) > 3 * median(alone)
    assert median(slowed[1]) > median(slowed[0])
    assert sys.getswitchinterval() == before
