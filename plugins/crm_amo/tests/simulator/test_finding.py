"""What a question finds: the same as by a look at every row, and without it."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hub_crm_amo.simulator import Account, Clock, World
from hub_crm_amo.simulator.lists import wanted
from hub_crm_amo.simulator.world import COMPANIES, CONTACTS, EVENTS, LEADS, NOTES, TASKS

from hub.simulators import names

NOW = 1_795_000_000
NOTED = NOTES[LEADS]


def asked(chance: random.Random, kind: str) -> dict[str, Any]:
    """Some question: between two moments or from one on, for some cards, some people, the bin, in some order."""
    since, upto = sorted(NOW - chance.randrange(1, 80_000_000) for _ in "ab")
    time = "created_at" if kind == EVENTS else "updated_at"
    parts: dict[str, Any] = {
        time: chance.choice([{"from": str(since), "to": str(upto)}, {"from": str(since)}, {"to": str(upto)}]),
        "entity_id": [str(chance.randrange(1, 60)) for _ in range(5)],
        "id": [str(chance.randrange(1, 60)) for _ in range(9)],
        "responsible_user_id": [str(chance.randrange(1, 4))],
        "type": ["lead_status_changed", "lead_deleted"],
        "closed_at": {"from": "1", "to": str(upto)},
    }
    has = {LEADS: {time, "id", "responsible_user_id", "closed_at"}, CONTACTS: {time, "id", "responsible_user_id"},
           TASKS: {time, "id", "entity_id"}, NOTED: {time, "entity_id"}, EVENTS: {time, "type", "entity_id"}}  # fmt: skip
    chosen = [name for name in sorted(has[kind]) if chance.random() < 0.5]
    orders = ["id"] if kind in (TASKS, EVENTS) else ["id", "updated_at"]
    order = {chance.choice(orders): chance.choice(["asc", "desc"])}
    return {"filter": {name: parts[name] for name in chosen}, "order": order}


def found_by_looking(account: Account, kind: str, query: dict[str, Any], *, deleted: bool) -> list[int]:
    table = account.tables[kind]

    def holds(row: dict[str, Any], name: str, given: Any) -> bool:
        if isinstance(given, list):
            return str(row[name]) in given
        is_early = "to" in given and (row[name] is None or row[name] > int(given["to"]))
        return not is_early and (row[name] or 0) >= int(given.get("from", 0))

    rows = [row for row in map(table.row, table.ids) if bool(row.get("is_deleted")) == deleted]
    rows = [row for row in rows if all(holds(row, name, given) for name, given in query["filter"].items())]
    name, way = ("created_at", "desc") if kind == EVENTS else next(iter(query["order"].items()))
    rows.sort(key=lambda row: names.mixed(row["id"] ^ account.salt))
    rows.sort(key=lambda row: row[name] or 0, reverse=way == "desc")
    return [row["id"] for row in rows]


def change(account: Account, chance: random.Random) -> None:
    kind = chance.choice([LEADS, CONTACTS, TASKS, NOTED])
    table, now = account.tables[kind], NOW - chance.randrange(1, 80_000_000)
    number, other = chance.sample(table.ids, 2)
    match chance.randrange(5):
        case 0:
            account.put(kind, {**table.row(number), "id": table.next_id(), "updated_at": now})
        case 1 | 2:
            account.put(kind, {**table.row(number), "updated_at": now, "responsible_user_id": 2})
        case 3:
            account.merge(LEADS, *chance.sample(account.tables[LEADS].ids, 2))
        case _:
            account.delete(kind, other)


@pytest.mark.parametrize("seed", range(4))
def test_a_question_finds_what_a_look_at_every_row_finds_whatever_is_written_meanwhile(seed):
    chance = random.Random(seed)
    account = Account(world=World(size=300, ties=1 + 9 * (seed % 2)), clock=Clock(NOW), salt=seed)
    for _ in range(150):
        kind = chance.choice([LEADS, CONTACTS, TASKS, NOTED, EVENTS])
        query, deleted = asked(chance, kind), kind == LEADS and chance.random() < 0.2
        found = account.find(kind, wanted(kind, query, deleted=deleted))
        expected = found_by_looking(account, kind, query, deleted=deleted)
        assert found.page(0, 7) == (expected[:7], len(expected) > 7), query
        assert list(found) == expected, query
        if chance.random() < 0.5:
            change(account, chance)


def test_who_names_a_card_is_known_whatever_is_written_meanwhile():
    chance = random.Random(5)
    account = Account(world=World(size=300), clock=Clock(NOW))
    for _ in range(40):
        for kind, to in ((LEADS, CONTACTS), (LEADS, COMPANIES), (CONTACTS, COMPANIES)):
            number = chance.choice(account.tables[to].ids)
            table = account.tables[kind]
            expected = [one for one in table.ids if number in table.row(one)[f"_{to}"]]
            assert account.referring(kind, to, number) == expected
        change(account, chance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(World):
    """A world that writes down how often a row is looked at."""

    looked: list[int] = field(default_factory=list)

    def chance(self, kind: str, number: int) -> int:
        self.looked.append(number)
        return World.chance(self, kind, number)


@pytest.mark.parametrize(
    "hook", [lambda _account: None, lambda account: account.delete(LEADS, account.tables[LEADS].ids[9])]
)
def test_the_next_window_takes_as_many_looks_at_rows_as_its_page_has_rows(hook: Callable[[Account], None]):
    account = Account(world=Counted(size=20_000), clock=Clock(NOW))
    looked = account.world.looked

    def page(upto: int) -> int:
        before = len(looked)
        query = {"filter": {"updated_at": {"from": "1", "to": str(upto)}}, "order": {"updated_at": "desc"}}
        ids, more = account.find(LEADS, wanted(LEADS, query)).page(0, 50)
        assert (len(ids), more) == (50, True)
        return len(looked) - before

    assert page(NOW) >= len(account.tables[LEADS])  # the index is made
    for days in range(1, 9):
        hook(account)
        assert page(NOW - days * 86_400) <= 500
