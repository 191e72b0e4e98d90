"""The doorbell: IDLE in the INBOX of every mailbox at once (RFC 2177). It tells that something came, never what."""

import select
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic

import hub
from hub_email.imap.folders import Folder
from hub_email.imap.reading import examine
from hub_email.imap.wire import Refusal, Wire

LONGEST = 28 * 60
"""Servers hang up on who idles for half an hour."""
_LOOK = 4.0
_NEWS = frozenset({b"EXISTS", b"EXPUNGE", b"RECENT", b"VANISHED"})
_INBOX = Folder(b"INBOX", "INBOX")


def wait(wires: Sequence[Wire], seconds: float, stopping: Callable[[], bool]) -> None:
    """Until something may have changed in one of the mailboxes, or the time is over, or we are to stop."""
    until = monotonic() + min(seconds, LONGEST)
    idle = {}
    try:
        for wire in wires:
            if (tag := _begun(wire)) is not None:
                idle[wire] = tag
        _listen([*idle], until, stopping)
    finally:
        for wire, tag in idle.items():
            with suppress(hub.Unreachable, Refusal):
                wire.end_idle(tag)


def _begun(wire: Wire) -> bytes | None:
    """The tag of the IDLE of a mailbox; None where the server knows none, or is not there any more."""
    with suppress(hub.Unreachable, Refusal):
        if "IDLE" in wire.features:
            examine(wire, _INBOX)
            return wire.idle()
    return None


def _listen(wires: Sequence[Wire], until: float, stopping: Callable[[], bool]) -> None:
    poll = select.poll()
    for wire in wires:
        poll.register(wire.sock, select.POLLIN)
    while not stopping():
        if any(_rings(wire) for wire in wires):
            return
        left = until - monotonic()
        if left <= 0:
            return
        poll.poll(min(left, _LOOK) * 1000)


def _rings(wire: Wire) -> bool:
    """Whether a mailbox has news; a lost connection is some, too."""
    try:
        while (reply := wire.heard()) is not None:
            words = reply.line.upper().split(maxsplit=3)
            if not _NEWS.isdisjoint(words[1:3]):
                return True
    except hub.Unreachable:
        return True
    return False
