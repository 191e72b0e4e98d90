"""A new revision of an item: what was planned, moved and cancelled stays as history.

A changed meeting keeps what it said before. Of a series, a new revision rewrites only the future: occurrences that
have begun by then stay as they were, and none appear in the past.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from hub.core.course import answers_of, now_said
from hub.core.history import milliseconds
from hub.core.records import Identifier, Meeting, Record
from hub.core.said import Said


class Part(NamedTuple):
    """A record of an item. `frozen`: its item no longer says it, but it has happened. `before`: what it said earlier,
    oldest first.
    """

    record: Record
    frozen: bool = False
    before: tuple[Said, ...] = ()


def amend(before: Mapping[str, Part], now: Mapping[str, Record], received: int) -> Iterator[tuple[str, Part]]:
    """The parts of an item after a revision received at that moment (milliseconds since 1970)."""
    since = _effective(now, received)
    for part, record in now.items():
        old = before.get(part)
        if old is None:
            if not before or not _begun(record, since):
                yield part, Part(record)
        else:
            yield part, Part(record, before=_changes(old, record, received))
    for part, old in before.items():
        if part not in now and _begun(old.record, since):
            yield part, Part(old.record, frozen=True, before=old.before)


def _effective(now: Mapping[str, Record], received: int) -> int:
    """When a revision was made: its own stamp, unless that lies after we got it."""
    stamps = [milliseconds(r.stamp) for r in now.values() if isinstance(r, Meeting) and r.stamp is not None]
    return min(max(stamps), received) if stamps else received


def _begun(record: Record, since: int) -> bool:
    return isinstance(record, Meeting) and record.recurring and milliseconds(record.at) < since


def _changes(old: Part, record: Record, received: int) -> tuple[Said, ...]:
    if not isinstance(record, Meeting) or not isinstance(old.record, Meeting):
        return ()
    now = answers_of(record)
    kept = tuple(replace(said, answers=tuple(one for one in said.answers if one[0] in now)) for said in old.before)
    said, answers = now_said(old.record), tuple(_replaced(old.record, now))
    if said == now_said(record) and not answers:
        return kept
    return (*kept, replace(said, until=_changed_at(old.record, record, received), answers=answers))


def _replaced(old: Meeting, now: Mapping[Identifier, str]) -> Iterator[tuple[Identifier, str]]:
    """The answers of participants who say something else now."""
    for who, answer in answers_of(old).items():
        if now.get(who, answer) != answer:
            yield who, answer


def _changed_at(old: Meeting, new: Meeting, received: int) -> int:
    """When a revision was made, by its own stamp. One that is as old as the last one's, or lies ahead, tells nothing: then
    it is when we got it.
    """
    if new.stamp is None or (old.stamp is not None and new.stamp.utc <= old.stamp.utc):
        return received
    return min(milliseconds(new.stamp), received)
