import asyncio

from interleaved import compare
from interleaved.one_problem import Summary, serving, summary_of


async def broken(urls: list[str]) -> list[Summary]:
    async def task(url: str) -> Summary:
        return summary_of(url)

    return await asyncio.gather(*map(task, urls))


async def fixed(urls: list[str]) -> list[Summary]:
    async def task(url: str) -> Summary:
        return await asyncio.to_thread(summary_of, url)

    return await asyncio.gather(*map(task, urls))


if __name__ == "__main__":
    with serving(pages=4, words=500, seconds=0.025) as urls:
        table = compare(
            {
                "in a row": lambda: [*map(summary_of, urls)],
                "blocking": lambda: asyncio.run(broken(urls)),
                "to_thread": lambda: asyncio.run(fixed(urls)),
            }
        )
    print(table)
