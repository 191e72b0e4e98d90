"""How far a folder was read, and what it looked like then.

`done` are the UIDs whose mails were delivered, as spans [low, high); what is missing between them is still to be read,
newest first. So new mail and history have marks of their own, however often a pull was broken off. A span never reaches
beyond the highest UID that was seen: what the server says of the next one (UIDNEXT) is only a reason to look.

`seen` is what the server said of the folder when all of it had been read: while it says the same, nothing is asked.
`count` is how many mails there are as far as the hub knows: so many were there when it had marked every mail that went, and
so many were delivered since. A UID never comes back (RFC 3501, 2.3.1.1), so as long as there are as many, none has gone;
`modseq` is the folder's state (RFC 7162) when that was last so, and a server that keeps such states says what went since.

`mailbox` is the folder's id, of a server that gives it one (RFC 8474); of others `marks` of a few of its mails tell it
from any other when it gets another name.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import hub

Span = tuple[int, int]
"""UIDs from the first to before the second."""

Mark = tuple[int, str]
"""A UID, and a digest of what tells its mail from others."""

END = 1 << 33
"""Beyond every UID, which has 32 bits."""
NOTHING: Span = (0, 1)
"""What was delivered of a folder of which nothing was."""
_MOST_SPANS = 1_000
_OLDEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a pull of a folder stands; the cursor is its JSON."""

    validity: int
    done: tuple[Span, ...] = (NOTHING,)
    seen: tuple[int, int] | None = None
    count: int | None = None
    modseq: int = 0
    marks: tuple[Mark, ...] = ()
    mailbox: str = ""

    @property
    def cursor(self) -> str:
        return json.dumps({name: getattr(self, name) for name in self.__slots__}, separators=(",", ":"))

    @property
    def is_whole(self) -> bool:
        """Whether everything up to the highest UID that was seen was delivered."""
        return len(self.done) == 1

    @property
    def top(self) -> int:
        """The highest UID that was seen."""
        return self.done[-1][1] - 1

    @property
    def is_sure(self) -> bool:
        """Whether no mail has gone of which the hub does not know."""
        return self.is_whole and self.seen is not None and self.count == self.seen[0]

    def after(self, span: Span, new: int) -> "Place":
        """The place once `new` mails were delivered, which are all of a span."""
        count = self.count + new if self.count is not None else None
        return replace(self, done=with_span(self.done, span), count=count)

    def ended(self, seen: tuple[int, int], modseq: int) -> "Place":
        """The place at the end of a pull, when the folder was as `seen`."""
        whole = replace(self, seen=seen)
        return replace(whole, modseq=modseq) if whole.is_sure else whole

    def sure_of(self, uids: Sequence[int], modseq: int) -> "Place":
        """The same place, once these mails are known to be all that there are."""
        return replace(self, count=sum(uid <= self.top for uid in uids), modseq=modseq)

    def without(self, gone: int, modseq: int) -> "Place":
        """The same place, once so many mails are known to have gone."""
        return replace(self, count=self.count - gone if self.count is not None else None, modseq=modseq)

    def marked(self, marks: Sequence[Mark]) -> "Place":
        """The same place with these marks of its newest mails; of the oldest it keeps those that it has."""
        return replace(self, marks=(*self.marks[:_OLDEST], *marks))

    def gaps(self) -> list[Span]:
        """What is still to be read, newest first; the first is open above."""
        ends = [*(low for low, _ in self.done[1:]), END]
        return [(end, high) for (_, end), high in zip(self.done, ends, strict=True)][::-1]


def with_span(done: Iterable[Span], span: Span) -> tuple[Span, ...]:
    """Spans and one more, joined where they meet."""
    found: list[Span] = []
    for low, high in sorted((*done, span)):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        elif low < high:
            found.append((low, high))
    return tuple(found[:1] + found[1:][-_MOST_SPANS:])


def place_of(cursor: str | None) -> Place | None:
    """The place that a cursor means. Raises `hub.CursorLost` when it is none of ours."""
    if cursor is None:
        return None
    try:
        said = json.loads(cursor)
        done: tuple[Span, ...] = (NOTHING,)
        for span in said["done"]:
            done = with_span(done, _pair(span))
        return Place(
            validity=int(said["validity"]),
            done=done,
            seen=_pair(said["seen"]) if said["seen"] else None,
            count=_count(said, done),
            modseq=int(said.get("modseq", 0)),
            marks=tuple((int(uid), str(mark)) for uid, mark in said.get("marks", ())),
            mailbox=str(said.get("mailbox", "")),
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise hub.CursorLost(hub.sentence("the cursor is not one of a mail folder")) from error


def _count(said: Mapping[str, Any], done: Sequence[Span]) -> int | None:
    """How many mails there are; earlier cursors say it as (how many, up to which UID)."""
    if "sure" not in said:
        return None if said["count"] is None else int(said["count"])
    count, top = _pair(said["sure"]) if said["sure"] else (0, -1)
    return count if top == done[-1][1] - 1 else None


def _pair(said: object) -> tuple[int, int]:
    match said:
        case [int() as first, int() as second]:
            return first, second
        case _:
            raise ValueError(said)
