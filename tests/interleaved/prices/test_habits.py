import pytest

from interleaved.prices.habits import Habits


def test_a_service_may_do_nothing_but_refuse() -> None:
    """Shares go up to one."""
    assert Habits(refused=1, stalled=0).refused == 1
    assert Habits().refused + Habits().stalled < 0.05


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"delay": -1}, "below 0"),
        ({"refused": -0.1}, "below 0"),
        ({"refused": 0.9, "stalled": 0.2}, "more requests than there are"),
    ],
)
def test_habits_that_nobody_can_have(wrong: dict[str, float], said: str) -> None:
    """Are refused where they are written."""
    with pytest.raises(ValueError, match=said):
        Habits(**wrong)
