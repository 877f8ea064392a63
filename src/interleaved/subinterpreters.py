"""The price of an interpreter, from Python 3.14 on."""

from importlib import import_module


def create_and_close() -> bool:
    """Make an interpreter, have it do nothing, and close it.

    Returns:
        Always True, as `start_and_join` where it goes well.

    Raises:
        ModuleNotFoundError: Python is older than 3.14.
    """
    interpreter = import_module("concurrent.interpreters").create()
    try:
        interpreter.exec("pass")
    finally:
        interpreter.close()
    return True
