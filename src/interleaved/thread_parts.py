"""Threads that share an open file, and with it the place where it is read."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from threading import Barrier, Thread
from time import monotonic, sleep

RECORD = 4
"""Bytes of a record."""

_PATIENCE = 30.0  # seconds that anybody here waits for anybody else
_TASK = Path("/proc/self/task")


def read_broken(path: Path, records: Sequence[int]) -> list[bytes]:
    """Read a record on each of some threads, all from one open file.

    Args:
        path: The file.
        records: Numbers of the records, from 0; a thread for each.

    Returns:
        What each thread got, in the order of the numbers.

    Raises:
        threading.BrokenBarrierError: Not all threads were there within 30 s.
    """
    with FileIO(path) as shared:
        return _read([shared] * len(records), records)


def read_fixed(path: Path, records: Sequence[int]) -> list[bytes]:
    """Read a record on each of some threads, each from an open file of its own.

    Arguments, result and errors are those of `read_broken`.
    """
    files = [FileIO(path) for _ in records]
    try:
        return _read(files, records)
    finally:
        for file in files:
            file.close()


def _read(files: Sequence[FileIO], records: Sequence[int]) -> list[bytes]:
    """Let all threads seek, one after another, and then all of them read.

    Nothing is left to luck: any system may run them in this order.
    """
    results = [b""] * len(records)
    turn_ends = Barrier(len(records), timeout=_PATIENCE)
    errors: list[threading.BrokenBarrierError] = []

    def read_one(mine: int) -> None:
        def seek() -> None:
            files[mine].seek(records[mine] * RECORD)

        def read() -> None:
            results[mine] = files[mine].read(RECORD)

        try:
            for step in (seek, read):
                _in_turn(step, mine, turn_ends)
        except threading.BrokenBarrierError as error:
            errors.append(error)

    threads = [Thread(target=read_one, args=(place,)) for place in range(len(records))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * _PATIENCE)
    if errors:
        raise errors[0]
    return results


def _in_turn(step: Callable[[], None], mine: int, turn_ends: Barrier) -> None:
    """Take a step when it is my turn, and wait while it is another's."""
    for turn in range(turn_ends.parties):
        if turn == mine:
            step()
        turn_ends.wait()


@dataclass(frozen=True, slots=True)
class Registers:
    """Two registers of a thread that waits in the system.

    Attributes:
        stack_pointer: Address of the top of its stack.
        program_counter: Address of its next instruction.
    """

    stack_pointer: int
    program_counter: int

    def __str__(self) -> str:
        """Write both as hexadecimal numbers, as debuggers do."""
        return f"stack at {self.stack_pointer:#x}, next {self.program_counter:#x}"


def registers(
    native_id: int, seconds: float = 5.0, task: Path = _TASK
) -> Registers | None:
    """Look up where a thread of this process is, once it waits.

    Source: Linux, proc_pid_syscall(5): the number of the call, its arguments, the
    stack pointer, the program counter; or the one word "running".

    Args:
        native_id: The system's number of the thread.
        seconds: How long to look at most.
        task: The folder of the threads; another one serves tests.

    Returns:
        Both, or None if the thread did not wait, or the system does not say.
    """
    give_up = monotonic() + seconds
    while True:
        try:
            words = (task / str(native_id) / "syscall").read_text().split()
        except OSError:
            return None
        if len(words) > 1:
            return Registers(int(words[-2], 16), int(words[-1], 16))
        if monotonic() > give_up:
            return None
        sleep(0.001)
