"""A mail's bytes to the record of a mail: `parse` puts together what the other modules read, and never raises."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import hub
from hub_email import caps, dates, tnef
from hub_email.addresses import addresses
from hub_email.bodies import Bodies, Leaf, bodies
from hub_email.filenames import filename, named_after
from hub_email.headers import fields, parameter
from hub_email.marks import is_private, marks
from hub_email.mime import CUT, FORWARDED, OMITTED, Mail, Part, decoded
from hub_email.prune import CALENDARS, REPORTS, TNEF, chosen, forwarded_head, omitted_size
from hub_email.words import safe, text

_ID = re.compile(r"<([^<>\s]{1,998})>")
_CONVERSATION = "conversation:"
"""How a reference to what the mailbox calls a conversation begins (`hub.Email`)."""
_THREAD = re.compile(r"[1-9]\d{0,19}", re.ASCII)
_UNLISTED = frozenset(
    {
        CUT,
        *REPORTS,
        "text/rfc822-headers",
        "text/x-amp-html",
        "text/watch-html",
        "application/pgp-encrypted",
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    }
)
METHODS = frozenset({"REQUEST", "ADD", "REPLY", "CANCEL", "COUNTER"})
"""The iMIP methods that speak of a meeting as it is meant; a published calendar does not."""

_METHOD = re.compile(rb"^METHOD[^:\r\n]*:[ \t]*([A-Za-z]+)", re.IGNORECASE | re.MULTILINE)
_RECEIVED = 30
_LATE = timedelta(days=2)
_ROLES = ("to", "cc", "bcc")
_SHORT = 400


@dataclass(frozen=True, slots=True)
class Calendar:
    """The text of a `text/calendar` part and its iMIP method, "" without one."""

    content: bytes
    method: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a mail says, and the calendars it brings."""

    mail: hub.Email
    calendars: tuple[Calendar, ...] = ()


def parse(data: bytes) -> Parsed | hub.Unreadable:
    """What a mail says: of the whole mail and of the pruned one the same."""
    choice = chosen(data)
    mail = choice.mail
    if not mail.is_mail:
        return hub.Unreadable(reason=hub.sentence("The file is not a mail: it has no header"), detail=repr(data[:40]))
    names = mail.root.fields
    found = bodies(choice)
    calendars = tuple(_calendars(found))
    participants = tuple(_participants(names))
    at, late = _moment(names)
    ids = _ids(names.get("message-id", ()))
    body = found.text() or _wrapped_text(found)
    labels = _labels(names)
    subject = text(names["subject"][0])[: caps.SUBJECT] if "subject" in names else ""
    methods = [one.method for one in calendars if one.method in METHODS]
    noted = marks(found, _senders(participants), subject, body, methods, labels)
    attachments = tuple(_attachments(found))
    record = hub.Email(
        at=at,
        message_id=ids[0] if ids else "",
        references=_references(found, is_bounce="bounce" in noted),
        subject=subject,
        text="" if "encrypted" in noted else body,
        participants=participants,
        attachments=attachments[: caps.ATTACHMENTS],
        marks=noted,
        defects=(*late, *_defects(mail, participants, ids, attachments, body)),
        private="sensitivity" in names and is_private(names),
        labels=labels,
    )
    return Parsed(record, calendars)


# --- who -------------------------------------------------------------------------------------------------------------


def _participants(names: Mapping[str, list[str]]) -> Iterator[hub.Participant]:
    senders = (
        _listed("from", names, "from") or _listed("from", names, "sender") or _listed("from", names, "return-path")
    )
    yield from senders
    if "reply-to" in names:
        known = {one.identifier.value.lower() for one in senders if one.identifier}
        for one in _listed("reply_to", names, "reply-to"):
            if one.identifier and one.identifier.value.lower() not in known:
                yield one
    for role in _ROLES:
        if role in names:
            yield from _listed(role, names, role)


def _listed(role: str, names: Mapping[str, list[str]], name: str) -> Sequence[hub.Participant]:
    values = names.get(name, ())
    if len(values) == 1:
        value = values[0]
        return _known_cast(role, value) if len(value) < _SHORT else _cast(role, value)
    return [one for value in values[:20] for one in _cast(role, value)][: caps.ADDRESSES]


