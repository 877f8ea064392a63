"""Running a price service in a process of its own, for as long as it is needed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

import httpx2

from interleaved.prices.habits import Habits
from interleaved.prices.market import Market, read_market, write_market

_PATIENCE = 30.0  # seconds that anybody here waits for anybody else


class ServiceError(Exception):
    """The service did not start; the text says what it did instead."""


@dataclass(frozen=True, slots=True)
class PriceService:
    """A service that runs.

    Attributes:
        url: Its address, such as "http://127.0.0.1:49152".
        market: The prices that its database has.
        process: Its number among the system's processes.
    """

    url: str
    market: Market
    process: int


@contextmanager
def price_service(habits: Habits | None = None) -> Iterator[PriceService]:
    """Run a price service over a new database, and stop it in the end.

    It has a process of its own, which ends when its standard input does: at the end
    of the `with`, and also if this process is killed. Its database is a file in a
    temporary folder.

    Args:
        habits: How it replies; `Habits()` if nothing is said.

    Yields:
        The service, which is ready.

    Raises:
        ServiceError: It did not start within 30 s.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder, "market.sqlite")
        write_market(path)
        told = json.dumps(asdict(habits or Habits()))
        service = f"{__package__}.service"
        command = [sys.executable, "-m", service, str(path), told]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
            try:
                url = _address(process)
                _check_ready(url)
                yield PriceService(url, read_market(path), process.pid)
            finally:
                _stop(process)


def _address(process: subprocess.Popen[str]) -> str:
    """Wait for the line in which the service says where it is."""
    assert process.stdout is not None
    # Killed, its output ends, and with it the wait for a line.
    limit = Timer(_PATIENCE, process.kill)
    limit.start()
    try:
        line = process.stdout.readline()
    finally:
        limit.cancel()
        limit.join()
    if not line:
        status = process.wait(_PATIENCE)
        raise ServiceError(
            f"the price service ended with status {status} before it was ready;"
            " stderr says why. pip install '.[prices]' brings what it needs"
        )
    return line.strip()


def _check_ready(url: str) -> None:
    """Ask once: its door is open already, and it replies as soon as it can."""
    try:
        ready = httpx2.get(f"{url}/ready", timeout=_PATIENCE, trust_env=False)
        ready.raise_for_status()
    except httpx2.HTTPError as error:
        raise ServiceError(f"the price service is not ready: {error!r}") from error


def _stop(process: subprocess.Popen[str]) -> None:
    """Let it end, and end it if it does not."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_PATIENCE)
