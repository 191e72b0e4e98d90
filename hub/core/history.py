"""Statements become lines of a history: one interaction, with its people, its direction and the clients it belongs to.

Pure, and the same whatever the order: members are taken by their permanent names, people are united, the copy that
says most is the one shown.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple

from hub.core import ids, normalize, thanks, tokens
from hub.core.clients import Ours
from hub.core.decisions import Decisions
from hub.core.duplicates import Member, Same, is_copy
from hub.core.records import (
    KINDS,
    Call,
    Deal,
    Document,
    Email,
    Identifier,
    Meeting,
    Message,
    Moment,
    Note,
    Participant,
    Record,
    StageChange,
    Statement,
    Task,
    Ticket,
)

PEOPLE = 2_000
"""How many participants of one interaction count."""

_ROLES = ("from", "organizer", "caller", "author", "client", "to", "attendee", "callee", "cc", "bcc", "reply_to",
          "responsible", "former", "owner", "found")  # fmt: skip
_RANK = {role: rank for rank, role in enumerate(_ROLES)}
_RECIPIENTS = frozenset({"to", "cc", "bcc"})
_CONVERSATION = "conversation:"
"""How a reference begins by which a mailbox says what belongs together."""


class Mention(NamedTuple):
    """An identifier's part in an interaction; `wrote`: one of ours wrote a personal mail to it. A tuple, as an interaction is:
    to make a frozen value of so many fields is a tenth of all that weaving takes.
    """

    identifier: Identifier
    role: str
    name: str = ""
    status: str = ""
    ours: bool = False
    wrote: bool = False


class Interaction(NamedTuple):
    """A line of the history. `at` and `ends` are milliseconds since 1970, UTC; a day is its midnight in UTC."""

    key: str
    kind: str
    at: int
    ends: int | None
    zone: str
    all_day: bool
    direction: str
    title: str
    status: str
    mentions: tuple[Mention, ...]
    marks: tuple[str, ...]
    thread: tuple[int, ...]
    head: str
    members: tuple[str, ...]


Labels = Callable[[Statement], Iterable[str]]
Finds = Callable[[Record], Iterable[Identifier]]


def weave(family: str, same: Sequence[Same], ours: Ours, finds: Finds, labels: Labels) -> Iterator[Interaction]:
    """The interactions of a divided family. The first keeps the family's name; others are told apart by their head."""
    for index, group in enumerate(same):
        key = family if index == 0 else f"{family}~{ids.public(group.members[0].key)}"
        yield _interaction(key, group, ours, finds, labels)


def _interaction(key: str, group: Same, ours: Ours, finds: Finds, labels: Labels) -> Interaction:
    head = _head(group.members)
    statement = head.statement
    fact = _fact(statement, group.members)
    at, zone, all_day = _when(fact.at)
    mentions = _mentions(group.members, ours, finds)
    marks = {*_marks(group.members), *labels(statement), *thanks.marks(statement)}
    if group.differs:
        marks.add("differs")
    return Interaction(
        key=key,
        kind=KINDS[type(statement)],
        at=at,
        ends=_ends(fact),
        zone=zone,
        all_day=all_day,
        direction=_direction(fact, mentions),
        title=title(statement),
        status=_status(fact),
        mentions=mentions,
        marks=tuple(sorted(marks)),
        thread=_thread(key, group.members),
        head=head.key,
        members=tuple(member.key for member in group.members),
    )


def _head(members: Sequence[Member]) -> Member:
    if len(members) == 1:
        return members[0]
    if isinstance(members[0].statement, Meeting):
        return max(members, key=lambda member: (_version(member.statement), member.key))
    return max(members, key=lambda member: (_is_first_hand(member.statement), len(text(member.statement)), member.key))


def _is_first_hand(statement: Statement) -> bool:
    return not _measures(statement) and not is_copy(statement)


def _fact(statement: Statement, members: Sequence[Member]) -> Statement:
    """The statement that knows when it was: of a call the exchange's, whoever has more to tell."""
    if len(members) == 1:
        return statement
    return next((member.statement for member in members if _measures(member.statement)), statement)


def _measures(statement: Statement) -> bool:
    return isinstance(statement, Call) and bool(statement.of)


