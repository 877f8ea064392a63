"""Negative controls: what synchronises a page's program is there for a reason.

Each takes one wait, lock or signal away from a block as it stands on its page. Then
the block no longer does what the page says: it prints something else, a thread of it
fails, or it is not done in time.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from livedocs.page import read_page

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Control:
    """A block, and how it is spoilt.

    Attributes:
        page: The file's name.
        title: The block's.
        changes: What is replaced by what; the first is what synchronises, others
            make its absence felt on every run.
        says: What the block prints unspoilt, where the page does not promise it.
        limit: Seconds after which it counts as hanging.
        python: The least version of Python that it needs.
    """

    page: str
    title: str
    changes: dict[str, str]
    says: str = ""
    limit: float = 20.0
    python: str = ""


CONTROLS = {
    "no timeout: both wait for ever": Control(
        "deadlock.md",
        "lock_timeout.py",
        {".acquire(timeout=patience)": ".acquire()"},
        limit=3,
    ),
    "more than one owner": Control(
        "deadlock.md",
        "one_owner.py",
        {
            "owner.start()": "owner.start(); Thread(target=own).start()",
            "put(None)  # the last": "put(None); orders.put(None)  # the last",
            "import Thread": "import Barrier, Thread",
            "def own()": "both_have_read = Barrier(2, timeout=10)\n\n\ndef own()",
            "        balances[source] -= amount\n        balances[target] +=": (
                "        seen = balances.copy()\n"
                "        both_have_read.wait()\n"
                "        balances[source] = seen[source] - amount\n"
                "        balances[target] = seen[target] +"
            ),
            " * 500": "",
        },
    ),
    "no try: both keep one lock and wait for the other": Control(
        "livelock.md",
        "both_or_none.py",
        {
            "acquire(blocking=False)": "acquire()",
            "import Lock": "import Barrier, Lock",
            "def move(": "both_hold_one = Barrier(2)\n\n\ndef move(",
            "if locks[target]": "if both_hold_one.wait() + 1 and locks[target]",
        },
        limit=3,
    ),
    "no semaphore: more than three meet": Control(
        "semaphores.md",
        "three_of_ten.py",
        {"with at_most_three, changed:": "with changed:", "timeout=0.02": "timeout=10"},
    ),
    "no release: nobody is told": Control(
        "semaphores.md",
        "counted_signals.py",
        {"ready.release()": "pass", "timeout=10": "timeout=0.1"},
    ),
    "no wait for the event: they pass before it is set": Control(
        "events-and-barriers.md",
        "once_for_all.py",
        {
            "if opened.wait(timeout=10):": "if True:",
            'print("before:", passed)': 'early[0].join(); print("before:", passed)',
        },
    ),
    "no set: those who wait give up": Control(
        "events-and-barriers.md",
        "once_for_all.py",
        {"opened.set()\n": "", "timeout=10": "timeout=0.1"},
    ),
    "no barrier between the rounds": Control(
        "events-and-barriers.md",
        "rounds.py",
        {
            "round_is_over.wait()": "number or look()",
            "        done[number] += 1": "        done[number] += 1 + number",
        },
    ),
    "no abort: the others wait for ever": Control(
        "events-and-barriers.md",
        "aborted.py",
        {"all_here.abort()": "pass", "Barrier(3, timeout=10)": "Barrier(3)"},
        limit=3,
    ),
    "no wait for the start": Control(
        "events-and-barriers.md",
        "ready_steady_go.py",
        {
            "if go.wait(timeout=10):": "if True:",
            'print("ready, started:"': 'threads[0].join(); print("ready, started:"',
        },
    ),
    "no wait to put: the buffer grows": Control(
        "conditions.md",
        "buffer_of_five.py",
        {"if not changed.wait_for(lambda: len(items) < 5, timeout=10):": "if False:"},
        says="came in order: 1000\nin the buffer at most: 5\n",
    ),
    "no wait to take: there may be nothing": Control(
        "conditions.md",
        "buffer_of_five.py",
        {
            "if not changed.wait_for(lambda: items, timeout=10):": "if False:",
            "len(items) < 5, timeout=10": "len(items) < 5, timeout=0.2",
        },
        says="came in order: 1000\nin the buffer at most: 5\n",
    ),
    "no notification: it goes on at each timeout only": Control(
        "conditions.md",
        "buffer_of_five.py",
        {"sizes.append(len(items))\n        changed.notify_all()": "sizes.append(1)"},
        says="came in order: 1000\nin the buffer at most: 5\n",
        limit=3,
    ),
    "no notification of the latch": Control(
        "conditions.md",
        "latch.py",
        {
            "self._changed.notify_all()": "pass",
            "import Condition, Thread": "import Condition, Timer",
            "Thread(target=latch.count_down)": "Timer(0.5, latch.count_down)",
        },
        limit=3,
    ),
    "no wait for the latch": Control(
        "conditions.md",
        "latch.py",
        {"return self._changed.wait_for(": "return True or self._changed.wait_for("},
    ),
    "no look and wait in one step": Control(
        "conditions.md",
        "lost_wake_up.py",
        {"box.changed.wait_for(box.look, timeout=10)": "box.changed.wait(0.1)"},
    ),
    "no second look": Control(
        "conditions.md",
        "one_item_for_two.py",
        {"found = changed.wait_for(lambda: items, timeout=0.5)": "changed.wait(0.5)"},
    ),
    "no wait while the buffer is empty": Control(
        "notifying.md",
        "buffer_with_two_conditions.py",
        {
            "if not not_empty.wait_for(lambda: items, 10):": "if False:",
            "len(items) < 5, 10": "len(items) < 5, 0.2",
        },
    ),
    "no bell for all": Control(
        "notifying.md", "tea_or_coffee.py", {"Condition.notify_all)": "bool)"}
    ),
    "no join of the queue: the work is not done yet": Control(
        "queues.md",
        "empty_is_not_done.py",
        {
            'tasks.join()\nprint("joined, done:", done)\n': 'print("done", done)\n',
            "may_finish.set()\n": "",
            "may_finish.wait(timeout=10)": "may_finish.wait(timeout=0.2)",
        },
    ),
    "no task_done: join waits for ever": Control(
        "queues.md", "empty_is_not_done.py", {"    tasks.task_done()\n": ""}, limit=3
    ),
    "no exception for an answer": Control(
        "queues.md",
        "looked_then_took.py",
        {"return tasks.get_nowait()": "return tasks.get(timeout=20)"},
        limit=3,
    ),
    "no tie-breaker": Control(
        "queue-kinds.md", "tied.py", {"next(number), job": "0, job"}
    ),
    "no stop item behind the jobs": Control(
        "queue-kinds.md", "stop_comes_last.py", {"1.0, inf": "1.0, -inf"}
    ),
    "no queue made for it: the handler hangs": Control(
        "queue-kinds.md", "put_in_a_handler.py", {'"SimpleQueue"': '"LifoQueue"'}
    ),
    "no sentinel for each consumer": Control(
        "producers-consumers.md",
        "price_look_ups.py",
        {
            "for _ in consumers:": "for _ in consumers[1:]:",
            "get(timeout=30)": "get(timeout=2)",
        },
    ),
    "no task_done after an exception": Control(
        "producers-consumers.md",
        "failed_consumer.py",
        {"finally:": "else:"},
    ),
    "no sentinel for the next one": Control(
        "producers-consumers.md",
        "one_stop_for_all.py",
        {
            "    numbers.put(None)  # for the next one\n": "",
            "timeout=10": "timeout=0.2",
        },
    ),
    "no look whether anyone is there": Control(
        "back-pressure.md",
        "full_and_nobody_there.py",
        {"if ended.is_set():": "if False:"},
        limit=3,
    ),
    "no shutdown: the consumers give up": Control(
        "back-pressure.md",
        "shut_down.py",
        {"numbers.shutdown()\n": "", "get(timeout=10)": "get(timeout=0.2)"},
        python="3.13",
    ),
    "no sentinel for the writer: it gives up": Control(
        "price-results.md",
        "queue_to_the_writer.py",
        {"    done.put(None)": "    pass", "timeout=30": "timeout=2"},
        limit=60,
    ),
    "no commit of the one writer: the other waits in vain": Control(
        "price-results.md", "two_writers.py", {"    one.commit()\n": ""}
    ),
    "no second try: what is refused is missing": Control(
        "price-results.md",
        "a_month_of_prices.py",
        {"timeout=1)": "timeout=1, tries=1)", "look_ups()": "look_ups(10)"},
        limit=60,
    ),
}


MISSPELT = r"(?m)^(Syntax|Indentation|Name|Import|ModuleNotFound)Error"
"""What a change to the text that is no program brings about."""


@pytest.mark.negative_control
@pytest.mark.parametrize("case", CONTROLS)
def test_what_synchronises_is_needed(
    case: str, tmp_path: Path, python: Callable[[str], str]
) -> None:
    """Without it, the block does not do what its page says."""
    control = CONTROLS[case]
    code, promised = block_of(control)
    for old, new in control.changes.items():
        assert old in code, f"{control.title} has no {old!r} any more"
        code = code.replace(old, new)
    command = python(control.python) if control.python else sys.executable
    found = outcome(code, tmp_path, control.limit, command)
    assert found != promised
    assert not re.search(MISSPELT, found)


def test_a_control_can_fail(tmp_path: Path) -> None:
    """The same check passes a block that nobody spoilt."""
    for title in ("three_of_ten.py", "counted_signals.py"):
        control = Control("semaphores.md", title, {})
        code, promised = block_of(control)
        assert outcome(code, tmp_path, 20, sys.executable) == promised


def block_of(control: Control) -> tuple[str, str]:
    """The program of a block, and what its page says that it prints."""
    page = read_page(ROOT / "docs" / control.page)
    (block,) = (
        block
        for script in page.scripts
        for block in script.blocks
        if block.fence.title == control.title
    )
    promised = block.expected.fence.code if block.expected else control.says
    assert promised
    return block.fence.code, promised


def outcome(code: str, folder: Path, limit: float, python: str) -> str:
    """What a program prints; what goes wrong in it is part of it."""
    script = folder / "spoilt.py"
    script.write_text(code, encoding="utf-8")
    try:
        ran = subprocess.run(
            [python, "-X", "utf8", str(script)],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "hangs"
    return ran.stdout + ran.stderr
