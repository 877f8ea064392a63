from types import ModuleType


def test_one_thread_sleeps_one_sleep_after_the_other(example: ModuleType) -> None:
    """The second sleep starts no sooner than the first has ended."""
    (_, first_end), (second_start, _) = example.sleep_serial([0.1, 0.1])
    assert first_end <= second_start


def test_two_threads_sleep_at_the_same_time(example: ModuleType) -> None:
    """There is a moment when both sleep."""
    spans = example.sleep_threaded([0.3, 0.3])
    assert max(start for start, _ in spans) < min(end for _, end in spans)


def test_the_first_sleep_starts_at_zero(example: ModuleType) -> None:
    """The others keep their distance to it."""
    shifted = example.shift_to_zero([(7.5, 8.0), (7.0, 7.25)])
    assert shifted == [(0.5, 1.0), (0.0, 0.25)]
