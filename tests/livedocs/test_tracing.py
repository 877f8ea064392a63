"""Spans of a run: who ran when, in threads, processes and coroutines."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk import fenced

from livedocs.judge import judge
from livedocs.page import parse_page
from livedocs.runner import Outcome, Runner, probe
from livedocs.tracing import MOST_EVENTS, Span

WAIT = """
from time import sleep

def wait(number):
    "Waits."
    sleep(0.05)
    return number
"""
IN_A_POOL = (
    WAIT
    + """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

if __name__ == "__main__":
    with ProcessPoolExecutor(2, get_context({method!r})) as pool:
        print(list(pool.map(wait, range(4))))
"""
)


@pytest.fixture
def run(source: Path) -> Iterator[Callable[..., Outcome]]:
    """Run a block with a timeline of some functions, or none, that has to be good."""

    def runs(
        code: str, tasks: str, *directives: str, on: str = sys.executable
    ) -> Outcome:
        # A directive's line stands in for the timeline's, so that lines are equal.
        asked = f"livedocs:timeline({tasks})" if tasks else "livedocs:alone"
        page = parse_page(fenced(code, "python", asked, *directives), Path("page.md"))
        assert not page.problems
        (script,) = page.scripts
        with Runner(probe(on), python_path=(source,), time_limit=30) as runner:
            outcome = runner.run(script, "docs/page.md", name="page.md")
        assert judge(outcome) == []
        return outcome

    return runs  # type: ignore[return-value]


def lasted(span: Span) -> float:
    """Seconds of a span, which has to have ended."""
    assert span.end is not None
    return (span.end - span.start) / 1e9


NAMES = ["this", "3.12", "3.13", "3.13t", "3.14", "3.15"]


@pytest.fixture(params=NAMES)
def on(request: pytest.FixtureRequest, python: Callable[[str], str]) -> str:
    """Each interpreter of this machine."""
    return sys.executable if request.param == "this" else python(request.param)


def test_threads(run: Callable[..., Outcome], on: str) -> None:
    """A span for each, on one clock; those that start together overlap."""
    code = (
        WAIT
        + """
from threading import Thread

wait(0)
threads = [Thread(target=wait, args=(n,), name=f"waiter {n}") for n in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
    )
    outcome = run(code, "wait", on=on)
    first, *others = outcome.spans
    assert first.thread == "MainThread"
    assert first.thread_id == first.process
    assert sorted(span.thread for span in others) == ["waiter 0", "waiter 1"]
    assert len({span.thread_id for span in outcome.spans}) == 3
    assert {span.process for span in outcome.spans} == {first.process}
    assert {span.task for span in outcome.spans} == {"wait"}
    assert all(lasted(span) >= 0.05 for span in outcome.spans)
    assert first.end is not None
    assert 0 < first.start < first.end < min(span.start for span in others)
    latest = max(span.start for span in others)
    assert all(span.end and span.end > latest for span in others)
    assert all(span.end and span.end < outcome.seconds * 1e9 for span in others)


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_processes(run: Callable[..., Outcome], on: str, method: str) -> None:
    """Workers leave their spans under each start method."""
    outcome = run(IN_A_POOL.format(method=method), "wait", on=on)
    assert outcome.parts[0].stdout == "[0, 1, 2, 3]\n"
    assert len(outcome.spans) == 4
    assert {span.thread for span in outcome.spans} == {"MainThread"}
    assert all(span.thread_id == span.process for span in outcome.spans)
    assert 1 <= len({span.process for span in outcome.spans}) <= 2
    assert all(lasted(span) >= 0.05 for span in outcome.spans)
    assert all(0 < span.start < outcome.seconds * 1e9 for span in outcome.spans)


def test_asyncio(run: Callable[..., Outcome], on: str) -> None:
    """From the first step of a coroutine to its end, with the name of its task."""
    code = """
import asyncio

async def reply(seconds):
    await asyncio.sleep(seconds)

async def main():
    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(reply(0.05), name=f"reply {number}")

asyncio.run(main())
"""
    outcome = run(code, "reply, main", on=on)
    whole = [span for span in outcome.spans if span.task == "main"]
    spans = [span for span in outcome.spans if span.task == "reply"]
    assert [span.asyncio_task for span in spans] == ["reply 0", "reply 1", "reply 2"]
    assert len({span.thread_id for span in spans}) == 1
    assert all(lasted(span) >= 0.05 for span in spans)
    assert len(whole) == 1
    assert max(span.start for span in spans) < min(span.end or 0 for span in spans)


