"""The specification: whatever happens at a source and whatever people decide, in whatever order,

* the derived tables are what a rebuild from nothing gives, byte for byte;
* every statement that was ever pulled, and not forgotten, belongs to exactly one interaction;
* the order of arrival does not matter: a second hub that pulls another order ends in the same derived tables;
* merging two clients and splitting them again gives back the same bytes;
* what was forgotten does not come back;
* beside every line of a client's history stand the signs of what the line says.

    HUB_EXAMPLES=2000 uv run pytest tests/engine/test_state_machine.py     the long campaign
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

import hub
from hub.core.policy import Policy
from hub.core.signs import signs
from hub.engine import decide, forget, rebuild
from hub.engine import sync as syncing
from hub.store import clients, derived, search
from hub.store.address import Server
from hub.store.database import table
from hub.store.derived_tables import History, Record
from hub.testing.memory import Memory
from tests.engine.conftest import World, at, company, mail
from tests.servers.postgresql import PostgreSQL

EXAMPLES = int(os.environ.get("HUB_EXAMPLES", "30"))

OUTSIDE = (
    "ivan@romashka.test",
    "olga@romashka.test",
    "info@romashka.test",
    "ivan@vasilek.test",
    "petr@gmail.com",
    "petr@lotos.test",
)
INNS = ("", "", "7707083893", "7736050003")
addresses = st.sampled_from(OUTSIDE)
streams = st.sampled_from(("inbox", "sent", "archive"))
numbers = st.integers(1, 6)
days = st.integers(1, 28)


class Machine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(TemporaryDirectory()))
        self.memory = self.stack.enter_context(Memory("source", page_size=2).serving())
        self.world = World(folder, self.memory, server=self.stack.enter_context(self.place()))
        self.forgotten: set[str] = set()
        self.dirty = True

    def place(self) -> AbstractContextManager[Server | None]:
        return nullcontext()

    def teardown(self) -> None:
        self.hub_stack.close()
        self.stack.close()

    @initialize(store=st.sampled_from(("all", "clients")))
    def start(self, store: Any) -> None:
        self.world.policy = Policy(store=store)
        self.hub_stack = ExitStack()
        self.hub = self.hub_stack.enter_context(self.world.open())
        for name in ("crm", "people", "inbox", "sent", "archive", "calendar"):
            self.memory.stream(name)

    # --- the source ---------------------------------------------------------------------------------------------------

    @rule(number=numbers, name=st.sampled_from(("ООО Ромашка", "Ромашка", "АО Лотос")), inn=st.sampled_from(INNS),
          emails=st.lists(addresses, max_size=2), phone=st.sampled_from(("", "", "+7 495 123-45-67")))  # fmt: skip
    def company_says(self, number: int, name: str, inn: str, emails: list[str], phone: str) -> None:
        self.memory.add(
            "crm", str(number), company(name, inn=inn, emails=tuple(emails), phones=(phone,) if phone else ())
        )

    @rule(number=numbers, found=st.lists(addresses, min_size=1, max_size=2), companies=st.lists(numbers, max_size=2))
    def contact_says(self, number: int, found: list[str], companies: list[int]) -> None:
        refs = tuple(f"crm/{one}" for one in sorted(set(companies)))
        known = tuple(hub.Identifier("email", address) for address in sorted(set(found)))
        self.memory.add("people", str(number), hub.Contact(name="Иван Петров", identifiers=known, companies=refs))

    @rule(number=numbers, name=st.sampled_from(("ООО Ромашка", "АО Лотос")), inn=st.sampled_from(INNS),
          people=st.lists(st.tuples(numbers, addresses), min_size=1, max_size=3, unique_by=lambda one: one[0]))  # fmt: skip
    def a_card_without_address_has_people(
        self, number: int, name: str, inn: str, people: list[tuple[int, str]]
    ) -> None:
        self.memory.add("crm", str(number), company(name, inn=inn))
        for person, address in people:
            found = (hub.Identifier("email", address),)
            said = hub.Contact(name=f"Иван {person}", identifiers=found, companies=(f"crm/{number}",))
            self.memory.add("people", str(person), said)

    @rule(stream=streams, number=numbers, mid=numbers, outside=addresses, out=st.booleans(), day=days,
          refs=st.lists(numbers, max_size=2), words=st.sampled_from(("Счёт готов", "Совсем другое письмо о договоре")))  # fmt: skip
    def mail_says(
        self, stream: str, number: int, mid: int, outside: str, out: bool, day: int, refs: list[int], words: str
    ) -> None:
        sender, to = ("anna@my.example", outside) if out else (outside, "anna@my.example")
        said = mail(sender, to, mid=f"m{mid}@x", day=day, text=words, refs=tuple(f"m{one}@x" for one in refs))
        self.memory.add(stream, str(number), said)

    @rule(number=numbers, uid=numbers, outside=addresses, day=days, sequence=st.integers(0, 2))
    def meeting_says(self, number: int, uid: int, outside: str, day: int, sequence: int) -> None:
        people = (hub.Participant("organizer", hub.Identifier("email", "anna@my.example")),
                  hub.Participant("attendee", hub.Identifier("email", outside)))  # fmt: skip
        said = hub.Meeting(at=at(day), uid=f"u{uid}", title="Встреча", sequence=sequence, participants=people)
        self.memory.add("calendar", str(number), said)

    @rule(stream=st.sampled_from(("inbox", "sent", "archive", "crm", "people", "calendar")), number=numbers)
    def item_goes(self, stream: str, number: int) -> None:
        if str(number) in self.memory.shelves[stream].items:
            self.memory.delete(stream, str(number))

    @rule(stream=streams, to=streams, number=numbers)
    def mail_moves(self, stream: str, to: str, number: int) -> None:
        if stream != to and str(number) in self.memory.shelves[stream].items:
            self.memory.move(stream, str(number), to, f"moved-{stream}-{number}")

    @rule(stream=streams, number=numbers)
    def mail_becomes_unreadable(self, stream: str, number: int) -> None:
        if str(number) in self.memory.shelves[stream].items:
            self.memory.add(stream, str(number), b"rubbish")

    @rule()
    def cursors_are_lost(self) -> None:
        self.memory.lose_cursors()

    @rule(stream=st.sampled_from(("inbox", "sent", "archive", "calendar")), shift=st.integers(0, 1))
    def source_renumbers(self, stream: str, shift: int) -> None:
        shelf = self.memory.shelves[stream]
        shelf.items = {str(number + shift): item for number, item in enumerate(shelf.items.values(), 1)}
        self.memory.renumber(stream)

    @rule(order=st.sampled_from(("recent", "oldest", "shuffled")), seed=st.integers(0, 9))
    def order_changes(self, order: Any, seed: int) -> None:
        self.memory.order, self.memory.seed = order, seed

    @rule(stream=streams, page=st.integers(1, 3))
    def pull_will_fail(self, stream: str, page: int) -> None:
        self.memory.fail(stream, page=page, error=RuntimeError("the network is gone"))

    # --- the hub ------------------------------------------------------------------------------------------------------

    @rule()
    def sync(self) -> None:
        self.world.now += timedelta(minutes=5)
        for name in self.memory.shelves:
            with self.hub.store.read() as tx:
                known = any(row.name == name for row in _streams(tx))
            if known:
                decide.accept_empty(self.hub, "source", name)
        syncing.sync(self.hub, syncing.Wish())
        self.dirty = True

    @rule(data=st.data())
    def merge_then_split_gives_back_the_same_bytes(self, data: st.DataObject) -> None:
        found = self._clients()
        if len(found) < 2:
            return
        a, b = data.draw(st.lists(st.sampled_from(found), min_size=2, max_size=2, unique_by=lambda one: one.id))
        before = self._dump()
        parts = self._parts(a)
        decide.merge(self.hub, a.id, b.id, author="test")
        merged = self._clients()
        assert len(merged) < len(found)
        one = next(c for c in merged if set(parts) <= set(self._with_speakers(c)))
        decide.split(self.hub, one.id, parts, author="test")
        assert self._dump() == before

    @rule(data=st.data())
    def people_merge(self, data: st.DataObject) -> None:
        found = self._clients()
        if len(found) >= 2:
            a, b = data.draw(st.lists(st.sampled_from(found), min_size=2, max_size=2, unique_by=lambda one: one.id))
            decide.merge(self.hub, a.id, b.id, author="test")
            self.dirty = True

    @rule(data=st.data())
    def people_split(self, data: st.DataObject) -> None:
        found = [one for one in self._clients() if len(self._parts(one)) > 1]
        if found:
            client = data.draw(st.sampled_from(found))
            decide.split(self.hub, client.id, self._parts(client)[:1], author="test")
            self.dirty = True

    @rule(address=addresses)
    def people_promote(self, address: str) -> None:
        if address not in self.forgotten:
            decide.promote(self.hub, address, author="test")
            self.dirty = True

    @precondition(lambda self: len(self.forgotten) < 2)
    @rule(address=addresses)
    def people_forget(self, address: str) -> None:
        forget.forget(self.hub, [hub.Identifier("email", address)], author="test")
        self.forgotten.add(address)
        self.dirty = True

    # --- what always holds --------------------------------------------------------------------------------------------

    @invariant()
    def the_derived_tables_are_what_a_rebuild_gives(self) -> None:
        if not self.dirty:
            return
        self.dirty = False
        assert self._other_signs() == []
        before = self._dump()
        rebuild.rebuild(self.hub)
        after = self._dump()
        assert after == before, _difference(before, after)

    @invariant()
    def every_statement_belongs_to_one_interaction(self) -> None:
        with self.hub.store.read() as tx:
            statements, origins = _counts(tx)
        assert statements == origins

    @invariant()
    def nothing_forgotten_comes_back(self) -> None:
        if self.forgotten:
            text = b"".join(self._dump()).decode()
            assert not [address for address in self.forgotten if address in text]

    def _clients(self) -> list[clients.Found]:
        with self.hub.store.read() as tx:
            return [one for one, _, _ in clients.overview(tx, 100)]

    def _parts(self, client: clients.Found) -> list[str]:
        with self.hub.store.read() as tx:
            return [node.key for node in clients.nodes(tx, client.id)]

    def _with_speakers(self, client: clients.Found) -> list[str]:
        with self.hub.store.read() as tx:
            return [part.key for part in clients.parts(tx, client.id)]

    def _other_signs(self) -> list[Any]:
        """Places in histories that do not bear the signs of what their line says."""
        with self.hub.store.read() as tx:
            said, places = dict(search.everything(tx)), tx.rows(select(table(History)))
        return [row for row in places if row.signs != signs(said[row.interaction_id])]

    def _dump(self) -> list[bytes]:
        with self.hub.store.read() as tx:
            return list(derived.dump(tx))


def _difference(before: list[bytes], after: list[bytes]) -> str:
    left, right = set(before), set(after)
    lines = [b"- " + line for line in sorted(left - right)] + [b"+ " + line for line in sorted(right - left)]
    return b"\n".join(lines[:40]).decode()


def _streams(tx: Any) -> Any:
    from hub.store import pulls

    return pulls.streams(tx)


def _counts(tx: Any) -> tuple[int, int]:
    from sqlalchemy import func

    from hub.store.derived_tables import Origin

    record = table(Record)
    return (tx.scalar(select(func.count()).where(record.c.family != 0)),
            tx.scalar(select(func.count()).select_from(table(Origin))))  # fmt: skip


SETTINGS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[phase for phase in Phase if phase is not Phase.explain],
    print_blob=True,
    report_multiple_bugs=False,
)

TestMachine = Machine.TestCase
TestMachine.settings = SETTINGS


def test_the_same_holds_on_postgresql(postgresql: PostgreSQL) -> None:
    class OnPostgreSQL(Machine):
        @contextmanager
        def place(self) -> Iterator[Server]:
            fresh = postgresql.fresh()
            yield fresh
            postgresql.drop(fresh)

    run_state_machine_as_test(OnPostgreSQL, settings=settings(SETTINGS, max_examples=max(EXAMPLES // 6, 1)))
