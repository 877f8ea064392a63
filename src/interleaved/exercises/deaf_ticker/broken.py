"""Do something every so often, until told to stop."""

from collections.abc import Callable
from threading import Thread
from time import sleep


class Ticker:
    """Calls a function on a thread, and pauses after each call."""

    def __init__(
        self, tick: Callable[[], object], pause: float
    ) -> None:
        self.tick, self.pause = tick, pause
        self.running = True
        self.thread = Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        while self.running:
            self.tick()
            sleep(self.pause)

    def stop(self) -> None:
        """Return when there will be no more calls."""
        self.running = False
        self.thread.join()
