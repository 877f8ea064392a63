from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from interleaved import report
from interleaved.prices.asking import Patience, ask, open_client
from interleaved.prices.market import look_ups
from interleaved.prices.results import (
    read_replies,
    troubles_in,
    write_replies,
)
from interleaved.prices.serving import price_service

with (
    TemporaryDirectory() as folder,
    price_service() as service,
    open_client(service.url, 15) as client,
    ThreadPoolExecutor(15) as pool,
):
    file = Path(folder, "prices.sqlite")
    work = partial(ask, client, patience=Patience(timeout=1))
    replies = pool.map(work, look_ups(), timeout=50)
    print("written:", write_replies(file, replies))
    print("troubles:", troubles_in(file))
    differ = read_replies(file).items() ^ service.market.items()
    report("prices unlike the database", len(differ))
