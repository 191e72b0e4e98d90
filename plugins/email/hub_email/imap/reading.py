"""The mails of one folder: opening it, and their UIDs. Only EXAMINE: nothing is changed."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import hub
from hub_email.imap.cursor import END, Place, Span
from hub_email.imap.folders import Folder, Status, status_of
from hub_email.imap.grammar import listed_numbers, number
from hub_email.imap.wire import Refusal, Reply, Wire

_MOST = 20_000_000
"""Mails of one folder."""
_WINDOW = 50_000
"""Mails whose UIDs are asked for at once where the server cannot put them briefly."""
_LONGEST_ID = 255
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder that was opened, and what the server said of it."""

    folder: Folder
    validity: int
    messages: int
    uid_next: int
    modseq: int = 0
    mailbox: str = ""


def examine(wire: Wire, folder: Folder) -> Opened:
    """Open a folder for reading only. Raises `Refusal` when there is none."""
    wire.selected = (b"", 0)
    wire.switch_on("QRESYNC")
    found: dict[bytes, bytes] = {}
    for reply in wire.answer(wire.ask(f"EXAMINE {folder.argument}")):
        words = reply.line.split(maxsplit=4)
        if len(words) > 2 and words[2].upper() == b"EXISTS":
            found[b"EXISTS"] = words[1]
        elif len(words) > 3 and words[2][:1] == b"[":
            found[words[2][1:].upper()] = words[3].rstrip(b"]")
    opened = Opened(
        folder=folder,
        validity=number(found.get(b"UIDVALIDITY")),
        messages=number(found.get(b"EXISTS")),
        uid_next=number(found.get(b"UIDNEXT")),
        modseq=number(found.get(b"HIGHESTMODSEQ")),
        mailbox=found.get(b"MAILBOXID", b"").strip(b"()").decode("latin-1")[:_LONGEST_ID],
    )
    wire.selected = (folder.wire, opened.validity)
    return opened


def size_of(wire: Wire, folder: Folder) -> hub.Size:
    """How much a folder holds; its bytes where the server counts them."""
    wanted = "MESSAGES SIZE" if "STATUS=SIZE" in wire.features else "MESSAGES"
    states = filter(None, map(status_of, wire.talk(f"STATUS {folder.argument} ({wanted})")))
    status = next((status for name, status in states if name == folder.wire), Status())
    return hub.Size(max(status.messages, 0), status.bytes if status.bytes >= 0 else None)


# --- which mails there are -------------------------------------------------------------------------------------------


def uids(wire: Wire, opened: Opened, span: Span = (1, END)) -> "array[int]":
    """The UIDs in a span, ascending."""
    low, high = span
    said = f"UID {low}:{'*' if high >= END else high - 1}"
    found = array("I")
    if "ESEARCH" in wire.features:
        found.extend(_numbers(wire, f"UID SEARCH RETURN (ALL) {said}"))
    elif opened.messages <= _WINDOW:
        found.extend(_numbers(wire, f"UID SEARCH {said}"))
    else:
        for last in range(min(opened.messages, _MOST), 0, -_WINDOW):
            found.extend(_numbers(wire, f"UID SEARCH {max(last - _WINDOW + 1, 1)}:{last}"))
    return array("I", sorted({uid for uid in found if low <= uid < high}))  # `n:*` names the last mail, whatever it is


def oldest_since(wire: Wire, day: date) -> int:
    """The lowest UID of the mails that arrived on a day or later; 0 where the server does not say it."""
    esearch = "RETURN (ALL) " if "ESEARCH" in wire.features else ""
    try:
        return min(
            _numbers(wire, f"UID SEARCH {esearch}SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}"), default=END
        )
    except Refusal:
        return 0


def vanished(wire: Wire, opened: Opened, place: Place) -> list[int] | None:
    """The mails that have gone since the place was sure of all, as a server tells it that keeps account of them (RFC 7162,
    3.2.6); None where it does not, or where what it tells does not explain how many there are now.
    """
    now = opened.messages, opened.uid_next
    if not place.modseq or place.modseq > opened.modseq or place.seen != now or place.count is None:
        return None
    if "QRESYNC" not in wire.features:
        return None
    try:
        command = f"UID FETCH 1:{place.top} (UID) (CHANGEDSINCE {place.modseq} VANISHED)"
        said = wire.answer(wire.ask(command), lines=opened.messages + wire.limits.lines)
        found = {uid for reply in said for uid in _went(reply, place.top)}
    except (Refusal, ValueError):
        return None
    return sorted(found) if len(found) == place.count - opened.messages else None


def _went(reply: Reply, top: int) -> Iterator[int]:
    words = reply.line.split()
    if len(words) > 2 and words[1].upper() == b"VANISHED":
        yield from (uid for uid in listed_numbers(words[-1], min(top, _MOST)) if uid <= top)


def _numbers(wire: Wire, command: str) -> Iterator[int]:
    for reply in wire.talk(command):
        words = reply.line.split()
        kind = words[1].upper() if len(words) > 1 else b""
        try:
            if kind == b"SEARCH":
                yield from map(int, words[2:])
            elif kind == b"ESEARCH" and b"ALL" in words[:-1]:
                yield from listed_numbers(words[words.index(b"ALL") + 1], _MOST)
        except (ValueError, OverflowError) as error:
            raise wire.unreachable(hub.sentence("its answer is no IMAP")) from error


def as_set(numbers: Iterable[int]) -> str:
    """Ascending numbers as a sequence set: "1:3,7"."""
    spans: list[tuple[int, int]] = []
    for uid in numbers:
        if spans and spans[-1][1] + 1 == uid:
            spans[-1] = (spans[-1][0], uid)
        else:
            spans.append((uid, uid))
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in spans)
