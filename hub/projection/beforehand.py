"""What records say by themselves, made out before the database is taken: it is pure, and most records of a page say no more.

Whoever has the time for it makes it out: the process that reads the records, if it is ahead of us; else we, while the page
before is committed. It holds in its context. What is not found here is made out where it is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from hub.core import ids, parties
from hub.core.clients import Ours
from hub.core.duplicates import Member
from hub.core.identity import Node
from hub.core.ids import Name
from hub.core.records import PARTIES, Company, Contact, Gone, Identifier, Record, Statement, User
from hub.core.said import Said
from hub.projection import weaving
from hub.projection.weaving import Context, Line
from hub.store import items
from hub.store.lines import Kept

_NONE: Final[Mapping[str, Any]] = {}


class Alone(NamedTuple):
    """What the records of one item say by themselves where we are `ours` and no plugin says anything, by their parts: parties as
    nodes, and statements as the lines that they are where nobody else tells of the same.
    """

    ours: Ours
    nodes: Mapping[str, Node | None]
    lines: Mapping[str, Line]


def alone(item: int, name: Name, records: Mapping[str, Record], words: Mapping[str, str], context: Context) -> Alone:
    nodes: dict[str, Node | None] = {}
    lines: dict[str, Line] = {}
    for part, record in records.items():
        if isinstance(record, PARTIES):
            nodes[part] = _node(record, name, part, context)
        elif not isinstance(record, Company | Contact | User | Gone):
            lines[part] = weaving.alone(_kept(item, name, part, record, (), words.get(part)), context)
    return Alone(context.ours, nodes, lines)


@dataclass(frozen=True, slots=True)
class Beforehand:
    """By the numbers of their records: parties with their nodes, and statements with the lines that they are where nobody
    else tells of the same; by the number of their item: the outside identifiers that it names.
    """

    context: Context
    nodes: dict[int, tuple[Record, Node | None]] = field(default_factory=dict)
    statements: dict[int, tuple[Kept, Line]] = field(default_factory=dict)
    people: dict[int, set[Identifier]] = field(default_factory=dict)

    def within(self, context: Context) -> "Beforehand":
        """What of it holds in this context: all or nothing."""
        mine, other = ((one.ours, one.finds, one.labels) for one in (self.context, context))
        return self if mine == other else Beforehand(context)

    def holds(self, made: Alone | None) -> bool:
        """Whether what was made out elsewhere is what would be made out here."""
        return made is not None and made.ours is self.context.ours and self.context.is_plain

    def make_out_parties(self, item: int, name: Name, records: Mapping[str, Record], made: Alone | None = None) -> None:
        """Those of an item, some of which may be `made` out already."""
        nodes = made.nodes if made is not None and self.holds(made) else _NONE
        for part, record in records.items():
            if isinstance(record, PARTIES):
                node = nodes[part] if part in nodes else _node(record, name, part, self.context)
                self.nodes[items.record_id(item, part)] = record, node

    def make_out_statements(
        self,
        item: int,
        name: Name,
        records: Mapping[str, Record],
        words: Mapping[str, str],
        made: Alone | None = None,
    ) -> None:
        """Those of an item, some of which may be `made` out already."""
        lines = made.lines if made is not None and self.holds(made) else _NONE
        for part, record in records.items():
            if not isinstance(record, Company | Contact | User | Gone):
                line = lines.get(part)
                kept = _kept(item, name, part, record, (), words.get(part), line)
                self.statements[kept.record_id] = kept, line or weaving.alone(kept, self.context)

    def node(self, item: int, record: Record, name: Name, part: str) -> Node | None:
        """What a party's record is to identity."""
        known, found = self.nodes.get(items.record_id(item, part), (None, None))
        return found if known is record else _node(record, name, part, self.context)

    def statement(
        self, item: int, name: Name, part: str, now: Statement, before: tuple[Said, ...], words: str | None
    ) -> tuple[Kept, Line | None]:
        """A statement as it is now, and what it said `before`; with its line where that is made out."""
        kept, line = self.statements.get(items.record_id(item, part), (None, None))
        if kept is not None and kept.member.statement is now and not before:
            return kept, line
        return _kept(item, name, part, now, before, words), None


def _node(record: Record, name: Name, part: str, context: Context) -> Node | None:
    return parties.node(record, name, part, context.ours, context.finds(record))


def _kept(
    item: int,
    name: Name,
    part: str,
    now: Statement,
    before: tuple[Said, ...],
    words: str | None,
    line: Line | None = None,
) -> Kept:
    """A statement, whose own `line` knows the name of its family."""
    member = Member(name.key(part), now, name.connection, before, name.stream)
    family = weaving.name_of(member) if line is None else line.key
    number = ids.number(family) if line is None else line.family
    return Kept(number, items.record_id(item, part), item, member, words, family)
