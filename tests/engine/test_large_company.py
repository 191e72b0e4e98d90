"""A company of thousands: one contact more is one contact's work."""

import re
from collections.abc import Iterable

from sqlalchemy import event

import hub
from hub.engine import sync as syncing
from tests.engine.conftest import company, mail

COLLEAGUES = 120


def test_a_contact_more_asks_nothing_about_his_colleagues(world):
    world.memory.page_size = 50
    world.memory.add("crm", "1", company("АО Завод", domain="zavod.test"))
    for n in range(COLLEAGUES):
        world.memory.add("people", str(n), _contact(n))
    world.sync()
    for n in (COLLEAGUES, COLLEAGUES + 1):
        world.memory.add("people", str(n), _contact(n))
        assert 0 < _most_asked_about(world) < COLLEAGUES
    world.memory.add("inbox", "1", mail(f"n{COLLEAGUES}@zavod.test", "anna@my.example", mid="m@x"))
    world.sync()
    assert world.history("Завод") == ["mail in Счёт"]


def _contact(n: int) -> hub.Contact:
    return hub.Contact(name=f"Сотрудник {n}", identifiers=(hub.Identifier("email", f"n{n}@zavod.test"),))


def _most_asked_about(world) -> int:
    """The most ids that a statement of a sync names."""
    asked = [0]

    def count(_connection, _cursor, _statement, parameters, _context, _many):
        values: Iterable[object] = parameters.values() if isinstance(parameters, dict) else parameters
        asked.extend(value.count(",") + 1 for value in values if isinstance(value, str))
        asked.extend(len(value) for value in values if isinstance(value, list))

    def trace(file, *_about):
        if hasattr(file, "set_trace_callback"):  # what a file is asked without SQLAlchemy
            file.set_trace_callback(lambda said: count(0, 0, 0, re.findall(r"json_each\('\[(.*?)\]'\)", said), 0, 0))

    with world.open() as opened:
        for engine in (opened.store.engine, opened.store.writer):
            event.listen(engine, "before_cursor_execute", count)
            event.listen(engine, "checkout", trace)
        syncing.sync(opened, syncing.Wish())
    return max(asked)
