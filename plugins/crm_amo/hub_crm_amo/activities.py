"""Tasks, notes of every type, and messages that events tell of, as records. Pure.

Types of notes: https://developers.kommo.com/reference/notes-types and the official PHP client.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final, Literal

import hub
from hub_crm_amo.deals import made
from hub_crm_amo.kinds import PLURAL, about, user
from hub_crm_amo.values import Row, headline, identity, moment, row, rows, text

MEETING: Final = 2
"""The type of task that every account calls a meeting."""
_DAY: Final = 86_340
"""A task of a whole day has no time of its own."""
_STATUSES: Final = {1: "voicemail", 2: "missed", 3: "missed", 4: "answered", 6: "missed", 7: "busy"}
"""call_status: 1 left a message, 2 to call back, 3 not there, 4 talked, 5 wrong number, 6 no answer, 7 busy."""
CARD: Final = hub.sentence("amoCRM shows of this mail only its beginning, and no Message-ID")


def task(raw: Row, host: str) -> list[hub.Mapped]:
    """A task; one of type "meeting" that has a time from and to is a meeting, and stays one when it is done."""
    item = row(raw.get("item"))
    length = identity(item.get("duration"))
    due = moment(item.get("complete_till"))
    if identity(item.get("task_type_id")) == MEETING and due is not None and 0 < length < _DAY:
        return [hub.Mapped(_meeting(raw, item, due, length, host))]
    done = item.get("is_completed") is True
    said = _task_text(item)
    record = hub.Task(
        at=made(item),
        title=headline(text(item.get("text"))) or text(raw.get("type")),
        text=said,
        due=due,
        done=moment(item.get("updated_at")) if done else None,
        status="done" if done else "open",
        participants=(*user("responsible", item.get("responsible_user_id")), *_about(raw)),
    )
    return [hub.Mapped(record)]


def _meeting(raw: Row, item: Row, begins: hub.Moment, length: int, host: str) -> hub.Meeting:
    """Assumption: `complete_till` is when it begins, as the calendar of an account shows it."""
    return hub.Meeting(
        at=begins,
        end=hub.Moment(begins.utc + timedelta(seconds=length), begins.zone),
        uid=f"task-{identity(item.get('id'))}@{host}",
        title=headline(text(item.get("text"))) or text(raw.get("type")),
        text=_task_text(item),
        stamp=moment(item.get("updated_at")),
        participants=(*user("organizer", item.get("responsible_user_id")), *_about(raw)),
    )


def _task_text(item: Row) -> str:
    """What was to be done, and what came of it; `result` is `[]` where nothing did."""
    return "\n\n".join(filter(None, (text(item.get("text")), text(row(item.get("result")).get("text")))))


# --- notes -----------------------------------------------------------------------------------------------------------


def note(raw: Row) -> list[hub.Mapped]:
    item = row(raw.get("item"))
    match text(item.get("note_type")):
        case "call_in":
            return [hub.Mapped(_call(raw, item, "in"))]
        case "call_out":
            return [hub.Mapped(_call(raw, item, "out"))]
        case "amomail_message":
            return [hub.Mapped(_mail(raw, item))]
        case "sms_in" | "sms_out" as kind:
            return [hub.Mapped(_sms(raw, item, came_in=kind == "sms_in"))]
        case _:
            return [hub.Mapped(_entry(raw, item))]


def _call(raw: Row, item: Row, direction: Literal["in", "out"]) -> hub.Call:
    """`uniq` is the exchange's own name of the call: at whatever cards it stands, it is one call."""
    params = row(item.get("params"))
    ours, theirs = ("callee", "caller") if direction == "in" else ("caller", "callee")
    phone, uniq = text(params.get("phone")), text(params.get("uniq"))
    other = (hub.Participant(theirs, hub.Identifier("phone", phone)),) if phone else ()
    seconds = identity(params.get("duration"))
    known = _STATUSES.get(identity(params.get("call_status")), "")
    return hub.Call(
        at=made(item),
        of=f"calls/{uniq}" if uniq else "",
        seconds=seconds,
        result=known if known and not (seconds and known == "missed") else "answered" if seconds else "missed",
        direction=direction,
        text=text(params.get("call_result")),
        participants=(*other, *user(ours, item.get("responsible_user_id") or item.get("created_by")), *_about(raw)),
    )


def _mail(raw: Row, item: Row) -> hub.Email:
    """A card of a mail: who, to whom, when, and how it begins."""
    params = row(item.get("params"))
    sent = moment(row(params.get("delivery")).get("time"))
    return hub.Email(
        at=sent or made(item),
        subject=text(params.get("subject")),
        text=text(params.get("content_summary")),
        participants=(*addressed("from", params), *addressed("to", params), *_about(raw)),
        private=params.get("private") is True,
        defects=(CARD,),
    )


def addressed(role: str, params: Row) -> Iterator[hub.Participant]:
    """Who stands in that place of a mail: one, or several."""
    given = params.get(role)
    for one in [given] if isinstance(given, Mapping) else rows(given):
        if "@" in text(one.get("email")):
            yield hub.Participant(role, hub.Identifier("email", text(one.get("email"))), text(one.get("name")))


def _sms(raw: Row, item: Row, *, came_in: bool) -> hub.Message:
    params = row(item.get("params"))
    phone = text(params.get("phone"))
    role = "from" if came_in else "to"
    other = (hub.Participant(role, hub.Identifier("phone", phone)),) if phone else ()
    ours = tuple(user("to" if came_in else "from", item.get("created_by") or item.get("responsible_user_id")))
    return hub.Message(
        at=made(item), channel="sms", text=text(params.get("text")), participants=(*other, *ours, *_about(raw))
    )


def _entry(raw: Row, item: Row) -> hub.Note:
    """Whatever else was noted: by its text, or by what there is of one. What says nothing is shown by its type."""
    params = row(item.get("params"))
    words = (text(params.get(name)) for name in ("text", "original_name", "file_name", "address", "url", "link"))
    said = next(filter(None, words), "")
    service = text(params.get("service"))
    return hub.Note(
        at=made(item),
        title=": ".join(filter(None, (service, headline(said)))) or text(item.get("note_type")),
        text=said,
        participants=(*user("author", item.get("created_by")), *_about(raw)),
    )


# --- events ----------------------------------------------------------------------------------------------------------


def message(raw: Row) -> list[hub.Mapped]:
    """A message of a chat: the API says that there was one, where and when, and not what it said."""
    item = row(raw.get("item"))
    told = row(next(iter(rows(item.get("value_after"))), {}).get("message"))
    came_in = text(item.get("type")).startswith("incoming")
    kind = text(item.get("entity_type"))
    record = hub.Message(
        at=made(item),
        channel=text(told.get("origin")),
        conversation=text(told.get("talk_id")),
        participants=(
            *(() if came_in else user("from", item.get("created_by"))),
            *about(PLURAL.get(kind, kind), item.get("entity_id"), row(raw.get("owner"))),
        ),
    )
    return [hub.Mapped(record)]


def _about(raw: Row) -> tuple[hub.Participant, ...]:
    item = row(raw.get("item"))
    return about(item.get("entity_type"), item.get("entity_id"), row(raw.get("owner")))
