"""A price service and those who collect its prices: the worked project of the book.

`market` makes the prices, `service` replies with them, `serving` runs that service,
`asking` asks it for one price, `collectors` for many, and `results` keeps them;
`habits` says how often it fails. `service` needs starlette and uvicorn, whatever
asks needs httpx2, and the extra `prices` brings all three.
"""
