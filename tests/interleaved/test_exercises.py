"""What is broken fails its check, what is right passes, and nothing hangs."""

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from interleaved.exercises import EXERCISES, FOLDER, copy_out, find
from interleaved.exercises.judging import Verdict, judge

Answers = dict[tuple[str, str], Verdict]
Try = Callable[[str, str], Verdict]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """What is said of each exercise's two programs, copied as a reader does."""
    folder = tmp_path_factory.mktemp("answers")
    answers = {}
    for exercise in EXERCISES:
        for kind in ("broken", "solution"):
            room = folder / kind
            room.mkdir(exist_ok=True)
            file = copy_out(exercise, room)
            file.write_text(getattr(exercise, kind), encoding="utf-8")
            answers[exercise.name, kind] = (exercise, file)
    with ThreadPoolExecutor(3) as pool:  # most of the time they wait
        futures = {key: pool.submit(judge, *each) for key, each in answers.items()}
    return {key: future.result() for key, future in futures.items()}


@pytest.fixture
def judged(tmp_path: Path) -> Try:
    """Judge a text as the answer to an exercise."""

    def judged(name: str, text: str) -> Verdict:
        file = tmp_path / f"{name}.py"
        file.write_text(text, encoding="utf-8")
        return judge(find(name), file, limit=30)

    return judged


@pytest.mark.parametrize("name", [each.name for each in EXERCISES])
def test_the_broken_program_fails_with_its_hint(name: str, verdicts: Answers) -> None:
    """By an expectation of its check, not because something else is wrong."""
    verdict = verdicts[name, "broken"]
    assert not verdict.right
    assert verdict.hint in (FOLDER / name / "check.py").read_text(encoding="utf-8")
    assert not verdict.text.startswith("it raised")


@pytest.mark.parametrize("name", [each.name for each in EXERCISES])
def test_the_solution_passes(name: str, verdicts: Answers) -> None:
    """And is not told anything but what was shown."""
    verdict = verdicts[name, "solution"]
    assert verdict.right, str(verdict)
    assert str(verdict) == f"right: {verdict.text}"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("crossed_locks", "with source.lock, target.lock:"),
        ("join_before_drain", "process.join()"),
        ("hungry_guests", "thread.join()"),
    ],
)
def test_what_waits_in_vain_is_shown(name: str, line: str, verdicts: Answers) -> None:
    """By the numbers of its lines."""
    lines = find(name).broken.splitlines()
    (number,) = (place for place, each in enumerate(lines, 1) if line in each)
    assert f"  line {number} in " in verdicts[name, "broken"].stack


