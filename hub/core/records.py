"""Records: what a source states, typed and frozen.

A connector maps every *raw* to records with a pure function. Three families:

* parties (`Company`, `Contact`, `User`): who there is; clients, persons and employees are resolved from them;
* statements (`Email`, `Meeting`, `Call`, `Message`, `Task`, `Note`, `Deal`, `StageChange`, `Document`, `Ticket`):
  what happened; each tells of one interaction, and several may tell of the same one;
* `Gone` and `Unreadable`: the source no longer has the item; the item could not be understood.

Text is plain `str` without lone surrogates. Moments are aware and carry the zone they were given in; a day is a
`date`. Identifiers are given as the source wrote them: the hub normalises.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, TypeAlias

Scalar: TypeAlias = str | int | float | bool | None

_NOTHING: Mapping[str, Scalar] = MappingProxyType({})


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A point in time: `utc` is aware and in UTC, `zone` the IANA name or offset ("+03:00") it was written in."""

    utc: datetime
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if self.utc.tzinfo is not UTC:
            object.__setattr__(self, "utc", _to_utc(self.utc))


class NoZone(ValueError):
    """A moment is made of a `datetime` that says in which time zone it is."""


def _to_utc(value: datetime) -> datetime:
    if value.utcoffset() is None:
        text = "a moment needs a time zone, such as value.replace(tzinfo=ZoneInfo(settings.timezone)); got {}"
        raise NoZone(text.format(value.isoformat()))
    return value.astimezone(UTC)


def moment(value: datetime, zone: str = "") -> Moment:
    """The `Moment` of an aware `datetime`; without `zone` its own zone's name or offset is kept. Raises `ValueError` for
    one without a zone.
    """
    if not isinstance(value, datetime):
        raise TypeError(f"a moment is made of a datetime, got {type(value).__name__}")
    if not zone:
        zone = getattr(value.tzinfo, "key", "") or (value.strftime("%z") or "UTC")
        if zone[0] in "+-":
            zone = f"{zone[:3]}:{zone[3:5]}"  # an offset may have seconds and parts of them: nobody writes those
    return Moment(value, zone)


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """What points to a client or a person.

    `kind` is one of `email`, `phone`, `domain`, `inn`, `ogrn`, `ref` or `user`. A `ref` names another item of the same
    connection as `"STREAM/EXTERNAL_ID"` ("companies/12"): how CRMs tie an activity to its company. A `user` names a
    `User` of the same connection in the same way ("users/5"), and is always one of ours.
    """

    kind: Literal["email", "phone", "domain", "inn", "ogrn", "ref", "user"]
    value: str

    def __hash__(self) -> int:
        return hash(self.value)  # a text keeps its own: this is asked twenty times for every record


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody's part in a statement.

    `role`: `from`, `to`, `cc`, `bcc`, `reply_to`; `organizer`, `attendee`; `caller`, `callee`; `author`,
    `responsible`, `former` (who was responsible before); `client` (whom a CRM entry is about); `owner` (whose mailbox or calendar).
    `status` of an attendee: `accepted`, `declined`, `tentative`, `needs_action`, `delegated` or "".
    """

    role: str
    identifier: Identifier | None = None
    name: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a statement. `part` is what `Source.fetch` needs to get it; `size` in bytes, decoded."""

    part: str
    name: str
    content_type: str = "application/octet-stream"
    size: int = 0
    inline: bool = False


# --- parties ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A legal entity, or what a CRM calls a company. `kpp` tells branches of one INN apart."""

    name: str
    identifiers: tuple[Identifier, ...] = ()
    kpp: str = ""
    employee: str = ""
    text: str = ""
    extra: Mapping[str, Scalar] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A human outside. `companies` are `ref` values ("companies/12") of the companies the contact speaks for."""

    name: str
    identifiers: tuple[Identifier, ...] = ()
    companies: tuple[str, ...] = ()
    position: str = ""
    employee: str = ""
    text: str = ""
    extra: Mapping[str, Scalar] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One of ours, as a CRM or a directory knows them."""

    name: str
    identifiers: tuple[Identifier, ...] = ()
    manager: str = ""
    active: bool = True


