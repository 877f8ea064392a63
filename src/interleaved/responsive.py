"""A stand-in for a window, which draws frames and tells how late they were."""

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import get_ident
from time import perf_counter, sleep

_FRAME = 0.01  # seconds from one frame to the next
_PATIENCE = 30.0  # seconds that a window waits for something to show


class Window:
    """A loop that draws a frame at a steady pace, and handles events in between.

    As with the windows of real toolkits, there is one thread that draws and handles
    events, and what is shown may be changed by that thread alone. Other threads
    `post` to it.

    Attributes:
        shown: What is to be seen, the latest last.
    """

    def __init__(self) -> None:
        self.shown: list[object] = []
        self._posted: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._thread = get_ident()

    def post(self, handler: Callable[[], object]) -> None:
        """Have a handler called after the next frame. Any thread may post.

        Args:
            handler: A call that ends soon, since no frame is drawn meanwhile.
        """
        self._posted.put(handler)

    def show(self, result: object) -> None:
        """Show something.

        Raises:
            RuntimeError: It was called from another thread than the window's.
        """
        if get_ident() != self._thread:
            raise RuntimeError("only the window's thread may change the window")
        self.shown.append(result)

    def show_later(self, future: Future[int]) -> None:
        """Show the result of a future once it is there; return at once.

        A future calls back on a thread of its own pool, which may not change the
        window, so it posts what is to be done. One that is done already calls back
        on this thread, at once, and is shown after the next frame all the same. An
        exception of the work is raised where it is shown.

        Args:
            future: What an executor's `submit` returned.
        """
        future.add_done_callback(
            lambda done: self.post(lambda: self.show(done.result()))
        )

    def frame_delays(self, on_click: Callable[["Window"], object]) -> list[float]:
        """Click once, and draw frames until something new is shown.

        Args:
            on_click: The handler of the click.

        Returns:
            By how many seconds each frame came too late, the first being that
            before the click. Each is due a hundredth of a second after the one
            before it was drawn.

        Raises:
            TimeoutError: Nothing was shown within 30 s.
            Exception: What a handler raised.
        """
        before = len(self.shown)
        self.post(lambda: on_click(self))
        delays: list[float] = []
        begun = drawn = perf_counter()
        while True:
            due = drawn + _FRAME
            sleep(max(0.0, due - perf_counter()))
            drawn = perf_counter()
            delays.append(max(0.0, drawn - due))
            if len(self.shown) > before:
                return delays
            if drawn - begun > _PATIENCE:
                raise TimeoutError(f"nothing was shown within {_PATIENCE:g} s")
            # Only those that are here now: a handler may post the next one.
            for _ in range(self._posted.qsize()):
                self._posted.get_nowait()()
