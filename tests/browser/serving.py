"""A web server for tests: the site below a path, compressed, under a strict policy."""

import gzip
import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from livedocs.seal import POLICY

_COMPRESSED = (".css", ".html", ".js", ".json", ".svg", ".xml", ".py", ".inv")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs, and where the site is on it."""

    address: str


@cache
def _sent(path: Path) -> tuple[bytes, bool]:
    """A file as it is sent, and whether it is compressed."""
    content = path.read_bytes()
    if path.suffix in _COMPRESSED:
        return gzip.compress(content), True
    return content, False


@contextmanager
def serving(site: Path, path: str = "/", policy: str = POLICY) -> Iterator[Server]:
    """Serve a site below a path until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = self.path.partition("?")[0].removeprefix(path)
            file = site / (asked or "index.html")
            known = self.path.startswith(path) and file.is_file()
            content, compressed = _sent(file if known else site / "404.html")
            self.send_response(200 if known else 404)
            kind = mimetypes.guess_type(file.name if known else "404.html")[0]
            self.send_header("Content-Type", kind or "application/octet-stream")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Security-Policy", policy)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cache-Control", "max-age=600")
            if compressed:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Server(f"http://127.0.0.1:{server.server_port}{path}")
        finally:
            server.shutdown()
            thread.join(10)
