from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from interleaved import compare
from interleaved.waiting_together import fetch, web_sites

guard = Lock()
texts: list[str] = []


def broken(url: str) -> str:
    with guard:
        texts.append(fetch(url))
    return url


def fixed(url: str) -> str:
    text = fetch(url)
    with guard:  # for the list, which the threads share
        texts.append(text)
    return url


with web_sites(0.03, 0.03, 0.03) as urls, ThreadPoolExecutor(3) as team:
    variants = {"in a row": lambda: [*map(fixed, urls)]}
    variants["broken"] = lambda: [*team.map(broken, urls, timeout=30)]
    variants["fixed"] = lambda: [*team.map(fixed, urls, timeout=30)]
    print(compare(variants))
