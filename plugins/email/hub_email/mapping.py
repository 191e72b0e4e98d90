"""A stored raw to records: the mail itself, and the meetings it speaks of."""

from typing import Any

import hub
from hub_email.invitations import meetings
from hub_email.message import METHODS, parse


def to_records(body: bytes, settings: Any, window: hub.Window) -> hub.MapResult:  # noqa: ARG001 - nothing of the mapping is a setting
    """The mail as the part "", the meetings of its invitations as parts "meeting:UID/RECURRENCE_ID"."""
    try:
        parsed = parse(body)
        if isinstance(parsed, hub.Unreadable):
            return parsed
        found = {"": hub.Mapped(parsed.mail)}
        for calendar in parsed.calendars:
            if calendar.method in METHODS:
                for mapped in meetings(calendar, parsed.mail.at, window):
                    found.setdefault(mapped.part, mapped)
        return list(found.values())
    except Exception as error:  # noqa: BLE001 - whatever the bytes are, they go to quarantine and not to a crash
        reason = hub.sentence("The mail could not be understood")
        return hub.Unreadable(reason=reason, detail=f"{type(error).__name__}: {error}")
