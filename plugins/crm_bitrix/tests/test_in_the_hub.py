"""A portal in the hub: what a manager sees of it."""

import pytest
from hub_crm_bitrix.simulator import Clock, Portal, World
from hub_crm_bitrix.simulator.fields import COMPANY, DEAL
from hub_crm_bitrix.simulator.moments import written
from sqlalchemy import text

from hub.store import lines

NOW = 1_795_000_000.0
MAIL = """From: Пётр <petr@romashka.example>
To: anna@my.example
Subject: Договор
Message-ID: <abc@romashka.example>
Date: Wed, 18 Nov 2026 10:00:00 +0300
Content-Type: text/plain; charset=utf-8

Высылаю договор.
"""


MEETING = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//My//Calendar//RU
BEGIN:VEVENT
UID:THE-UID
DTSTAMP:20261101T090000Z
DTSTART:20261119T090000Z
DTEND:20261119T100000Z
SUMMARY:Переговоры
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def portal():
    return Portal(world=World(size=60, until=NOW - 60), clock=Clock(NOW), limits=None)


def amend(portal, table, number, **fields):
    found = portal.tables[table]
    stamp = "LAST_UPDATED" if table == "activities" else "updatedTime"
    found.put({**found.row(number), stamp: written(portal.clock.now()), **fields})


def the_kind(world, kind):
    """(line, the streams it was seen in) of all lines of a kind."""
    with world.open() as opened, opened.store.read() as tx:
        found = tx.rows(text("select id, title, ends, at, direction from interaction where kind = :kind"), kind=kind)
        origins = lines.origins(tx, [row.id for row in found])
    return [(row, sorted(origin.name for origin in origins[row.id])) for row in found]


def test_a_call_and_its_statistics_are_one_line_with_the_duration_of_the_exchange(portal, world):
    hub = world(portal)
    hub.good_sync()
    found = the_kind(hub, "call")
    assert found
    assert all(origins == ["activities", "calls"] for _row, origins in found)
    answered = [row.ends - row.at for row, _ in found if row.ends]
    assert answered
    assert all(5_000 <= length < 1_805_000 for length in answered)


def test_a_mail_of_the_crm_that_is_in_a_mailbox_too_is_one_line(portal, world, tmp_path):
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "1.eml").write_text(MAIL, "utf-8")
    number = next(
        one for one in portal.tables["activities"].ids if portal.tables["activities"].row(one)["TYPE_ID"] == "4"
    )
    headers = {
        "EMAIL_META": {"from": "petr@romashka.example", "to": "anna@my.example"},
        "MESSAGE_HEADERS": {"Message-Id": "<abc@romashka.example>"},
    }
    amend(portal, "activities", number, SUBJECT="Договор", DESCRIPTION="<p>Высылаю договор.</p>", SETTINGS=headers)
    hub = world(portal, mail=("email.files", {"path": str(tmp_path / "mail"), "owner": "anna@my.example"}))
    hub.good_sync()
    [(row, origins)] = [one for one in the_kind(hub, "mail") if one[0].title == "Договор"]
    assert len(origins) == 2
    assert "activities" in origins
    assert row.direction == "in"


def first(portal, type_id):
    table = portal.tables["activities"]
    return next(number for number in table.ids if table.row(number)["TYPE_ID"] == type_id)


