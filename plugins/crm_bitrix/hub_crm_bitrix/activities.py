"""Activities (calls, mails, meetings, tasks, open lines), comments and the telephony's statistics as records. Pure.

The connector puts beside an activity what only other answers say: its `bindings`, the clients of the deals among them
(`owners`), the `event` of a meeting in the portal's calendar, the `dialog` of an open line.
Source: https://apidocs.bitrix24.com/api-reference/crm/timeline/activities/activity-base/, assumptions marked as such.
"""

from collections.abc import Iterator
from dataclasses import replace
from email.utils import getaddresses
from mimetypes import guess_type
from typing import Final

import hub
from hub_crm_bitrix.kinds import WORDS, clients, owners, settings_of, user
from hub_crm_bitrix.values import (
    BB,
    Row,
    headline,
    identity,
    is_yes,
    moment,
    person,
    plain,
    row,
    rows,
    text,
)

MEETING, CALL, TASK, EMAIL, IMPORTED = "1", "2", "3", "4", "5"
"""crm.enum.activitytype; whatever else there is belongs to a provider."""
INCOMING, OUTGOING = "1", "2"
"""crm.enum.activitydirection."""
OPEN_LINE: Final = "IMOPENLINES_SESSION"
_PROVIDERS: Final = {
    "VOXIMPLANT_CALL": CALL, "CRM_CALL_TRACKER": CALL, "CRM_EMAIL": EMAIL, "CRM_MEETING": MEETING,
    "CRM_TODO": TASK, "CRM_TASKS_TASK": TASK, "TASKS": TASK,
}  # fmt: skip
_DIRECTIONS: Final = {INCOMING: "in", OUTGOING: "out"}
_RESULTS: Final = {"200": "answered", "486": "busy", "603": "busy"}
"""CALL_FAILED_CODE of voximplant.statistic.get; what is not named here did not come about."""
_OUTGOING_CALLS: Final = frozenset({"1", "4", "5"})
"""CALL_TYPE: outgoing, called back, an announcement. 2 and 3 came in."""


def activity(raw: Row, portal: str) -> list[hub.Mapped]:
    """An activity as what it is. `portal` tells the meetings of two portals apart."""
    item = row(raw.get("item"))
    if text(item.get("PROVIDER_ID")) == OPEN_LINE:
        return list(_dialog(raw, item))
    match _PROVIDERS.get(text(item.get("PROVIDER_ID"))) or text(item.get("TYPE_ID")):
        case "1" | "5":
            return [hub.Mapped(_meeting(raw, item, portal))]
        case "2" if not _is_plan(item):
            return [hub.Mapped(_call(raw, item))]
        case "4":
            return [hub.Mapped(_mail(raw, item))]
        case "2" | "3":
            return [hub.Mapped(_task(raw, item))]
        case _ if moment(item.get("DEADLINE")):
            return [hub.Mapped(_task(raw, item))]
        case _:
            return [hub.Mapped(_entry(raw, item))]


def _files(raw: Row) -> tuple[hub.Attachment, ...]:
    """What hangs on an activity or comment; without the right «Drive», files of an activity are numbers."""
    item = row(raw.get("item"))
    known = {identity(one.get("id")): one for one in (*rows(item.get("FILES")), *rows(raw.get("files")))}
    return tuple(_file(number, one) for number, one in known.items() if number)


def _file(number: int, said: Row) -> hub.Attachment:
    name = text(said.get("name"))
    kind = guess_type(name)[0] if name else None
    return hub.Attachment(f"file:{number}", name, kind or "application/octet-stream", size=identity(said.get("size")))


def _is_plan(item: Row) -> bool:
    """Whether a call has still to be made: an incoming one that is not completed was missed."""
    tracked = text(item.get("PROVIDER_ID")) in ("VOXIMPLANT_CALL", "CRM_CALL_TRACKER")
    return text(item.get("DIRECTION")) == OUTGOING and not is_yes(item.get("COMPLETED")) and not tracked


def _meeting(raw: Row, item: Row, portal: str) -> hub.Meeting:
    """`DAV_XML_ID` of the portal's calendar is the UID that it tells CalDAV clients."""
    uid = text(row(raw.get("event")).get("DAV_XML_ID"))
    guests = tuple(hub.Participant("attendee", *one) for one in _reached(item))
    at, end = _at(item), moment(item.get("END_TIME"))
    return hub.Meeting(
        at=at,
        end=end if end and end.utc >= at.utc else None,
        uid=uid or f"activity-{identity(item.get('ID'))}@{portal}",
        title=text(item.get("SUBJECT")),
        text=_text(item),
        location=text(item.get("LOCATION")),
        stamp=moment(item.get("LAST_UPDATED")),
        attachments=_files(raw),
        participants=(*user("organizer", item.get("RESPONSIBLE_ID")), *guests, *_clients(raw)),
    )


