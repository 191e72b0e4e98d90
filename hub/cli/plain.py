"""What commands show as JSON: the same keys always, moments in ISO 8601 on the company's clock."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from hub.cli import moments
from hub.cli.card import Card
from hub.cli.opening import connection_name
from hub.cli.view import Line, Origin, Somebody
from hub.core import text
from hub.core.records import Identifier, Moment
from hub.settings import Config
from hub.store.clients import Found

_PREVIEW = 240


def client(found: Found) -> dict[str, Any]:
    """A client, as every command names it."""
    return {"id": found.public_id, "name": found.name, "kind": found.kind, "inn": found.inn or None, "key": found.key}


def identifiers(values: Sequence[Identifier]) -> list[dict[str, str]]:
    return [{"kind": one.kind, "value": one.value} for one in values]


def card(about: Card, zone: ZoneInfo) -> dict[str, Any]:
    """A client with who speaks for it and how often we are in touch."""
    return {
        **client(about.client),
        "identifiers": identifiers(about.identifiers),
        "persons": [
            {
                "name": one.name,
                "positions": list(one.positions),
                "identifiers": identifiers(one.identifiers),
                "reason": one.reason,
            }
            for one in about.speakers
        ],
        "first": moments.iso(about.contacts.first, zone),
        "last": moments.iso(about.contacts.last, zone),
        "interactions": about.contacts.count,
        "planned": about.contacts.planned,
        "counts": dict(about.kinds),
        "unanswered": [_named(one, zone) for one in about.waiting],
        "under_way": [{**_named(one, zone), "due": _due(one, zone)} for one in about.under_way],
    }


def _named(one: Line, zone: ZoneInfo) -> dict[str, Any]:
    at = moments.iso(one.at, zone, all_day=one.all_day)
    return {"key": one.key, "kind": one.kind, "at": at, "title": one.title}


def _due(one: Line, zone: ZoneInfo) -> str | None:
    return moments.iso(one.ends, zone, all_day=not isinstance(getattr(one.statement, "due", None), Moment))


def line(one: Line, config: Config, *, preview: bool = False) -> dict[str, Any]:
    """A line of the history; with `preview` the beginning of what was said."""
    zone = config.company.zone
    shown: dict[str, Any] = {
        "key": one.key,
        "kind": one.kind,
        "at": moments.iso(one.at, zone, all_day=one.all_day),
        "ends": moments.iso(one.ends, zone, all_day=one.all_day),
        "zone": one.zone,
        "all_day": one.all_day,
        "direction": one.direction,
        "title": one.title,
        "status": one.status,
        "thread": f"{one.thread:x}" if one.thread else None,
        "role": one.role,
        "reason": one.reason,
        "marks": list(one.marks),
        "participants": [_somebody(who) for who in one.people],
        "attachments": [
            {"name": file.name, "content_type": file.content_type, "size": file.size, "part": file.part}
            for file in one.attachments
        ],
        "moved_from": [moments.iso(at, zone, all_day=one.all_day) for at in one.earlier],
        "defects": list(one.defects),
        "carried_by": [carrier.key for carrier in one.folded],
        "origins": [_origin(seen, config) for seen in one.origins],
    }
    if preview:
        shown["preview"] = text.preview(getattr(one.statement, "text", ""), _PREVIEW)
    return shown


def _somebody(who: Somebody) -> dict[str, Any]:
    return {
        "role": who.role,
        "kind": who.identifier.kind,
        "value": who.identifier.value,
        "name": who.name,
        "status": who.status,
        "ours": who.ours,
    }


def _origin(seen: Origin, config: Config) -> dict[str, Any]:
    return {
        "connection": connection_name(config, seen.connection),
        "stream": seen.stream,
        "title": seen.title,
        "custodian": seen.custodian,
        "external_id": seen.external_id,
        "removed": seen.removed,
    }
