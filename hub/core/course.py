"""How a meeting came to be what it is: what was moved, answered and called off, when, and by whom.

Two sources tell of it. A calendar only ever says how a meeting stands: what it said before is kept (`hub.core.said`). The
mails of a meeting (iMIP, RFC 6047) each say one thing. Times and status are the organizer's to change, an answer is the
attendee's own (RFC 5546, 2.1.4): so it is known who it was, though calendars do not say so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from hub.core.duplicates import Member
from hub.core.history import milliseconds
from hub.core.records import Identifier, Meeting
from hub.core.said import Said

Times: TypeAlias = tuple[int, int | None]
"""Start and end, in milliseconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One change. `at` in milliseconds since 1970, None where nobody said it; `who` None where nobody is named.

    `before` and `after` are `Times` of what was moved, else a status, or an answer as in `Participant.status` ("" before
    the first one that is known).
    """

    kind: Literal["moved", "status", "answer"]
    at: int | None
    who: Identifier | None
    before: Times | str
    after: Times | str

    @property
    def told(self) -> tuple[str, Identifier | None, Times | str]:
        """What several sources may tell of the same change."""
        return self.kind, self.who, self.after


def course(members: Sequence[Member]) -> list[Turn]:
    """The changes of a meeting that these statements tell of, oldest first; what several copies tell is told once."""
    by_calendar = list(_by_calendar(members))
    known = {turn.told for turn in by_calendar}
    by_mail = (turn for turn in _by_mail(members) if turn.told not in known)
    return sorted((*by_calendar, *by_mail), key=_when)


def _when(turn: Turn) -> tuple[int, str]:
    return turn.at or 0, turn.kind


# --- what calendars said before --------------------------------------------------------------------------------------


def _by_calendar(members: Iterable[Member]) -> Iterable[Turn]:
    """Of copies that tell the same, the one that told it first."""
    first: dict[tuple[object, ...], Turn] = {}
    for member in members:
        seen: dict[object, int] = {}
        for turn in _turns(member):
            seen[turn.told] = seen.get(turn.told, 0) + 1
            key = (turn.told, seen[turn.told])
            first[key] = min(first.get(key, turn), turn, key=_when)
    return first.values()


def _turns(member: Member) -> Iterator[Turn]:
    """The changes of one copy, newest first: its answers are known as they are now."""
    meeting = member.statement
    if not isinstance(meeting, Meeting):
        return
    now, answers = now_said(meeting), answers_of(meeting)
    for before in reversed(member.before):
        yield from _changed(meeting, before, now)
        for who, answer in before.answers:
            yield Turn(kind="answer", at=before.until, who=who, before=answer, after=answers.get(who, ""))
        now = before
        answers |= dict(before.answers)


def now_said(meeting: Meeting) -> Said:
    """What a meeting says now, as it would be kept."""
    return Said(milliseconds(meeting.at), milliseconds(meeting.end) if meeting.end else None, meeting.status)


def answers_of(meeting: Meeting) -> dict[Identifier, str]:
    """What its attendees answer."""
    return {one.identifier: one.status for one in meeting.participants if one.role == "attendee" and one.identifier}


def _changed(meeting: Meeting, before: Said, after: Said) -> Iterator[Turn]:
    who = _organizer(meeting)
    if (before.start, before.end) != (after.start, after.end):
        was, now = (before.start, before.end), (after.start, after.end)
        yield Turn(kind="moved", at=before.until, who=who, before=was, after=now)
    if before.status != after.status:
        yield Turn(kind="status", at=before.until, who=who, before=before.status, after=after.status)


def _organizer(meeting: Meeting) -> Identifier | None:
    return next((one.identifier for one in meeting.participants if one.role == "organizer"), None)


# --- what mails say --------------------------------------------------------------------------------------------------


def _by_mail(members: Iterable[Member]) -> Iterator[Turn]:
    answers: Mapping[Identifier, str] = {}
    for meeting in sorted((one.statement for one in members if isinstance(one.statement, Meeting)), key=_spoken):
        at = milliseconds(meeting.stamp) if meeting.stamp else None
        if meeting.method == "REPLY":
            for who, answer in answers_of(meeting).items():
                if answer != answers.get(who, ""):
                    yield Turn(kind="answer", at=at, who=who, before=answers.get(who, ""), after=answer)
            answers = {**answers, **answers_of(meeting)}
        elif meeting.method == "CANCEL":
            yield Turn(kind="status", at=at, who=_organizer(meeting), before="", after="cancelled")


def _spoken(meeting: Meeting) -> tuple[int, datetime]:
    return meeting.sequence, meeting.stamp.utc if meeting.stamp else datetime.min.replace(tzinfo=UTC)