def test_subinterpreters(
    run: Callable[..., Outcome], python: Callable[[str], str]
) -> None:
    """Each has a thread of its own."""
    code = (
        WAIT
        + """
from concurrent.futures import InterpreterPoolExecutor

if __name__ == "__main__":
    with InterpreterPoolExecutor(2) as pool:
        print(list(pool.map(wait, range(2))))
"""
    )
    outcome = run(code, "wait", on=python("3.14"))
    assert outcome.parts[0].stdout == "[0, 1]\n"
    assert len(outcome.spans) == 2
    assert len({span.process for span in outcome.spans}) == 1
    assert all(lasted(span) >= 0.05 for span in outcome.spans)


def test_a_pool_of_multiprocessing(run: Callable[..., Outcome]) -> None:
    """Its workers are ended by a signal, after their tasks."""
    code = (
        WAIT
        + """
from multiprocessing import get_context

if __name__ == "__main__":
    with get_context("spawn").Pool(2) as pool:
        print(pool.map(wait, range(4), chunksize=1))
"""
    )
    outcome = run(code, "wait")
    assert len(outcome.spans) == 4
    assert all(lasted(span) >= 0.05 for span in outcome.spans)


def test_imported_functions(run: Callable[..., Outcome], source: Path) -> None:
    """Where they are defined, whatever the block calls them; nothing stays behind."""
    package = source / "kitchen"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "onions.py").write_text(
        '"""Cuts."""\ndef cut(onions):\n    return rinse(onions) * 2\n\n\n'
        "def rinse(onions):\n    return onions\n"
    )
    code = """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from kitchen.onions import cut as chop, rinse

if __name__ == "__main__":
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        print(pool.submit(chop, 2).result())
    print(rinse(1), chop.__doc__, chop.__module__)
"""
    outcome = run(code, "chop, rinse")
    assert outcome.parts[0].stdout == "4\n1 None kitchen.onions\n"
    assert Counter(span.task for span in outcome.spans) == {"chop": 1, "rinse": 2}
    assert str(package / "onions.py") in outcome.files
    # What a later, plain run imports is compiled without spans.
    assert not list(package.glob("__pycache__/onions.*"))
    again = run(code.replace("chop.__doc__", "None"), "rinse")
    assert Counter(span.task for span in again.spans) == {"rinse": 2}


def test_all_kinds_of_functions(run: Callable[..., Outcome]) -> None:
    """Methods, inner functions, generators, recursion; and those that raise."""
    code = """
class Cook:
    @staticmethod
    def boil(): ...

    def fry(self):
        def turn():
            "Only a docstring."
        return turn()

def dishes():
    yield 1
    yield 2

def down(number):
    if number:
        down(number - 1)

def burn():
    raise OSError

Cook.boil()
Cook().fry()
print(list(dishes()), Cook().fry())
down(2)
try:
    burn()
except OSError:
    print("burnt")
"""
    outcome = run(code, "boil, fry, turn, dishes, down, burn")
    assert outcome.parts[0].stdout == "[1, 2] None\nburnt\n"
    assert all(span.end is not None for span in outcome.spans)
    counted = Counter(span.task for span in outcome.spans)
    expected = {"boil": 1, "fry": 2, "turn": 2, "dishes": 1, "down": 3, "burn": 1}
    assert counted == expected


