"""A page whose statement or claim is made false turns the build red."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FALSE = {
    "the lost update is kept": (
        "races.md",
        "lost_update.py",
        "    counter = seen + 1  #",
        "    counter = counter + 1  #",
        "-two threads added one each: 1\n  +two threads added one each: 2",
    ),
    "the lock is taken away and the switch forced": (
        "races.md",
        "kept_updates.py",
        """\
    with counting:  # held from the read to the write
        seen = counter
""",
        "    if True:\n        seen = 0\n",
        "-two threads added one each: 2\n  +two threads added one each: 1",
    ),
    "the trains do not meet": (
        "two-words.md",
        "single_track.py",
        "        both_there.wait()\n",
        "",
        "-1a 2b 3c 4d 5e\n  +12 34 5a bc de",
    ),
    "the promised number is another": (
        "races.md",
        "overwritten.py",
        "print(counter)",
        "print(counter + 1)",
        "-1\n  +2",
    ),
    "the locked body loses updates": (
        "races.md",
        "lost_by_spelling.py",
        "lost_updates(increment, threads=2, times=TIMES)",
        "lost_updates(lambda counter: None, threads=2, times=TIMES)",
        "AssertionError",
    ),
    "the test notices": (
        "races.md",
        "passed_by_luck.py",
        "counter.value != 10",
        "counter.value == 10",
        "AssertionError",
    ),
    "one statement has nothing to wait for": (
        "races.md",
        "lost_in_one_statement.py",
        "counter += SlowOne()",
        "counter += 1",
        "-two threads added one each: 1\n  +two threads added one each: 2",
    ),
    "the loop goes through the list itself": (
        "check-then-act.md",
        "missed_in_a_list.py",
        "stock.copy() if copied else stock",
        "stock",
        "-a copy of it:    ['tea', 'coffee', 'cocoa']",
    ),
    "an exception leaves the lock held": (
        "locks.md",
        "left_held.py",
        "    with lock:\n        total += float",
        "    if lock.acquire():\n        total += float",
        "-fixed - free: True\n  +fixed - free: False",
    ),
    "the transfer holds no lock on its way": (
        "lock-granularity.md",
        "total_on_the_way.py",
        "    with ann, bob:\n        balances",
        "    if True:\n        balances",
        "-fixed: 100\n  +fixed: 90",
    ),
    "a build is taken for the other kind": (
        "gil.md",
        "have_i_a_gil.py",
        "built_without = bool(",
        "built_without = not (",
        "AssertionError",
    ),
    "the switch interval is another": (
        "gil.md",
        "switch_interval.py",
        "import sys\n\nprint(",
        "import sys\n\nsys.setswitchinterval(0.001)\nprint(",
        "-5 ms\n  +1 ms",
    ),
    "the landing page promises another sum": (
        "index.md",
        "lost.py",
        "lose_one_update())",
        "1 + lose_one_update())",
        "-1 + 1 = 1\n  +1 + 1 = 2",
    ),
    "nobody takes the locks crosswise": (
        "deadlock.md",
        "deadlock_for_real.py",
        "for pair in (ann, bob), (bob, ann):",
        "for pair in (ann, bob), (ann, bob):",
        "-  line 10 in move",
    ),
    "the auditor lets go in between": (
        "two-accounts.md",
        "seen_by_an_auditor.py",
        "for total in (total_in_steps, total_as_one):",
        "for total in (total_in_steps, total_in_steps):",
        "-move_as_one    total_as_one         100            100",
    ),
    "the check is outside the lock": (
        "two-accounts.md",
        "overdrawn.py",
        "left_over(Lock(), subtraction=nullcontext())",
        "left_over(nullcontext(), subtraction=Lock())",
        "-20\n  +-60",
    ),
    "the first lock is kept during the pause": (
        "livelock.md",
        "paused_with_a_lock.py",
        "[give_back] * 2",
        "[False] * 2",
        "-gives back: True succeeded: True",
    ),
    "the waiter has a place for each": (
        "philosophers.md",
        "one_place_too_many.py",
        "for places in (5, 4):",
        "for places in (5, 5):",
        "-4 places, stuck: False\n  +5 places, stuck: True",
    ),
    "the lock around a look and an act is missing": (
        "testing-threads.md",
        "made_twice.py",
        "for lock in (Lock(), nullcontext()):",
        "for lock in (nullcontext(), nullcontext()):",
        "-lock made 1",
    ),
}

BROKEN = {
    "the waits do not overlap": (
        "start-here.md",
        "two_waits_measured.py",
        '"overlapping": lambda: wait_threaded(2, seconds=0.05)',
        '"overlapping": lambda: wait_serial(2, seconds=0.05)',
        "two-waits",
    ),
    "joining early overlaps after all": (
        "start-here.md",
        "joined_too_early.py",
        "lambda: wait_joining_early(2, 0.02)",
        "lambda: wait_threaded(2, seconds=0.02)",
        "joined-too-early",
    ),
    "one process counts": (
        "gil.md",
        "two_counts_in_processes.py",
        "pool.map(count_to, [NUMBER] * 2)",
        "map(count_to, [NUMBER] * 2)",
        "processes-count",
    ),
    "two threads count faster": (
        "gil.md",
        "two_counts.py",
        "lambda: count_serial(1_000_000)",
        "lambda: count_serial(1_000_000) and count_serial(1_000_000)",
        "gil-counts",
    ),
    "both keep the order": (
        "deadlock.md",
        "order_decides.py",
        "take_crosswise({take})",
        "take_crosswise(take_in_order) # {take}",
        "an-order-cures",
    ),
    "the order is kept by nobody": (
        "deadlock.md",
        "order_decides.py",
        "take_crosswise({take})",
        "take_crosswise(take_as_given) # {take}",
        "an-order-cures",
    ),
    "equals fall out of step": (
        "livelock.md",
        "passage.py",
        "tries_in_step((pause, pause))",
        "tries_in_step((pause, random_pause))",
        "lots-end-a-livelock",
    ),
    "the test by construction has a lock": (
        "testing-threads.md",
        "stress_or_construction.py",
        "return total_of_two(add_one_split, patience=2) == 2",
        "return lost_updates(add_one_split, times=1) == 0",
        "construction-notices",
    ),
}


FEW_ROUNDS = "__import__('os').environ['INTERLEAVED_MOST_ROUNDS'] = '9'\n"
"""Has a block measure less: what is wrong by far shows soon, in each of three tries."""


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is said of each block that was made false; they run together."""
    made = {}
    for case, (name, title, true, false, _) in FALSE.items():
        copy = tmp_path_factory.mktemp("false") / name
        made[case] = made_false(copy, title, true, false)
    ran = press(*(f"{path}::line {line}" for path, line in made.values()))
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert f"\n{len(made)} failed in" in ran.stdout
    return {
        case: ran.stdout.partition(f"\n{path}:{line}: ")[2].partition("\n____")[0]
        for case, (path, line) in made.items()
    }


