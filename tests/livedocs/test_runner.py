"""One script in a child interpreter: what is seen of it, and that nothing is left."""

import os
import sys
import threading
import time
import venv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from desk import fenced, full_disk, wait_for

from interleaved import Value
from livedocs import runner as runner_module
from livedocs.page import Script, parse_page
from livedocs.record import Part
from livedocs.runner import (
    MOST_OUTPUT,
    CannotRun,
    Outcome,
    Runner,
    Target,
    kept_variables,
    padded,
    probe,
)


def script_of(*fences: str) -> Script:
    """The one script of a page made of these fences."""
    page = parse_page("# Title\n" + "\nWords.\n".join(fences), Path("page.md"))
    assert not page.problems
    (script,) = page.scripts
    return script


def continued(code: str) -> str:
    """A block that continues the one before."""
    return fenced(code, "python", "pytest-codeblocks:cont")


@pytest.fixture(scope="module")
def target() -> Target:
    """This interpreter."""
    return probe(sys.executable)


@pytest.fixture
def runner(target: Target, source: Path) -> Iterator[Runner]:
    """A runner with a short limit; it leaves no process and no folder."""
    runner = Runner(target, python_path=(source,), time_limit=10)
    folder = runner._folder.path
    with runner:
        yield runner
        assert sorted(path.name for path in folder.iterdir()) == ["bin", "lock"]
    assert not folder.exists()
    assert not marked(folder)


def marked(folder: Path) -> list[int]:
    """Processes that carry the mark of a run below a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(folder) in process.environ().get("LIVEDOCS_RUN", ""):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def run(runner: Runner, *fences: str) -> Outcome:
    return runner.run(script_of(*fences), "docs/page.md", name="page.md")


def run_code(runner: Runner, code: str) -> Outcome:
    return run(runner, fenced(code))


def test_a_good_run_says_what_it_did(runner: Runner) -> None:
    """Output, status, time and the absence of faults are those of the script."""
    before = time.time()
    outcome = run_code(runner, "import time\nprint('done')\ntime.sleep(0.1)")
    assert outcome.parts[0].stdout == "done\n"
    assert outcome.parts[0].stderr == ""
    assert (outcome.status, outcome.faults, outcome.errors) == (0, [], ())
    assert before <= outcome.started <= time.time()
    assert 0.1 <= outcome.seconds < 5


def test_a_script_is_what_a_reader_would_start(runner: Runner) -> None:
    """It is `__main__` of a file in its own, empty, folder, with nothing on stdin."""
    outcome = run_code(
        runner,
        """
        import os, sys, __main__
        print(__name__, os.path.basename(__file__), sys.argv)
        print(sys.path[0] == os.getcwd() == os.path.dirname(__file__))
        print(os.listdir(), repr(sys.stdin.read()), os.getsid(0) == os.getpid())
        print(os.environ["HOME"] != os.environ["TMPDIR"] != os.getcwd())
        print(os.listdir(os.environ["TMPDIR"]), os.listdir(os.environ["HOME"]))
        """,
    )
    assert outcome.parts[0].stdout.splitlines() == [
        "__main__ page.md ['page.md']",
        "True",
        "['page.md'] '' True",
        "True",
        "[] []",
    ]


def test_lines_keep_their_numbers() -> None:
    """A program has each line of its blocks where the page has it."""
    script = script_of(fenced("a = 1\nb = 2"), continued("c = 3\n\nd = 4"))
    program = padded(script).splitlines()
    numbers = {line: number for number, line in enumerate(program, 1) if "=" in line}
    first, second = (block.fence.line for block in script.blocks)
    assert numbers == {
        "a = 1": first + 1,
        "b = 2": first + 2,
        "c = 3": second + 1,
        "d = 4": second + 3,
    }


def test_output_is_divided_among_parts(runner: Runner) -> None:
    """Each block of a script has its own output, on both streams, buffered or not."""
    outcome = run(
        runner,
        fenced("import os, sys\nprint('a')\nsys.stdout.write('b')"),
        continued("print('c', file=sys.stderr)"),
        continued("os.write(1, b'd')\nprint('é')"),
    )
    assert [(part.stdout, part.stderr) for part in outcome.parts] == [
        ("a\nb", ""),
        ("", "c\n"),
        ("dé\n", ""),
    ]


def test_parts_after_the_end_are_empty(runner: Runner) -> None:
    """A script that ends in its first block printed nothing in the others."""
    outcome = run(
        runner,
        fenced("print('a')\nraise SystemExit"),
        continued("print('b')"),
        continued("print('c')"),
    )
    assert "".join(part.stdout for part in outcome.parts) == "a\n"
    assert outcome.parts[0].stdout == "a\n"
    assert outcome.reached == 1


def test_a_copy_has_its_own_line_numbers(runner: Runner) -> None:
    """Readers see a traceback as their copy of the whole script prints it."""
    script = script_of(
        fenced("import traceback\ndef f(): traceback.print_stack()"),
        continued("import warnings\nf()\nwarnings.warn('old')"),
    )
    first, second = (block.fence.line for block in script.blocks)
    outcome = runner.run(script, "docs/page.md", name="page.md")
    told, shown = outcome.stderr, "".join(part.stderr for part in outcome.shown)
    assert f'File "docs/page.md", line {second + 2}, in <module>' in told
    assert f'File "docs/page.md", line {first + 2}, in f' in told
    assert f"docs/page.md:{second + 3}: UserWarning: old" in told
    assert 'File "page.py", line 4, in <module>' in shown
    assert 'File "page.py", line 2, in f' in shown
    assert "page.py:5: UserWarning: old" in shown


def test_what_a_program_says_of_its_page_stays(runner: Runner) -> None:
    """Only the path of the program is another for readers, not the page's name."""
    code = "print('see docs/page.md, page.md', __file__)"
    outcome = runner.run(script_of(fenced(code)), "docs/page.md", name="page.md")
    assert outcome.parts[0].stdout == "see docs/page.md, page.md docs/page.md\n"
    assert outcome.shown[0].stdout == "see docs/page.md, page.md page.py\n"


