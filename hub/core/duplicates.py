"""Which statements tell of the same interaction.

Statements that may be the same share a *family*: the Message-ID of a mail, UID and RECURRENCE-ID of a meeting. A family
is then divided: the same Message-ID with equal visible text is one mail; with similar text, or with sender and date in
agreement, it is one and the difference is shown; otherwise it is two, for a person to look at (broken senders use one
id for ever). What an exchange says of a call and the entry of a CRM that it names are one call.

A *copy* is a mail without a Message-ID, as CRMs keep them. It tells of a mail of another family where sender, recipients,
minute, subject and visible text agree, and of one family only: then it is a member of that.
"""

from collections.abc import Sequence
from typing import NamedTuple

from hub.core import text
from hub.core.records import Call, Email, Meeting, Moment, Statement
from hub.core.said import Said

SIMILAR = 0.85
TOLERANCE_S = 120


class Member(NamedTuple):
    """A statement of a family: `key` is the record's permanent name, `connection` and `stream` where it was seen; `before`
    what an amended meeting said earlier, oldest first.
    """

    key: str
    statement: Statement
    connection: str = ""
    before: tuple[Said, ...] = ()
    stream: str = ""


class Same(NamedTuple):
    """Members that tell of one interaction, least key first; `differs` when they do not say quite the same."""

    members: tuple[Member, ...]
    differs: bool = False


def family(statement: Statement, kind: str, key: str) -> str:
    """The name that statements which may be the same share; `key` is the record's own name."""
    match statement:
        case Email(message_id=message_id) if message_id:
            return f"mail:{message_id}"
        case Email():
            return f"mail:?{_sender(statement)}/{statement.at.utc.isoformat()}/{text.fingerprint(statement.subject + statement.text)}"
        case Meeting():
            return f"meeting:{statement.uid}/{statement.recurrence_id}"
        case Call(of=of) if of:
            return f"call:{key.partition('/')[0]}/{of}"
        case _:
            return f"{kind}:{key}"


def divide(members: Sequence[Member]) -> list[Same]:
    """A family as interactions. Deterministic: members are taken by date, then key."""
    if len(members) == 1:
        return [Same(tuple(members))]
    ordered = sorted(members, key=lambda member: member.key)
    if not isinstance(ordered[0].statement, Email):
        return [Same(tuple(ordered))]
    ordered.sort(key=lambda member: (is_copy(member.statement), _seconds(member.statement), member.key))
    groups: list[list[Member]] = []
    differing: set[int] = set()
    for member in ordered:
        for index, group in enumerate(groups):
            verdict = _compare(group[0].statement, member.statement)
            if verdict != "other":
                group.append(member)
                if verdict == "differs" and is_copy(member.statement) is is_copy(group[0].statement):
                    differing.add(index)
                break
        else:
            groups.append([member])
    return [
        Same(tuple(sorted(group, key=lambda member: member.key)), index in differing)
        for index, group in enumerate(groups)
    ]


def is_copy(statement: Statement) -> bool:
    """Whether it is a mail of which only a copy without a name is known."""
    return isinstance(statement, Email) and not statement.message_id


def tells_of(copy: Statement, mail: Statement) -> bool:
    """Whether a copy is one of this mail: all that it says of sender, recipients, minute, subject and text agrees."""
    assert isinstance(copy, Email)
    if not isinstance(mail, Email) or abs(_seconds(copy) - _seconds(mail)) > TOLERANCE_S:
        return False
    if text.fingerprint(copy.subject) != text.fingerprint(mail.subject):
        return False
    if (_sender(copy) or _sender(mail)) != _sender(mail):
        return False
    named = addresses(copy)
    return bool(named) and named <= addresses(mail) and _says_the_same(copy.text, mail.text)


def _says_the_same(a: str, b: str) -> bool:
    if not a or not b:
        return not a and not b
    return text.fingerprint(a) == text.fingerprint(b) or text.similarity(a, b) >= SIMILAR


_NAMED = frozenset({"from", "to", "cc"})


def addresses(mail: Email) -> frozenset[str]:
    """From whom and to whom it openly went."""
    return frozenset(
        one.identifier.value.casefold()
        for one in mail.participants
        if one.role in _NAMED and one.identifier is not None and one.identifier.kind == "email"
    )


def _compare(a: Statement, b: Statement) -> str:
    assert isinstance(a, Email)
    assert isinstance(b, Email)
    agree = _sender(a) == _sender(b) and abs(_seconds(a) - _seconds(b)) <= TOLERANCE_S
    if not a.text or not b.text:  # headers only, or nothing said: the text proves nothing
        return "equal" if agree else "other"
    if a.text == b.text or text.fingerprint(a.text) == text.fingerprint(b.text):
        return "equal"
    return "differs" if agree or text.similarity(a.text, b.text) >= SIMILAR else "other"


def _sender(mail: Email) -> str:
    for participant in mail.participants:
        if participant.role == "from" and participant.identifier:
            return participant.identifier.value.casefold()
    return ""


def _seconds(statement: Statement) -> float:
    at = statement.at
    return at.utc.timestamp() if isinstance(at, Moment) else at.toordinal() * 86400.0