def _version(meeting: Statement) -> tuple[bool, int, datetime, bool]:
    """Who speaks for a meeting: not a mere answer, then the later version, then the calendar before the mail."""
    assert isinstance(meeting, Meeting)
    stamp = meeting.stamp.utc if meeting.stamp else datetime.min.replace(tzinfo=UTC)
    return (meeting.method not in ("REPLY", "COUNTER"), meeting.sequence, stamp, meeting.method == "")


# --- people ----------------------------------------------------------------------------------------------------------


def _mentions(members: Sequence[Member], ours: Ours, finds: Finds) -> tuple[Mention, ...]:
    found: dict[Identifier, Mention] = {}
    for member in sorted(members, key=_speaking_order) if len(members) > 1 else members:
        outgoing = _outgoing(member.statement, ours)
        for participant in _participants(member.statement, finds):
            identifier = normalized(participant.identifier, member.connection, ours)
            if identifier is None:
                continue
            own = ours.owns(identifier)
            wrote = outgoing and not own and participant.role in _RECIPIENTS
            mention = Mention(identifier, participant.role, participant.name, participant.status, own, wrote)
            before = found.get(identifier)
            found[identifier] = mention if before is None else _united(before, mention)
            if len(found) >= PEOPLE:
                break
    return tuple(sorted(found.values(), key=_order))


def _order(mention: Mention) -> tuple[int, str, str]:
    return (_RANK.get(mention.role, 99), mention.identifier.kind, mention.identifier.value)


def _speaking_order(member: Member) -> tuple[bool, datetime, str]:
    """Answers speak last, in the order they were given: an attendee's own word about his coming counts."""
    statement = member.statement
    if isinstance(statement, Meeting):
        stamp = statement.stamp.utc if statement.stamp else datetime.min.replace(tzinfo=UTC)
        return (statement.method == "REPLY", stamp, member.key)
    return (False, datetime.min.replace(tzinfo=UTC), member.key)


def _united(before: Mention, now: Mention) -> Mention:
    role = min(before.role, now.role, key=lambda value: (_RANK.get(value, 99), value))
    return Mention(
        now.identifier,
        role,
        max(before.name, now.name, key=lambda value: (len(value), value)),
        now.status or before.status,
        now.ours,
        before.wrote or now.wrote,
    )


def _participants(statement: Statement, finds: Finds) -> Iterator[Participant]:
    yield from statement.participants[:PEOPLE]
    if isinstance(statement, StageChange):
        yield Participant("client", Identifier("ref", statement.deal))
    for identifier in finds(statement):
        yield Participant("found", identifier)


def normalized(identifier: Identifier | None, connection: str, ours: Ours) -> Identifier | None:
    """An identifier in its one form; what is known in one connection only gets that one's id in front."""
    if identifier is None:
        return None
    if identifier.kind in ("ref", "user"):
        return _of_connection(identifier, connection)
    return normalize.identifier(identifier, ours.country)


@lru_cache(maxsize=1_024)
def _of_connection(identifier: Identifier, connection: str) -> Identifier:
    return Identifier(identifier.kind, f"{connection}/{identifier.value}")


def _outgoing(statement: Statement, ours: Ours) -> bool:
    """Whether one of ours wrote this mail himself: a newsletter or an auto-reply makes nobody a client."""
    if not isinstance(statement, Email) or not _BULK.isdisjoint(statement.marks):
        return False
    senders = [p.identifier for p in statement.participants if p.role == "from" and p.identifier]
    return any(ours.owns(sender) for raw in senders if (sender := normalized(raw, "", ours)))


_BULK = frozenset({"bulk", "auto_reply", "auto", "bounce", "draft"})


def _direction(statement: Statement, mentions: Sequence[Mention]) -> str:
    if isinstance(statement, Call) and statement.direction:
        return statement.direction
    first = next((m for m in mentions if m.role in ("from", "organizer", "caller")), None)
    if first is None:
        return ""
    if not first.ours:
        return "in"
    return "out" if any(not mention.ours for mention in mentions) else "internal"


# --- what it says ----------------------------------------------------------------------------------------------------


def title(statement: Statement) -> str:
    """One line that names a statement, "" where it has none."""
    match statement:
        case Email(subject=subject):
            return subject
        case Document(title=given, number=number):
            return given or number
        case Message(channel=channel):
            return channel
        case StageChange(title=given, before=before, after=after):
            return given or (f"{before} → {after}" if before or after else "")
        case Meeting() | Call() | Task() | Note() | Deal() | Ticket():
            return statement.title


def text(statement: Statement) -> str:
    """The text of a statement, "" where it has none."""
    return "" if isinstance(statement, StageChange) else statement.text


