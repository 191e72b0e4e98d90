"""A commit beside us, which somebody waits for later."""

import threading
from collections.abc import Callable

from hub.store import beside


class Commit:
    """A commit that may be under way beside us."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._failed: BaseException | None = None

    def begin(self, work: Callable[[], None]) -> None:
        """Have `work` commit beside us; where the system gives no thread, it is done at once."""

        def done() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - whoever settles it hears of it
                self._failed = error

        self._thread = None
        try:
            self._thread = beside.start(done, "commit")
        except RuntimeError:
            done()

    def wait(self) -> None:
        """Wait until it is over, however it ended."""
        if self._thread is not None:
            self._thread.join()

    def settle(self) -> None:
        """Wait for it. Raises what it raised: then what it was to commit is taken back."""
        self.wait()
        failed, self._failed = self._failed, None
        if failed is not None:
            raise failed
