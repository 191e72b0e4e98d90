"""What explanations rest on: who decided what and when, which identifiers point to nobody, a client's parts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from hub.cli import moments
from hub.core import ids, normalize
from hub.core.identity import GENERIC, Node
from hub.core.records import Identifier
from hub.i18n import _
from hub.store import clients, journal, parties
from hub.store.database import Tx


@dataclass(frozen=True, slots=True)
class Decided:
    """An entry of the journal. `at` is in milliseconds since 1970."""

    at: int
    author: str
    action: str
    subject: str
    object: str
    note: str


def decided(tx: Tx) -> list[Decided]:
    """The journal, oldest first."""
    return [Decided(*entry) for entry in journal.entries(tx)]


def newest(entries: Iterable[Decided]) -> list[Decided]:
    """What was decided several times over, once: when it was decided last."""
    return sorted({(one.action, one.subject, one.object): one for one in entries}.values(), key=lambda one: one.at)


def last(entries: Iterable[Decided], actions: Sequence[str], a: str, b: str = "") -> Decided | None:
    """The last word about a subject, or about two, in whatever order they are named."""
    found = None
    for entry in entries:
        if entry.action in actions and {entry.subject, entry.object} == {a, b}:
            found = entry
    return found


def nodes_of(tx: Tx, client: int) -> list[Node]:
    """The parts of a client, by key."""
    known = parties.nodes(tx, [ids.number(part.key) for part in clients.nodes(tx, client)])
    return sorted((stored.party for stored in known.values()), key=lambda node: node.key)


def generic(tx: Tx, values: Iterable[Identifier]) -> set[Identifier]:
    """Those that point to nobody: role addresses, invented numbers, and what too many claim as their own."""
    known = {parties.identifier_id(value): value for value in values}
    counts = ((known[number], count) for number, _was, count in parties.claim_counts(tx, known))
    return {value for value, count in counts if count > GENERIC or normalize.is_generic(value)}


def by_whom(entry: Decided, zone: ZoneInfo) -> str:
    """Who decided, when and why."""
    text = _("{author}, {when}").format(author=entry.author, when=moments.moment(entry.at, zone))
    return f"{text}: {entry.note}" if entry.note else text


def plain(entry: Decided | None, zone: ZoneInfo) -> dict[str, Any] | None:
    if entry is None:
        return None
    return {
        "at": moments.iso(entry.at, zone),
        "author": entry.author,
        "action": entry.action,
        "subject": entry.subject,
        "object": entry.object or None,
        "note": entry.note or None,
    }
