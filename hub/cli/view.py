"""Lines of the history with all that is shown of them, as values: gathered here, drawn by `hub.cli.drawing`.

rows of the store -> names, statements, origins, folded invitations, earlier times -> `Line`
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from hub.core.records import Identifier
from hub.core.said import Said
from hub.store import lines as stored
from hub.store import overview, parties
from hub.store.database import Tx

if TYPE_CHECKING:
    from hub.core.clients import Ours
    from hub.settings import Config

FOLDED = frozenset({"invitation", "answer"})
"""Marks of mails that only carry word of a meeting."""

_SENDERS = frozenset({"from", "organizer", "caller", "author"})


@dataclass(frozen=True, slots=True)
class Somebody:
    """A participant: `name` as we know them, else as the source wrote it, else the identifier."""

    role: str
    identifier: Identifier
    name: str
    status: str
    ours: bool

    @property
    def speaks(self) -> bool:
        return self.role in _SENDERS


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a line was seen. `removed`: the source no longer has it."""

    connection: str
    stream: str
    title: str
    custodian: str
    external_id: str
    removed: bool
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the history. Moments are milliseconds since 1970; `role` and `reason` say why it stands in the
    client's history ("" outside of one); `folded` are mails that only carried word of this meeting; `earlier` the
    starts it had before it was moved.
    """

    id: int
    key: str
    kind: str
    at: int
    ends: int | None
    zone: str
    all_day: bool
    direction: str
    title: str
    status: str
    thread: int
    marks: tuple[str, ...]
    people: tuple[Somebody, ...]
    statement: Any
    origins: tuple[Origin, ...]
    folded: tuple[overview.Sibling, ...] = ()
    earlier: tuple[int, ...] = ()
    role: str = ""
    reason: str = ""

    @property
    def removed(self) -> bool:
        return bool(self.origins) and all(origin.removed for origin in self.origins)

    @property
    def attachments(self) -> tuple[Any, ...]:
        found = getattr(self.statement, "attachments", ())
        return tuple(one for one in found if not one.inline)

    @property
    def defects(self) -> tuple[str, ...]:
        """What was wrong with it, as it is stored: in English."""
        return tuple(getattr(self.statement, "defects", ()))


def told(line: Line, defects: Iterable[str], config: "Config") -> list[str]:
    """Defects of a line in the language spoken now."""
    places = dict.fromkeys(origin.connection for origin in line.origins)
    return [config.told(defect, *places) for defect in dict.fromkeys(defects)]


def gathered(tx: Tx, rows: Sequence[Any], ours: "Ours") -> list[Line]:
    """The lines of rows of `hub.store.clients.history` or `.lines`, in their order."""
    numbers = [row.id for row in rows]
    statements = overview.statements(tx, {row.record_id for row in rows})
    origins = stored.origins(tx, numbers)
    folded = _carriers(tx, [row.id for row in rows if row.kind == "meeting"])
    moved = overview.said_before(tx, [row.id for row in rows if "moved" in row.marks.split()])
    named = _Names(tx, [row.people for row in rows], ours)
    return [
        Line(
            id=row.id, key=row.key, kind=row.kind, at=row.at, ends=row.ends, zone=row.zone, all_day=bool(row.all_day),
            direction=row.direction, title=row.title, status=row.status, thread=row.thread,
            marks=tuple(row.marks.split()), people=named.people(row.people), statement=statements.get(row.record_id),
            origins=tuple(_origin(seen) for seen in origins.get(row.id, ())), folded=tuple(folded.get(row.id, ())),
            earlier=_earlier(row.at, moved.get(row.id, ())), role=getattr(row, "role", ""),
            reason=getattr(row, "reason", ""),
        )
        for row in rows
    ]  # fmt: skip


def _origin(seen: Any) -> Origin:
    return Origin(
        seen.connection, seen.name, seen.title, seen.custodian, seen.external_id, bool(seen.removed), seen.part
    )


def _carriers(tx: Tx, meetings: Iterable[int]) -> dict[int, list[overview.Sibling]]:
    found = overview.siblings(tx, meetings)
    return {n: [one for one in near if _carries(one.kind, one.marks)] for n, near in found.items()}


def _carries(kind: str, marks: str) -> bool:
    return kind == "mail" and not FOLDED.isdisjoint(marks.split())


def _earlier(now: int, before: Iterable[Said]) -> tuple[int, ...]:
    return tuple(start for start in dict.fromkeys(said.start for said in before) if start != now)


# --- names -----------------------------------------------------------------------------------------------------------


class _Names:
    """What participants are called: employees by the configuration, others by their cards, then as sources write."""

    def __init__(self, tx: Tx, people: Iterable[str], ours: "Ours") -> None:
        self._employees = dict(_employees(ours))
        self._read = {text: _people(text) for text in set(people)}
        numbers = {
            parties.identifier_id(one.identifier) for read in self._read.values() for one in read if not one.ours
        }
        self._cards = overview.names(tx, numbers)
        self._users = overview.users(tx, _user_refs(self._read.values()))
        bare = {parties.identifier_id(one.identifier) for read in self._read.values() for one in read if _is_bare(one)}
        self._clients = overview.client_names(tx, bare - self._cards.keys())

    def people(self, text: str) -> tuple[Somebody, ...]:
        return tuple(
            Somebody(one.role, one.identifier, self._name(one), one.status, one.ours) for one in self._read[text]
        )

    def _name(self, one: Somebody) -> str:
        if one.identifier.kind == "user":
            return self._user(one)
        if one.ours:
            return self._employees.get(one.identifier) or one.name or one.identifier.value
        number = parties.identifier_id(one.identifier)
        return self._cards.get(number) or one.name or self._clients.get(number) or one.identifier.value

    def _user(self, one: Somebody) -> str:
        """What a user of a CRM is called: as the employee he is by his addresses, else as the CRM has it."""
        user = self._users.get(one.identifier.value)
        known = (self._employees.get(identifier) for identifier in (user.identifiers if user else ()))
        return next(filter(None, known), "") or (user.name if user else "") or one.name or one.identifier.value


def _user_refs(read: Iterable[tuple[Somebody, ...]]) -> set[str]:
    return {one.identifier.value for people in read for one in people if one.identifier.kind == "user"}


def _employees(ours: "Ours") -> Iterator[tuple[Identifier, str]]:
    for employee in ours.employees:
        yield from ((Identifier("email", value), employee.name) for value in employee.emails)
        yield from ((Identifier("phone", value), employee.name) for value in (*employee.phones, *employee.extensions))


def _is_bare(one: Somebody) -> bool:
    """Whether a participant is named by nothing that a person would read."""
    return not one.ours and not one.name and one.identifier.kind in ("inn", "ogrn", "ref")


def _people(text: str) -> tuple[Somebody, ...]:
    """Participants as `hub.projection.interactions` wrote them."""
    return tuple(
        Somebody(role, Identifier(kind, value), name, status, bool(ours))
        for role, kind, value, name, status, ours in orjson.loads(text)
    )


# --- what a meeting swallows -----------------------------------------------------------------------------------------


def mere_carriers(tx: Tx, rows: Sequence[Any], client: int, *, since: int | None, before: int | None) -> set[int]:
    """Those of the rows that are mails which only carry word of a meeting that the same history shows."""
    carriers = {row.id: row.at for row in rows if _carries(row.kind, row.marks)}
    near = overview.siblings(tx, carriers) if carriers else {}
    meetings = {one.id for found in near.values() for one in found if one.kind == "meeting"}
    shown = {
        number for number in overview.standing(tx, client, meetings) if _within(overview.moment_of(number), since, before)
    }  # fmt: skip
    return {
        mail for mail, found in near.items()
        if any(one.id in shown and overview.moment_of(one.id) >= carriers[mail] for one in found)
    }  # fmt: skip


def _within(at: int, since: int | None, before: int | None) -> bool:
    return (since is None or at >= since) and (before is None or at < before)


def threads(lines: Iterable[Line]) -> Mapping[int, int]:
    """Threads of which several lines are shown -> their number, in the order in which they appear."""
    counts: dict[int, int] = {}
    for line in lines:
        if line.thread:
            counts[line.thread] = counts.get(line.thread, 0) + 1
    several = [thread for thread, count in counts.items() if count > 1]
    return {thread: number for number, thread in enumerate(several, 1)}
