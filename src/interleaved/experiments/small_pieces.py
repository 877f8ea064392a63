from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b

from interleaved import compare

DATA = bytes(2**22)
SMALL, LARGE = [2**10] * 2, [2**20] * 2  # bytes of a piece


def digest(size: int) -> str:
    hashed = blake2b()
    for at in range(0, len(DATA), size):
        hashed.update(DATA[at : at + size])
    return hashed.hexdigest()


with ThreadPoolExecutor(2) as team:
    pieces = {
        "small, in a row": lambda: list(map(digest, SMALL)),
        "small, on threads": lambda: list(team.map(digest, SMALL)),
        "large, in a row": lambda: list(map(digest, LARGE)),
        "large, on threads": lambda: list(team.map(digest, LARGE)),
    }
    print(compare(pieces))
