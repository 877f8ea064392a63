import pickle
from types import ModuleType

import pytest

from interleaved import comparing


@pytest.mark.parametrize("length", [1, 10, 1000])
def test_all_ways_bring_the_numbers_over(example: ModuleType, length: int) -> None:
    """Each says how many arrived."""
    content = bytes(8 * length)
    assert example.copy_list([0.5] * length) == length
    assert example.copy_bytes(content) == length
    assert example.hand_over(bytearray(content)) == length


def test_out_of_band_the_content_is_not_in_the_pickle(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pickle of bytes has them; that of the buffer has not."""
    told: list[int] = []
    dumps = pickle.dumps

    def noting(*args: object, **options: object) -> bytes:
        told.append(len(dumps(*args, **options)))  # type: ignore[arg-type]
        return dumps(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(example.pickle, "dumps", noting)
    example.copy_bytes(bytes(8000))
    example.hand_over(bytearray(8000))
    assert told[0] > 8000
    assert told[1] < 100


def test_every_length_is_measured(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All kinds, for each length."""
    # `nox -s coverage` makes empty calls dear.
    monkeypatch.setattr(comparing, "_EMPTY_CALLS", 0)
    (found,) = example.measure((100,), 1)
    assert tuple(timing.label for timing in found.timings) == example.KINDS