NEAR_MISSES = {
    "a lock for each call": (
        "visitor_lost",
        "with counting:",
        "with Lock():",
    ),
    "the load is outside of the lock": (
        "visitor_lost",
        "    with counting:  # from the load to the save\n        save(load() + 1)",
        "    seen = load()\n    with counting:\n        save(seen + 1)",
    ),
    "two locks for one pair": ("oversold", "with selling:", "with Lock():"),
    "the bell is heard once": (
        "missed_bell",
        "if self.bell.wait_for(lambda: self.letters, patience):",
        "if self.letters or self.bell.wait(patience):",
    ),
    "no locks at all": ("crossed_locks", "with first.lock, second.lock:", "if True:"),
    "no lock of the account": ("lock_kept", "with self.lock:", "if True:"),
    "a wait instead of a thread": (
        "goodbye_lost",
        'Thread(target=write, args=("goodbye",), daemon=False).start()',
        'write("goodbye")',
    ),
    "nothing tells that it has stopped": (
        "deaf_ticker",
        "while not self.stopped.is_set():",
        "while True:",
    ),
    "all are turned away": ("four_inside", "Semaphore(3)", "Semaphore(0)"),
    "the error is told and the others go on": (
        "gathered_errors",
        """\
    async with asyncio.TaskGroup() as group:
        for save in saves:
            group.create_task(run(save))
""",
        "    await asyncio.gather(*[run(save) for save in saves])\n",
    ),
    "nobody waits for the jobs": (
        "join_without_end",
        """\
    jobs.join()
    jobs.put(None)  # or it would take the jobs of the next call
    worker.join()
""",
        "",
    ),
    "not on the pool": ("pool_starved", "pool.map(", "map("),
    "the process is left alone": ("join_before_drain", "process.join()", "pass"),
    "only closed": ("left_in_memory", "        block.unlink()\n", ""),
    "the second is not called": (
        "frozen_loop",
        "fetch(first), fetch(second)",
        "fetch(first), fetch(first)",
    ),
    "a lock for the load and one for the save": (
        "visitor_lost",
        "        save(load() + 1)",
        "        seen = load()\n    with counting:\n        save(seen + 1)",
    ),
    "a lock for the check and one for the act": (
        "oversold",
        """\
        if left() == 0:
            return False
        take()
""",
        """\
        some = left() > 0
    if not some:
        return False
    with selling:
        take()
""",
    ),
    "a lock for the look and one for the subtraction": (
        "lock_kept",
        "            self.balance -= amount",
        "        with self.lock:\n            self.balance -= amount",
    ),
    "the account is looked at by subtracting": (
        "lock_kept",
        "        with self.lock:\n            if amount > self.balance:",
        "        if True:\n            if self.balance - amount < 0:",
    ),
    "nobody waits for the tick": ("deaf_ticker", "self.thread.join()", "pass"),
    "two places for each who leaves": (
        "four_inside",
        "        look()\n",
        "        look()\n        room.release()\n",
    ),
    "one save after another": (
        "gathered_errors",
        "group.create_task(run(save))",
        "await run(save)",
    ),
    "one greeting after another": (
        "late_name",
        """\
pool.submit(greet, name) for name in names]
    return [future.result() for future in futures]
""",
        "pool.submit(greet, name).result() for name in names]\n    return futures\n",
    ),
    "made in no process of its own": (
        "join_before_drain",
        "    answers: ",
        "    return make()\n    answers: ",
    ),
    "gone after a ValueError alone": (
        "left_in_memory",
        """\
        return use(block.name)
    finally:
        block.close()
        block.unlink()
""",
        """\
        answer = use(block.name)
    except ValueError:
        block.close()
        block.unlink()
        raise
    block.close()
    block.unlink()
    return answer
""",
    ),
    "nobody but the caller eats": (
        "hungry_guests",
        "    dishes: Queue[str | None] = Queue()\n",
        "    return list(menu)\n    dishes: Queue[str | None] = Queue()\n",
    ),
    "nobody but the caller works": (
        "join_without_end",
        "    worker.start()\n",
        """\
    while not jobs.empty():
        try:
            jobs.get()()
        except ValueError as error:
            failures.append(str(error))
        jobs.task_done()
""",
    ),
    "a map that ends the others": (
        "swallowed_error",
        """\
        futures = [pool.submit(save, name) for name in names]
    for future in futures:
        future.result()
""",
        "        list(pool.map(save, names))\n",
    ),
    "no guard where processes are forked": (
        "unguarded_main",
        """\
if __name__ == "__main__":
    # As on Windows and macOS: a new process imports this file.
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
""",
        """\
if True:
    with ProcessPoolExecutor(2) as pool:
""",
    ),
    "no guard where this one pool is forked": (
        "unguarded_main",
        """if __name__ == "__main__":
    # As on Windows and macOS: a new process imports this file.
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
""",
        """if True:
    with ProcessPoolExecutor(2, get_context("fork")) as pool:
""",
    ),
    "one file after another": (
        "swallowed_error",
        "futures = [pool.submit(save, name) for name in names]",
        """futures = [pool.submit(save, name) for name in names[:1]]
        for name in names[1:]:
            save(name)
""",
    ),
}


