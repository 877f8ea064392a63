"""What the press adds to an interpreter that runs a block.

Python imports `sitecustomize` by itself at start; the press puts this folder
first on PYTHONPATH. The script stays what a reader would run; from here it is
only watched. Standard library only, any Python from 3.11 on, and as few
imports as can be: this is paid by each block and by each worker process that
a block starts.

In the script's own process a report is written at exit, as a Python literal
(importing `json` would double what a small block costs):
`{"errors": [{"where", "type", "text", "trace"}],
"parts": [[bytes of stdout, bytes of stderr] at the end of each part]}`,
where a part has no numbers if they could not be had.
Each process of a block appends the files of ours that it imports to `files`, a
line each. Where a timeline is asked for, `livedocs_tracing` keeps its spans.
"""

import atexit
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_LAUNCHER = [
    os.path.join(_HERE, name) for name in ("run_traced.py", "livedocs_tracing.py")
]
_errors = []
_parts = []
_unread = {}


def _note(where, error_type, error, trace=""):
    _errors.append(
        {
            "where": where,
            "type": getattr(error_type, "__name__", str(error_type)),
            "text": str(error)[:500],
            "trace": trace,
        }
    )


def _watch_main():
    plain = sys.excepthook

    def excepthook(error_type, error, trace):
        _note("the script", error_type, error)
        # The launcher of a traced program is none of its business.
        while trace is not None and trace.tb_frame.f_code.co_filename in _LAUNCHER:
            trace = trace.tb_next
        plain(error_type, error.with_traceback(trace), trace)

    sys.excepthook = excepthook


def _watch_threads(threading):
    plain = threading.excepthook

    def excepthook(args):
        if args.exc_type is not SystemExit:
            name = args.thread.name if args.thread else "a thread"
            _note(f"thread {name}", args.exc_type, args.exc_value)
        plain(args)

    threading.excepthook = threading.__excepthook__ = excepthook


def _watch_futures(base):
    base.Future._exception = _noticing_reads(
        lambda future: "_livedocs_given_up" not in future.__dict__
    )
    unread, getframe = _unread, sys._getframe  # which Python empties at the end

    def give_up(future):
        future.__dict__["_livedocs_given_up"] = True
        unread.pop(id(future), None)

    # `map` gives the others up after an exception, and asyncio what it waited for
    # in a thread: neither leaves anybody who could read them.
    giving_up = ("result_iterator", "_result_or_cancel", "_call_check_cancel")
    plain_cancel = base.Future.cancel

    def cancel(future):
        if getframe(1).f_code.co_name in giving_up:
            give_up(future)
        return plain_cancel(future)

    base.Future.cancel = cancel
    _watch_map(base, give_up)


def _watch_map(base, give_up):
    """A `map` that raises, as its pool broke or its iterable did, has no iterator."""
    from functools import wraps  # which `base` has loaded

    plain_init, plain_map = base.Future.__init__, base.Executor.map
    submitted = {}  # by threads that are in `map`
    this_thread, getframe = sys.modules["_thread"].get_ident, sys._getframe

    def init(future):
        plain_init(future)
        futures = submitted.get(this_thread())
        if futures is not None and getframe(2).f_code.co_filename == base.__file__:
            futures.append(future)

    def watched_map(executor, *arguments, **options):
        thread = this_thread()
        outer = submitted.get(thread)
        submitted[thread] = futures = []
        try:
            return plain_map(executor, *arguments, **options)
        except BaseException as error:
            for each in futures:
                give_up(each)
            error.__traceback__ = error.__traceback__.tb_next  # no frame of ours
            raise
        finally:
            if outer is None:
                del submitted[thread]
            else:
                submitted[thread] = outer

    base.Future.__init__ = wraps(plain_init)(init)
    base.Executor.map = wraps(plain_map)(watched_map)


def _watch_pools(pool):
    # A result that is an exception was returned, not raised, if it is a success.
    pool.ApplyResult._value = _noticing_reads(lambda result: not result._success)

    def read(result):
        if sys._getframe(1).f_code.co_name == "successful":  # who asks is told
            _unread.pop(id(result), None)
        return result.__dict__["_livedocs_success"]

    def write(result, value):
        result.__dict__["_livedocs_success"] = value

    pool.ApplyResult._success = property(read, write)


def _noticing_reads(failed):
    """An attribute that notices each exception put into it and never taken out.

    A property sees the reads and leaves no frame in a traceback, which a
    wrapper around `result` or `get` would.
    """

    def read(future):
        value = future.__dict__["_livedocs_value"]
        if isinstance(value, BaseException):
            frame = sys._getframe(1)
            if frame.f_code.co_name != "__repr__" and not _waits(frame.f_back):
                _unread.pop(id(future), None)
        return value

    def write(future, value):
        future.__dict__["_livedocs_value"] = value
        if isinstance(value, BaseException):
            _unread[id(future)] = future  # kept alive, so that the id stays its own
            if not failed(future):  # asked last: another thread may just give it up
                _unread.pop(id(future), None)

    return property(read, write)


def _waits(frame):
    """Whether `wait` looks for a first exception, which tells nobody of it."""
    base = sys.modules.get("concurrent.futures._base")
    code = frame and frame.f_code
    names = ("wait", "<genexpr>")
    return code and base and code.co_filename == base.__file__ and code.co_name in names


