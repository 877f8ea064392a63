"""Prices behind an HTTP server, and a pool of consumers that look them up."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, product
from multiprocessing.connection import Connection
from queue import Queue
from socketserver import TCPServer
from threading import Thread
from time import sleep
from zlib import crc32

from interleaved.servers import server_process

Address = tuple[str, int]
"""Where a server listens: host and port."""

Item = tuple[str, str, str]
"""What has a price: exchange, symbol and date."""

LookUp = Callable[[Item], int]
"""Gives the price of an item, in cents."""

EXCHANGES = ("Berlin", "London", "New York", "Tokyo")
SYMBOLS = tuple(f"{letter}{number}" for letter in "ABCDE" for number in range(5))
DATES = tuple(f"2026-{month:02}-{day:02}" for month in (9, 10) for day in range(1, 11))
ITEMS: tuple[Item, ...] = tuple(product(EXCHANGES, SYMBOLS, DATES))
"""All that the server has a price of: two thousand."""

_PATIENCE = 30.0  # seconds that anybody here waits for anybody else


def price_of(item: Item) -> int:
    """Return the price that the server has for an item, in cents.

    Raises:
        LookupError: There is no such exchange, symbol or date.
    """
    exchange, symbol, date = item
    if exchange not in EXCHANGES or symbol not in SYMBOLS or date not in DATES:
        raise LookupError(f"no price of {symbol} in {exchange} on {date}")
    return crc32("/".join(item).encode()) % 100_000


@contextmanager
def serving(seconds: float) -> Iterator[Address]:
    """Run an HTTP server of prices in a process of its own, which is ended afterwards.

    Call it under `if __name__ == "__main__":`, as its process imports the main
    module.

    Args:
        seconds: What a look-up takes it, for any number of clients at once.

    Yields:
        Its address, on this machine.

    Raises:
        TimeoutError: It did not start within 30 s.
    """
    with server_process(_serve, seconds, patience=_PATIENCE) as address:
        yield address


@contextmanager
def connected(address: Address) -> Iterator[LookUp]:
    """Connect to the server of prices, for one thread.

    Yields:
        A function that looks a price up, over the same connection each time.
        It raises a `LookupError` if the server has no such price.
    """
    connection = HTTPConnection(*address, timeout=_PATIENCE)

    def look_up(item: Item) -> int:
        connection.request("GET", "/" + "/".join(item).replace(" ", "+"))
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise LookupError(text)
        return int(text)

    try:
        yield look_up
    finally:
        connection.close()


def look_up_serial(items: Iterable[Item], address: Address) -> dict[Item, int]:
    """Look prices up one after another, over one connection."""
    with connected(address) as look_up:
        return {item: look_up(item) for item in items}


def look_up_pooled(
    items: Iterable[Item], address: Address, consumers: int = 8
) -> dict[Item, int]:
    """Look prices up by consumers that share a queue, each over its connection.

    Args:
        items: What to look up.
        address: Where the server listens.
        consumers: How many threads.

    Raises:
        LookupError: The server has no price of an item.
        queue.Full: No consumer took an item for 30 s; they may all have failed.
    """
    wanted: Queue[Item | None] = Queue(maxsize=100)
    prices: dict[Item, int] = {}

    def consume() -> None:
        with connected(address) as look_up:
            while item := wanted.get(timeout=_PATIENCE):
                prices[item] = look_up(item)  # each key is written by one thread

    with ThreadPoolExecutor(consumers) as pool:
        consuming = [pool.submit(consume) for _ in range(consumers)]
        for item in chain(items, [None] * consumers):
            wanted.put(item, timeout=_PATIENCE)
        for each in consuming:
            each.result()
    return prices


def join_within(tasks: Queue[str], seconds: float) -> bool:
    """Join a queue, but give up after a while.

    A thread that joined in vain waits on until the queue is done. It is a daemon,
    so it keeps no program alive.

    Args:
        tasks: Any queue with `join`.
        seconds: How long to wait.

    Returns:
        Whether the queue was done in time.
    """
    joining = Thread(target=tasks.join, name="joins", daemon=True)
    joining.start()
    joining.join(seconds)
    return not joining.is_alive()


class _Server(ThreadingHTTPServer):
    """Answers each connection in a thread of its own."""

    request_queue_size = 128

    def server_bind(self) -> None:
        """Bind, without asking for this machine's name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]


class _Prices(BaseHTTPRequestHandler):
    """Answers `GET /exchange/symbol/date` with a price in cents."""

    protocol_version = "HTTP/1.1"  # a connection serves any number of requests
    wbufsize = -1  # header and body in one packet: no wait for an acknowledgement
    seconds = 0.0

    def do_GET(self) -> None:
        """Answer after a while with the price, or with status 404 and why not."""
        sleep(self.seconds)  # stands for the work of a database
        exchange, _, rest = self.path[1:].replace("+", " ").partition("/")
        symbol, _, date = rest.partition("/")
        try:
            status, text = 200, str(price_of((exchange, symbol, date)))
        except LookupError as error:
            status, text = 404, str(error)
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""


def _serve(started: Connection, seconds: float) -> None:
    """Serve until this process is ended."""
    _Prices.seconds = seconds
    with _Server(("127.0.0.1", 0), _Prices) as server:
        started.send(server.server_address)
        server.serve_forever()
