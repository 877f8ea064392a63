"""The price service itself: an HTTP server over an SQLite file.

`python -m interleaved.prices.service FILE HABITS` prints its address and serves until
its standard input ends, and so also if the one who started it is killed.
"""

import asyncio
import json
import os
import socket
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Thread

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from interleaved.prices.habits import Habits
from interleaved.prices.market import LookUp, read_only

QUERY = "SELECT cents FROM prices WHERE (exchange, symbol, day) = (?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Service:
    """Replies with the prices of a file, and has its habits.

    What it does depends on the look-up and on how often in a row it failed there,
    not on the order in which requests come: all who ask for the same prices, one after
    another and until they have them, meet the same failures.

    Attributes:
        connection: To the file. It is used on the thread of the event loop alone.
        habits: How it replies.
        failed: How often in a row it refused a look-up or kept it waiting.
    """

    connection: sqlite3.Connection
    habits: Habits
    failed: Counter[LookUp]

    async def price(self, request: Request) -> Response:
        """Reply with a price, later or never.

        Raises:
            HTTPException: 404 for a price that is not there, 503 at times.
        """
        look_up = LookUp(**request.path_params)
        await asyncio.sleep(self.habits.delay)  # stands for the way to an exchange
        fate = Random(f"{look_up.path} {self.failed[look_up]}").random()  # noqa: S311
        if fate < self.habits.refused:
            self.failed[look_up] += 1
            raise HTTPException(503, "try again")
        if fate < self.habits.refused + self.habits.stalled:
            self.failed[look_up] += 1
            await asyncio.sleep(self.habits.stall)
        else:
            self.failed.pop(look_up, None)
        # On the thread of the loop, as reading one row by its key waits for nothing.
        keys = (look_up.exchange, look_up.symbol, look_up.day)
        row = self.connection.execute(QUERY, keys).fetchone()
        if row is None:
            raise HTTPException(404, f"there is no price at {look_up.path}")
        return JSONResponse({"cents": row[0]})

    async def ready(self, _request: Request) -> Response:
        """Reply at once."""
        return JSONResponse({"ready": True})


def make_app(market: Path, habits: Habits) -> Starlette:
    """Make the application that a server runs.

    Args:
        market: The file that `write_market` wrote.
        habits: How it replies.

    Raises:
        sqlite3.Error: There is no such file.
    """
    service = Service(read_only(market), habits, Counter())

    @asynccontextmanager
    async def close_in_the_end(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            service.connection.close()

    routes = [
        Route("/ready", service.ready),
        Route("/prices/{exchange}/{symbol}/{day}", service.price),
    ]
    return Starlette(routes=routes, lifespan=close_in_the_end)


def main(market: str, habits: str) -> None:
    """Serve on a free port of this machine until standard input ends.

    Args:
        market: Path of the file with the prices.
        habits: `Habits` as JSON.
    """
    app = make_app(Path(market), Habits(**json.loads(habits)))
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)

    def stop_at_the_end() -> None:
        while os.read(0, 1):
            pass
        server.should_exit = True

    # asyncio switches off Nagle's algorithm for connections of a socket that names TCP,
    # as `create_server` does not. With it a reply in two parts waits 40 ms for the
    # client's acknowledgement of the first.
    with socket.socket(
        socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    ) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        host, port = listening.getsockname()
        print(f"http://{host}:{port}", flush=True)
        # A daemon, as nothing ends the wait for an end that does not come.
        Thread(target=stop_at_the_end, name="watches", daemon=True).start()
        server.run(sockets=[listening])


if __name__ == "__main__":
    main(*sys.argv[1:])