def test_one_history_of_a_portal_a_mailbox_and_a_calendar(portal, world, tmp_path):
    """A mail whose Message-ID the portal does not tell, and a meeting of its calendar: each is one line, seen twice."""
    for name, lines_ in {"mail/1.eml": MAIL, "plans/1.ics": MEETING}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(lines_, "utf-8")
    sent = {"START_TIME": "2026-11-18T10:00:00+03:00", "DESCRIPTION": "<p>Высылаю<br>договор.</p>", "DIRECTION": "1"}
    meta = {"EMAIL_META": {"from": "Пётр <petr@romashka.example>", "to": "anna@my.example"}}
    amend(portal, "activities", first(portal, "4"), SUBJECT="Договор", SETTINGS=meta, **sent)
    met = {"START_TIME": "2026-11-19T12:00:00+03:00", "END_TIME": "2026-11-19T13:00:00+03:00"}
    amend(
        portal, "activities", first(portal, "1"), SUBJECT="Переговоры", CALENDAR_EVENT_ID=str(first(portal, "1")), **met
    )
    uid = f"20261119T090000Z-{first(portal, '1'):032x}@portal.example"
    (tmp_path / "plans/1.ics").write_text(MEETING.replace("THE-UID", uid), "utf-8")
    hub = world(
        portal,
        mail=("email.files", {"path": str(tmp_path / "mail"), "owner": "anna@my.example"}),
        plans=("calendar.files", {"path": str(tmp_path / "plans"), "owner": "anna@my.example"}),
    )
    hub.good_sync()
    [mail] = [origins for row, origins in the_kind(hub, "mail") if row.title == "Договор"]
    [meeting] = [origins for row, origins in the_kind(hub, "meeting") if row.title == "Переговоры"]
    assert [len(mail), len(meeting)] == [2, 2]
    assert {"activities"} == set(mail) & set(meeting)
    before = hub.dump()
    hub.rebuild()
    assert hub.dump() == before


def test_a_second_sync_changes_nothing_and_asks_little(portal, world):
    hub = world(portal)
    hub.good_sync()
    first, calls = hub.dump(), len(portal.log)
    portal.clock.turn(3_600)
    counts = hub.good_sync()
    assert counts.stored == 0
    assert sum(not one.batched for one in list(portal.log)[calls:]) < 45
    assert [line for line in first if b'"cursor":' not in line] == hub.dump(cursors=False)


def test_what_is_deleted_or_merged_away_is_marked_and_its_history_stays(portal, world):
    hub = world(portal)
    hub.good_sync()
    portal.tables[DEAL].remove(5)
    portal.clock.turn(86_400)
    hub.good_sync()
    assert hub.removed() == ["5"]


@pytest.mark.parametrize("stamp", ["DATE_CREATE", "DATE_MODIFY"])
def test_a_tax_number_that_is_new_or_changed_is_read_though_the_company_itself_stays_as_it_was(portal, world, stamp):
    hub = world(portal, {"streams": ["companies"]})
    hub.good_sync()
    portal.clock.turn(3_600)
    requisites = portal.tables["requisites"]
    number = next(one for one in requisites.ids if requisites.row(one)["ENTITY_TYPE_ID"] == "4")
    row = requisites.row(number)
    requisites.put({**row, "RQ_INN": "7707083893", "DATE_MODIFY": None, stamp: written(portal.clock.now())})
    assert hub.good_sync().stored == 1
    assert hub.contains("7707083893")


def test_a_stage_with_another_name_is_shown_by_it(portal, world):
    hub = world(portal, {"streams": ["deals"]})
    hub.good_sync()
    statuses = portal.tables["statuses"]
    for number in statuses.ids:
        if statuses.row(number)["ENTITY_ID"] == "DEAL_STAGE":
            statuses.put({**statuses.row(number), "NAME": f"Иначе {number}"})
    portal.clock.turn(3_600)
    hub.good_sync()
    assert hub.contains("Иначе")


def test_a_portal_that_shows_nothing_any_more_is_not_believed(portal, world):
    hub = world(portal, {"streams": ["companies"]})
    hub.good_sync()
    for number in list(portal.tables[COMPANY].ids):
        portal.tables[COMPANY].remove(number)
    portal.clock.turn(86_400)
    [report] = hub.sync()
    assert type(report.error).__name__ == "SuddenlyEmpty"
    assert hub.removed() == []


@pytest.mark.parametrize(
    "stream", ["users", "companies", "leads", "deals", "invoices", "activities", "calls", "comments"]
)
def test_an_object_that_is_asked_for_again_is_the_one_that_was_pulled(reading, stream):
    one = reading()
    one.pull(stream)
    number, raw = next(iter(one.seen.items()))
    assert one.source.fetch(stream, number, "") == raw.body
    with pytest.raises(KeyError):
        one.source.fetch(stream, "99999999", "")