def _call(raw: Row, item: Row) -> hub.Call:
    came_in = text(item.get("DIRECTION")) == INCOMING
    missed = is_yes(settings_of(item).get("MISSED_CALL")) or (came_in and not is_yes(item.get("COMPLETED")))
    ours, theirs = ("callee", "caller") if came_in else ("caller", "callee")
    return hub.Call(
        at=_at(item),
        result="missed" if missed else "answered",
        direction=_DIRECTIONS.get(text(item.get("DIRECTION")), ""),  # type: ignore[arg-type]
        title=text(item.get("SUBJECT")),
        text=_text(item),
        attachments=_files(raw),
        participants=(
            *(hub.Participant(theirs, *one) for one in _reached(item)),
            *user(ours, item.get("RESPONSIBLE_ID")),
            *_clients(raw),
        ),
    )


def _mail(raw: Row, item: Row) -> hub.Email:
    """Who wrote to whom stands in EMAIL_META and, where that is missing, in the communications."""
    meta = row(settings_of(item).get("EMAIL_META"))
    came_in = text(item.get("DIRECTION")) == INCOMING
    named = [one for role in ("from", "to", "cc") for one in _addressed(role, meta.get(role))]
    known = {one.role for one in named}
    theirs = "from" if came_in else "to"
    said = () if theirs in known else tuple(hub.Participant(theirs, *one) for one in _reached(item))
    ours = (
        () if ("to" if came_in else "from") in known else user("to" if came_in else "from", item.get("RESPONSIBLE_ID"))
    )
    return hub.Email(
        at=_at(item),
        message_id=message_id(item),
        subject=text(item.get("SUBJECT")),
        text=_text(item),
        attachments=_files(raw),
        participants=(*named, *said, *ours, *_clients(raw)),
    )


def message_id(item: Row) -> str:
    """The Message-ID, without brackets, where the portal has kept it ("" otherwise).

    Assumption: SETTINGS.MESSAGE_HEADERS["Message-Id"], as portals are seen to answer; no page of the vendor says so.
    """
    headers = row(settings_of(item).get("MESSAGE_HEADERS"))
    given = next((text(value) for name, value in headers.items() if name.lower() == "message-id"), "")
    return given.strip("<> ")


def _task(raw: Row, item: Row) -> hub.Task:
    done = is_yes(item.get("COMPLETED"))
    return hub.Task(
        at=moment(item.get("CREATED")) or _at(item),
        title=text(item.get("SUBJECT")) or headline(_text(item)),
        text=_text(item),
        due=moment(item.get("DEADLINE")),
        done=moment(item.get("LAST_UPDATED")) if done else None,
        status="done" if done else "open",
        attachments=_files(raw),
        participants=(*user("responsible", item.get("RESPONSIBLE_ID")), *_clients(raw)),
    )


def _entry(raw: Row, item: Row) -> hub.Note:
    return hub.Note(
        at=_at(item),
        title=text(item.get("SUBJECT")) or headline(_text(item)),
        text=_text(item),
        attachments=_files(raw),
        participants=(*user("author", item.get("AUTHOR_ID") or item.get("RESPONSIBLE_ID")), *_clients(raw)),
    )


# --- open lines ------------------------------------------------------------------------------------------------------


def _dialog(raw: Row, item: Row) -> Iterator[hub.Mapped]:
    """Every message of a dialog; where the right to read them is missing, that there was one."""
    dialog = row(raw.get("dialog"))
    said = [one for one in rows(dialog.get("message")) if identity(one.get("senderid")) and text(one.get("text"))]
    number = identity(item.get("ID"))
    channel = text(item.get("SUBJECT"))
    if not said:
        both = (*user("responsible", item.get("RESPONSIBLE_ID")), *_clients(raw))
        yield hub.Mapped(
            hub.Message(at=_at(item), channel=channel, conversation=str(number), text=_text(item), participants=both)
        )
        return
    people, about = row(dialog.get("users")), _clients(raw)
    for one in said:
        at = moment(one.get("date"))
        if at is not None:
            message = hub.Message(
                at=at,
                channel=channel,
                conversation=str(number),
                text=plain(one.get("text"), BB),
                participants=(*_speaker(one, people, about), *about),
            )
            yield hub.Mapped(message, f"message:{identity(one.get('id'))}")


