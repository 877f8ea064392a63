from threading import Barrier, get_ident

import pytest

from interleaved.gil_atlas import in_a_row, library_calls, on_two_threads


def test_in_a_row_is_this_thread_twice() -> None:
    """Both calls are made by the caller's thread."""
    assert in_a_row(get_ident) == [get_ident()] * 2


def test_two_threads_call_at_once() -> None:
    """Both calls are under way at one time, each in a thread of its own."""
    both_called = Barrier(2, timeout=10)

    def call() -> int:
        both_called.wait()
        return get_ident()

    assert len({*on_two_threads(call), get_ident()}) == 3


def test_a_call_that_fails_is_heard() -> None:
    """An exception in a thread reaches the caller."""

    def fail() -> None:
        raise ArithmeticError("cannot")

    with pytest.raises(ArithmeticError, match="cannot"):
        on_two_threads(fail)


def test_calls_of_the_library_answer_alike() -> None:
    """In a row and on two threads, whenever they are called: they can be compared."""
    with library_calls() as calls:
        assert {
            name: in_a_row(call) == on_two_threads(call) for name, call in calls.items()
        } == dict.fromkeys(calls, True)


def test_calls_of_the_library_do_their_work() -> None:
    """No call ends early: nothing is found, all is read, the sum is right."""
    with library_calls() as calls:
        for name in ("re search", "bytes.find"):
            assert calls[name]() in (None, -1)
        written = calls["file write"]()
        assert isinstance(written, int)
        assert calls["file read"]() == written > 1_000_000
        assert calls["sum"]() == sum(range(400_000))
        assert calls["sqlite3 query"]() == sum(n * n % 7 for n in range(1, 60_001))
        assert calls["socket.recv"]() == "nothing came"
        assert calls["select.select"]() is True


def test_the_atlas_holds_what_the_page_speaks_of() -> None:
    """Waiting, computing on bytes, computing on objects."""
    with library_calls() as calls:
        assert {
            *("time.sleep", "socket.recv", "select.select", "subprocess.run"),
            *("hashlib.sha256", "zlib.compress", "bz2.compress", "lzma.compress"),
            *("sqlite3 query", "file read", "file write"),
            *("sorted", "sum", "json.loads", "list comprehension", "struct unpack"),
            *("re search", "bytes.find"),
        } == set(calls)
