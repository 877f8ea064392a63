from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from types import ModuleType


def test_every_chunk_size_gives_the_same_answer(example: ModuleType) -> None:
    """As many tasks are done as were given, however they are wrapped."""
    tasks = 37
    assert example.serial(tasks) == tasks * example.COUNT
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        for chunk in (*example.CHUNKS, 36, 38):
            assert example.pooled(pool, tasks, chunk) == tasks * example.COUNT


def test_all_are_measured(example: ModuleType) -> None:
    """The baseline, and a variant for each size."""
    found = example.measure(20, 1)
    labels = [timing.label for timing in found.timings]
    assert labels == [example.IN_A_ROW, *map(str, example.CHUNKS)]
