"""Judge `late_name`."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from interleaved.exercises.expecting import expect, in_time, load

HINT = "a lambda looks the variable up when it is called: hand the value over instead"


def check(file: Path) -> str:
    """The pool has no time until the last name was given."""
    answer = load(file, "greet_all")
    last_was_given = Event()

    def names() -> Iterator[str]:
        yield from ("ann", "bob", "eve")
        last_was_given.set()

    with ThreadPoolExecutor(1) as pool:
        held_up = pool.submit(last_was_given.wait, 5)
        (found,) = in_time(
            lambda: answer.greet_all(pool, "hello {}".format, names()),
            otherwise="it does not end",
            hint=HINT,
            within=20,
        )
    wanted = ["hello ann", "hello bob", "hello eve"]
    expect(found == wanted, f"ann, bob and eve got {found}", HINT)
    waited = "it waited for a greeting before all names were given"
    expect(held_up.result(), waited, "hand over all names, then ask for the results")
    return "ann, bob and eve were each greeted by name"
