"""
Who waits for whom
==================

Three threads that take two locks each can deadlock if their order of
taking them goes round in a circle, and never if all keep one order.

The locks here write down who holds them and who wants them, so the
picture is of locks that really were held. An arrow leads from a
thread that waits to the one that it waits for, and names the lock. A
circle of arrows is a deadlock.
"""

# %%
# A watched lock tells its ``Watch`` before it waits and after it got
# what it wanted. Every wait has a time limit: this deadlock ends.

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from math import cos, pi, sin
from threading import (
    Barrier,
    BrokenBarrierError,
    Condition,
    Event,
    Lock,
    Thread,
)

from interleaved import measured_in_child

PATIENCE = 10.0  # seconds that anybody waits for what will happen
HELD_UP = 2.0  # seconds that a thread waits for a lock
MEETING = 1.0  # seconds that it waits for the others to hold one

Edge = tuple[str, str, str]
"""Who waits, for whom, and for which lock."""

ROUND = {"A": ("1", "2"), "B": ("2", "3"), "C": ("3", "1")}
ORDERED = {"A": ("1", "2"), "B": ("2", "3"), "C": ("1", "3")}
ORDERS = {"in a circle": ROUND, "one order": ORDERED}


class Watch:
    """Who holds what, and who wants what."""

    def __init__(self, locks: Iterable[str]) -> None:
        self._locks = {name: Lock() for name in locks}
        self._holder: dict[str, str] = {}
        self._wanted: dict[str, str] = {}
        self._at_rest: set[str] = set()
        self._changed = Condition()

    @contextmanager
    def hold(self, thread: str, lock: str) -> Iterator[bool]:
        with self._changed:
            self._wanted[thread] = lock
            self._changed.notify_all()
        got = self._locks[lock].acquire(timeout=HELD_UP)
        with self._changed:
            del self._wanted[thread]
            if got:
                self._holder[lock] = thread
        try:
            yield got
        finally:
            if got:
                with self._changed:
                    del self._holder[lock]
                self._locks[lock].release()

    def rest(self, thread: str) -> None:
        with self._changed:
            self._at_rest.add(thread)
            self._changed.notify_all()

    def edges(self) -> list[Edge]:
        return [
            (thread, self._holder[lock], lock)
            for thread, lock in sorted(self._wanted.items())
            if lock in self._holder
        ]

    def settled_edges(self, threads: int) -> list[Edge]:
        """Return the edges once each thread rests or waits."""

        def settled() -> bool:
            return len(self._at_rest) + len(self.edges()) == threads

        with self._changed:
            if not self._changed.wait_for(settled, PATIENCE):
                raise TimeoutError(
                    "some thread neither rests nor waits"
                )
            return self.edges()


# %%
# In a circle, all threads hold their first lock before any asks for
# its second: the barrier sees to that, and the deadlock comes on every
# run in which none is held up for a second. With one order for all,
# no barrier could make it happen: the first two threads that want
# lock 1 would never be there together, and who waits there in vain
# goes on after a while.


def waits(
    orders: dict[str, tuple[str, str]], pause: Callable[[], object]
) -> list[Edge]:
    watch, looked = Watch(chain(*orders.values())), Event()

    def work(thread: str, first: str, second: str) -> None:
        with watch.hold(thread, first) as got_first:
            if not got_first:
                return
            pause()
            with watch.hold(thread, second) as got_both:
                if got_both:
                    watch.rest(thread)
                    looked.wait(PATIENCE)

    threads = [
        Thread(target=work, args=(thread, *locks))
        for thread, locks in orders.items()
    ]
    for thread in threads:
        thread.start()
    try:
        return watch.settled_edges(len(threads))
    finally:
        looked.set()
        for thread in threads:
            thread.join(PATIENCE)


def waits_in_a_circle() -> list[Edge]:
    all_hold_one = Barrier(len(ROUND), timeout=MEETING)

    def pause() -> None:
        with suppress(BrokenBarrierError):
            all_hold_one.wait()

    return waits(ROUND, pause)


def waits_in_order() -> list[Edge]:
    return waits(ORDERED, lambda: None)


def circle(edges: list[Edge]) -> list[str]:
    """Return the threads of a circle of waits, if there is one."""
    following = {waiter: holder for waiter, holder, _ in edges}
    for start in sorted(following):
        path = [start]
        while (after := following.get(path[-1])) is not None:
            if after in path:
                return path[path.index(after) :]
            path.append(after)
    return []


# %%
# Threads are points, waits are arrows from the one who waits.


def places(threads: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Return places on a circle, from the top on and clockwise."""
    names = sorted(threads)
    angles = [2 * pi * at / len(names) for at in range(len(names))]
    return {
        name: (0.85 * sin(angle), 0.85 * cos(angle))
        for name, angle in zip(names, angles, strict=True)
    }


def draw(found: dict[str, list[Edge]]) -> None:
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(
        1, len(found), figsize=(4.4, 2.6), layout="constrained"
    )
    said = []
    for ax, (name, edges) in zip(axes, found.items(), strict=True):
        place, stuck = places(ORDERS[name]), circle(edges)
        for waiter, holder, lock in edges:
            color = "C1" if waiter in stuck else "C0"
            (x, y), (to_x, to_y) = place[waiter], place[holder]
            ax.annotate(
                "",
                (to_x, to_y),
                (x, y),
                arrowprops={
                    "arrowstyle": "-|>",
                    "color": color,
                    "linewidth": 2,
                    "shrinkA": 14,
                    "shrinkB": 14,
                },
            )
            ax.text(
                0.95 * (x + to_x),
                0.95 * (y + to_y) + 0.06,
                f"lock {lock}",
                ha="center",
                va="center",
            )
            said.append(f"{name}, {waiter} waits for {holder}")
        for thread, (x, y) in place.items():
            color = "C1" if thread in stuck else "C0"
            ax.plot(x, y, "o", markersize=24, color=color, alpha=0.3)
            ax.text(x, y, thread, ha="center", va="center")
        ax.set_title(name)
        ax.set_xlim(-1.3, 1.3)
        ax.set_ylim(-1.1, 1.2)
        ax.set_aspect("equal")
        ax.axis("off")
    fig.set_label(f"Who waits for whom. {'; '.join(said)}.")
    plt.show()


# %%
# Look for a way back: on the left every arrow leads on to the next,
# and nobody can ever go on. On the right the arrows end at a thread
# that waits for nobody; it will finish, and then the next.

if __name__ == "__main__":
    found = {
        "in a circle": measured_in_child(waits_in_a_circle),
        "one order": measured_in_child(waits_in_order),
    }
    for name, edges in found.items():
        stuck = circle(edges)
        words = (
            f"deadlock of {', '.join(stuck)}" if stuck else "no circle"
        )
        print(f"{name}: {words}")
        for waiter, holder, lock in edges:
            print(f"  {waiter} waits for {holder}, who holds {lock}")
    draw(found)

# %%
# The rule: whoever takes two locks takes them in one order, the same
# everywhere. As an exercise, add a fourth thread and a fourth lock to
# ``ROUND``, and then swap the two locks of one thread.
