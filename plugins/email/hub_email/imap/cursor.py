"""How far a folder was read, and what it looked like then.

`done` are the UIDs whose mails were delivered, as spans [low, high); what is missing between them is still to be read,
newest first. So new mail and history have marks of their own, however often a pull was broken off. A span never reaches
beyond the highest UID that was seen: what the server says of the next one (UIDNEXT) is only a reason to look.

`seen` is what the server said of the folder when all of it had been read: while it says the same, nothing is asked.
`sure` is (how many mails there were, the highest UID) when the hub had marked every mail that went. A UID never comes back
(RFC 3501, 2.3.1.1), so as long as there are as many mails more as have come since, none has gone.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import hub

Span = tuple[int, int]
"""UIDs from the first to before the second."""

END = 1 << 33
"""Beyond every UID, which has 32 bits."""
NOTHING: Span = (0, 1)
"""What was delivered of a folder of which nothing was."""
_MOST_SPANS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a pull of a folder stands; the cursor is its JSON."""

    validity: int
    done: tuple[Span, ...] = (NOTHING,)
    seen: tuple[int, int] | None = None
    sure: tuple[int, int] | None = None

    @property
    def cursor(self) -> str:
        said = {"validity": self.validity, "done": self.done, "seen": self.seen, "sure": self.sure}
        return json.dumps(said, separators=(",", ":"))

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
        return self.is_whole and self.seen is not None and self.sure == (self.seen[0], self.top)

    def sure_after(self, messages: int, new: int, top: int) -> tuple[int, int] | None:
        """`sure` after `new` mails were read, when there are `messages` and the highest UID is `top`."""
        if self.sure and self.is_whole and self.sure[1] == self.top and self.sure[0] + new == messages:
            return messages, top
        return self.sure

    def sure_of(self, uids: Sequence[int]) -> "Place":
        """The same place, once these mails are known to be all that there are."""
        return replace(self, sure=(sum(uid <= self.top for uid in uids), self.top))

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
        seen, sure = (_pair(said[name]) if said[name] else None for name in ("seen", "sure"))
        return Place(validity=int(said["validity"]), done=done, seen=seen, sure=sure)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise hub.CursorLost(hub.sentence("the cursor is not one of a mail folder")) from error


def _pair(said: object) -> tuple[int, int]:
    match said:
        case [int() as first, int() as second]:
            return first, second
        case _:
            raise ValueError(said)
