"""How sphinx-gallery runs an example: the callables that `conf.py` names.

They are loaded into the Sphinx process, and reach it through settings that
sphinx-gallery documents: `reset_argv`, `reset_modules`, `show_memory` and
`image_scrapers`.
"""

import faulthandler
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from livedocs.gallery.drawing import COLOURS, INK
from livedocs.printed import output_html

LIMIT = "LIVEDOCS_GALLERY_LIMIT"
"""The environment variable with the seconds that one cell may take."""

STYLE: Mapping[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: it can be read, searched and zoomed
    "svg.hashsalt": "livedocs",  # the same drawing gives the same file
    "savefig.transparent": True,  # the page's own colour is the background
    # Small, with large letters: a phone shows it at its full size.
    "figure.figsize": (4.4, 3.2),
    "figure.constrained_layout.use": True,
    "font.size": 11,
    "axes.titlesize": 11,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "legend.edgecolor": INK,
    "hatch.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


class _Example(ModuleType):
    """The example as a module, of which nobody but its globals is to be had."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        super().__init__("__mp_main__")
        self.__names = names

    def __getattr__(self, name: str) -> Any:
        """Return what the example calls by that name."""
        try:
            return self.__names[name]
        except KeyError:
            raise AttributeError(f"the example has no {name!r}") from None


def reset_argv(_conf: object, script: Mapping[str, Any]) -> list[str]:
    """Make the example's globals those of a script, so that process pools find it.

    A spawned child imports the parent's `__main__` by `__spec__` or else by `__file__`.
    sphinx-gallery sets a spec that no child can import, and no file. What the child
    sends back is of the module `__mp_main__`, which has to be the example here, too.
    """
    script["example_globals"].update(__spec__=None, __file__=script["src_file"])
    sys.modules["__mp_main__"] = _Example(script["example_globals"])
    return []


def set_style(_conf: object, _example: str | None) -> None:
    """Give matplotlib the look of the page, once its defaults are restored."""
    import matplotlib
    from cycler import cycler

    matplotlib.rcParams.update(STYLE)
    matplotlib.rcParams["axes.prop_cycle"] = cycler(color=COLOURS)


class _Transcript:
    """A file that stands in for descriptors 1 and 2 while a cell runs.

    It is a file and not a pipe, so that a child left behind blocks nobody; and it is
    one file for the whole build, because a fork server keeps the descriptors that it
    was born with.
    """

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the build)
        self.told = 0

    def take(self) -> str:
        """Return what was written since the last call."""
        written = os.pread(
            self.file.fileno(), os.fstat(self.file.fileno()).st_size, self.told
        )
        self.told += len(written)
        return written.decode("utf-8", "replace")


@cache
def _transcript() -> _Transcript:
    return _Transcript()


# sphinx-gallery trims tracebacks below a frame whose name starts like this one.
def _sg_call_memory_captured(  # noqa: C901 (one transaction on two descriptors)
    cell: Callable[[], object],
) -> tuple[float, object]:
    """Run a cell with all it prints, and all its children print, going to one file.

    sphinx-gallery's own capture replaces `sys.stdout`, which children do not inherit.
    An exception that ends a thread fails the cell: a page must not show such a run.

    Returns:
        No memory use (what the setting is meant for), and what the cell returned.
    """
    transcript = _transcript()
    streams = sys.stdout, sys.stderr
    outside = os.dup(1), os.dup(2)
    thread_errors: list[BaseException] = []
    hook = threading.excepthook

    def note_and_print(args: threading.ExceptHookArgs, /) -> None:
        hook(args)
        if args.exc_value is not None:
            thread_errors.append(args.exc_value)

    for stream in (*streams, sys.__stdout__, sys.__stderr__):
        if stream is not None:
            stream.flush()
    os.dup2(transcript.file.fileno(), 1)
    os.dup2(transcript.file.fileno(), 2)
    # Line-buffered like a terminal, so that lines of parent and children keep order.
    inside = [
        open(fd, "w", 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115
        for fd in (1, 2)
    ]
    sys.stdout, sys.stderr = inside
    threading.excepthook = note_and_print
    faulthandler.dump_traceback_later(
        float(os.environ[LIMIT]), exit=True, file=outside[1]
    )
    try:
        result = cell()
        if thread_errors:
            raise thread_errors[0]
    except SystemExit as leaving:
        raise RuntimeError(
            f"the example called sys.exit({leaving.code!r}); "
            "an example ends where its file ends"
        ).with_traceback(leaving.__traceback__) from leaving
    except Exception as error:
        sys.stdout.flush()
        sys.stderr.flush()
        if printed := transcript.take().strip():
            error.add_note(f"What the cell had printed:\n{printed[-4000:]}")
        raise
    finally:
        faulthandler.cancel_dump_traceback_later()
        threading.excepthook = hook
        for stream in inside:
            stream.close()
        sys.stdout, sys.stderr = streams
        for fd, place in zip(outside, (1, 2), strict=True):
            os.dup2(fd, place)
            os.close(fd)
    return 0.0, result


capture = _sg_call_memory_captured


def scrape_output(_block: object, _script: object, _conf: object) -> str:
    """Return the reST of what a cell printed."""
    text = _transcript().take()
    if not text.strip():
        return ""
    box = f'<div class="run">{output_html(text)}</div>'
    return f"\n\n.. raw:: html\n\n   {box}\n\n"


def scrape_figures(
    _block: object, script: Mapping[str, Any], conf: Mapping[str, Any]
) -> str:
    """Save the figures of a cell as SVG and return their reST.

    The text alternative is the figure's label (`fig.set_label(...)`): matplotlib gives
    it no other use, and an example may compute it from its run. `build` refuses a
    figure without one.
    """
    import matplotlib.pyplot as plt

    rest = ""
    try:
        for number in plt.get_fignums():
            figure = plt.figure(number)
            target = Path(next(script["image_path_iterator"])).with_suffix(".svg")
            nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
            figure.savefig(target, metadata=nothing)
            alt = " ".join(str(figure.get_label()).split())
            place = target.relative_to(conf["src_dir"]).as_posix()
            rest += f"\n\n.. image:: /{place}\n   :alt: {alt}\n\n"
    finally:
        plt.close("all")
    return rest
