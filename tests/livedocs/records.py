"""A record of a good run, of which tests change what they are about."""

from interleaved import Interpreter, Machine
from livedocs.record import Part, Record

MACHINE = Machine("Linux 6.1 x86_64", "A <processor> `x`", 4, 2**33)


def python(name: str) -> Interpreter:
    """An interpreter as it would be, from its name."""
    threaded = name.endswith("t")
    version = name.removesuffix("t") + ".2"
    return Interpreter(name, "CPython", version, threaded, not threaded, "a build")


GOOD_RUN = Record(
    key="0123456789abcdef",
    page="docs/page.md",
    line=1,
    language="python",
    code=("",),
    parts=(Part("", ""),),
    status=0,
    started="2026-01-02T03:04:05+00:00",
    seconds=1.234,
    interpreter=python("3.13"),
    machine=MACHINE,
    sources={},
)
