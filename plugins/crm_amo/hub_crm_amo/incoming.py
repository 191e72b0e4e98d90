"""What has come in and waits for somebody to sort it (an "unsorted lead") as records. Pure.

Of each kind amoCRM tells something else: a call with the exchange's name of it, the beginning of a mail, a form of a site, and
of a chat the words of its last message, which are told nowhere else.

Source: https://developers.kommo.com/reference/incoming-leads and the official PHP client, `Models/Unsorted/*Metadata`.
"""

from collections.abc import Iterator

import hub
from hub_crm_amo.activities import CARD, addressed
from hub_crm_amo.deals import made
from hub_crm_amo.kinds import clients, owners
from hub_crm_amo.values import Row, headline, identity, moment, row, text


def unsorted(raw: Row) -> list[hub.Mapped]:
    item = row(raw.get("item"))
    told = row(item.get("metadata"))
    match text(item.get("category")):
        case "sip":
            return [hub.Mapped(_call(item, told))]
        case "mail":
            return [hub.Mapped(_mail(item, told))]
        case "chats":
            return [hub.Mapped(_chat(item, told))]
        case _:
            return [hub.Mapped(_form(item, told))]


def _call(item: Row, told: Row) -> hub.Call:
    """Once it is sorted it is a note, too: by the name of the call the two are one."""
    uniq, seconds = text(told.get("uniq")), identity(told.get("duration"))
    return hub.Call(
        at=moment(told.get("called_at")) or made(item),
        of=f"calls/{uniq}" if uniq else "",
        seconds=seconds,
        result="answered" if seconds else "missed",
        direction="in",
        participants=(*_phone("caller", told.get("from")), *_about(item)),
    )


def _phone(role: str, number: object) -> Iterator[hub.Participant]:
    if text(number):
        yield hub.Participant(role, hub.Identifier("phone", text(number)))


def _mail(item: Row, told: Row) -> hub.Email:
    return hub.Email(
        at=moment(told.get("received_at")) or made(item),
        subject=text(told.get("subject")),
        text=text(told.get("content_summary")),
        participants=(*addressed("from", told), *_about(item)),
        defects=(CARD,),
    )


def _chat(item: Row, told: Row) -> hub.Message:
    who = text(row(told.get("client")).get("name")) or text(told.get("from"))
    return hub.Message(
        at=moment(told.get("received_at")) or made(item),
        channel=text(told.get("service")),
        conversation=text(row(told.get("origin")).get("chat_id")),
        text=text(told.get("last_message_text")),
        participants=(*([hub.Participant("from", None, who)] if who else ()), *_about(item)),
    )


def _form(item: Row, told: Row) -> hub.Message:
    """A form says which, and on which page; what was filled in stands in the contact that was made of it."""
    words = (text(told.get(name)) for name in ("form_name", "form_page", "referer"))
    said = "\n".join(filter(None, words)) or headline(text(item.get("source_name")))
    return hub.Message(
        at=moment(told.get("form_sent_at")) or made(item), channel="form", text=said, participants=tuple(_about(item))
    )


def _about(item: Row) -> Iterator[hub.Participant]:
    yield from clients(owners(item))
