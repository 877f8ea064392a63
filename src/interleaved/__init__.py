"""The companion package of the book: what its pages import, and you can too.

`compare` times variants of the same work on your machine; the other modules hold
the programs of the pages, one module a page, under the page's name.
"""

TYPE_CHECKING = False  # as in `typing`, whose import is slow

__all__ = [
    "Comparison",
    "DifferentAnswers",
    "Elsewhere",
    "ElsewhereError",
    "Interpreter",
    "Machine",
    "Noise",
    "Spread",
    "Timing",
    "TooFast",
    "Turns",
    "Value",
    "VariantError",
    "capacity",
    "compare",
    "load_average",
    "measured_in_child",
    "report",
    "this_interpreter",
    "this_machine",
    "usable_cores",
]

if TYPE_CHECKING:
    from interleaved.clean_child import measured_in_child
    from interleaved.comparing import (
        DifferentAnswers,
        TooFast,
        VariantError,
        compare,
    )
    from interleaved.cores import capacity
    from interleaved.elsewhere import Elsewhere, ElsewhereError
    from interleaved.machine import (
        Interpreter,
        Machine,
        load_average,
        this_interpreter,
        this_machine,
        usable_cores,
    )
    from interleaved.noise import Noise
    from interleaved.reporting import Value, report
    from interleaved.spread import Spread
    from interleaved.timings import Comparison, Timing
    from interleaved.turns import Turns
else:

    def __getattr__(name):
        # Not before it is asked for: the dataclasses take about as long as the start
        # of an interpreter, which a page's child processes would all pay.
        from importlib import import_module

        for home in _HOMES if name in __all__ else ():
            module = import_module(f"interleaved.{home}")
            if hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    _HOMES = (  # those that import the least first
        "machine",
        "spread",
        "noise",
        "timings",
        "reporting",
        "clean_child",
        "comparing",
        "elsewhere",
        "cores",
        "turns",
    )
