"""A page whose statement is made false turns the build red."""

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
    "the waits do not overlap": (
        "start-here.md",
        "two_waits_measured.py",
        '"overlapping": lambda: wait_threaded(2, seconds=0.1)',
        '"overlapping": lambda: wait_serial(2, seconds=0.1)',
        "AssertionError",
    ),
    "the threads are joined one by one": (
        "start-here.md",
        "two_waits.py",
        "for thread in threads:\n    thread.start()\nfor thread in threads:\n",
        "for thread in threads:\n    thread.start()\n",
        "AssertionError",
    ),
    "the test notices": (
        "races.md",
        "passed_by_luck.py",
        "counter.value != 10",
        "counter.value == 10",
        "AssertionError",
    ),
    "a build is taken for the other kind": (
        "gil.md",
        "have_i_a_gil.py",
        "built_without = bool(",
        "built_without = not (",
        "AssertionError",
    ),
    "joining early overlaps after all": (
        "start-here.md",
        "joined_too_early.py",
        "lambda: wait_joining_early(2, 0.05)",
        "lambda: wait_threaded(2, seconds=0.05)",
        "AssertionError",
    ),
    "a sleep keeps another thread from counting": (
        "gil.md",
        "sleep_and_count.py",
        "    sleeper.start()\n    count_to(1_000_000)\n    sleeper.join()",
        "    sleeper.start()\n    sleeper.join()\n    count_to(1_000_000)",
        "AssertionError",
    ),
    "one process counts": (
        "gil.md",
        "two_counts_in_processes.py",
        "pool.map(count_to, [NUMBER] * 2)",
        "map(count_to, [NUMBER] * 2)",
        "AssertionError",
    ),
    "two threads count faster": (
        "gil.md",
        "two_counts.py",
        "lambda: count_serial(1_000_000)",
        "lambda: count_serial(3_000_000) and count_serial(1_000_000)",
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
}


@pytest.mark.parametrize("case", FALSE)
def test_a_false_statement_is_red(case: str, tmp_path: Path) -> None:
    """The block that was made false fails, named by page and line."""
    name, title, true, false, said = FALSE[case]
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    found = re.search(
        rf'^```python title="{re.escape(title)}"\n(.*?)^```\n',
        page,
        re.DOTALL | re.MULTILINE,
    )
    assert found is not None
    assert page.count(true) == found[1].count(true) == 1
    line = page.count("\n", 0, found.start()) + 1
    path = tmp_path / name
    path.write_text(page.replace(true, false), encoding="utf-8")
    only = f"{path}::line {line}"
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--codeblocks", only],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert f"{name}:{line}: this python block failed" in ran.stdout
    assert said in ran.stdout
    assert "1 failed" in ran.stdout
