"""What the other process does with messages."""

import queue
from multiprocessing import Pipe, get_context
from threading import Thread
from typing import Any

import pytest

from interleaved.process_messages import (
    MUCH,
    answer_squares,
    echo,
    put_much,
    square_until_none,
)


def test_questions_are_answered_until_nobody_asks() -> None:
    """Each with its square; a closed end is the end."""
    mine, theirs = Pipe()
    server = Thread(target=answer_squares, args=(theirs,))
    server.start()
    for number in (0, 3, -12):
        mine.send(number)
        assert mine.poll(timeout=10)
        assert mine.recv() == number**2
    mine.close()
    server.join(timeout=10)
    assert not server.is_alive()


@pytest.mark.parametrize("piles", [[1, 2, 3], []])
def test_a_worker_squares_until_none(piles: list[int]) -> None:
    """Each thing that it took is told to be done, the None, too."""
    work: Any = queue.Queue()
    done: Any = queue.SimpleQueue()
    for number in [*piles, None]:
        work.put(number)
    square_until_none(work, done)
    assert [done.get(timeout=1) for _ in piles] == [each**2 for each in piles]
    assert work.unfinished_tasks == 0


@pytest.mark.negative_control
@pytest.mark.parametrize("read_first", [True, False])
def test_a_process_ends_when_its_queue_is_read(read_first: bool) -> None:
    """And not before: the control."""
    spawn = get_context("spawn")
    found = spawn.Queue()
    process = spawn.Process(target=put_much, args=(found,))
    process.start()
    if read_first:
        assert len(found.get(timeout=60)) == MUCH
        process.join(timeout=60)
    else:
        process.join(timeout=3)
    assert process.exitcode == (0 if read_first else None)
    process.kill()
    process.join()


def test_an_echo_comes_back() -> None:
    """Whole, as often as it is asked."""
    with echo() as there_and_back:
        for size in (0, 1, 10**6):
            assert there_and_back(b"x" * size)