def test_only_a_line_feed_ends_a_line(runner: Runner) -> None:
    """What runs is what is shown, form feeds and Unicode's separators included."""
    code = "a = '\u2028\x85'\nprint(len(a))  # \x0c print('not code')"
    outcome = runner.run(script_of(fenced(code)), "page.md", name="page.md")
    assert (outcome.status, outcome.parts[0].stdout) == (0, "2\n")


def test_what_looks_like_a_shells_complaint_stays(runner: Runner) -> None:
    """Python names its lines otherwise: this was printed."""
    script = script_of(fenced("print('page.md: 12: to do')"))
    outcome = runner.run(script, "docs/page.md", name="page.md")
    assert outcome.parts[0].stdout == outcome.shown[0].stdout == "page.md: 12: to do\n"


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_each_block_of_a_shell_shows_what_it_printed(
    runner: Runner, shell: str
) -> None:
    """Also where they are one script, and on both streams."""
    blocks = [
        fenced("cd /\necho one; echo 1 >&2", shell),
        fenced("echo two", shell, "pytest-codeblocks:cont"),
        fenced("false || echo 3 >&2", shell, "pytest-codeblocks:cont"),
    ]
    outcome = run(runner, *blocks)
    found = [(part.stdout, part.stderr) for part in outcome.parts]
    assert outcome.status == 0
    assert outcome.reached == 3
    assert found == [("one\n", "1\n"), ("two\n", ""), ("", "3\n")]


