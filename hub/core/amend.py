"""A new revision of an item: what was planned, moved and cancelled stays as history.

A changed meeting keeps what it said before. Of a series, a new revision rewrites only the future: occurrences that
have begun by then stay as they were, and none appear in the past.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hub.core.history import milliseconds
from hub.core.records import Meeting, Record


@dataclass(frozen=True, slots=True)
class Part:
    """A record of an item. `frozen`: its item no longer says it, but it has happened. `before`: what it said earlier,
    oldest first, as (start, end, status) in milliseconds since 1970.
    """

    record: Record
    frozen: bool = False
    before: tuple[tuple[int, int | None, str], ...] = ()


def amend(before: Mapping[str, Part], now: Mapping[str, Record], received: int) -> Iterator[tuple[str, Part]]:
    """The parts of an item after a revision received at that moment (milliseconds since 1970)."""
    since = _effective(now, received)
    for part, record in now.items():
        old = before.get(part)
        if old is None:
            if not before or not _begun(record, since):
                yield part, Part(record)
        else:
            yield part, Part(record, before=_changes(old, record))
    for part, old in before.items():
        if part not in now and _begun(old.record, since):
            yield part, Part(old.record, frozen=True, before=old.before)


def _effective(now: Mapping[str, Record], received: int) -> int:
    """When a revision was made: its own stamp, unless that lies after we got it."""
    stamps = [milliseconds(r.stamp) for r in now.values() if isinstance(r, Meeting) and r.stamp is not None]
    return min(max(stamps), received) if stamps else received


def _begun(record: Record, since: int) -> bool:
    return isinstance(record, Meeting) and record.recurring and milliseconds(record.at) < since


def _changes(old: Part, record: Record) -> tuple[tuple[int, int | None, str], ...]:
    if not isinstance(record, Meeting) or not isinstance(old.record, Meeting):
        return ()
    said = _said(old.record)
    return old.before if said == _said(record) else (*old.before, said)


def _said(meeting: Meeting) -> tuple[int, int | None, str]:
    return milliseconds(meeting.at), milliseconds(meeting.end) if meeting.end else None, meeting.status
