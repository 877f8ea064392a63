"""A problem that waits and computes: fetch pages and count their words.

This module is what each worker imports, in interpreters and processes of its own,
so it imports little. What solves the problem is in `one_problem_models`.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from interleaved.servers import server_process

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

TIMEOUT = 30.0  # seconds that anybody here waits for anybody else

_VOCABULARY = ("thread", "process", "task", "queue", "lock", "core", "wait", "fork")


class Summary(NamedTuple):
    """What is told of a page.

    A tuple and no dataclass, as each worker would have to import `dataclasses`, too.

    Attributes:
        page: Its number.
        words: How many it has.
        most_common: The word that occurs most often.
    """

    page: int
    words: int
    most_common: str


def page_text(page: int, words: int) -> str:
    """Return the text of a page: always the same for the same arguments.

    Args:
        page: Its number, from 0.
        words: How many words it has.
    """
    size = len(_VOCABULARY)
    favourite = _VOCABULARY[page % size]
    return " ".join(
        favourite.title() if at % 3 == 0 else _VOCABULARY[at % size] + ","
        for at in range(words)
    )


def summary_of(url: str) -> Summary:
    """Fetch a page and count its words: the waiting part and the computing part.

    Raises:
        OSError: The server cannot be reached, or refused.
    """
    return summarise(url, fetch(url))


def fetch(url: str) -> str:
    """Return the text that is at an address: a request of HTTP/1.0, on a socket.

    A library would do more, such as redirects and encryption, and wait as long.

    Raises:
        OSError: The server cannot be reached, or refused.
    """
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 80)
    with socket.create_connection(address, TIMEOUT) as connection:
        connection.sendall(request_of(url))
        received = b"".join(iter(lambda: connection.recv(2**16), b""))
    return text_in(received)


def request_of(url: str) -> bytes:
    """Return what a client sends to fetch an address."""
    parts = urlsplit(url)
    lines = (f"GET {parts.path} HTTP/1.0", f"Host: {parts.netloc}", "", "")
    return "\r\n".join(lines).encode("ascii")


def text_in(reply: bytes) -> str:
    """Return the text in a server's reply, which ends where the server closes.

    Raises:
        ConnectionError: The status is not 200, or the reply is cut short.
    """
    head, _, body = reply.partition(b"\r\n\r\n")
    status, *fields = head.decode("ascii").split("\r\n")
    if status.split()[1:2] != ["200"]:
        raise ConnectionError(f"the server said {status!r}")
    lengths = [field.split(":")[1] for field in fields if "Length:" in field]
    if [len(body)] != [int(length) for length in lengths]:
        raise ConnectionError(f"{len(body)} bytes came of {lengths}")
    return body.decode("ascii")


def summarise(url: str, text: str) -> Summary:
    """Count the words of a page, in pure Python.

    Args:
        url: Where it is from; it ends with its number.
        text: Its words.

    Raises:
        ValueError: There are no words.
    """
    counts: dict[str, int] = {}
    for written in text.split():
        word = written.strip(".,").lower()
        counts[word] = counts.get(word, 0) + 1
    page = int(url.rpartition("/")[2])
    favourite = max(counts, key=lambda word: counts[word])
    return Summary(page, sum(counts.values()), favourite)


@contextmanager
def serving(pages: int, words: int, seconds: float) -> Iterator[list[str]]:
    """Run a web server in a process of its own, which is ended afterwards.

    Being a process, it takes no part in the GIL of those who ask. Call it under
    `if __name__ == "__main__":`, as its process imports the main module.

    Args:
        pages: How many pages it has.
        words: How many words each page has.
        seconds: What it takes to reply, to any number of clients at once.

    Yields:
        The addresses of the pages.

    Raises:
        TimeoutError: It did not start within 30 s.
    """
    with server_process(_serve, words, seconds, patience=TIMEOUT) as port:
        yield [f"http://127.0.0.1:{port}/{page}" for page in range(pages)]


def _serve(started: "Connection", words: int, seconds: float) -> None:
    """Reply to each client in a thread, until this process is ended."""
    # Only the server's process needs it, and it takes long to import.
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    texts: dict[int, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = int(self.path.rpartition("/")[2])
            if page not in texts:
                texts[page] = page_text(page, words).encode("ascii")
            sleep(seconds)  # stands for the work of a database
            self.send_response(200)
            self.send_header("Content-Length", str(len(texts[page])))
            self.end_headers()
            self.wfile.write(texts[page])

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 100  # clients that may knock at once

    with Server(("127.0.0.1", 0), Handler) as server:
        started.send(server.server_address[1])
        server.serve_forever()
