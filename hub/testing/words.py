"""The words and forms that `hub.core.records` allows where a type alone says `str`."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from hub.core.records import Attachment, Call, Deal, Email, Meeting, Moment, Participant, Task

_OFFSET = re.compile(r"[+-]\d\d:\d\d(:\d\d)?")
_RECURRENCE_ID = re.compile(r"(\d{8}(T\d{6}Z)?)?")


@dataclass(frozen=True, slots=True)
class Rule:
    """`holds` says whether a value of the field keeps it, `says` what it is."""

    says: str
    holds: Callable[[Any], bool]


def _one_of(text: str, *, or_empty: bool = False) -> Rule:
    words = frozenset(text.split()) | ({""} if or_empty else set())
    return Rule(f"one of {sorted(words)}", words.__contains__)


def _each_of(text: str) -> Rule:
    words = frozenset(text.split())
    return Rule(f"some of {sorted(words)}", words.issuperset)


@lru_cache(maxsize=512)
def zone_exists(zone: str) -> bool:
    """Whether this is the IANA name of a zone, or an offset such as "+03:00"."""
    if _OFFSET.fullmatch(zone):
        return True
    try:
        return bool(ZoneInfo(zone))
    except (ValueError, OSError, KeyError):  # a bad key, a directory of zones, no such zone
        return False


def _is_bare(message_id: str) -> bool:
    return "<" not in message_id and ">" not in message_id


def _are_bare(message_ids: Iterable[str]) -> bool:
    return all(map(_is_bare, message_ids))


def _is_recurrence_id(value: str) -> bool:
    return _RECURRENCE_ID.fullmatch(value) is not None


RULES: Mapping[tuple[type, str], Rule] = MappingProxyType(
    {
        (Participant, "role"): _one_of(
            "from to cc bcc reply_to organizer attendee caller callee author responsible former client owner"
        ),
        (Participant, "status"): _one_of("accepted declined tentative needs_action delegated", or_empty=True),
        (Email, "marks"): _each_of("bulk auto_reply bounce invitation answer encrypted signed draft"),
        (Email, "message_id"): Rule("an id without brackets", _is_bare),
        (Email, "references"): Rule("ids without brackets", _are_bare),
        (Meeting, "status"): _one_of("confirmed tentative cancelled"),
        (Meeting, "method"): _one_of("REQUEST REPLY CANCEL COUNTER", or_empty=True),
        (Meeting, "recurrence_id"): Rule("20261102T070000Z, 20261102 or nothing", _is_recurrence_id),
        (Call, "seconds"): Rule("0 or more", lambda seconds: seconds >= 0),
        (Attachment, "size"): Rule("0 or more", lambda size: size >= 0),
        (Call, "result"): _one_of("answered missed busy voicemail"),
        (Task, "status"): _one_of("open done cancelled"),
        (Deal, "status"): _one_of("open won lost"),
        (Moment, "zone"): Rule("the name of a zone, or an offset such as +03:00", zone_exists),
    }
)
