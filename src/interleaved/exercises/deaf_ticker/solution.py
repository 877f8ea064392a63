"""Do something every so often, until told to stop."""

from collections.abc import Callable
from threading import Event, Thread


class Ticker:
    """Calls a function on a thread, and pauses after each call."""

    def __init__(
        self, tick: Callable[[], object], pause: float
    ) -> None:
        self.tick, self.pause = tick, pause
        self.stopped = Event()
        self.thread = Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        while not self.stopped.is_set():
            self.tick()
            self.stopped.wait(self.pause)

    def stop(self) -> None:
        """Return when there will be no more calls."""
        self.stopped.set()
        self.thread.join()