def test_the_program_sees_nothing_of_it(run: Callable[..., Outcome], on: str) -> None:
    """It is told the same of itself, and its functions are what they were."""
    code = """
        \"\"\"A program.\"\"\"
        import inspect, os, pickle, sys

        def task(one, *, two=2):
            "Does it."
            return one + two

        task(1)
        here = os.getcwd()
        print(__name__, __doc__, os.path.relpath(__file__, here), __spec__)
        print(sys.argv, os.path.relpath(sys.path[0], here), sorted(globals()))
        print(__loader__.__class__, __loader__.path == __file__, __builtins__)
        print(inspect.getsource(task), inspect.signature(task), task.__doc__)
        print(pickle.loads(pickle.dumps(task)) is task, task.__code__.co_varnames)
        """
    traced, plain = run(code, "task", on=on), run(code, "", on=on)
    assert len(traced.spans) == 1
    assert traced.shown[0].stdout == plain.shown[0].stdout
    assert "__main__ A program. page.md None" in plain.shown[0].stdout


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("def task():\n    return {}['key']\n\ntask()", "KeyError"),
        ("def task(): ...\n\ntask()\nraise OSError from ValueError()", "OSError"),
        ("def task(): ...\n\ntask()\nassert not exec('1 +')", "SyntaxError"),
    ],
)
def test_tracebacks_have_no_frame_of_it(
    run: Callable[..., Outcome], on: str, code: str, error: str
) -> None:
    """They are those of the plain program, marks under the lines included."""
    fails = f"livedocs:expect-error({error})"
    traced, plain = run(code, "task", fails, on=on), run(code, "", fails, on=on)
    assert traced.parts[0].stderr == plain.parts[0].stderr
    assert error in plain.parts[0].stderr
    assert len(traced.spans) == 1
    assert traced.spans[0].end is not None


def test_a_killed_worker_loses_nothing_of_others(run: Callable[..., Outcome]) -> None:
    """What it had begun is there without an end, what it had ended is whole."""
    code = """
from multiprocessing import get_context
from time import sleep

def short(): ...

def long():
    short()
    begun.set()
    sleep(60)

if __name__ == "__main__":
    context = get_context("fork")
    begun = context.Event()
    worker = context.Process(target=long)
    worker.start()
    assert begun.wait(10)
    worker.kill()
    worker.join()
    short()
"""
    outcome = run(code, "long, short")
    assert Counter((span.task, span.end is None) for span in outcome.spans) == {
        ("long", True): 1,
        ("short", False): 2,
    }


def test_a_fork_amid_a_task_does_not_end_it(run: Callable[..., Outcome]) -> None:
    """The child that leaves the function, too, has not begun it."""
    code = """
import os
from time import sleep

def task():
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        sleep(0.05)

task()
"""
    outcome = run(code, "task")
    (span,) = outcome.spans
    assert lasted(span) >= 0.05


def test_a_daemon_thread_that_goes_on(run: Callable[..., Outcome]) -> None:
    """Its span is open when the program is over."""
    code = """
from threading import Event, Thread
from time import sleep

def task():
    begun.set()
    sleep(60)

begun = Event()
Thread(target=task, daemon=True).start()
assert begun.wait(10)
"""
    (span,) = run(code, "task").spans
    assert span.end is None


def test_names_of_any_length(run: Callable[..., Outcome]) -> None:
    """Long ones are cut between two characters."""
    code = """
from threading import Thread

def task(): ...

for name in ("é" * 40, "x" * 64, " \\n<b>"):
    thread = Thread(target=task, name=name)
    thread.start()
    thread.join()
"""
    names = [span.thread for span in run(code, "task").spans]
    assert names == ["é" * 32, "x" * 64, " \n<b>"]


@pytest.mark.parametrize("calls", [MOST_EVENTS, MOST_EVENTS + 1])
def test_the_room_is_bounded(source: Path, calls: int) -> None:
    """One span too many is an error that says what to do."""
    code = f"def task(): ...\n\nfor _ in range({calls}):\n    task()"
    text = fenced(code, "python", "livedocs:timeline(task)")
    (script,) = parse_page(text, Path("page.md")).scripts
    with Runner(probe(sys.executable), python_path=(source,), time_limit=30) as runner:
        outcome = runner.run(script, "docs/page.md", name="page.md")
    if calls == MOST_EVENTS:
        assert judge(outcome) == []
        assert len(outcome.spans) == calls
    else:
        (fault,) = judge(outcome)
        assert "were called more than 2,000 times" in fault
        assert "name fewer functions" in fault


def test_who_asks_for_nothing_pays_nothing(run: Callable[..., Outcome]) -> None:
    """A plain block imports nothing of it, and leaves no span."""
    code = """
import sys

def task(): ...

task()
print({"mmap", "livedocs_tracing"} & set(sys.modules))
"""
    outcome = run(code, "")
    assert outcome.parts[0].stdout == "set()\n"
    assert outcome.spans == ()
