"""Starting something that does nothing, for what the start itself costs."""

from importlib import import_module


def start_interpreter() -> None:
    """Start a subinterpreter, run nothing in it and end it.

    Raises:
        ImportError: The library has no interpreters, as before Python 3.14.
    """
    # By name, since a type checker may know an older library.
    interpreters = import_module("concurrent.interpreters")
    interpreter = interpreters.create()
    try:
        interpreter.exec("pass")
    finally:
        interpreter.close()
