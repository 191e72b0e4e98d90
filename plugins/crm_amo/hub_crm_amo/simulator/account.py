"""The account: its tables, its limits, who may call, and what happens when something is written."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hub.simulators import forms
from hub.simulators.clock import Clock
from hub.simulators.faults import Fault
from hub.simulators.tables import Row, Table
from hub_crm_amo.simulator import directories, hooks, rows
from hub_crm_amo.simulator.calls import Call, Effect, Method
from hub_crm_amo.simulator.finding import Finder, Found
from hub_crm_amo.simulator.limits import Limits
from hub_crm_amo.simulator.lists import Wanted
from hub_crm_amo.simulator.tokens import Tokens
from hub_crm_amo.simulator.world import COMPANIES, CONTACTS, ENTITIES, EVENTS, LEADS, NOTES, TALKS, TASKS, World

Hook = Callable[[Call], None]
_SINGULAR = {LEADS: "lead", CONTACTS: "contact", COMPANIES: "company", "customers": "customer"}


@dataclass
class Account:
    """Change it while it runs: `limits` (None is none at all), `faults`, hooks, rows by `put`, `delete`, `restore`, `merge`.

    `before` and `after` are called with each call, under the account's lock; `methods` stand in the place of those that are asked
    alike. `lag` seconds pass between a write and its being read; webhooks do not wait for that. `salt` mixes rows that are equal
    in the order asked for.
    """

    world: World = field(default_factory=World)
    clock: Clock = field(default_factory=Clock)
    limits: Limits | None = field(default_factory=Limits)
    tokens: Tokens = field(default_factory=Tokens)
    name: str = "ООО «Мы»"
    subdomain: str = "my"
    is_paid: bool = True
    events_a_page: int = 100
    lag: float = 0
    salt: int = 0
    methods: dict[tuple[str, str], Method] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    before: list[Hook] = field(default_factory=list)
    after: list[Hook] = field(default_factory=list)
    log: deque[Effect] = field(default_factory=lambda: deque(maxlen=100_000))
    post: hooks.Post = field(default_factory=hooks.Post)
    webhooks: dict[str, Row] = field(default_factory=dict)
    tables: dict[str, Table] = field(init=False)
    users: list[Row] = field(init=False)
    pipelines: list[Row] = field(default_factory=directories.pipelines)
    fields: dict[str, list[Row]] = field(default_factory=directories.fields)
    groups: dict[str, list[Row]] = field(default_factory=directories.groups)
    catalogs: list[Row] = field(init=False)
    tags: dict[str, dict[str, Row]] = field(init=False)
    lock: threading.RLock = field(default_factory=threading.RLock)
    wrote: int = 0
    _finders: dict[str, Finder] = field(default_factory=dict)
    _late: list[tuple[float, str, Row]] = field(default_factory=list)
    _next: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.users = directories.users(self.world)
        self.catalogs = directories.catalogs(self.world)
        self.tags = {kind: {"VIP": dict(directories.TAG)} for kind in ENTITIES}
        self.tables = {kind: _table(self.world, kind) for kind in rows.MADE} | {
            "elements": Table.of((), key="id"),
            TALKS: Table(partial(rows.talks, self.world), partial(rows.talk, self.world), key="talk_id"),
        }

    # --- what a method needs ---

    def finder(self, kind: str) -> Finder:
        if kind not in self._finders:
            self._finders[kind] = Finder(self.tables[kind], self.salt)
        return self._finders[kind]

    def find(self, kind: str, asked: Wanted) -> Found:
        return self.finder(kind).found(asked)

    def referring(self, kind: str, to: str, number: int) -> list[int]:
        """The ids of a kind whose rows name this one: the contacts of a company."""
        return list(self.finder(kind).having(f"_{to}", number))

    def by_phone(self, phone: Any) -> int:
        """A contact with a telephone of the same last ten digits; 0 for nobody."""
        return next(iter(self.finder(CONTACTS).having("_phones", rows.last_digits(phone))), 0)

    def tag(self, kind: str, name: str, color: str | None = None) -> Row:
        """The tag of that name, a new one where there is none."""
        known = self.tags[kind]
        if name not in known:
            number = 1 + max(one["id"] for every in self.tags.values() for one in every.values())
            known[name] = {"id": number, "name": name, "color": color}
        return known[name]

    def next_id(self, kind: str) -> int:
        """Ids are never given twice, not even those of rows that are still on their way."""
        self._next[kind] = max(self._next.get(kind, 0) + 1, self.tables[kind].next_id())
        return self._next[kind]

    # --- what happens ---

    def put(self, kind: str, row: Row) -> Row:
        """Write a row: what it means is told by an event and by webhooks at once, and read `lag` seconds later."""
        with self.lock:
            self.settle(everything=True)
            before = self.tables[kind].get(row["id"])
            self.wrote += 1
            if self.lag:
                self._late.append((self.clock.now() + self.lag, kind, row))
            else:
                self.tables[kind].put(row)
            if kind in ENTITIES:
                self._happened(kind, before, row)
            return row

    def settle(self, *, everything: bool = False) -> None:
        """Let what was written come to be read."""
        now = self.clock.now()
        ripe = [one for one in self._late if everything or one[0] <= now]
        self._late = [one for one in self._late if one not in ripe] if ripe else self._late
        for _, kind, row in ripe:
            self.tables[kind].put(row)

    def delete(self, kind: str, number: int) -> None:
        """What a person does in the interface. A lead lies in the bin from then on; a contact, company or task is gone."""
        with self.lock:
            before, now = self.tables[kind].row(number), int(self.clock.now())
            after = {**before, "is_deleted": True, "updated_at": now}
            if kind == LEADS:
                self.tables[kind].put(after)
            else:
                self.tables[kind].remove(number)
            if kind in ENTITIES:
                self._happened(kind, before, after)

    def restore(self, number: int) -> None:
        with self.lock:
            self.put(
                LEADS, {**self.tables[LEADS].row(number), "is_deleted": False, "updated_at": int(self.clock.now())}
            )

    def merge(self, kind: str, loser: int, winner: int) -> None:
        """What a person does in the interface: the loser vanishes, and its notes and tasks are the winner's."""
        with self.lock:
            table, now = self.tables[kind], int(self.clock.now())
            table.remove(loser)
            if kind in NOTES:
                self._hand_over(NOTES[kind], "entity_id", loser, winner)
            if kind == LEADS:
                self._hand_over(TASKS, "entity_id", loser, winner)
            for other in ENTITIES:
                for number in self.referring(other, kind, loser):
                    row = self.tables[other].row(number)
                    kept = dict.fromkeys(winner if one == loser else one for one in row[f"_{kind}"])
                    self.tables[other].put({**row, f"_{kind}": list(kept)})
            self.tell(kind, winner, "entity_merged", [], [])
            table.put({**table.row(winner), "updated_at": now})

    def _hand_over(self, kind: str, name: str, loser: int, winner: int) -> None:
        table = self.tables[kind]
        for number in list(self.finder(kind).having(name, forms.text(loser))):
            table.put({**table.row(number), name: winner})

    def tell(
        self, kind: str, number: int, type_: str, after: Sequence[Row], before: Sequence[Row], user: int = 1
    ) -> None:
        """Write an event."""
        self.tables[EVENTS].put(
            {
                "id": self.tables[EVENTS].next_id(), "type": type_, "entity_id": number, "entity_type": _SINGULAR[kind], "created_by": user,
                "created_at": int(self.clock.now()), "account_id": directories.ACCOUNT, "value_after": list(after), "value_before": list(before),
            }
        )  # fmt: skip

    def _happened(self, kind: str, before: Row | None, after: Row) -> None:
        number, noun, user = after["id"], _SINGULAR[kind], after["updated_by"]
        for setting, key in hooks.told(kind, before, after):
            self._post(setting, hooks.form(kind, key, before, after, self.subdomain))
            match key:
                case "add" | "delete" | "restore":
                    self.tell(kind, number, f"{noun}_{'added' if key == 'add' else f'{key}d'}", [], [], user)
                case "status" if before:
                    was, now = (
                        [{"lead_status": {"id": row["status_id"], "pipeline_id": row["pipeline_id"]}}]
                        for row in (before, after)
                    )
                    self.tell(kind, number, "lead_status_changed", now, was, user)
                case "responsible" if before:
                    was, now = ([{"responsible_user": {"id": row["responsible_user_id"]}}] for row in (before, after))
                    self.tell(kind, number, "entity_responsible_changed", now, was, user)

    def talked(self, row: Row) -> None:
        """A talk has changed, and who wants to know is told."""
        self.tables[TALKS].put(row)
        self._post("update_talk", hooks.talk_form(row, self.subdomain))

    def _post(self, setting: str, form: str) -> None:
        for destination, hook in self.webhooks.items():
            if setting in hook["settings"]:
                self.post.waiting.append(hooks.Delivery(destination=destination, form=form, due=self.clock.now()))

    def subscribe(self, destination: str, settings: list[str], user: int) -> Row:
        now = int(self.clock.now())
        made = self.webhooks.get(destination) or {
            "id": 1 + len(self.webhooks),
            "destination": destination,
            "created_at": now,
            "created_by": user,
        }
        self.webhooks[destination] = {
            **made,
            "updated_at": now,
            "sort": 1,
            "disabled": destination in self.post.disabled,
            "settings": settings,
            "account_id": directories.ACCOUNT,
        }
        return self.webhooks[destination]


def _table(world: World, kind: str) -> Table:
    quick: dict[str, Callable[[int], Any]] = {
        "id": lambda number: number,
        "created_at": partial(world.created, kind),
        "updated_at": partial(world.updated, kind),
        "is_deleted": lambda _number: False,
        **{name: partial(tell, world, kind) for name, tell in rows.QUICK.get(kind, {}).items()},
    }
    told = {"_phones": rows.phones} if kind == CONTACTS else {}
    return Table(partial(world.ids, kind), partial(rows.MADE[kind], world), quick, told=told)