@pytest.mark.parametrize("shell", ["bash", "sh"])
@pytest.mark.parametrize(
    ("before", "printed", "shown"),
    [
        ("set +e; false", "1\n", ""),
        ("(exit 3) && true", "3\n", ""),  # which does not end it, for all its -e
        ("PATH=/nowhere", "0\n", ""),
        ("set -x", "0\n", "+ echo 0\n"),
    ],
)
def test_a_shell_sees_nothing_between_its_blocks(
    runner: Runner, shell: str, before: str, printed: str, shown: str
) -> None:
    """The status, the commands and the trace are those of the blocks joined."""
    outcome = run(
        runner,
        fenced(before, shell),
        fenced("echo $?", shell, "pytest-codeblocks:cont"),
    )
    assert outcome.parts[1] == Part(printed, shown)
    assert (outcome.status, outcome.reached) == (0, 2)


def test_a_shell_that_ends_early_does_not_reach_the_rest(runner: Runner) -> None:
    """However well it ends."""
    code = fenced("exit 0", "bash"), fenced("false", "bash", "pytest-codeblocks:cont")
    assert run(runner, *code).reached == 1


def test_shells_name_the_line_of_the_page(runner: Runner) -> None:
    """A shell's complaint has the page's line, and in a copy the copy's."""
    script = script_of(fenced("true\nno-such-command", "bash"))
    outcome = runner.run(script, "docs/page.md", name="page.md")
    line = script.line + 2
    assert outcome.stderr.startswith(f"docs/page.md: line {line}: no-such-command")
    copied = outcome.shown[0].stderr
    assert copied.startswith("page.sh: line 2: no-such-command")


def test_sources_are_what_was_imported(runner: Runner, source: Path) -> None:
    """Sources are files of the project, whichever of its interpreters imported them."""
    package = source / "pack"
    package.mkdir()
    for name in ("__init__", "used", "unused"):
        (package / f"{name}.py").touch()
    (source / "other.py").touch()
    (beside := source.with_name("src2")).mkdir()
    (beside / "foreign.py").touch()
    outcome = run_code(
        runner,
        f"import json, sys\nimport pack.used\nsys.path.append({str(beside)!r})\n"
        "import foreign",
    )
    used = [str(package / "__init__.py"), str(package / "used.py")]
    assert list(outcome.files) == used
    outcome = run(runner, fenced("python -c 'import pack.used'\npython -V", "bash"))
    assert list(outcome.files) == used
    outcome = run_code(
        runner,
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'import other'], check=True)",
    )
    assert list(outcome.files) == [str(source / "other.py")]


def test_without_a_project_there_are_no_sources(target: Target) -> None:
    """Where blocks import from no folder of a project, no file counts as its source."""
    with Runner(target, python_path=(), time_limit=10) as runner:
        assert run_code(runner, "import json").files == ()


def test_errors_tell_where_they_came_from(runner: Runner) -> None:
    """Each exception that ended something is told once, with its place and text."""
    outcome = run_code(
        runner,
        """
        import threading
        from concurrent.futures import ThreadPoolExecutor

        def fail(text):
            raise LookupError(text)

        thread = threading.Thread(target=fail, args=("one",), name="first")
        thread.start()
        thread.join()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(fail, "two")
        fail("three")
        """,
    )
    told = [(each.where, each.type, each.text) for each in outcome.errors]
    assert told == [
        ("thread first", "LookupError", "one"),
        ("the script", "LookupError", "three"),
        ("a future that nobody read", "LookupError", "two"),
    ]
    assert 'File "docs/page.md", line 8, in fail' in outcome.errors[2].trace


def test_to_wait_for_a_first_exception_is_not_to_read_it(runner: Runner) -> None:
    """Whether it was there when the wait began, or came."""
    outcome = run_code(
        runner,
        """
        from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

        with ThreadPoolExecutor(1) as pool:
            futures = [pool.submit(int, "x")]
        wait(futures, return_when=FIRST_EXCEPTION)
        """,
    )
    assert [each.type for each in outcome.errors] == ["ValueError"]


