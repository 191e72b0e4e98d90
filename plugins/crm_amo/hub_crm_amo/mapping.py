"""What the connector stores of an object becomes records. Pure: bytes in, records out.

The bytes are JSON: `stream`, the `item` as the account answered it, and beside it what only other answers say of it.
"""

from typing import Any, Final

import orjson

import hub
from hub_crm_amo import activities, deals, incoming, parties
from hub_crm_amo.settings import Settings
from hub_crm_amo.values import row, text

VERSION: Final = 1
_NO_OBJECT: Final = hub.sentence("this is no object of an amoCRM account")
_UNCLEAR: Final = hub.sentence("an object of the account cannot be understood")


def to_records(body: bytes, settings: Settings, _window: hub.Window) -> hub.MapResult:
    try:
        raw = orjson.loads(body)
    except ValueError as error:
        return hub.Unreadable(reason=_NO_OBJECT, detail=str(error))
    if not isinstance(raw, dict) or not isinstance(raw.get("item"), dict):
        return hub.Unreadable(reason=_NO_OBJECT)
    if raw.get("gone") is True:
        return [hub.Mapped(hub.Gone())]
    try:
        return _mapped(raw, settings)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        return hub.Unreadable(reason=_UNCLEAR, detail=repr(error)[:300])


def _mapped(raw: dict[str, Any], settings: Settings) -> hub.MapResult:
    stream = text(raw.get("stream"))
    names = settings.fields.get(stream, {})
    match stream:
        case "users":
            return parties.user(raw)
        case "companies":
            return parties.company(raw, names, settings.inn)
        case "contacts":
            return parties.contact(raw, names, settings.inn)
        case "leads":
            return deals.lead(raw, names)
        case "customers":
            return deals.customer(raw, names)
        case "purchases":
            return deals.purchase(raw)
        case "unsorted":
            return incoming.unsorted(raw)
        case "invoices":
            return deals.invoice(raw, names)
        case "tasks":
            return activities.task(raw, settings.host)
        case "notes":
            return activities.note(raw)
        case "events":
            return _told(raw)
        case _:
            return hub.Unreadable(reason=_NO_OBJECT, detail=stream)


def _told(raw: dict[str, Any]) -> hub.MapResult:
    match text(row(raw.get("item")).get("type")):
        case "lead_status_changed":
            return deals.moved(raw)
        case "entity_responsible_changed":
            return deals.handed_over(raw)
        case _:
            return activities.message(raw)
