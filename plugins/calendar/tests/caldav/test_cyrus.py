"""What only Cyrus does: it tells changes in parts where it is asked to, forgets tokens, and has boxes for invitations."""

import pytest
from hub_calendar.caldav import resources

import hub


@pytest.fixture
def office(cyrus, user, event, world):
    """A calendar with six events, and a hub that has read them."""
    cyrus.make(user, "office")
    for number in range(6):
        cyrus.put(user, "office", f"e{number}.ics", event(f"e{number}", f"Встреча {number}"))
    one = world(calendars={"url": cyrus.url, "address": user, "password": "x", "calendars": ["office"]})
    assert one.good_sync().stored == 6
    return one


@pytest.fixture
def cut(monkeypatch):
    """Ask for two changes at most: of the three servers this one alone says that there are more (RFC 6578, 3.6)."""
    usual = resources.changes_since
    limit = b"<D:limit><D:nresults>2</D:nresults></D:limit>"
    monkeypatch.setattr(
        resources, "changes_since", lambda token: usual(token).replace(b"<D:prop>", limit + b"<D:prop>")
    )


def test_changes_told_in_parts_are_all_read(office, cyrus, user, event, cut):
    for number in range(3, 8):
        cyrus.put(user, "office", f"e{number}.ics", event(f"e{number}", f"Перенесена {number}"))
    cyrus.delete(user, "office", "e0.ics")
    before = cyrus.mark()
    counts = office.good_sync()
    cyrus.mark()
    assert cyrus.log()[before:].count("<D:sync-collection") == 3, "or nothing was cut, and this test proves nothing"
    assert (counts.listed, counts.stored) == (5, 5)
    assert {f"Перенесена {number}" for number in range(3, 8)} < set(office.history())
    assert office.removed() == ["e0.ics"]
    assert office.good_sync().listed == 0


def test_a_token_from_before_a_cleaning_loses_and_doubles_nothing(office, cyrus, user, event):
    cyrus.delete(user, "office", "e0.ics")
    cyrus.put(user, "office", "e7.ics", event("e7", "Новая"))
    cyrus.forget()
    before = cyrus.mark()
    counts = office.good_sync()
    assert "valid-sync-token" in cyrus.log()[before:], "or the token was not lost, and this test proves nothing"
    assert (counts.listed, counts.stored) == (6, 1)
    assert len(office.history()) == 7
    assert office.removed() == ["e0.ics"]


def test_boxes_for_invitations_are_no_calendars_and_a_meeting_of_two_users_is_one(cyrus, event, world):
    """Cyrus itself brings what Anna plans into Boris's calendar, and the invitation into his box."""
    anna, boris = users = ("anna@my.example", "boris@my.example")
    for one in users:
        cyrus.let_in(one)
        cyrus.ask(one, "PROPFIND", cyrus.path(one), Depth="1")
    invited = f"ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:{boris}\n"
    cyrus.put(anna, "Default", "plan.ics", event("plan", "Переговоры", start="20270601T100000", more=invited))
    assert b"plan" in cyrus.ask(boris, "REPORT", cyrus.path(boris, "Default"), resources.changes_since("")), (
        "no delivery"
    )
    both = world(calendars={"url": cyrus.url, "users": [{"address": one} for one in users], "password": "x"})
    before = cyrus.mark()
    both.good_sync()
    cyrus.mark()
    assert set(both.states()) == {f"{one}/Default" for one in users}
    assert both.history() == ["Переговоры"]
    assert set(cyrus.asked(before)) <= {"PROPFIND", "REPORT", "GET"}


def test_who_has_no_mailbox_stops_nobody_else(office, cyrus, user):
    users = office.connections["calendars"][1]
    users["users"] = [{"address": users.pop("address")}, {"address": "nobody@my.example"}]
    reports = {report.stream: report for report in office.sync()}
    assert reports[f"{user}/office"].state == "ok"
    assert isinstance(reports["nobody@my.example"].error, hub.HubError)
    assert len(office.history()) == 6
