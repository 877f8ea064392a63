"""Asking the price service for one price, and asking again where that can help."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import uniform
from time import sleep

import httpx2

from interleaved.prices.market import LookUp


class RefusedForGood(Exception):
    """The service did not reply with a price, and never will; the text says why.

    It can be pickled, so that it comes back from a process. httpx2's exception for a
    status cannot be read again where it arrives, and breaks a pool of processes.
    """


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a reply, and how often to ask again.

    Attributes:
        timeout: Seconds of each wait for the service, for a connection or for more
            of a reply; then the request counts as lost.
        tries: How often a price is asked for, the first time included.
        pause: The longest pause before the second try, in seconds; each further
            one may be twice as long.
        longest: What no pause exceeds, in seconds.
    """

    timeout: float = 2.0
    tries: int = 5
    pause: float = 0.05
    longest: float = 1.0

    def pauses(self) -> Iterator[float]:
        """Yield the seconds to wait before each try, the first without a wait.

        Each pause is drawn from zero up to its bound ("full jitter"), so that those
        who failed together do not come back together.
        Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog.
        """
        yield 0.0
        for doublings in range(self.tries - 1):
            yield uniform(0, min(self.longest, self.pause * 2**doublings))  # noqa: S311


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one look-up.

    Attributes:
        look_up: What was asked for.
        cents: The price, or nothing if every try failed.
        troubles: What went wrong with each try that failed, in order: "refused",
            "timed out", or "cut off" for a connection that was not made or not kept.
    """

    look_up: LookUp
    cents: int | None
    troubles: tuple[str, ...] = ()


def open_client(url: str, workers: int = 1) -> httpx2.Client:
    """Open a client for the service at an address, which threads may share.

    It keeps a connection for each worker, which by itself it does for 20 only, and
    takes no notice of proxies.
    """
    limits = _limits(workers)
    return httpx2.Client(base_url=url, limits=limits, trust_env=False)


def open_async_client(url: str, workers: int = 1) -> httpx2.AsyncClient:
    """Open a client as `open_client` does, for the tasks of one event loop."""
    limits = _limits(workers)
    return httpx2.AsyncClient(base_url=url, limits=limits, trust_env=False)


def ask(client: httpx2.Client, look_up: LookUp, patience: Patience) -> Reply:
    """Ask for a price, again and again within reason.

    Raises:
        RefusedForGood: To ask again cannot help, such as after a 404.
    """
    troubles: list[str] = []
    for pause in patience.pauses():
        sleep(pause)
        try:
            response = client.get(look_up.path, timeout=patience.timeout)
            return Reply(look_up, cents_in(response), tuple(troubles))
        except httpx2.HTTPError as error:
            troubles.append(passing_trouble(error))
    return Reply(look_up, None, tuple(troubles))


async def ask_async(
    client: httpx2.AsyncClient, look_up: LookUp, patience: Patience
) -> Reply:
    """Ask for a price as `ask` does, and let other tasks run meanwhile."""
    troubles: list[str] = []
    for pause in patience.pauses():
        await asyncio.sleep(pause)
        try:
            response = await client.get(look_up.path, timeout=patience.timeout)
            return Reply(look_up, cents_in(response), tuple(troubles))
        except httpx2.HTTPError as error:
            troubles.append(passing_trouble(error))
    return Reply(look_up, None, tuple(troubles))


def cents_in(response: httpx2.Response) -> int:
    """Return the price that a response brings.

    Raises:
        httpx2.HTTPStatusError: It brings none.
    """
    cents: int = response.raise_for_status().json()["cents"]
    return cents


def passing_trouble(error: httpx2.HTTPError) -> str:
    """Name what went wrong, if a further try may go right.

    Raises:
        RefusedForGood: No try will.
    """
    match error:
        case httpx2.TimeoutException():
            return "timed out"
        case httpx2.TransportError():
            return "cut off"
        case httpx2.HTTPStatusError() if error.response.status_code == 503:
            return "refused"
    raise RefusedForGood(str(error)) from error


def summary_of(replies: Iterable[Reply]) -> str:
    """Say in a line how many prices came and what went wrong on the way."""
    replies = list(replies)
    given_up = sum(reply.cents is None for reply in replies)
    troubles = Counter(each for reply in replies for each in reply.troubles)
    parts = [f"{len(replies) - given_up} prices"]
    parts += [f"{count} {trouble}" for trouble, count in sorted(troubles.items())]
    return ", ".join([*parts, f"{given_up} given up"])


def _limits(workers: int) -> httpx2.Limits:
    return httpx2.Limits(max_connections=workers, max_keepalive_connections=workers)