@pytest.mark.parametrize("failed", [True, False])
def test_a_task_that_is_kept_is_looked_at(runner: Runner, failed: bool) -> None:
    """Also if asyncio complains when nobody listens any more."""
    outcome = run_code(
        runner,
        f"""
        import asyncio, logging

        async def work():
            if {failed}:
                raise LookupError("one")

        async def main():
            kept.append(asyncio.create_task(work()))
            await asyncio.sleep(0.01)

        logging.getLogger("asyncio").setLevel("CRITICAL")
        kept = []
        asyncio.run(main())
        """,
    )
    told = [(each.where, each.type, each.text) for each in outcome.errors]
    assert told == ([("asyncio", "LookupError", "one")] if failed else [])


def test_who_gives_futures_up_was_told(runner: Runner) -> None:
    """Nobody can read the others of a map that raised, nor what came too late."""
    outcome = run_code(
        runner,
        """
        import asyncio
        import os
        import time
        from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

        def leave(number):
            os._exit(1)

        def fail():
            time.sleep(0.2)
            raise LookupError

        async def wait():
            try:
                await asyncio.wait_for(asyncio.to_thread(fail), 0.05)
            except TimeoutError:
                print("too late")

        if __name__ == "__main__":
            with ProcessPoolExecutor(2) as pool:
                try:
                    list(pool.map(leave, range(4)))
                except BrokenExecutor:
                    print("broken")
            asyncio.run(wait())
        """,
    )
    assert outcome.errors == ()
    assert outcome.parts[0].stdout == "broken\ntoo late\n"


@pytest.mark.parametrize(
    ("how", "error"), [("raise KeyError", "KeyError"), ("yield 1", "BrokenProcessPool")]
)
def test_who_calls_a_map_that_raises_was_told(
    runner: Runner, how: str, error: str
) -> None:
    """There is no iterator of what it had submitted; no frame of ours is in between."""
    outcome = run_code(
        runner,
        f"""
        import os
        import time
        from concurrent.futures import ProcessPoolExecutor

        def leave(number):
            os._exit(1)

        def numbers():
            yield 0
            while not pool._broken:
                time.sleep(0.01)
            {how}

        if __name__ == "__main__":
            with ProcessPoolExecutor(1) as pool:
                pool.map(leave, numbers())
        """,
    )
    told = [(each.where, each.type) for each in outcome.errors]
    assert told == [("the script", error)]
    said = outcome.parts[0].stderr
    assert " in map\n" in said
    assert "sitecustomize" not in said


def test_who_submits_beside_a_map_that_raises_was_not_told(runner: Runner) -> None:
    """Before it, after it, or within its iterable, where another `map` is, too."""
    outcome = run_code(
        runner,
        """
        from concurrent.futures import ThreadPoolExecutor

        def numbers():
            yield from pool.map(str, [1, 2])
            futures.append(pool.submit(int, "two"))
            yield "three"
            raise LookupError

        futures = []
        with ThreadPoolExecutor(1) as pool:
            futures.append(pool.submit(int, "one"))
            try:
                pool.map(int, numbers())
            except LookupError:
                print("told")
            futures.append(pool.submit(int, "four"))
        """,
    )
    unread = [each.text.split()[-1] for each in outcome.errors]
    assert unread == ["'one'", "'two'", "'four'"]
    assert outcome.parts[0].stdout == "told\n"


def test_a_future_is_made_anywhere_while_a_map_runs(runner: Runner) -> None:
    """At the top of a script nobody calls who makes it."""
    outcome = run_code(
        runner,
        """
        import threading
        from concurrent.futures import Future, ThreadPoolExecutor

        def numbers():
            mapping.set()
            made.wait()
            yield 1

        mapping, made = threading.Event(), threading.Event()
        with ThreadPoolExecutor() as pool:
            one = pool.submit(pool.map, str, numbers())
            mapping.wait()
            future = Future()
            made.set()
            print(*one.result())
        """,
    )
    assert not outcome.errors
    assert outcome.parts[0].stdout == "1\n"


def test_who_cancels_in_vain_was_not_told(runner: Runner) -> None:
    """The call runs on, and may fail when nobody looks any more."""
    outcome = run_code(
        runner,
        """
        from concurrent.futures import ThreadPoolExecutor
        from threading import Event

        def fail():
            begun.set()
            told.wait(10)
            raise LookupError

        begun, told = Event(), Event()
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(fail)
            begun.wait(10)
            print(running.cancel())
            told.set()
        """,
    )
    assert [each.type for each in outcome.errors] == ["LookupError"]
    assert outcome.parts[0].stdout == "False\n"


