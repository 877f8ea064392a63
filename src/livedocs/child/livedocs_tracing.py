"""What the press adds to a run of which a timeline is asked: spans of its tasks.

The tasks are functions that the page names. Where one is compiled, its body goes
into a `with` that stamps the clock at its start and at its end; the program that
the page shows has nothing of it, tracebacks have no frame of it, and functions
are pickled, inspected and awaited as before. The same way serves every Python
from 3.11 on, a thread, a coroutine and a worker process.

A stamp must not change who runs when. A system call would give up the GIL, and
the task might wait a whole switch interval until it has it back. So each process
writes its spans into a file that it maps into memory: no call, no lock, and what
was written is there even if the process is killed in the next moment.

Standard library only, and as few imports as can be: each process of a traced
block pays for them. `livedocs.tracing` reads what is written here.
"""

import _ast
import _struct
import mmap
import os
import sys
from _thread import get_ident, get_native_id
from time import monotonic_ns

MOST_SPANS = 2000
"""How many spans a process has room for; a last byte tells that it had more."""
SLOT = _struct.Struct("<4Q64s64s")
"""A span: start, end, native thread, task; thread and asyncio task, by name."""

_ONLY_AST = 0x400  # ast.PyCF_ONLY_AST, without the import of `ast`
_folder = os.environ["LIVEDOCS_RUN"]
_program = os.path.realpath(os.path.join(_folder, "work"))
_names = os.environ["LIVEDOCS_TASKS"].split(",")


class _Room:
    """The file of a process, mapped, and the places in it that are free."""

    def __init__(self):
        size = MOST_SPANS * SLOT.size + 1
        for number in range(1000):  # a pid can come back, a subinterpreter shares it
            path = os.path.join(_folder, "spans", f"{os.getpid()}-{number}")
            try:
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
                break
            except FileExistsError:
                continue
        try:
            os.ftruncate(handle, size)
            self.bytes = mmap.mmap(handle, size)
        finally:
            os.close(handle)
        # To pop is atomic on every build, so nobody needs a lock, which a fork
        # could copy while it is held.
        self.free = [SLOT.size * place for place in reversed(range(MOST_SPANS))]


class span:  # noqa: N801 (reads as the statement that it is)
    """One call of a task, from its first step to its end."""

    __slots__ = ("_at", "_room", "_what")

    def __init__(self, *what):
        self._what = what

    def __enter__(self):
        self._room = room = _room
        try:
            self._at = at = room.free.pop()
        except IndexError:
            self._at = None
            room.bytes[-1] = 1
            return
        task, is_coroutine = self._what
        asyncio_task = _asyncio_task() if is_coroutine else b""
        who = get_native_id(), task, _thread_name(), asyncio_task
        SLOT.pack_into(room.bytes, at, monotonic_ns(), 0, *who)

    def __exit__(self, *_):
        now = monotonic_ns()
        at = self._at
        if at is not None and self._room is _room:  # a forked child has its own
            self._room.bytes[at + 8 : at + 16] = now.to_bytes(8, "little")


def _make_room():
    global _room  # noqa: PLW0603
    _room = _Room()


def _thread_name():
    threading = sys.modules.get("threading")
    # Not current_thread(), which makes a thread known that was not.
    thread = getattr(threading, "_active", {}).get(get_ident())
    if thread is not None:
        return thread.name.encode("utf-8", "replace")
    return b"" if threading else b"MainThread"


def _asyncio_task():
    try:
        task = sys.modules["asyncio.tasks"].current_task()
        return task.get_name().encode("utf-8", "replace")
    except (AttributeError, KeyError, RuntimeError):  # driven by something else
        return b""


def compiled(source, filename, tasks):
    """Compile a source whose functions of some names are to leave spans.

    Args:
        source: the program, as text or bytes.
        filename: what tracebacks call it.
        tasks: numbers of the tasks by the names of their functions.
    """
    tree = compile(source, filename, "exec", _ONLY_AST, dont_inherit=True)
    pending = list(tree.body)
    while pending:
        node = pending.pop()
        pending += [each for each in _below(node) if isinstance(each, _ast.AST)]
        is_coroutine = isinstance(node, _ast.AsyncFunctionDef)
        is_function = is_coroutine or isinstance(node, _ast.FunctionDef)
        if is_function and node.name in tasks:
            _put_into_span(node, tasks[node.name], is_coroutine)
    return compile(tree, filename, "exec", dont_inherit=True)


def _below(node):
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            yield from value
        else:
            yield value


def _put_into_span(function, task, is_coroutine):
    first = function.body[0]
    place = {
        "lineno": first.lineno,
        "col_offset": first.col_offset,
        "end_lineno": first.lineno,
        "end_col_offset": first.col_offset,
    }

    def call(what, *arguments):
        constants = [_ast.Constant(value=each, **place) for each in arguments]
        return _ast.Call(func=what, args=constants, keywords=[], **place)

    load = _ast.Load()
    this = call(_ast.Name(id="__import__", ctx=load, **place), __name__)
    opened = call(
        _ast.Attribute(value=this, attr="span", ctx=load, **place), task, is_coroutine
    )
    documented = (
        isinstance(first, _ast.Expr)
        and isinstance(first.value, _ast.Constant)
        and isinstance(first.value.value, str)
    )
    docstring, body = function.body[:documented], function.body[documented:]
    inside = _ast.With(
        items=[_ast.withitem(context_expr=opened, optional_vars=None)],
        body=body or [_ast.Pass(**place)],
        **place,
    )
    function.body = [*docstring, inside]


def _tasks_of(module):
    """Numbers of the tasks that a module defines; the program's without a name."""
    found = {}
    for number, each in enumerate(_names):
        home, _, name = each.rpartition(":")
        if home == module:
            found[name] = number
    return found


def _compile_program(source, filename, *more, **options):
    """What a worker compiles as its main module: the traced program."""
    if isinstance(filename, str) and os.path.dirname(filename) == _program:
        return compiled(source, filename, _tasks_of(""))
    return compile(source, filename, *more, **options)


def watch_runpy(runpy):
    """Have spawned workers, which run the program again by `runpy`, trace it."""
    runpy.compile = _compile_program


def traced_loader(module, loader):
    """Have a module's loader compile it traced, past what is compiled already."""
    tasks = _tasks_of(module)

    def get_code(_name):
        path = loader.path
        return compiled(loader.get_data(path), path, tasks)

    loader.get_code = get_code


def modules():
    """The modules that define tasks, besides the program."""
    return {each.rpartition(":")[0] for each in _names} - {""}


def prepared(namespace):
    """Make the launcher's main module that of the program; return its code."""
    del sys.argv[0]
    path = os.path.abspath(sys.argv[0])
    sys.path[0] = os.path.dirname(path)
    namespace["__file__"] = path
    namespace["__doc__"] = None
    namespace["__loader__"] = type(namespace["__loader__"])("__main__", path)
    with open(path, "rb") as file:
        return compiled(file.read(), path, _tasks_of(""))


_make_room()
os.register_at_fork(after_in_child=_make_room)
