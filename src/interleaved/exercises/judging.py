"""Judging an answer in a child process, which ends whatever the answer does."""

import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from interleaved import limited, strictly
from interleaved.deadlock import stable_dump
from interleaved.exercises import Exercise

LIMIT = 60.0
"""Seconds that the judging of an answer may take."""
GRACE = 2.0
"""Seconds to write down where the threads are."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of an answer.

    Attributes:
        right: Whether it does what the exercise asks.
        text: What was shown, or which expectation failed.
        hint: What to look at.
        stack: Where its threads were, or where it failed.
    """

    right: bool
    text: str
    hint: str = ""
    stack: str = ""

    def __str__(self) -> str:
        """Show it as some lines."""
        lines = [f"{'right' if self.right else 'wrong'}: {self.text}"]
        if self.stack:
            lines += ["where, the innermost call first:", self.stack]
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


def judge(exercise: Exercise, file: Path, limit: float = LIMIT) -> Verdict:
    """Judge somebody's answer; neither it nor its process group outlives the call.

    Args:
        exercise: What it answers.
        file: The answer.
        limit: Seconds that it may take.

    Raises:
        OSError: The file cannot be read.
    """
    file = file.resolve()
    file.read_bytes()  # here, where the error is the caller's
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        room = Path(name)
        status = limited.finish(
            # -P: a file beside the answer is not to replace a module.
            [sys.executable, "-P", "-X", "utf8", "-m", __package__]
            + [exercise.name, str(file), name, str(limit)],
            limit + GRACE,
            environment=os.environ | {"PYTHONPATH": os.pathsep.join(_path())},
        )
        if (room / "verdict").is_file():
            text = (room / "verdict").read_text(encoding="utf-8")
            verdict: Verdict = strictly.read(Verdict, json.loads(text), "verdict")
            return verdict
        dump = _text(room / "dump")
        if status is None or dump:
            return Verdict(
                right=False,
                text=f"it did not end within {limit:g} s",
                hint="look for a wait, or a loop, that nothing ends",
                stack=_calls_of(file, dump),
            )
    return Verdict(
        right=False,
        text=f"it ended Python, with status {status}, before it was judged",
        hint="leave out os._exit() and the like",
    )


def write(verdict: Verdict, room: Path) -> None:
    """Leave a verdict where `judge` looks for it."""
    text = json.dumps(asdict(verdict))
    (room / "verdict.new").write_text(text, encoding="utf-8")
    (room / "verdict.new").replace(room / "verdict")  # all of it, or none


def _text(file: Path) -> str:
    """Read what a child may have left."""
    return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""


def _path() -> list[str]:
    """Where a child finds what we find, this package included."""
    package = str(Path(__file__).parents[2])
    return [each for each in (os.environ.get("PYTHONPATH"), package) if each]


def _calls_of(file: Path, dump: str) -> str:
    """Keep of a dump of faulthandler the threads that are in a file."""
    name = str(file).encode("ascii", "backslashreplace").decode()  # as it writes it
    threads = stable_dump(dump, name).split("thread ")
    return "\n".join(
        f"thread {each.rstrip()}" for each in threads if "\n  line " in each
    )
