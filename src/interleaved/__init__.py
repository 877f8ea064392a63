"""The companion package of the book: what its pages import, and you can too.

`compare` times variants of the same work on your machine; the other modules hold
the programs of the pages, one module a page, under the page's name.
"""

TYPE_CHECKING = False  # as in `typing`, whose import is slow

__all__ = [
    "Comparison",
    "DifferentAnswers",
    "Interpreter",
    "Machine",
    "Spread",
    "Timing",
    "VariantError",
    "compare",
    "this_interpreter",
    "this_machine",
    "usable_cores",
]

if TYPE_CHECKING:
    from interleaved.comparing import (
        Comparison,
        DifferentAnswers,
        Spread,
        Timing,
        VariantError,
        compare,
    )
    from interleaved.machine import (
        Interpreter,
        Machine,
        this_interpreter,
        this_machine,
        usable_cores,
    )
else:

    def __getattr__(name):
        # Not before it is asked for: the dataclasses take about as long as the start
        # of an interpreter, which a page's child processes would all pay.
        if name in __all__:
            from interleaved import comparing, machine

            return getattr(comparing, name, None) or getattr(machine, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
