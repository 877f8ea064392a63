import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, as_completed
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

import psutil
import pytest

from interleaved import beyond_one_machine
from interleaved.beyond_one_machine import Host, NotAllowed, dask_executor, two_hosts

WHERE = "import socket; print(socket.gethostname())"
SERVE = (
    "import socket, sys;"
    "server = socket.create_server((sys.argv[1], 7000));"
    "server.settimeout(30);"
    "server.accept()[0].sendall(socket.gethostname().encode())"
)
FETCH = """
import socket, sys, time
for attempt in range(100):
    try:
        with socket.create_connection((sys.argv[1], 7000), timeout=10) as there:
            print(there.recv(100).decode())
            break
    except ConnectionRefusedError:
        time.sleep(0.1)
"""


@pytest.fixture
def hosts() -> Iterator[tuple[Host, Host]]:
    with ExitStack() as held:
        try:
            made = held.enter_context(two_hosts())
        except NotAllowed as reason:
            pytest.skip(f"this machine makes no hosts: {reason}")
        yield made


def children() -> set[int]:
    """The processes that this one has started, without zombies."""
    return {
        each.pid
        for each in psutil.Process().children(recursive=True)
        if each.status() != psutil.STATUS_ZOMBIE
    }


def test_workers_of_dask_are_other_processes() -> None:
    """An executor like any other, whose processes are gone afterwards."""
    before = children()
    with dask_executor(workers=1) as pool:
        calls: list[Future[int]] = [pool.submit(pow, 2, each) for each in range(4)]
        assert sum(call.result() for call in as_completed(calls, timeout=60)) == 15
        worker = pool.submit(os.getpid).result(timeout=60)
        assert worker != os.getpid()
        failing = pool.submit(int, "three")
        assert isinstance(failing.exception(timeout=60), ValueError)
    left = children() - before
    # A tracker of multiprocessing stays until this process ends.
    assert worker not in left
    assert len(left) <= 1


@pytest.mark.parametrize(("pure", "names"), [(True, 1), (False, 2)])
def test_equal_calls_are_one_if_pure(pure: bool, names: int) -> None:
    """The default shares the result of a call between equal ones."""
    with dask_executor(workers=1, pure=pure) as pool:
        calls = [pool.submit(uuid4), pool.submit(uuid4)]
        assert len({call.result(timeout=60) for call in calls}) == names


def test_hosts_have_their_names(hosts: tuple[Host, Host]) -> None:
    """A program sees the name of its host, and this machine keeps its own."""
    here = os.uname().nodename
    assert [host.run("-c", WHERE).strip() for host in hosts] == ["near", "far"]
    assert os.uname().nodename == here


@pytest.mark.parametrize("reverse", [False, True])
def test_a_cable_joins_the_hosts(hosts: tuple[Host, Host], reverse: bool) -> None:
    """Either reaches the other."""
    client, server = reversed(hosts) if reverse else hosts
    with server.running("-c", SERVE, server.address):
        assert client.run("-c", FETCH, server.address).strip() == server.name


def test_without_the_cable_there_is_no_way(hosts: tuple[Host, Host]) -> None:
    """What joined the hosts above was the cable."""
    near, far = hosts
    with near.running("-c", SERVE, near.address):
        unplug = (*near.enter, "ip", "link", "set", "cable", "down")
        subprocess.run(unplug, check=True, timeout=30)
        with pytest.raises(subprocess.CalledProcessError):
            far.run("-c", FETCH, near.address)


@pytest.mark.usefixtures("hosts")
def test_hosts_end_with_the_block() -> None:
    """Nobody is left to hold them, in whatever way it ends."""
    before = children()
    with suppress(LookupError), two_hosts():
        assert len(children() - before) == 2
        raise LookupError
    assert children() == before


def test_what_runs_on_a_host_is_ended(hosts: tuple[Host, Host]) -> None:
    """A program that goes on is ended, and is no error."""
    before = children()
    with hosts[0].running("-c", "import time; time.sleep(100)"):
        assert len(children() - before) == 1
    assert children() == before


def test_a_program_that_fails_is_heard(hosts: tuple[Host, Host]) -> None:
    """One that ends by an error while it is needed says why."""
    before = children()

    def need_it() -> None:
        with hosts[1].running("-c", "int('three')"):
            give_up = monotonic() + 30
            while children() > before and monotonic() < give_up:
                sleep(0.01)

    with pytest.raises(RuntimeError, match=r"on far: ValueError: .*'three'"):
        need_it()


def test_a_machine_without_the_commands_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As macOS and Windows do."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NotAllowed, match="no command unshare or nsenter or ip"):
        two_hosts().__enter__()


def make_commands(folder: Path, text: str) -> None:
    """Make commands that all do the same, in place of those that make hosts."""
    for name in ("unshare", "nsenter", "ip"):
        command = folder / name
        command.write_text(f"#!/bin/sh\n{text}\n")
        command.chmod(0o755)


def test_a_refusal_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the system says is the reason, and nothing is left behind."""
    make_commands(tmp_path, "echo 'unshare: not permitted' >&2\nexit 1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    before = children()
    with pytest.raises(NotAllowed, match=r"^unshare: not permitted$"):
        two_hosts().__enter__()
    assert children() == before


def test_a_host_that_does_not_come_up_is_no_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while it counts as refused."""
    make_commands(tmp_path, "exec sleep 100")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(beyond_one_machine, "PATIENCE", 0.2)
    before = children()
    with pytest.raises(NotAllowed, match="near did not come up"):
        two_hosts().__enter__()
    assert children() == before


def test_a_cable_that_is_refused_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both hosts came up, and end all the same."""
    up, refuses = "exec sleep 100", "echo 'ip: no such device' >&2; exit 2"
    for name, then in (("unshare", up), ("nsenter", up), ("ip", refuses)):
        command = tmp_path / name
        # What enters a host names the command that it runs there.
        turn = f'case "$*" in *" ip "*) {refuses};; esac' if name != "ip" else ""
        command.write_text(f"#!/bin/sh\n{turn}\necho ready\n{then}\n")
        command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    before = children()
    with pytest.raises(NotAllowed, match=r"^ip: no such device$"):
        two_hosts().__enter__()
    assert children() == before


def test_a_host_that_heeds_no_signal_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """By force, after a while."""
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('deaf', flush=True); time.sleep(100)"
    )
    monkeypatch.setattr(beyond_one_machine, "PATIENCE", 0.1)
    with subprocess.Popen([sys.executable, "-c", code], stdout=-1) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"deaf\n"
        beyond_one_machine._end(process)
        assert process.returncode == -signal.SIGKILL


def test_who_says_nothing_is_quoted_as_that() -> None:
    """Otherwise it is the last of what was said."""
    assert beyond_one_machine._last_line("first\nlast\n\n") == "last"
    assert beyond_one_machine._last_line(" \n") == "it said nothing"
