from interleaved import compare
from interleaved.shared_memory import summing

DATA = bytes(range(256)) * 80_000  # 20 MB

if __name__ == "__main__":
    with summing(DATA) as (sum_sent, sum_shared):
        sums = compare(
            {"sent": sum_sent, "shared": sum_shared}, rounds=9
        )
    print(sums)
