"""A price service and those who collect its prices: the worked project of the book.

`market` makes the prices, `service` replies with them, `serving` runs that service,
`asking` asks it for one price, `collectors` for many, and `results` keeps them.
`service` needs starlette and uvicorn, all but `market` need httpx2; the extra
`prices` brings them.
"""