@pytest.mark.parametrize("case", NEAR_MISSES)
def test_a_repair_of_half_of_it_is_wrong(case: str, judged: Try) -> None:
    """The check can tell it from the solution, and says what is wrong."""
    name, old, new = NEAR_MISSES[case]
    text = find(name).solution
    assert old in text
    verdict = judged(name, text.replace(old, new))
    assert not verdict.right
    assert verdict.hint


OTHER_WAYS = {
    "both or none, and again": (
        "crossed_locks",
        "    with source.lock, target.lock:\n",
        """\
    from random import random
    from time import sleep

    while True:
        source.lock.acquire()
        if target.lock.acquire(blocking=False):
            break
        source.lock.release()
        sleep(random() / 100)
    try:
""",
        "    finally:\n        target.lock.release()\n        source.lock.release()\n",
    ),
    "an order by identity": (
        "crossed_locks",
        "    with source.lock, target.lock:\n",
        """\
    first, second = sorted((source.lock, target.lock), key=id)
    with first, second:
""",
        "",
    ),
    "the sentinel is put back": (
        "hungry_guests",
        "        eaten.append(dish)\n",
        "        eaten.append(dish)\n    dishes.put(None)\n",
        "",
    ),
    "bound when the lambda is made": (
        "late_name",
        "lambda: greet(name)",
        "lambda name=name: greet(name)",
        "",
    ),
    "guests of a pool": (
        "hungry_guests",
        "    dishes: Queue[str | None] = Queue()\n    eaten: list[str] = []\n",
        """\
    from concurrent.futures import ThreadPoolExecutor

    eaten: list[str] = []
    with ThreadPoolExecutor(guests) as pool:
        list(pool.map(eaten.append, menu))
    return eaten
""",
        "",
    ),
    "a start method of its own": (
        "unguarded_main",
        """\
with ProcessPoolExecutor(2, get_context("spawn")) as pool:
    print(sum(pool.map(square, range(10))))
""",
        """\
if __name__ == "__main__":
    from multiprocessing import set_start_method

    set_start_method("spawn")
    with ProcessPoolExecutor(2) as pool:
        print(sum(pool.map(square, range(10))))
""",
        "",
    ),
}


@pytest.mark.parametrize("case", OTHER_WAYS)
def test_another_way_is_right(case: str, judged: Try) -> None:
    """A check looks at what a program does, not at how."""
    name, old, new, end = OTHER_WAYS[case]
    text = find(name).broken
    assert old in text
    verdict = judged(name, text.replace(old, new) + end)
    assert verdict.right, str(verdict)


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_file_is_named(text: str, judged: Try) -> None:
    """With how to begin anew."""
    verdict = judged("oversold", text)
    assert verdict.text == "oversold.py is empty"
    assert "interleaved exercise oversold --force" in verdict.hint


@pytest.mark.parametrize("name", [each.name for each in EXERCISES])
def test_an_empty_file_is_never_right(name: str, tmp_path: Path) -> None:
    """For any exercise; so is one with nothing but a comment."""
    file = tmp_path / "answer.py"
    file.write_text("# nothing yet\n", encoding="utf-8")
    assert not judge(find(name), file).right


def test_a_syntax_error_is_told_by_its_line(judged: Try) -> None:
    """In Python's words."""
    verdict = judged("oversold", "def sell(left, take)\n    return True\n")
    assert verdict.text == "line 1: expected ':'"
    assert "cannot read" in verdict.hint


def test_a_file_may_declare_its_encoding(tmp_path: Path) -> None:
    """Python reads it, and so does the check."""
    file = tmp_path / "unguarded_main.py"
    text = f"# coding: latin-1\n# café\n{find('unguarded_main').solution}"
    file.write_text(text, encoding="latin-1")
    verdict = judge(find("unguarded_main"), file)
    assert verdict.right, str(verdict)


