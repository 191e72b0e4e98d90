"""The list that a portal keeps of what was changed and deleted, for an application that asks for it.

    bind (once) -> get, which reserves -> the page is stored, with the number of the reservation in its cursor
                                       -> clear, when the next page is asked for or the next pull begins

The list is only a quicker way to know: one who dies between `get` and the end of the page loses none of it for good, since what
was changed is found by its moment, and what was deleted by the daily listing. `auth_connector` keeps our list apart.

Source: https://apidocs.bitrix24.com/api-reference/events/event-offline-get.html, event-offline-clear.html.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hub_crm_bitrix.answers import Declined
from hub_crm_bitrix.client import Portal
from hub_crm_bitrix.questions import Command
from hub_crm_bitrix.values import identity, row, rows, text

CONNECTOR: Final = "interaction-hub"
_OBJECTS: Final[Mapping[str, str]] = {
    "companies": "COMPANY", "contacts": "CONTACT", "leads": "LEAD", "deals": "DEAL", "quotes": "QUOTE",
    "activities": "ACTIVITY", "comments": "TIMELINECOMMENT",
}  # fmt: skip
_DELETED: Final = "DELETE"


@dataclass(frozen=True, slots=True)
class Told:
    """A part of the list: `process` is its reservation, `changed` the ids of what is there, `deleted` whether anything is not."""

    process: str
    changed: Sequence[int]
    deleted: bool


def names(stream: str) -> Sequence[str]:
    """The events that concern a stream."""
    thing = _OBJECTS.get(stream)
    return [f"ONCRM{thing}{what}" for what in ("ADD", "UPDATE", _DELETED)] if thing else ()


@dataclass(slots=True)
class Queue:
    """The list of one application. A portal that has none, or not for this plan or user, is read without."""

    portal: Portal
    is_there: bool = True

    def bind(self, streams: Iterable[str]) -> None:
        """Ask for what concerns these streams, where that was not done before."""
        try:
            bound = rows(self.portal.call(Command("event.get")).result)
            known = {text(one.get("event")).upper() for one in bound if identity(one.get("offline"))}
            for name in (name for stream in streams for name in names(stream) if name not in known):
                self.portal.call(
                    Command("event.bind", {"event": name, "event_type": "offline", "auth_connector": CONNECTOR})
                )
        except Declined as refusal:
            self.is_there = False
            self.portal.tools.log.warning("no offline events", extra={"action": "bitrix.offline", "code": refusal.code})

    def take(self, stream: str) -> Told | None:
        """Reserve what is next for a stream; None where there is nothing."""
        wanted = {"clear": 0, "auth_connector": CONNECTOR, "filter": {"EVENT_NAME": list(names(stream))}}
        result = row(self.portal.call(Command("event.offline.get", wanted)).result)
        told = rows(result.get("events"))
        if not told:
            return None
        about = [
            (text(one.get("EVENT_NAME")), identity(row(row(one.get("EVENT_DATA")).get("FIELDS")).get("ID")))
            for one in told
        ]
        gone = {number for name, number in about if name.endswith(_DELETED)}
        changed = dict.fromkeys(number for _name, number in about if number and number not in gone)
        return Told(text(result.get("process_id")), list(changed), bool(gone))

    def clear(self, process: str) -> None:
        """What was reserved is stored."""
        self.portal.call(Command("event.offline.clear", {"process_id": process, "auth_connector": CONNECTOR}))