@lru_cache(2048)
def _known_cast(role: str, value: str) -> tuple[hub.Participant, ...]:
    """The same people write and are written to again and again."""
    return _cast(role, value)


def _cast(role: str, value: str) -> tuple[hub.Participant, ...]:
    return tuple(
        hub.Participant(role, hub.Identifier("email", address) if address else None, name)
        for name, address in addresses(value)
    )


def _senders(participants: Sequence[hub.Participant]) -> list[str]:
    return [one.identifier.value for one in participants if one.role == "from" and one.identifier]


# --- when, and in which thread ---------------------------------------------------------------------------------------


def _moment(names: Mapping[str, list[str]]) -> tuple[hub.Moment, tuple[str, ...]]:
    """The Date, unless it is absurd: then the newest Received, then 1970."""
    said = dates.parse(names["date"][0]) if "date" in names else None
    received = names.get("received", ())
    if said and (not received or _not_later(said, received[0])):
        return said, ()
    stamps = [stamp for value in received[:_RECEIVED] if (stamp := _stamp(value))]
    newest = max(stamps, default=None)
    if said and (newest is None or said.utc <= newest.utc + _LATE):
        return said, ()
    why = "missing" if "date" not in names else "late" if said else "absurd"
    return (newest, (_ARRIVAL_TAKEN[why],)) if newest else (dates.EPOCH, (_NO_ARRIVAL[why],))


_ARRIVAL_TAKEN = {
    "missing": hub.sentence("The date is missing: the time of arrival was taken."),
    "late": hub.sentence("The date is later than the mail arrived: the time of arrival was taken."),
    "absurd": hub.sentence("The date cannot be right: the time of arrival was taken."),
}
_NO_ARRIVAL = {
    "missing": hub.sentence("The date is missing, and no time of arrival is given."),
    "late": hub.sentence("The date is later than the mail arrived, and no time of arrival is given."),
    "absurd": hub.sentence("The date cannot be right, and no time of arrival is given."),
}


def _not_later(said: hub.Moment, received: str) -> bool:
    stamp = _stamp(received)
    return stamp is not None and said.utc <= stamp.utc + _LATE


def _stamp(received: str) -> hub.Moment | None:
    return dates.parse(received.rpartition(";")[2])


def _ids(values: Sequence[str]) -> list[str]:
    """Message ids without their brackets; what has none is taken whole."""
    found: dict[str, None] = {}
    for value in values[:20]:
        bracketed = _ID.findall(value[: caps.LINE]) or [value.strip(" <>\t\r\n")[:998]]
        found.update(dict.fromkeys(safe(one) for one in bracketed))
    found.pop("", None)
    return list(found)


def _references(found: Bodies, *, is_bounce: bool) -> tuple[str, ...]:
    """References, then In-Reply-To; a bounce also answers the mail it brings back. What Gmail calls a conversation stands
    before them: where there are too many, it goes first.
    """
    names = found.mail.root.fields
    values = [*names.get("references", ()), *names.get("in-reply-to", ())]
    ids = dict.fromkeys(one for value in values[:20] for one in _ID.findall(value[: caps.LINE]))
    for leaf in found.leaves.values() if is_bounce else ():
        if leaf.part.kind in FORWARDED or (leaf.is_stored and leaf.part.kind == "text/rfc822-headers"):
            returned = fields(_inner_head(found.mail, leaf.part), caps.PART_LINES).get("message-id", ())
            ids.update(dict.fromkeys(_ids(returned[:1])))
    told = names.get("x-gm-thrid", ("",))[0].strip()
    first = (f"{_CONVERSATION}{told}",) if _THREAD.fullmatch(told) else ()
    return (*first, *(safe(one) for one in ids if not one.startswith(_CONVERSATION)))[-caps.REFERENCES :]


def _inner_head(mail: Mail, part: Part) -> bytes:
    return decoded(forwarded_head(mail, part), part.field("content-transfer-encoding"))


def _labels(names: Mapping[str, list[str]]) -> tuple[str, ...]:
    """The labels that Google Takeout writes into a mail."""
    if "x-gmail-labels" not in names:
        return ()
    labels = (label.strip(' "') for label in text(names["x-gmail-labels"][0]).split(","))
    return tuple(dict.fromkeys(label for label in labels if label))


