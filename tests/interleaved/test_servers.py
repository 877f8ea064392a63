"""A server in a process of its own: it starts, says where it is, and is ended."""

import os
import sys
import time
from multiprocessing import active_children
from multiprocessing.connection import Connection

import psutil
import pytest

from interleaved.servers import server_process


def _say_who(started: Connection, *arguments: object) -> None:
    """Say which process this is, and what it was given, and serve nobody."""
    started.send((os.getpid(), arguments))
    time.sleep(60)


def _say_nothing(_started: Connection) -> None:
    """Start without a word."""
    time.sleep(60)


def _fail(_started: Connection) -> None:
    """End before anything is said."""
    sys.exit(3)


def test_a_server_says_where_it_is_and_is_ended() -> None:
    """It is another process than this one, and gets its arguments."""
    with server_process(_say_who, 1, "two", patience=30) as (process, arguments):
        assert arguments == (1, "two")
        assert process != os.getpid()
        assert psutil.pid_exists(process)
    assert not psutil.pid_exists(process)


def test_an_exception_ends_the_server() -> None:
    """Whatever goes wrong meanwhile, no process stays behind."""
    with (
        pytest.raises(LookupError),
        server_process(_say_who, patience=30) as (process, _),
    ):
        raise LookupError
    assert not psutil.pid_exists(process)


def test_a_server_that_does_not_start_is_ended() -> None:
    """The error says how long it had."""
    before = set(active_children())
    with (
        pytest.raises(TimeoutError, match=r"did not start within 0\.1 s"),
        server_process(_say_nothing, patience=0.1),
    ):
        pass
    assert not set(active_children()) - before


def test_a_server_that_ends_at_once_is_not_waited_for() -> None:
    """The error has the status, and comes long before the patience is over."""
    with (
        pytest.raises(RuntimeError, match="ended with status 3 before it began"),
        server_process(_fail, patience=3600),
    ):
        pass
