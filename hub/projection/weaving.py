"""Families of statements become lines: what will stand in the tables, as far as the statements say it. Nothing in here asks
the database.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from hub.core import duplicates, history, ids, signs, tokens
from hub.core.clients import Ours
from hub.core.decisions import Decisions
from hub.core.duplicates import Member, Same
from hub.core.history import Finds, Interaction, Labels, Mention
from hub.core.records import KINDS, Record
from hub.store import lines, parties
from hub.store.lines import Kept

_KEY = lines.COLUMNS.index("key")
_NUMBERED = frozenset({"ref", "user"})
"""Kinds of identifiers by which a source calls its own cards."""


def nothing(_record: Record) -> tuple[()]:
    """What is found in a record, and how it is labelled, where no plugin says anything."""
    return ()


@dataclass(frozen=True, slots=True)
class Context:
    """What the derived tables depend on besides the records."""

    ours: Ours
    decisions: Decisions
    finds: Finds = nothing
    labels: Labels = nothing

    @property
    def is_plain(self) -> bool:
        """Whether no plugin has a say in it."""
        return self.finds is nothing and self.labels is nothing


class Person(NamedTuple):
    """Who takes part in an interaction, as the tables have it: the numbers of the identifier and of its domain (0 without one),
    what it is, and its part.
    """

    number: int
    domain: int
    kind: str
    value: str
    role: str
    wrote: bool
    ours: bool


class Line(NamedTuple):
    """An interaction on its way into the tables, in plain values: the number of its `family`, its `row`, whom it mentions, its
    `origins` (record, item), the `tokens` that it is found by, their `signs`, and the numbers of its `thread`.
    """

    family: int
    row: list[Any]
    people: Sequence[Person]
    origins: Sequence[tuple[int, int]]
    tokens: str
    signs: str
    thread: Sequence[int]

    @property
    def key(self) -> str:
        found: str = self.row[_KEY]
        return found


def name_of(member: Member) -> str:
    """The name of the family that a statement belongs to by itself; its number is `ids.number` of it."""
    return duplicates.family(member.statement, KINDS[type(member.statement)], member.key)


def alone(kept: Kept, context: Context) -> Line:
    """The line that a statement is where nobody else tells of the same."""
    (interaction,) = history.weave(kept.name, [Same((kept.member,))], context.ours, context.finds, context.labels)
    return _line(interaction, kept.family, kept.family, {kept.member.key: kept})


def weave(kept: Iterable[Kept], made: Mapping[int, Line], context: Context) -> list[Line]:
    """The lines of whole families. `made` are lines of statements, by their record, that stand where such a one is alone."""
    grouped: dict[int, dict[str, Kept]] = {}
    for one in kept:
        grouped.setdefault(one.family, {})[one.member.key] = one
    found: list[Line] = []
    for family, members in grouped.items():
        if len(members) == 1:
            (one,) = members.values()
            line = made.get(one.record_id)
            if line is not None and line.family == family:
                found.append(line)
                continue
        same = duplicates.divide([one.member for one in members.values()])
        name = _name(members.values())
        for interaction in history.weave(name, same, context.ours, context.finds, context.labels):
            number = family if interaction.key == name else ids.number(interaction.key)
            found.append(_line(interaction, family, number, members))
    return found


def _name(members: Iterable[Kept]) -> str:
    first = min(members, key=lambda one: duplicates.is_copy(one.member.statement))
    return first.name or name_of(first.member)


def _line(interaction: Interaction, family: int, number: int, members: Mapping[str, Kept]) -> Line:
    head = members[interaction.head]
    said = _tokens(interaction, head)
    return Line(
        family,
        _row(interaction, family, number, head.record_id),
        list(map(_person, interaction.mentions)),
        [(members[key].record_id, members[key].item_id) for key in interaction.members],
        said,
        signs.signs(said),
        interaction.thread,
    )


def _person(mention: Mention) -> Person:
    one = mention.identifier
    return Person(
        parties.identifier_id(one),
        parties.domain_id(one),
        one.kind,
        one.value,
        mention.role,
        mention.wrote,
        mention.ours,
    )


def _row(interaction: Interaction, family: int, number: int, head: int) -> list[Any]:
    people = [[m.role, m.identifier.kind, m.identifier.value, m.name, m.status, m.ours] for m in interaction.mentions]
    return [
        ids.timed(interaction.at, number),
        interaction.key,
        number,
        family,
        interaction.kind,
        interaction.at,
        interaction.ends,
        interaction.zone,
        interaction.all_day,
        interaction.direction,
        interaction.title,
        interaction.status,
        0,
        " ".join(map(str, interaction.thread)),
        orjson.dumps(people).decode(),
        " ".join(interaction.marks),
        head,
    ]


def _tokens(interaction: Interaction, head: Kept) -> str:
    """What a line is found by: who takes part, and what its head says."""
    people = tokens.stored_lines(list(filter(None, map(_called, interaction.mentions))))
    words = history.words(head.member.statement) if head.words is None else head.words
    return f"{people} {words}" if people and words else people or words


def _called(mention: Mention) -> str:
    """What people call somebody by: nobody looks for the number of a CRM's card, but for an order of that number."""
    known_by = mention.identifier
    return mention.name if known_by.kind in _NUMBERED else f"{mention.name} {known_by.value}"
