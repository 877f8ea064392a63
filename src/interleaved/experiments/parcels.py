from concurrent.futures import ProcessPoolExecutor

from interleaved import compare

NUMBERS = range(1_000)


def in_a_row() -> int:
    return sum(map(abs, NUMBERS))


def by_parcels_of(size: int) -> int:
    return sum(pool.map(abs, NUMBERS, chunksize=size))


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        parcels = compare(
            {
                "one a parcel": lambda: by_parcels_of(1),
                "250 a parcel": lambda: by_parcels_of(250),
                "in a row": in_a_row,
            },
            rounds=7,
        )
    print(parcels)