def test_to_ask_whether_a_call_succeeded_is_to_be_told(runner: Runner) -> None:
    """As `multiprocessing.pool` has it; who does not ask is told of it."""
    outcome = run_code(
        runner,
        """
        from multiprocessing.pool import ThreadPool

        with ThreadPool(1) as pool:
            asked, unread = [pool.apply_async(int, (each,)) for each in "xy"]
            for each in (asked, unread):
                each.wait(10)
            print(asked.successful())
        """,
    )
    assert [each.text[-3:] for each in outcome.errors] == ["'y'"]
    assert outcome.parts[0].stdout == "False\n"


def test_who_gives_a_future_up_while_it_fails_was_told(runner: Runner) -> None:
    """Before any line of what notices the failure; free threads do that."""
    outcome = run_code(
        runner,
        """
        import sys
        from concurrent.futures import Future

        def result_iterator(future):  # the name of what does it for `map`
            future.cancel()

        def give_up(frame, event, _):
            if frame.f_code.co_name == "write" and event == "line":
                lines[id(future)] += 1
                if lines[id(future)] == turn:
                    result_iterator(future)
            return give_up

        lines = {}
        kept = []
        for turn in range(1, 20):
            future = Future()
            future.set_running_or_notify_cancel()
            lines[id(future)] = 0
            kept.append(future)
            sys.settrace(give_up)
            try:
                future.set_exception(LookupError())
            finally:
                sys.settrace(None)
            if lines[id(future)] < turn:
                future.exception()
                print("all" if turn > 3 else "too few")
                break
        """,
    )
    assert outcome.errors == ()
    assert outcome.parts[0].stdout == "all\n"


def test_an_error_that_is_no_text_is_told(runner: Runner) -> None:
    """Half of a surrogate pair, as in the name of a file that is not UTF-8."""
    outcome = run_code(
        runner,
        r"""
        from concurrent.futures import ThreadPoolExecutor

        def fail():
            raise LookupError("\udce9")

        with ThreadPoolExecutor(1) as pool:
            pool.submit(fail)
        """,
    )
    (told,) = outcome.errors
    assert r"LookupError: \udce9" in told.trace


def test_a_wanted_end_without_a_clean_up_is_told(runner: Runner) -> None:
    """Nobody could look for futures, whatever the status is."""
    code = fenced("import os\nos._exit(3)", "python", "livedocs:expect-exit(3)")
    (fault,) = run(runner, code).faults
    assert fault.startswith("It ended without the interpreter's clean-up")


def test_a_future_that_broke_with_its_pool_is_told(runner: Runner) -> None:
    """A worker that dies breaks its future, which counts as one that nobody read."""
    outcome = run_code(
        runner,
        """
        import os
        from concurrent.futures import ProcessPoolExecutor

        def leave():
            os._exit(1)

        if __name__ == "__main__":
            with ProcessPoolExecutor(1) as pool:
                pool.submit(leave)
        """,
    )
    (error,) = outcome.errors
    assert error.type == "BrokenProcessPool"


def test_the_customization_that_ours_hides_runs(runner: Runner, source: Path) -> None:
    """An interpreter's own sitecustomize is run, and watched, all the same."""
    (source / "sitecustomize.py").write_text(
        "import concurrent.futures.thread, threading\nprint('hidden one runs')\n"
    )
    outcome = run_code(runner, CARELESS)
    assert outcome.parts[0].stdout == "hidden one runs\n"
    assert [each.type for each in outcome.errors] == ["ZeroDivisionError"] * 2