# --- files -----------------------------------------------------------------------------------------------------------


def _attachments(found: Bodies) -> Iterator[hub.Attachment]:
    for leaf in found.leaves.values():
        part = leaf.part
        if leaf.is_text or part.kind in _UNLISTED or _is_only_invitation(leaf):
            continue
        yield hub.Attachment(
            part.id,
            leaf.name or _given_name(found.mail, leaf),
            part.kind,
            omitted_size(found.mail, part),
            inline=_is_inline(leaf),
        )
        if leaf.is_stored and part.kind in TNEF:
            yield from _wrapped(found.mail, leaf)


def _is_only_invitation(leaf: Leaf) -> bool:
    return leaf.part.kind in CALENDARS and leaf.disposition != "attachment" and not leaf.name


def _is_inline(leaf: Leaf) -> bool:
    if leaf.disposition:
        return leaf.disposition == "inline"
    return "content-id" in leaf.part.fields and leaf.part.kind.startswith("image/")


def _given_name(mail: Mail, leaf: Leaf) -> str:
    part = leaf.part
    if part.kind in FORWARDED:
        subject = fields(_inner_head(mail, part), caps.PART_LINES).get("subject", [""])[0]
        if name := filename(text(subject)[:120]):
            return f"{name}.eml"
    return named_after(part.kind, part.id)


def _wrapped(mail: Mail, leaf: Leaf) -> Iterator[hub.Attachment]:
    """The files inside a winmail.dat."""
    part = leaf.part
    for number, file in enumerate(tnef.read(mail.content(part)).files, 1):
        name = filename(file.name) or f"part-{part.id}-{number}"
        yield hub.Attachment(f"{part.id}/{number}", name, size=len(file.data))


def _wrapped_text(found: Bodies) -> str:
    """The text inside a winmail.dat, where the mail itself has none."""
    containers = (leaf.part for leaf in found.leaves.values() if leaf.is_stored and leaf.part.kind in TNEF)
    return next((text for part in containers if (text := tnef.read(found.mail.content(part)).text.strip())), "")


def _calendars(found: Bodies) -> Iterator[Calendar]:
    for leaf in found.leaves.values():
        if leaf.is_stored and leaf.part.kind in CALENDARS:
            content = found.mail.content(leaf.part, caps.CALENDAR)
            match = _METHOD.search(content)
            method = match[1].decode() if match else parameter(leaf.part.field("content-type"), "method")
            yield Calendar(content, method.strip().upper()[:20])


# --- what was wrong --------------------------------------------------------------------------------------------------


def _defects(
    mail: Mail,
    participants: Sequence[hub.Participant],
    ids: Sequence[str],
    attachments: Sequence[hub.Attachment],
    body: str,
) -> Iterator[str]:
    root = mail.root
    if not ids:
        yield hub.sentence("There is no Message-ID.")
    if len(ids) > 1:
        yield hub.sentence("There is more than one Message-ID: the first was taken.")
    if not any(one.role == "from" for one in participants):
        yield hub.sentence("There is no sender.")
    if len(root.head) >= caps.HEADER:
        yield hub.sentence("The header is longer than 1 MB: the rest was left out.")
    if OMITTED in root.fields and omitted_size(mail, root) > caps.MESSAGE:
        yield hub.sentence("The mail is larger than 50 MB: only its header was read.")
    elif any(part.kind == CUT for part in mail.leaves):
        yield hub.sentence("The mail has too many parts, or parts too deep inside one another: the rest was left out.")
    if len(attachments) > caps.ATTACHMENTS:
        yield hub.sentences(
            "There is more than {n} attachment: the others are not listed.",
            "There are more than {n} attachments: the others are not listed.",
            caps.ATTACHMENTS,
        ).format(n=caps.ATTACHMENTS)
    if len(body) >= caps.TEXT:
        yield hub.sentence("The text is longer than a million characters: the rest was left out.")
    if len(participants) >= caps.ADDRESSES:
        yield hub.sentences(
            "There is more than {n} address in one field: the others were left out.",
            "There are more than {n} addresses in one field: the others were left out.",
            caps.ADDRESSES,
        ).format(n=caps.ADDRESSES)
