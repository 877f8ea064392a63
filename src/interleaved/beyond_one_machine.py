"""Dask's scheduler and workers, on this machine and on two hosts made of it."""

import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from select import select
from tempfile import TemporaryDirectory, TemporaryFile

PATIENCE = 120.0
"""Seconds that anybody here waits for anybody else, on a busy machine, too."""

# Holds a host, which lives as long as a process is in it, until its input ends.
_HOLD = """
import socket, sys
socket.sethostname(sys.argv[1])
print("ready", flush=True)
sys.stdin.read()
"""


class NotAllowed(Exception):
    """This machine does not let itself be divided into hosts; the text says why."""


@contextmanager
def dask_executor(workers: int, *, pure: bool = True) -> Iterator[Executor]:
    """Start workers of Dask on this machine, as an executor.

    They are processes of one thread each and listen on the loopback address only,
    as does the scheduler, which runs on a thread of this process. There is no
    dashboard. Call this under `if __name__ == "__main__":`, as the workers import
    the main module. It takes the extra `beyond`.

    Source: `LocalCluster` and `Client.get_executor` of `distributed`.

    Args:
        workers: How many processes.
        pure: Whether equal calls may be one call.

    Raises:
        TimeoutError: The workers did not start within 120 s.
    """
    from distributed import Client, LocalCluster

    with (
        TemporaryDirectory() as folder,
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            # A server for its state comes even so: on any port that is free.
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False, "local_directory": folder},
            local_directory=folder,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, timeout=PATIENCE) as client,
    ):
        client.wait_for_workers(workers, timeout=PATIENCE)
        yield client.get_executor(pure=pure)


@dataclass(frozen=True, slots=True)
class Host:
    """A host with a name and a network of its own, on this machine."""

    name: str
    """What `gethostname` says there."""
    address: str
    """Where the other host finds it."""
    enter: tuple[str, ...]
    """The command that runs another command there."""

    @contextmanager
    def running(self, *arguments: str) -> Iterator[None]:
        """Have this Python run there with some arguments, until the end of the `with`.

        What it prints is not shown.

        Raises:
            RuntimeError: It ended earlier, by an error; the text has its last line.
        """
        with TemporaryFile() as said:
            process = subprocess.Popen(
                [*self.enter, sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
            try:
                yield
            finally:
                failed = process.poll()
                _end(process)
                if failed:
                    said.seek(0)
                    last = _last_line(said.read().decode(errors="replace"))
                    raise RuntimeError(f"{arguments} ended on {self.name}: {last}")

    def run(self, *arguments: str) -> str:
        """Run this Python there with some arguments.

        Returns:
            What it printed.

        Raises:
            CalledProcessError: It failed.
            TimeoutExpired: It did not end within 120 s, and was killed.
        """
        return subprocess.run(
            [*self.enter, sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=PATIENCE,
        ).stdout


@contextmanager
def two_hosts() -> Iterator[tuple[Host, Host]]:
    """Make two hosts, `near` and `far`, joined by a cable.

    They are network namespaces of Linux, joined by a pair of virtual Ethernet
    devices, inside a user namespace, so that it takes no root where the machine
    allows these. Files and processors are shared. The namespaces have no names
    that could stay behind: they end with the last process that is in them.

    Source: the man pages namespaces(7), unshare(1), nsenter(1) and veth(4).

    Raises:
        NotAllowed: There are no namespaces here, or none for this user.
    """
    missing = [each for each in ("unshare", "nsenter", "ip") if not shutil.which(each)]
    if missing:
        raise NotAllowed(f"it has no command {' or '.join(missing)}")
    own = ("--net", "--uts")
    with (
        _held("near", ("unshare", "--user", "--map-root-user", *own)) as near,
        _held("far", (*_entering(near), "unshare", *own)) as far,
    ):
        hosts = (
            Host("near", "10.77.0.1", (*_entering(near), *own)),
            Host("far", "10.77.0.2", (*_entering(far), *own)),
        )
        _plug_in(hosts, far)
        yield hosts


@contextmanager
def _held(name: str, command: tuple[str, ...]) -> Iterator[int]:
    """Make a host by a command, and keep it; yield the process that holds it."""
    with subprocess.Popen(
        [*command, sys.executable, "-c", _HOLD, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            ready, _, _ = select([process.stdout], [], [], PATIENCE)
            if not ready:
                raise NotAllowed(f"the host {name} did not come up")
            if not process.stdout.readline():
                raise NotAllowed(_last_line(process.stderr.read()))
            yield process.pid
        finally:
            _end(process)


def _entering(process: int) -> tuple[str, ...]:
    """The command that enters the user namespace of a process, and may enter more."""
    return ("nsenter", "--target", str(process), "--user", "--preserve-credentials")


def _plug_in(hosts: tuple[Host, Host], second: int) -> None:
    """Put a cable between two hosts; the second is held by that process."""
    make = "ip link add cable type veth peer name cable netns"
    commands = [(*hosts[0].enter, *make.split(), str(second))]
    for host in hosts:
        own = f"address add {host.address}/30 dev cable"
        for words in ("link set lo up", own, "link set cable up"):
            commands += [(*host.enter, "ip", *words.split())]
    for command in commands:
        try:
            subprocess.run(
                command, check=True, capture_output=True, text=True, timeout=PATIENCE
            )
        except subprocess.CalledProcessError as error:
            raise NotAllowed(_last_line(error.stderr)) from error


def _end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """End a process, by force if it takes too long."""
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last_line(text: str) -> str:
    """What a program said last, which is why it ended."""
    return (text.strip().splitlines() or ["it said nothing"])[-1]