def _speaker(said: Row, people: Row, about: tuple[hub.Participant, ...]) -> Iterator[hub.Participant]:
    """Who says it: a guest of the open line is an `extranet` user with a `connector`, and speaks for whom the chat is about,
    for the contact rather than the company; anybody else is ours.
    """
    number = identity(said.get("senderid"))
    somebody = row(people.get(str(number)))
    if not (somebody.get("connector") or somebody.get("extranet")):
        yield from user("from", number)
    elif about:
        yield replace(about[-1], role="from")


# --- comments and statistics -----------------------------------------------------------------------------------------


def comment(raw: Row) -> list[hub.Mapped]:
    item, owner = row(raw.get("item")), row(raw.get("owner"))
    said = plain(item.get("COMMENT"), BB)
    about = (identity(owner.get("entityTypeId")), identity(owner.get("id")))
    note = hub.Note(
        at=_dated(item, "CREATED"),
        title=headline(said),
        text=said,
        attachments=_files(raw),
        participants=(*user("author", item.get("AUTHOR_ID")), *clients((about, *owners(owner)))),
    )
    return [hub.Mapped(note)]


def statistic(raw: Row) -> list[hub.Mapped]:
    """What the exchange knows of a call; `of` names the activity that tells of it too, and both become one: then the
    recording hangs on that.
    """
    item = row(raw.get("item"))
    out = text(item.get("CALL_TYPE")) in _OUTGOING_CALLS
    ours, theirs = ("caller", "callee") if out else ("callee", "caller")
    phone = text(item.get("PHONE_NUMBER"))
    other = (hub.Participant(theirs, hub.Identifier("phone", phone)),) if phone else ()
    about = (WORDS.get(text(item.get("CRM_ENTITY_TYPE")), 0), identity(item.get("CRM_ENTITY_ID")))
    told, recording = identity(item.get("CRM_ACTIVITY_ID")), identity(item.get("RECORD_FILE_ID"))
    call = hub.Call(
        at=_dated(item, "CALL_START_DATE"),
        seconds=identity(item.get("CALL_DURATION")),
        result=_RESULTS.get(text(item.get("CALL_FAILED_CODE")), "missed"),
        direction="out" if out else "in",
        text=plain(item.get("COMMENT")),
        attachments=(_file(recording, {}),) if recording and not told else (),
        participants=(*other, *user(ours, item.get("PORTAL_USER_ID")), *clients((about,))),
        of=f"activities/{told}" if told else "",
    )
    return [hub.Mapped(call)]


# --- what they have in common ----------------------------------------------------------------------------------------


def _at(item: Row) -> hub.Moment:
    return moment(item.get("START_TIME")) or _dated(item, "CREATED")


def _dated(item: Row, name: str) -> hub.Moment:
    """Raises `ValueError` for what does not say when it was."""
    if (found := moment(item.get(name))) is None:
        raise ValueError(f"{name} is no moment")
    return found


def _text(item: Row) -> str:
    return plain(item.get("DESCRIPTION"), text(item.get("DESCRIPTION_TYPE")) or BB)


def _clients(raw: Row) -> tuple[hub.Participant, ...]:
    """Whom an activity is about: those it is bound to and spoke with; else those of the deals it is bound to."""
    item = row(raw.get("item"))
    bound = {(identity(one.get("entityTypeId")), identity(one.get("entityId"))) for one in rows(raw.get("bindings"))}
    bound.add((identity(item.get("OWNER_TYPE_ID")), identity(item.get("OWNER_ID"))))
    for one in rows(item.get("COMMUNICATIONS")):
        bound.add((identity(one.get("ENTITY_TYPE_ID")), identity(one.get("ENTITY_ID"))))
    return clients(bound) or clients(pair for one in rows(raw.get("owners")) for pair in owners(one))


def _reached(item: Row) -> Iterator[tuple[hub.Identifier, str]]:
    """By which numbers and addresses somebody was spoken to, with his name."""
    for one in rows(item.get("COMMUNICATIONS")):
        kind, value, about = text(one.get("TYPE")).upper(), text(one.get("VALUE")), row(one.get("ENTITY_SETTINGS"))
        name = person(about.get("NAME"), about.get("SECOND_NAME"), about.get("LAST_NAME"))
        if value and kind in ("PHONE", "EMAIL"):
            yield hub.Identifier("phone" if kind == "PHONE" else "email", value), name


def _addressed(role: str, given: object) -> Iterator[hub.Participant]:
    """The addresses of a header, which EMAIL_META has as text or as a list of texts."""
    lines = [text(one) for one in given] if isinstance(given, list) else [text(given)]
    for name, address in getaddresses([line.replace(";", ",") for line in lines if line]):
        if "@" in address:
            yield hub.Participant(role, hub.Identifier("email", address), name)