@pytest.mark.parametrize("case", FALSE)
def test_a_false_statement_is_red(case: str, failures: dict[str, str]) -> None:
    """The block that was made false fails, named by page and line."""
    assert failures[case].startswith("this python block failed")
    assert FALSE[case][-1] in failures[case]


@pytest.mark.quiet
@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_claim_is_red(case: str, tmp_path: Path) -> None:
    """A variant that was made slow, or fast, breaks the claim, and nothing else.

    Unless the machine is too busy to tell, which the claim then says.
    """
    name, title, true, false, claim = BROKEN[case]
    path, line = made_false(tmp_path / name, title, true, false, FEW_ROUNDS)
    items = (f"{path}::line {line}", f"{path}::claim {claim}")
    ran = press("-rs", "--claims=fail", *items)
    if "1 inconclusive" in ran.stdout:
        assert ran.returncode == 0
        pytest.skip(f"inconclusive, this machine is busy: {ran.stdout[-500:]}")
    assert "claims: 1 broken" in ran.stdout, ran.stdout + ran.stderr
    assert ran.returncode == 1
    assert "1 failed, 1 passed" in ran.stdout


def made_false(
    copy: Path, title: str, true: str, false: str, first: str = ""
) -> tuple[Path, int]:
    """Copy a page with one block changed; return it and the block's line.

    The block gets one more line at its start, if that is given.
    """
    page = (ROOT / "docs" / copy.name).read_text(encoding="utf-8")
    found = re.search(
        rf'^```python title="{re.escape(title)}"\n(.*?)^```\n',
        page,
        re.DOTALL | re.MULTILINE,
    )
    assert found is not None
    assert page.count(true) == found[1].count(true) == 1
    changed = first + found[1].replace(true, false)
    text = page[: found.start(1)] + changed + page[found.end(1) :]
    copy.write_text(text, encoding="utf-8")
    return copy, page.count("\n", 0, found.start()) + 1


def press(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run items of a page that stands outside the book."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--codeblocks", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
