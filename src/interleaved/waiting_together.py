"""Web sites that take their time, a visitor who asks them, and sleepers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from multiprocessing import get_context
from socketserver import ThreadingTCPServer
from threading import Semaphore, Thread
from time import sleep
from typing import Any
from urllib.parse import urlsplit

_PATIENCE = 10.0  # seconds that anybody here waits for anybody else
_POLL = 0.02  # seconds after which a server looks whether it shall end


@contextmanager
def web_sites(*delays: float, at_once: int = 100) -> Iterator[list[str]]:
    """Run web sites on this machine, each a real HTTP server on a port of its own.

    They run on threads of this process, which wait nearly all the time, so they
    take next to nothing from those who ask. At the end of the `with` each site
    stops, and every thread of it is joined.

    Args:
        delays: For each site the seconds that a reply takes.
        at_once: How many visitors a site serves at a time; others stand in line.

    Yields:
        Their addresses, such as `http://127.0.0.1:49152/`.
    """
    with ExitStack() as sites:
        yield [sites.enter_context(_open_site(delay, at_once)) for delay in delays]


def fetch(url: str) -> str:
    """Return the text that a web site replies with, past any proxy.

    Raises:
        OSError: It could not be asked, or did not reply within 10 s, or its reply
            has another status than 200.
    """
    where = urlsplit(url)
    connection = HTTPConnection(where.netloc, timeout=_PATIENCE)
    try:
        connection.request("GET", where.path or "/")
        reply = connection.getresponse()
        text = reply.read().decode()
    finally:
        connection.close()
    if reply.status != 200:
        raise OSError(f"{url} replied with status {reply.status}: {reply.reason}")
    return text


def sleep_in(way: str, sleepers: int, seconds: float) -> int:
    """Sleep on several threads, or in several processes, all at once.

    Call it under `if __name__ == "__main__":`, as a process may import the main
    module.

    Args:
        way: "threads", or a start method of processes, such as "spawn".
        sleepers: How many.
        seconds: How long each of them sleeps.

    Returns:
        How many were over in time and, as processes, had nothing to complain of.

    Raises:
        ValueError: This system has no such start method.
    """
    processes: Any = None if way == "threads" else get_context(way)
    make = processes.Process if processes else Thread
    asleep = [make(target=sleep, args=(seconds,)) for _ in range(sleepers)]
    for sleeper in asleep:
        sleeper.start()
    for sleeper in asleep:
        sleeper.join(seconds + _PATIENCE)
    return sum(
        not sleeper.is_alive() and getattr(sleeper, "exitcode", 0) == 0
        for sleeper in asleep
    )


class _Site(ThreadingTCPServer):
    """A server that serves each visitor on a thread, and joins them when it closes."""

    request_queue_size = 100  # visitors that nobody has opened the door to yet

    def __init__(self, delay: float, at_once: int) -> None:
        super().__init__(("127.0.0.1", 0), _Visit)
        self.delay = delay
        self.seats = Semaphore(at_once)

    @property
    def url(self) -> str:
        host, port, *_ = self.socket.getsockname()
        return f"http://{host}:{port}/"


class _Visit(BaseHTTPRequestHandler):
    """Reply to one visitor, after a while."""

    server: _Site
    timeout = _PATIENCE  # for what the visitor sends
    disable_nagle_algorithm = True  # or the text may wait for the head's receipt

    def do_GET(self) -> None:
        if not self.server.seats.acquire(timeout=_PATIENCE):
            with suppress(ConnectionError):
                self.send_error(503)
            return
        try:
            sleep(self.server.delay)  # stands for the work of a database
        finally:
            self.server.seats.release()
        text = f"after {self.server.delay:g} s".encode()
        with suppress(ConnectionError):  # a visitor may have left
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Keep quiet: the log would go to stderr."""


@contextmanager
def _open_site(delay: float, at_once: int) -> Iterator[str]:
    with _Site(delay, at_once) as site:  # which joins the visits at its end
        serving = Thread(target=site.serve_forever, args=(_POLL,), name="site")
        serving.start()
        try:
            yield site.url
        finally:
            site.shutdown()
            serving.join(_PATIENCE)
