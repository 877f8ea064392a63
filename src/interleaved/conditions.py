"""An item that comes between a look and a wait, whenever the lock is free then."""

from threading import Condition, Event, Thread
from types import TracebackType
from typing import Self

_PATIENCE = 10.0  # seconds that anybody here waits for anybody else


class Mailbox:
    """A place for items, and a thread that puts one at the worst moment.

    In a `with`, a second thread waits for the first `look`. Then it tries to put an
    item. If the condition's lock is free, it puts it and notifies before `look`
    returns; if somebody holds the lock, it does so as soon as the lock is given back.

    Attributes:
        items: What there is.
        changed: Notified after an item was put, under its lock.
    """

    def __init__(self) -> None:
        """Begin with no items, and nobody has looked."""
        self.items: list[str] = []
        self.changed = Condition()
        self._has_looked = Event()
        self._has_tried = Event()
        self._putting = Thread(target=self._put, name="puts")

    def __enter__(self) -> Self:
        """Start the thread that puts."""
        self._putting.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait until the item is there."""
        self._has_looked.set()
        self._putting.join(_PATIENCE)

    def look(self) -> bool:
        """Return whether there was an item, after letting the other put one.

        Raises:
            TimeoutError: The other did not try within 10 s.
        """
        seen = bool(self.items)
        self._has_looked.set()
        if not self._has_tried.wait(_PATIENCE):
            raise TimeoutError(f"nobody tried to put within {_PATIENCE:g} s")
        return seen

    def _put(self) -> None:
        self._has_looked.wait(_PATIENCE)
        if not self.changed.acquire(blocking=False):
            self._has_tried.set()  # whoever looks must go on, to give the lock back
            self.changed.acquire(timeout=_PATIENCE)
        try:
            self.items.append("news")
            self.changed.notify()
        finally:
            self.changed.release()
        self._has_tried.set()
