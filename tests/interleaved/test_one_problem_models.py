import ast
import asyncio
import re
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import get_ident

import pytest

from interleaved import one_problem_models
from interleaved.one_problem import (
    Summary,
    page_text,
    serving,
    summarise,
    summary_of,
)
from interleaved.one_problem_models import MODELS, Solve, by_asyncio, open_pools

ON_THREADS = ("threads", "thread pool", "queue and workers")
FORKS = "ignore:This process .* is multi-threaded:DeprecationWarning"
"""Threads that other tests have left; this one's are joined before."""
PAGE = Path(__file__).parents[2] / "docs" / "one-problem.md"


@pytest.fixture(scope="module")
def urls() -> Iterator[list[str]]:
    with serving(pages=5, words=40, seconds=0.001) as urls:
        yield urls


def oracle(pages: int) -> list[Summary]:
    """What every model has to return, found without a server."""
    return [summarise(f"/{page}", page_text(page, 40)) for page in range(pages)]


@pytest.mark.filterwarnings(FORKS)
@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("solve", MODELS.values(), ids=MODELS)
def test_every_model_gives_the_same(
    solve: Solve, workers: int, urls: list[str]
) -> None:
    """All summaries, in the order of the addresses, with few workers and many."""
    assert solve(urls, workers) == oracle(5)
    assert solve(urls[::-1], workers) == oracle(5)[::-1]
    assert solve([], workers) == []


def test_interpreters_are_among_them() -> None:
    """From the Python on that has a pool of them."""
    assert ("interpreters" in MODELS) == (sys.version_info >= (3, 14))


@pytest.mark.parametrize("name", ON_THREADS)
def test_threads_fetch_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three are under way at one time: they meet. In a row they never would."""
    all_fetch = threading.Barrier(3, timeout=10)
    threads: set[int] = set()

    def meet(url: str) -> Summary:
        threads.add(get_ident())
        all_fetch.wait()
        return Summary(int(url), 1, "met")

    monkeypatch.setattr(one_problem_models, "summary_of", meet)
    found = MODELS[name](["0", "1", "2"], 3)
    assert [each.page for each in found] == [0, 1, 2]
    assert len(threads) == 3
    assert get_ident() not in threads


@pytest.mark.parametrize("name", ["in a row", *ON_THREADS])
def test_one_worker_is_a_row(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with one worker, or in a row, nobody ever meets anybody."""
    both_fetch = threading.Barrier(2)
    met: list[bool] = []

    def meet(url: str) -> Summary:
        try:
            both_fetch.wait(timeout=0.02)
            met.append(True)
        except threading.BrokenBarrierError:
            both_fetch.reset()
        return Summary(int(url), 1, "alone")

    monkeypatch.setattr(one_problem_models, "summary_of", meet)
    assert len(MODELS[name](["0", "1", "2"], 1)) == 3
    assert met == []


@pytest.mark.parametrize(("workers", "most"), [(1, 1), (3, 3), (9, 5)])
def test_tasks_pass_the_gate_a_few_at_a_time(
    workers: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as there are workers, all on one thread."""
    inside: list[int] = []
    threads: set[int] = set()
    now = 0

    async def fetch(url: str) -> str:
        nonlocal now
        now += 1
        inside.append(now)
        threads.add(get_ident())
        for _ in range(3):
            await asyncio.sleep(0)
        now -= 1
        return page_text(int(url), 40)

    monkeypatch.setattr(one_problem_models, "fetch_async", fetch)
    assert by_asyncio(["0", "1", "2", "3", "4"], workers) == oracle(5)
    assert max(inside) == most
    assert threads == {get_ident()}


GONE = ["http://127.0.0.1:9/0"]  # nobody listens there


@pytest.mark.filterwarnings(FORKS)
@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("in a row", OSError),
        ("thread pool", OSError),
        ("process pool", OSError),
        ("threads", KeyError),
        ("queue and workers", KeyError),
        ("asyncio", ExceptionGroup),
    ],
)
def test_failures_come_as_the_page_says(
    name: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pools and groups hand over what was raised; bare threads lose it."""
    lost: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr("threading.excepthook", lost.append)
    with pytest.raises(error):
        MODELS[name](GONE, 1)
    assert bool(lost) == (error is KeyError)


@pytest.mark.filterwarnings(FORKS)
def test_a_process_that_fails_closes_its_pipe() -> None:
    """Who waits for it gets an EOFError, and no hang; its traceback goes to stderr."""
    with pytest.raises(EOFError):
        MODELS["processes"](GONE, 2)


def test_pools_do_the_same(urls: list[str]) -> None:
    """Each kind is there, and maps in order."""
    with open_pools(2) as pools:
        assert list(pools)[:2] == ["processes", "threads"]
        assert ("interpreters" in pools) == (sys.version_info >= (3, 14))
        for pool in pools.values():
            assert list(pool.map(summary_of, urls, timeout=30)) == oracle(5)


def functions(source: str) -> dict[str, str]:
    """The functions of a text, without docstrings and layout."""
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node):
                node.body = node.body[1:]
            found[node.name] = ast.unparse(node)
    return found


def test_the_page_shows_what_was_compared() -> None:
    """The solutions that a reader copies are those of the table, every one."""
    blocks = re.findall(
        r"```python[^\n]*\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    module = functions(Path(one_problem_models.__file__).read_text("utf-8"))
    shown: dict[str, str] = {}
    for block in blocks:
        shown |= functions(block)
    wanted: list[Callable[..., object]] = [*MODELS.values()]
    names = {each.__name__ for each in wanted}
    names |= {"by_interpreters", "fetch_async", "send_summaries"}
    for name in sorted(names):
        assert shown[name] == module[name], name
