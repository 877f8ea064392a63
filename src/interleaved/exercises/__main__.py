"""The child process of `judge`: it runs somebody's file, and may not come back."""

import faulthandler
import os
import sys
import threading
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

from interleaved.exercises import Exercise, find
from interleaved.exercises.expecting import Wrong
from interleaved.exercises.judging import Verdict, write

UNREADABLE = "Python cannot read the file: look there, and at the line before"


def main(name: str, file: Path, room: Path, limit: float) -> None:
    """Judge a file, leave the verdict in a room, and end whatever still runs."""
    with open(room / "dump", "w", encoding="utf-8") as dump:
        # With an exit: who would end us may have been killed meanwhile.
        faulthandler.dump_traceback_later(limit, file=dump, exit=True)
        write(verdict_on(find(name), file), room)
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # which it is if it was closed, as by >&-
                stream.flush()
        os._exit(0)  # at a usual end Python would wait for threads that are stuck


def verdict_on(exercise: Exercise, file: Path) -> Verdict:
    """Judge a file in this process."""
    source = file.read_bytes()
    if not source.strip():
        anew = f"`interleaved exercise {exercise.name} --force` copies the program anew"
        return Verdict(right=False, text=f"{file.name} is empty", hint=anew)
    try:
        compile(source, file, "exec")
    except SyntaxError as error:
        where = f"line {error.lineno}: " if error.lineno else ""
        return Verdict(right=False, text=f"{where}{error.msg}", hint=UNREADABLE)
    except ValueError as error:  # before 3.12, for a null byte
        return Verdict(right=False, text=str(error), hint=UNREADABLE)
    try:
        return Verdict(right=True, text=exercise.check(file))
    except Wrong as wrong:
        stack = waiting_in(file) if wrong.stuck else ""
        return Verdict(right=False, text=str(wrong), hint=wrong.hint, stack=stack)
    except BaseException as error:  # noqa: BLE001 (SystemExit is somebody's, too)
        text = "".join(traceback.format_exception_only(error)).strip()
        calls = traceback.walk_tb(error.__traceback__)
        return Verdict(
            right=False,
            text=f"it raised {text}",
            hint="the exception comes from the file, or from a check that called it",
            stack="\n".join(reversed(lines_in(file, calls))),
        )


def waiting_in(file: Path) -> str:
    """Tell where each thread is that is in a call of the file."""
    shown: list[str] = []
    for thread in threading.enumerate():
        frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001 (its use)
        lines = lines_in(file, traceback.walk_stack(frame)) if frame else []
        if lines:
            shown.append("\n".join([f"thread {len(shown) + 1}", *lines]))
    return "\n".join(shown)


def lines_in(file: Path, calls: Iterable[tuple[FrameType, int]]) -> list[str]:
    """Of some calls, keep those that are in the file."""
    return [
        f"  line {line} in {frame.f_code.co_name}"
        for frame, line in calls
        if frame.f_code.co_filename == str(file)
    ]


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]))