def _watch_asyncio(base_events):
    plain = base_events.BaseEventLoop.default_exception_handler

    def default_exception_handler(loop, context):
        error = context.get("exception")
        if error is not None:
            _note("asyncio", type(error), error)
        plain(loop, context)

    base_events.BaseEventLoop.default_exception_handler = default_exception_handler


class _OnImport:
    """Notes sources, and runs a watcher right after its module was imported."""

    watchers = {
        "threading": _watch_threads,
        "concurrent.futures._base": _watch_futures,
        "multiprocessing.pool": _watch_pools,
        "asyncio.base_events": _watch_asyncio,
    }

    traced = frozenset()
    """Modules that define tasks of a timeline."""

    def find_spec(self, name, path=None, target=None):
        watch = self.watchers.get(name)
        if watch is None:
            _note_source(name, path)
            if name not in self.traced:
                return None
        spec = sys.modules["_frozen_importlib_external"].PathFinder.find_spec(
            name, path, target
        )
        if spec is None or spec.loader is None:
            return None
        if watch is None:
            if hasattr(spec.loader, "get_data"):
                sys.modules["livedocs_tracing"].traced_loader(name, spec.loader)
            return spec
        plain = spec.loader.exec_module

        def exec_module(module):
            plain(module)
            watch(module)

        spec.loader.exec_module = exec_module
        return spec


def part():
    """Note how much the script has printed so far (called between its parts)."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass
    try:
        _parts.append([os.path.getsize(path) for path in _OUTPUTS])
    except OSError:  # the script removed them
        _parts.append([])


def _note_tasks():
    """Note failed tasks that are still referenced: asyncio complains too late."""
    futures = sys.modules.get("asyncio.futures")
    if futures is None:
        return
    import gc

    for each in gc.get_objects():
        if issubclass(type(each), futures.Future) and each._log_traceback:
            _note("asyncio", type(each._exception), each._exception)


def _write_report(path):
    _note_tasks()
    for future in list(_unread.values()):
        import traceback

        error = future.__dict__["_livedocs_value"]
        trace = "".join(traceback.format_exception(error))
        _note("a future that nobody read", type(error), error, trace)
    part()
    with open(path, "w", encoding="ascii") as handle:
        handle.write(ascii({"errors": _errors, "parts": _parts}))


def _watch_script(report):
    own = os.getpid()

    def at_exit():
        if os.getpid() == own:  # a forked child inherits this handler
            _write_report(report)

    atexit.register(at_exit)
    _watch_main()


def _note_source(name, path):
    """Add a file of ours that is about to be imported to the list of sources.

    At once, not at exit: a forked worker has no exit that Python sees.
    """
    folders = _ROOTS if path is None else [each for each in path if _is_ours(each)]
    if folders:
        find_spec = sys.modules["_frozen_importlib_external"].PathFinder.find_spec
        spec = find_spec(name, folders)
        if spec is not None and spec.has_location:
            with open(_SOURCES, "a", encoding="utf-8") as handle:
                handle.write(spec.origin + "\n")


def _is_ours(folder):
    return isinstance(folder, str) and (folder + os.sep).startswith(tuple(_ROOTS))


def _is_main_interpreter():
    # From 3.12 on, and loaded by the import system in any case.
    return getattr(sys.modules["_thread"], "_is_main_interpreter", lambda: True)()


def _shadowed():
    """Run the sitecustomize that this one hides, if the interpreter has one."""
    finder = sys.modules["_frozen_importlib_external"].PathFinder
    others = [path for path in sys.path if os.path.abspath(path) != _HERE]
    spec = finder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        module = type(sys)("sitecustomize")
        module.__spec__, module.__file__ = spec, spec.origin
        spec.loader.exec_module(module)


_folder = os.environ.get("LIVEDOCS_RUN")
_OUTPUTS = ()
_ROOTS = []
if _folder:
    _SOURCES = os.path.join(_folder, "files")
    _ROOTS = [
        os.path.join(root, "")
        for root in os.environ.get("LIVEDOCS_ROOTS", "").split(os.pathsep)
        if root
    ]
    for _stream in (sys.stdout, sys.stderr):
        if _stream is not None:
            _stream.reconfigure(line_buffering=True)  # as in a terminal
    if os.environ.get("LIVEDOCS_TASKS"):
        import livedocs_tracing

        _OnImport.traced = livedocs_tracing.modules()
        _OnImport.watchers["runpy"] = livedocs_tracing.watch_runpy
    sys.meta_path.insert(0, _OnImport())
    for _name, _watch in _OnImport.watchers.items():
        if _name in sys.modules:  # by a .pth file
            _watch(sys.modules[_name])
    # A spawned worker runs `part`, too.
    sys.modules["_livedocs"] = sys.modules[__name__]
    _OUTPUTS = tuple(os.path.join(_folder, name) for name in ("stdout", "stderr"))
    if os.environ.get("LIVEDOCS_PRESS") == str(os.getppid()) and _is_main_interpreter():
        _watch_script(os.path.join(_folder, "report"))
_shadowed()
