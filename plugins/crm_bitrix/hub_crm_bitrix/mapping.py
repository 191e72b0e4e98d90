"""What the connector stores of an object becomes records. Pure: bytes in, records out.

The bytes are JSON: `stream`, the `item` as the portal answered it, and beside it what only other answers say of it.
"""

from typing import Any, Final

import orjson

import hub
from hub_crm_bitrix import activities, deals, parties
from hub_crm_bitrix.settings import Settings
from hub_crm_bitrix.values import Row, text

_NO_OBJECT: Final = hub.sentence("this is no object of a Bitrix24 portal")
_UNCLEAR: Final = hub.sentence("an object of the portal cannot be understood")


def to_records(body: bytes, settings: Settings, _window: hub.Window) -> hub.MapResult:
    try:
        raw = orjson.loads(body)
    except ValueError as error:
        return hub.Unreadable(reason=_NO_OBJECT, detail=str(error))
    if not isinstance(raw, dict) or not isinstance(raw.get("item"), dict):
        return hub.Unreadable(reason=_NO_OBJECT)
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
            return parties.company(raw, names)
        case "contacts":
            return parties.contact(raw, names)
        case "leads":
            return deals.lead(raw, names)
        case "deals":
            return deals.deal(raw, names)
        case "activities":
            return activities.activity(raw, settings.host)
        case "comments":
            return activities.comment(raw)
        case "calls":
            return activities.statistic(raw)
        case _:
            return _document(raw, stream, settings)


def _document(raw: Row, stream: str, settings: Settings) -> hub.MapResult:
    kind = settings.documents.get(stream)
    if kind is None:
        return hub.Unreadable(reason=_NO_OBJECT, detail=stream)
    return deals.document(raw, settings.fields.get(stream, {}), kind)