def words(statement: Statement) -> str:
    """What a statement says, for the search: the tokens of its title, its attachments' names and its text."""
    return tokens.stored("\n".join((title(statement), *_attachments(statement), text(statement))))


def _status(statement: Statement) -> str:
    match statement:
        case Meeting(method="CANCEL"):
            return "cancelled"
        case Meeting() | Task() | Deal() | Document() | Ticket():
            return statement.status
        case Call():
            return statement.result
        case _:
            return ""


def _marks(members: Sequence[Member]) -> Iterator[str]:
    for member in members:
        if isinstance(member.statement, Email):
            yield from member.statement.marks
        if _was_moved(member):
            yield "moved"


def _was_moved(member: Member) -> bool:
    statement = member.statement
    if not member.before or not isinstance(statement, Meeting):
        return False
    now = (milliseconds(statement.at), _ends(statement))
    return any((said.start, said.end) != now for said in member.before)


def _attachments(statement: Statement) -> tuple[str, ...]:
    if isinstance(statement, Email | Message | Meeting | Call | Task | Note):
        return tuple(attachment.name for attachment in statement.attachments if not attachment.inline)
    return ()


def _thread(key: str, members: Sequence[Member]) -> tuple[int, ...]:
    """The number of a mail or message and those it refers to; () for what has no thread."""
    statement = min(members, key=lambda member: is_copy(member.statement)).statement
    if isinstance(statement, Message):
        return (ids.scattered(f"conversation:{members[0].connection}/{statement.conversation}"),)
    if not isinstance(statement, Email):
        return ()
    own = ids.scattered(f"mid:{normalize.message_id(statement.message_id)}" if statement.message_id else key)
    named = [
        (member, reference)
        for member in members
        if isinstance(member.statement, Email)
        for reference in member.statement.references[-100:]
    ]
    refs = {ids.scattered(f"mid:{normalize.message_id(one)}") for _, one in named if not one.startswith(_CONVERSATION)}
    said = {
        ids.scattered(f"{member.connection}/{member.stream}/{one}")
        for member, one in named
        if one.startswith(_CONVERSATION)
    }
    return (own, *sorted(refs - {own}), *sorted(said))


# --- when ------------------------------------------------------------------------------------------------------------


def milliseconds(value: Moment | date) -> int:
    """Milliseconds since 1970, UTC; of a day, its midnight in UTC."""
    if isinstance(value, Moment):
        return _since_1970(value.utc)
    return (value.toordinal() - _EPOCH_DAY) * 86_400_000


def _since_1970(value: datetime) -> int:
    delta = value - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def _when(at: Moment | date) -> tuple[int, str, bool]:
    if isinstance(at, Moment):
        return milliseconds(at), at.zone, False
    return milliseconds(at), "", True


def _ends(statement: Statement) -> int | None:
    match statement:
        case Meeting(end=end) if end is not None:
            return milliseconds(end)
        case Call(at=at, seconds=seconds) if seconds:
            return milliseconds(at) + seconds * 1000
        case Task(due=due) if due is not None:
            return milliseconds(due)
        case Document(due=due) if due is not None:
            return milliseconds(due)
        case _:
            return None


# --- whose history it belongs to -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lead:
    """Where an identifier leads: a client, perhaps through a person; `reason` as in `hub.core.identity`."""

    client: int
    person: int
    reason: str


def place(
    key: str,
    mentions: Iterable[tuple[str, Sequence[Lead]]],
    decisions: Decisions,
    client_of: Mapping[str, int],
) -> dict[int, tuple[str, str]]:
    """The clients (id -> role, reason) whose history an interaction belongs to.

    `mentions` are the roles of its outside participants with where each leads; `client_of` maps the nodes that people
    have attached or excluded by hand to clients.
    """
    found: dict[int, tuple[str, str]] = {}
    for role, leads in mentions:
        for lead in leads:
            before = found.get(lead.client)
            if before is None or (_RANK.get(role, 99), role, lead.reason) < (_RANK.get(before[0], 99), *before):
                found[lead.client] = (role, lead.reason)
    for node in decisions.excluded.get(key, ()):
        if node == "*":
            found.clear()
        found.pop(client_of.get(node, -1), None)
    for node in decisions.attached.get(key, ()):
        if (client := client_of.get(node)) is not None:
            found[client] = ("attached", "decision")
    return found