def test_modules_that_came_before_the_watch_are_watched(tmp_path: Path) -> None:
    """What a .pth file of the interpreter imports first is watched as well."""
    venv.create(tmp_path / "venv", symlinks=True)
    (packages,) = (tmp_path / "venv").glob("lib/*/site-packages")
    (packages / "early.pth").write_text("import threading, concurrent.futures.thread")
    target = probe(tmp_path / "venv/bin/python")
    with Runner(target, python_path=(), time_limit=10) as runner:
        outcome = run_code(runner, CARELESS)
    assert [each.type for each in outcome.errors] == ["ZeroDivisionError"] * 2


CARELESS = """
    import threading
    from concurrent.futures import ThreadPoolExecutor

    ThreadPoolExecutor(1).submit(divmod, 1, 0)
    threading.Thread(target=divmod, args=(1, 0)).start()
    """


def test_results_come_with_the_outcome(runner: Runner) -> None:
    """What a script compares, and what it reports, is part of its outcome."""
    outcome = run_code(
        runner,
        """
        from interleaved import compare, report

        def work():
            return sum(range(10_000))

        compare({"a": work, "b": work}, rounds=2, min_seconds=0.001, attempts=1)
        report("lost updates", 3)
        compare({"c": work, "d": work}, rounds=2, min_seconds=0.001, attempts=1)
        report("gain", [1.5, 2], "×")
        """,
    )
    assert outcome.faults == []
    assert [replace(each, noise=None) for each in outcome.values] == [
        Value("lost updates", (3.0,), ""),
        Value("gain", (1.5, 2.0), "×"),
    ]
    assert len(outcome.comparisons) == 2
    assert [each.label for each in outcome.comparisons[1].timings] == ["c", "d"]


LOST = '{"value": {"name": "lost", "samples": [3], "unit": "", "noise": null}}'
SLICE = '{"worker": "A", "start": 0, "end": 1},'
TURNS = f'{{"turns": {{"name": "x", "seconds": 1, "slices": [{SLICE[:-1]}]}}}}'


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("{", "Expecting property name"),
        ("[]", "'[]' is no comparison, value or turns"),
        ('{"a": 1}', "is no comparison, value or turns"),
        ('{"value": 1, "comparison": 1}', "is no comparison, value or turns"),
        ('{"comparison": {}}', "not a comparison of version"),
        ('{"value": {}}', "value lacks name, samples, unit, noise"),
        (LOST.replace("3", ""), "'lost' has no sample"),
        (f"{LOST}\n{LOST.replace('3', '4')}", "'lost' was reported twice"),
        (f"{TURNS}\n{TURNS}", "'x' was shown twice"),
        (TURNS.replace("[{", "[").replace("}]", "]"), "Expecting"),
        (TURNS.replace('"end": 1', '"end": -1'), "a slice from 0.0 to -1.0"),
        (TURNS.replace("[{", "[" + SLICE * 2000 + "{"), "2,001 slices are too many"),
    ],
)
def test_what_is_no_result_is_a_fault(runner: Runner, lines: str, says: str) -> None:
    """A script that writes where `compare` does cannot pass for a measurement."""
    code = f"""
        import os
        with open(os.environ["INTERLEAVED_RESULTS"], "a") as results:
            results.write({lines!r})
        """
    outcome = run_code(runner, code)
    assert outcome.comparisons == ()
    (fault,) = outcome.faults
    assert fault.startswith("What it measured cannot be read: ")
    assert says in fault


def test_output_has_an_end(runner: Runner) -> None:
    """Of what is printed no more is kept than a page could ever show."""
    outcome = run_code(runner, "print('x' * 5_000_000)")
    assert len(outcome.parts[0].stdout) == MOST_OUTPUT
    assert "printed more than" in outcome.faults[0]


@pytest.mark.parametrize(
    "command", ["echo 2 > /dev/stdout", "echo 2 | tee /dev/stderr"]
)
def test_an_output_that_is_emptied_is_a_fault(runner: Runner, command: str) -> None:
    """A file is emptied by what adds to a terminal, and it is not shown as if whole."""
    outcome = run(runner, fenced(f"echo 1\necho 1 >&2\n{command}", "bash"))
    (fault,) = outcome.faults
    assert fault.startswith("It emptied the file that its output goes to")
    good = run(runner, fenced("echo 1\necho 2 >> /dev/stdout\necho 3 >&1", "bash"))
    assert good.faults == []
    assert good.parts[0].stdout == "1\n2\n3\n"


