"""What records say by themselves, made out before the database is taken: it is pure, and most records of a page say no more.

It holds in its context. What is not found here is made out where it is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.core import ids, parties
from hub.core.duplicates import Member
from hub.core.identity import Node
from hub.core.ids import Name
from hub.core.records import PARTIES, Company, Contact, Gone, Identifier, Record, Statement, User
from hub.core.said import Said
from hub.projection import weaving
from hub.projection.weaving import Context, Line
from hub.store import items
from hub.store.lines import Kept


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

    def make_out_parties(self, item: int, name: Name, records: Mapping[str, Record]) -> None:
        for part, record in records.items():
            if isinstance(record, PARTIES):
                self.nodes[items.record_id(item, part)] = record, _node(record, name, part, self.context)

    def make_out_statements(
        self, item: int, name: Name, records: Mapping[str, Record], words: Mapping[str, str]
    ) -> None:
        for part, record in records.items():
            if not isinstance(record, Company | Contact | User | Gone):
                kept = _kept(item, name, part, record, (), words.get(part))
                self.statements[kept.record_id] = kept, weaving.alone(kept, self.context)

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


def _kept(item: int, name: Name, part: str, now: Statement, before: tuple[Said, ...], words: str | None) -> Kept:
    member = Member(name.key(part), now, name.connection, before, name.stream)
    family = weaving.name_of(member)
    return Kept(ids.number(family), items.record_id(item, part), item, member, words, family)
