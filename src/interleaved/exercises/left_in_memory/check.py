"""Judge `left_in_memory`."""

from contextlib import suppress
from functools import partial
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

from interleaved.exercises.expecting import Wrong, expect, load

HINT = "close and unlink the block on each way out of lend()"


def check(file: Path) -> str:
    """The block is gone after a use that went well, and after one that failed."""
    answer = load(file, "lend")
    names: list[str] = []
    seen: list[bytes] = []

    def use(name: str) -> int:
        block = SharedMemory(name)
        assert block.buf is not None
        seen.append(bytes(block.buf[:3]))
        block.close()
        names.append(name)
        return 42

    def fail(kind: type[BaseException], name: str) -> int:
        use(name)
        raise kind("the data is no picture")

    returned = answer.lend(b"tea", use)
    expect(seen == [b"tea"], f"the block held {seen[:1]}", "put the data into it")
    expect(returned == 42, f"lend() returned {returned}", "return what use() returns")
    expect_gone(names.pop(), "a use that went well")
    for kind in (ValueError, KeyboardInterrupt):
        what = kind.__name__
        try:
            answer.lend(b"tea", partial(fail, kind))
        except kind:
            # Here: on Windows a block goes with the last variable that holds it.
            expect_gone(names.pop(), f"a use that raised {what}")
        else:
            raise Wrong(f"the {what} of use() did not reach the caller", HINT)
    return "the block was gone after a use that went well and after one that failed"


def expect_gone(name: str, what: str) -> None:
    """Look for a block, and take it away if it is there."""
    with suppress(FileNotFoundError):
        block = SharedMemory(name)
        block.close()
        block.unlink()
        raise Wrong(f"after {what} the block is still in memory", HINT)