def test_a_warning_at_the_end_is_not_the_error(judged: Try) -> None:
    """That is told which the last traceback ends with."""
    warns = "lambda: print('late.py:1: UserWarning: oh', file=sys.stderr)"
    text = f"import atexit, sys\natexit.register({warns})\nraise ValueError('no')\n"
    verdict = judged("unguarded_main", text)
    assert verdict.text == "the program failed, at last by ValueError: no"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("oversold.txt", "is not the name of a Python file"),
        ("over-sold.py", "is a file that nobody can import"),
        ("queue.py", "has the name of a module that Python has already"),
        ("interleaved.py", "has the name of a module that Python has already"),
    ],
)
def test_a_name_that_no_module_can_have_is_refused(
    name: str, told: str, tmp_path: Path
) -> None:
    """The answer may be right, which the check cannot see before it is renamed."""
    file = tmp_path / name
    file.write_text(find("oversold").solution, encoding="utf-8")
    verdict = judge(find("oversold"), file)
    assert verdict.text == f"{name} {told}"
    assert "rename it" in verdict.hint


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    """As by a file that is no program."""
    file = tmp_path / "oversold.py"
    for content in (b"\0", b"\xff\xfe"):
        file.write_bytes(content)
        assert "cannot read" in judge(find("oversold"), file).hint


def test_a_renamed_function_is_missed_by_name(judged: Try) -> None:
    """The check calls what the broken program defined."""
    verdict = judged("oversold", "def buy(): ...")
    assert verdict.text == "oversold.py does not define sell"
    assert "keep the names" in verdict.hint


def test_an_exception_is_told_with_its_lines(judged: Try) -> None:
    """Those of the file, the innermost first."""
    text = "def sell(left, take):\n    return again()\n\ndef again():\n    1 / 0\n"
    verdict = judged("oversold", text)
    assert verdict.text == "it raised ZeroDivisionError: division by zero"
    assert verdict.stack == "  line 5 in again\n  line 2 in sell"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("raise SystemExit(0)", "it raised SystemExit: 0"),
        ("import os; os._exit(0)", "it ended Python, with status 0,"),
        ("import atexit\natexit.register(print)", "oversold.py does not define sell"),
    ],
)
def test_leaving_is_no_answer(text: str, told: str, judged: Try) -> None:
    """Who ends the process, ends it unjudged."""
    verdict = judged("oversold", text)
    assert not verdict.right
    assert verdict.text.startswith(told)


def test_a_loop_without_end_is_ended(tmp_path: Path) -> None:
    """And the dump says where it was, whatever the folder is called."""
    folder = tmp_path / "für später"
    folder.mkdir()
    file = folder / "oversold.py"
    text = "def wait():\n    while True:\n        pass\n\nwait()\n"
    file.write_text(text, encoding="utf-8")
    begun = time.monotonic()
    verdict = judge(find("oversold"), file, limit=2)
    assert time.monotonic() - begun < 30
    assert verdict.text == "it did not end within 2 s"
    assert "line 5 in <module>" in verdict.stack
    assert "in wait" in verdict.stack


def test_an_answer_ends_without_its_judge(tmp_path: Path) -> None:
    """Who was killed cannot end it: it does so itself after its limit."""
    file = tmp_path / "oversold.py"
    file.write_text("while True: pass\n", encoding="utf-8")  # always in line 1
    command = [sys.executable, "-m", "interleaved.exercises", "oversold"]
    ran = subprocess.run(
        [*command, str(file), str(tmp_path), "3"],
        check=False,
        timeout=60,
    )
    assert ran.returncode
    assert "line 1 in <module>" in (tmp_path / "dump").read_text(encoding="utf-8")


def test_names_are_found_and_suggested() -> None:
    """With either sign between words."""
    assert find("visitor-lost") is find("visitor_lost")
    with pytest.raises(LookupError, match="did you mean visitor_lost"):
        find("visitor_lots")
    with pytest.raises(LookupError, match="see `interleaved exercise`"):
        find("qqq")


def test_each_folder_is_an_exercise() -> None:
    """And each exercise has a folder."""
    folders = {each.parent.name for each in FOLDER.glob("*/check.py")}
    assert folders == {each.name for each in EXERCISES}