def test_stop_ends_runs_at_once(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs that go on when the runner stops end without grace, with their children."""
    monkeypatch.setattr("livedocs.runner.GRACE", 60)
    outcomes = []

    def hang() -> None:
        code = "import subprocess\nsubprocess.run(['sleep', '71'])"
        outcomes.append(run_code(runner, code))

    threads = [threading.Thread(target=hang) for _ in range(3)]
    for thread in threads:
        thread.start()
    folder = runner._folder.path
    wait_for(lambda: len(marked(folder)) == 6)
    start = time.monotonic()
    runner.stop()
    for thread in threads:
        thread.join(30)
    assert time.monotonic() - start < 30
    assert [outcome.faults for outcome in outcomes] == [["The run was broken off."]] * 3


def test_helpers_of_pools_are_no_leak(runner: Runner) -> None:
    """What multiprocessing ends by itself, a moment after its script, is not left."""
    outcome = run_code(
        runner,
        """
        import multiprocessing

        if __name__ == "__main__":
            context = multiprocessing.get_context("forkserver")
            with context.Manager() as manager:
                print(list(manager.list([1])), context.Lock())
        """,
    )
    assert outcome.faults == []
    assert outcome.parts[0].stdout.startswith("[1] <Lock")
    assert outcome.seconds < 3


def test_who_forks_and_exits_in_turn_is_ended(runner: Runner) -> None:
    """A chain of processes that live for a moment each does not outlive its run."""
    outcome = run_code(
        runner,
        """
        import os, time
        print(os.getpid())
        if os.fork() == 0:
            while True:
                time.sleep(0.01)
                if os.fork():
                    os._exit(0)
        """,
    )
    session = int(outcome.parts[0].stdout.split()[0])
    for _ in range(50):
        assert all(is_gone(pid, session) for pid in psutil.pids())
        time.sleep(0.002)


def is_gone(pid: int, session: int) -> bool:
    """Whether a process is not a live one of a session."""
    try:
        if os.getsid(pid) != session:
            return True
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except (OSError, psutil.Error):
        return True


def test_a_shell_that_is_not_there_is_told(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without bash, a bash block fails with that reason."""
    monkeypatch.setenv("PATH", str(tmp_path))
    outcome = run(runner, fenced("true", "bash"))
    assert outcome.faults == ["bash cannot start: No such file or directory."]


def test_modules_are_found_as_blocks_find_them(
    runner: Runner, source: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whether a module is there is asked in the environment of blocks, not in ours."""
    (source / "theirs.py").touch()
    (tmp_path / "here.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = {
        name: runner.can_import(name) for name in ("json", "theirs", "here", "a.b")
    }
    assert found == {"json": True, "theirs": True, "here": False, "a.b": False}


def test_runs_share_a_runner(runner: Runner) -> None:
    """Several threads use one runner at once, and each gets its own script's output."""
    outputs: dict[int, str] = {}

    def one(number: int) -> None:
        outputs[number] = run_code(runner, f"print({number})").parts[0].stdout

    threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert outputs == {number: f"{number}\n" for number in range(8)}


def test_an_interpreter_is_known_by_its_link(tmp_path: Path, target: Target) -> None:
    """A virtual environment stays one: its link is not resolved, and made absolute."""
    relative = os.path.relpath(sys.executable)
    assert probe(relative).path == Path(relative).absolute()
    assert probe(Path(sys.executable)) == target


def test_a_probe_is_asked_as_blocks_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the user's shell do not colour the answer: blocks do not get them."""
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    assert probe(sys.executable).interpreter.version


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("#!/bin/sh\nexit 3", "does not work: status 3"),
        ("#!/bin/sh\necho 'No module' >&2; false", "does not work: No module"),
        ("#!/bin/sh\ncat", "gives no sensible answer: "),
        ("#!/bin/sh\necho '[]'", "gives no sensible answer: "),
        ("#!/bin/sh\necho '{}'", "gives no sensible answer: "),
        (
            '#!/bin/sh\necho \'{"interpreter": {}, "machine": {}}\'',
            "gives no sensible answer: ",
        ),
        ("\x7fELF, but no more", ": Exec format error"),
        ("#!/no/such/shell", ": No such file or directory"),
    ],
)
def test_what_is_no_interpreter_is_refused(
    tmp_path: Path, content: str, says: str
) -> None:
    """A command that does not answer as Python does is refused, and named."""
    fake = tmp_path / "fake"
    fake.write_text(content)
    for wrong in (fake, tmp_path, "no-such-python", ""):
        with pytest.raises(CannotRun, match="there is no such command"):
            probe(wrong)
    fake.chmod(0o755)
    with pytest.raises(CannotRun) as caught:
        probe(fake)
    assert str(caught.value).startswith(str(fake))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["python", "python3"])
