"""Our end of the pipe to a child: whole messages, as `multiprocessing` sends them, and never a wait."""

import os
import pickle
import select
import struct
from typing import Any, Final, cast

from hub.engine.apart.wire import Message

_CHUNK: Final = 1 << 17
_AT_ONCE: Final = 8 << 20
"""So many bytes are taken in before others have their turn."""
_LONG: Final = -1


class Line:
    """One end of a socket pair; the child has the other. No message may be longer than `most` bytes."""

    def __init__(self, number: int, most: int) -> None:
        os.set_blocking(number, False)
        self.number = number
        self._most = most
        self._come = bytearray()
        self._to_go = memoryview(b"")

    @property
    def waits(self) -> bool:
        """Whether some of a message is there already."""
        if self._come:
            return True
        poll = select.poll()
        poll.register(self.number, select.POLLIN)
        return bool(poll.poll(0))

    def heard(self) -> Message | None:
        """The next message; None when it is not all there yet. Raises `EOFError` when there is nobody any more, `OSError`
        and `pickle.UnpicklingError` for what is no message.
        """
        return self._taken() if self.takes_in() else None

    def takes_in(self) -> bool:
        """Whether the next message is all there, after what has come was taken in. Raises as `heard` does."""
        taken = 0
        while not self._is_whole() and taken < _AT_ONCE:
            try:
                come = os.read(self.number, _CHUNK)
            except BlockingIOError:
                return False
            if not come:
                raise EOFError
            self._come += come
            taken += len(come)
        return self._is_whole()

    def put(self, message: tuple[Any, ...]) -> None:
        """Have a message to send; `sent` says when it has gone."""
        body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
        self._to_go = memoryview(bytes(self._to_go) + struct.pack("!i", len(body)) + body)

    def sent(self) -> bool:
        """Send what can be sent now; whether that is all. Raises `OSError` when there is nobody any more."""
        while self._to_go:
            try:
                self._to_go = self._to_go[os.write(self.number, self._to_go) :]
            except BlockingIOError:
                return False
        return True

    def _extent(self) -> tuple[int, int]:
        """Where the first message begins and ends; two zeros where that has not come yet."""
        if len(self._come) < 4:
            return 0, 0
        start, length = 4, cast("int", struct.unpack_from("!i", self._come)[0])
        if length == _LONG:
            if len(self._come) < 12:
                return 0, 0
            start, length = 12, cast("int", struct.unpack_from("!Q", self._come, 4)[0])
        if not 0 <= length <= self._most:
            raise OSError("a message that cannot be one")
        return start, start + length

    def _is_whole(self) -> bool:
        start, end = self._extent()
        return bool(start) and len(self._come) >= end

    def _taken(self) -> Message:
        start, end = self._extent()
        with memoryview(self._come) as come:
            message: Message = pickle.loads(come[start:end])  # noqa: S301 - from our own child
        del self._come[:end]
        return message
