"""A pytest plugin: what a press that ends still has, for `nox -s stress`.

The variable WATCHED names the file that is told, as JSON: the names of threads, and
the numbers of sockets and of other descriptors that were not there at first.
"""

import atexit
import json
import os
import threading
from pathlib import Path

FOLDER = Path("/proc/self/fd")


def descriptors() -> dict[str, str]:
    """What each open descriptor stands for, by its number."""
    found = {}
    for each in list(FOLDER.iterdir()):
        try:
            found[each.name] = str(each.readlink())
        except FileNotFoundError:  # that of the folder itself
            continue
    return found


BEFORE = descriptors()


@atexit.register
def tell() -> None:
    """Tell what is left when pytest is done."""
    new = {
        number: what
        for number, what in descriptors().items()
        if BEFORE.get(number) != what
    }
    sockets = sum(what.startswith("socket:") for what in new.values())
    threads = [
        each.name for each in threading.enumerate() if each != threading.main_thread()
    ]
    left = {
        "threads": len(threads),
        "sockets": sockets,
        "descriptors": len(new) - sockets,
    }
    Path(os.environ["WATCHED"]).write_text(json.dumps(left), encoding="utf-8")