def test_a_name_that_is_a_shim_here_does_not_call_itself(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """An interpreter of that name is the one of the shell, not the press's shim.

    Which is what a block calls by it.
    """
    folder = Path(sys.executable).parent
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    monkeypatch.setenv("PATH", path)
    with Runner(probe(name), python_path=(), time_limit=5) as runner:
        monkeypatch.setenv("PATH", os.defpath)
        code = f"{name} -c 'import sys; print(sys.prefix)'"
        outcome = run(runner, fenced(code, "bash"))
    assert outcome.parts[0].stdout == f"{sys.prefix}\n"


def test_blocks_have_a_path_where_the_press_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A shell would look there for its commands, too."""
    monkeypatch.delenv("PATH")
    assert kept_variables()["PATH"] == os.defpath


def test_a_disk_without_a_place_for_runs_is_told(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a line that says what the system said."""
    monkeypatch.setattr(runner_module, "GuardedFolder", full_disk)
    with pytest.raises(CannotRun, match=r"folder cannot be made: .*No space left"):
        Runner(target, python_path=(), time_limit=5)


def test_a_killed_interpreter_is_told_by_its_signal(runner: Runner) -> None:
    """The status of a script that a signal ended is the signal's negative."""
    outcome = run_code(
        runner, "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)"
    )
    assert outcome.status == -15


def test_a_program_that_removes_everything_does_not_stop_the_press(
    runner: Runner,
) -> None:
    """What was printed is known even if the script removed the files that hold it."""
    outcome = run_code(
        runner,
        "import os, shutil\nprint('seen')\nshutil.rmtree(os.environ['LIVEDOCS_RUN'])",
    )
    assert outcome.parts[0].stdout == "seen\n"


def test_a_runner_that_was_never_entered_leaves_nothing(target: Target) -> None:
    """Its folder goes with it, whether it ran something or not."""
    runner = Runner(target, python_path=(), time_limit=5)
    folder = runner._folder.path
    runner.__exit__()
    assert not folder.exists()


def test_a_lookup_that_hangs_finds_nothing(runner: Runner, source: Path) -> None:
    """Whoever is asked gets as long as a block, and no longer."""
    (source / "slow").mkdir()
    (source / "slow" / "__init__.py").write_text("import time\ntime.sleep(100)\n")
    runner.time_limit = 0.5
    assert not runner.can_import("slow.part")


@pytest.mark.parametrize(("seconds", "faults"), [(0, 0), (100, 1)])
def test_where_no_process_can_be_watched_it_is_asked(
    seconds: int, faults: int, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on macOS: its end and its limit are seen just the same."""
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    runner.time_limit = 3 if faults else 60
    outcome = run_code(
        runner, f"import time\nprint(1, flush=True)\ntime.sleep({seconds})"
    )
    assert outcome.parts[0].stdout == "1\n"
    assert len(outcome.faults) == faults
    assert outcome.status == (None if faults else 0)