# --- statements ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """A mail. `message_id` and `references` (References, then In-Reply-To, oldest first) stand without brackets.

    A reference `conversation:NUMBER` is no mail: the mailbox itself says what belongs together, in one stream of it only.

    `text` is the whole visible text, quotes included. `marks`: `bulk`, `auto_reply`, `bounce`, `invitation`,
    `answer`, `encrypted`, `signed`, `draft`. `defects` are sentences about what was wrong with the mail,
    marked with `hub.sentence`.
    """

    at: Moment
    message_id: str = ""
    references: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    participants: tuple[Participant, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    marks: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    private: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A meeting, or one occurrence of a series.

    `recurrence_id` is "" or the occurrence's original start: "20261102T070000Z", or "20261102" for all-day.
    `method` is "" when a calendar says it, else the iMIP method of the mail that says it (`REQUEST`, `REPLY`,
    `CANCEL`, `COUNTER`); a `REPLY` speaks only for its attendees. A higher (`sequence`, `stamp`) speaks later.
    `end` is exclusive. `status`: `confirmed`, `tentative`, `cancelled`. `recurring` marks occurrences of a series,
    whose map reaches only as far as the horizon.
    """

    at: Moment | date
    uid: str
    recurrence_id: str = ""
    end: Moment | date | None = None
    title: str = ""
    text: str = ""
    location: str = ""
    status: str = "confirmed"
    method: str = ""
    sequence: int = 0
    stamp: Moment | None = None
    participants: tuple[Participant, ...] = ()
    recurring: bool = False
    private: bool = False
    defects: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A telephone call. `seconds` talked; `result`: `answered`, `missed`, `busy`, `voicemail`.

    `of` is the `ref` value ("activities/20") of the item of the same connection that tells of the same call, where this
    is the exchange's own word on it: the two are one interaction, and what the exchange measured counts. That item's
    stream has no epochs. Where a system gives calls names of their own, `of` is such a name ("calls/8f52"), the same in
    all that tells of the call.
    """

    at: Moment
    of: str = ""
    seconds: int = 0
    result: str = "answered"
    direction: Literal["in", "out", ""] = ""
    title: str = ""
    text: str = ""
    participants: tuple[Participant, ...] = ()
    extra: Mapping[str, Scalar] = field(default_factory=lambda: _NOTHING)
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of a messenger or an open line."""

    at: Moment
    channel: str = ""
    conversation: str = ""
    text: str = ""
    participants: tuple[Participant, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something promised. `status`: `open`, `done`, `cancelled`."""

    at: Moment
    title: str = ""
    text: str = ""
    due: Moment | date | None = None
    done: Moment | None = None
    status: str = "open"
    participants: tuple[Participant, ...] = ()
    private: bool = False
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A comment somebody of ours left about a client."""

    at: Moment
    title: str = ""
    text: str = ""
    participants: tuple[Participant, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """A deal or lead as it stands. `status`: `open`, `won`, `lost`."""

    at: Moment
    title: str = ""
    text: str = ""
    pipeline: str = ""
    stage: str = ""
    status: str = "open"
    amount: Decimal | None = None
    currency: str = ""
    closed: Moment | date | None = None
    participants: tuple[Participant, ...] = ()
    extra: Mapping[str, Scalar] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChange:
    """A deal moved. `deal` is the `ref` value of the deal.

    A deal or another card that went from one of ours to another has neither `before` nor `after`: its participants say who
    was responsible (`former`) and who is (`responsible`).
    """

    at: Moment
    deal: str
    title: str = ""
    before: str = ""
    after: str = ""
    participants: tuple[Participant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A contract, invoice, act, quote or payment (`type`). `due` is what a payment or renewal waits for."""

    at: Moment | date
    type: str = "contract"
    number: str = ""
    title: str = ""
    text: str = ""
    status: str = ""
    amount: Decimal | None = None
    currency: str = ""
    due: date | None = None
    participants: tuple[Participant, ...] = ()
    extra: Mapping[str, Scalar] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A request in a help desk. It is under way as long as its `status` is `open`; any other word is only shown."""

    at: Moment
    number: str = ""
    title: str = ""
    text: str = ""
    status: str = "open"
    participants: tuple[Participant, ...] = ()


# --- neither ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The source says that it no longer has the item. The history stays; the origin is marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """The item could not be understood: it is quarantined with its bytes and can be replayed after a fix.

    `reason` is one short sentence for a person, marked with `hub.sentence`; `detail` whatever helps a developer. No
    personal data in `reason`.
    """

    reason: str
    detail: str = ""


Party: TypeAlias = Company | Contact | User
Statement: TypeAlias = Email | Meeting | Call | Message | Task | Note | Deal | StageChange | Document | Ticket
Record: TypeAlias = Party | Statement | Gone

PARTIES: tuple[type, ...] = (Company, Contact, User)
STATEMENTS: tuple[type, ...] = (Email, Meeting, Call, Message, Task, Note, Deal, StageChange, Document, Ticket)
RECORDS: Mapping[str, type] = MappingProxyType(
    {
        "company": Company,
        "contact": Contact,
        "user": User,
        "mail": Email,
        "meeting": Meeting,
        "call": Call,
        "message": Message,
        "task": Task,
        "note": Note,
        "deal": Deal,
        "stage": StageChange,
        "document": Document,
        "ticket": Ticket,
        "gone": Gone,
    }
)
KINDS: Mapping[type, str] = MappingProxyType({record: kind for kind, record in RECORDS.items()})
