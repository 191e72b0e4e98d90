"""Calendars on real servers, all the way into the history."""

import shutil
from datetime import UTC, date, datetime

import pytest
from hub_calendar.caldav.plugin import CALENDAR_CALDAV
from hub_calendar.plugin import CALENDAR_FILES

import hub
from hub import plugins

WINDOW = hub.Window(date(2026, 6, 1), date(2027, 1, 1))
READING = {"OPTIONS", "PROPFIND", "REPORT", "GET"}


@pytest.fixture(params=["radicale", "xandikos", "cyrus"])
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def calendar(server, user, event, world):
    """A calendar of somebody, and a hub that reads it."""

    class OneCalendar:
        # Cyrus makes no calendar whose name needs quoting
        name = f"{'office-' if server.name == 'cyrus' else 'Работа и '}{user.partition('@')[0]}"

        def put(self, name, *args, **more):
            server.put(user, self.name, f"{name}.ics", event(name, *args, **more))

        def delete(self, name):
            server.delete(user, self.name, f"{name}.ics")

    one = OneCalendar()
    server.make(user, one.name)
    one.server, one.user, one.stream = server, user, f"{user}/{one.name}"
    settings = {"url": server.url, "address": user, "password": server.password, "calendars": [one.name]}
    one.hub = world(calendars=settings)
    return one


def test_meetings_become_history_and_a_second_sync_reads_nothing(calendar):
    for number in range(7):
        calendar.put(f"e{number}", f"Встреча {number}", start=f"2026060{number + 1}T100000")
    assert calendar.hub.good_sync().stored == 7
    assert calendar.hub.history() == [f"Встреча {number}" for number in range(6, -1, -1)]
    before = calendar.server.mark()
    assert calendar.hub.good_sync().listed == 0
    calendar.server.mark()
    assert set(calendar.server.asked(before)) - {"GET"} == {"PROPFIND"}


def test_only_what_has_changed_is_read(calendar):
    for number in range(5):
        calendar.put(f"e{number}", f"Встреча {number}")
    calendar.hub.good_sync()
    calendar.put("e1", "Встреча перенесена")
    calendar.put("late", "Ещё встреча")
    counts = calendar.hub.good_sync()
    assert (counts.listed, counts.stored) == (2, 2)
    assert {"Встреча перенесена", "Ещё встреча"} < set(calendar.hub.history())
    assert len(calendar.hub.history()) == 6


def test_a_deleted_meeting_is_marked_and_stays_in_the_history(calendar):
    for number in range(3):
        calendar.put(f"e{number}", f"Встреча {number}")
    calendar.hub.good_sync()
    calendar.delete("e1")
    calendar.hub.good_sync()
    assert calendar.hub.removed() == ["e1.ics"]
    assert len(calendar.hub.history()) == 3
    calendar.put("e1", "Встреча снова")
    calendar.hub.good_sync()
    assert calendar.hub.removed() == []


def test_what_was_moved_answered_and_called_off_is_history_with_who_and_when(calendar):
    def put(day, hour, answer, more=""):
        stamp = f"LAST-MODIFIED:202611{day:02}T080000Z\n"
        guest = f"ATTENDEE;PARTSTAT={answer}:mailto:ivan@romashka.example\n"
        calendar.put("e1", "Переговоры", start=f"20261201T{hour}0000", more=stamp + guest + more)
        calendar.hub.good_sync()

    put(1, 10, "NEEDS-ACTION")
    put(2, 10, "ACCEPTED")
    put(3, 12, "ACCEPTED")
    put(4, 12, "DECLINED")
    put(5, 12, "DECLINED", "STATUS:CANCELLED\n")
    ten, noon = (int(datetime(2026, 12, 1, hour, tzinfo=UTC).timestamp() * 1000) for hour in (10, 12))
    lasts = 3_600_000
    assert calendar.hub.course("Переговоры") == [
        ("11-02 08:00", "ivan@romashka.example", "needs_action", "accepted"),
        ("11-03 08:00", "anna@my.example", (ten, ten + lasts), (noon, noon + lasts)),
        ("11-04 08:00", "ivan@romashka.example", "accepted", "declined"),
        ("11-05 08:00", "anna@my.example", "confirmed", "cancelled"),
    ]
    before = calendar.hub.dump()
    calendar.hub.rebuild()
    assert calendar.hub.dump() == before


def test_a_calendar_that_is_empty_all_of_a_sudden_is_not_believed_until_a_person_accepts_it(calendar):
    for number in range(8):
        calendar.put(f"e{number}", f"Встреча {number}")
    calendar.hub.good_sync()
    before = calendar.hub.dump(cursors=False)
    for number in range(8):
        calendar.delete(f"e{number}")
    for _ in range(2):
        [report] = calendar.hub.sync()
        assert isinstance(report.error, hub.SuddenlyEmpty), report
        assert calendar.hub.removed() == []
    assert calendar.hub.dump(cursors=False) == before
    calendar.hub.accept(calendar.stream)
    calendar.hub.good_sync()
    assert len(calendar.hub.removed()) == 8
    assert len(calendar.hub.history()) == 8


def test_a_calendar_that_is_gone_is_not_believed_either(calendar):
    calendar.put("e1")
    calendar.hub.good_sync()
    calendar.server.delete(calendar.user, calendar.name)
    [report] = calendar.hub.sync()
    assert isinstance(report.error, hub.SuddenlyEmpty), report
    assert calendar.hub.history() == ["Встреча"]


def test_a_calendar_that_is_made_later_is_found(calendar, event):
    calendar.hub.connections["calendars"][1]["calendars"] = [f"{calendar.name}*"]
    calendar.put("e1", "Первая")
    calendar.hub.good_sync()
    calendar.server.make(calendar.user, f"{calendar.name}-2", "Вторая")
    calendar.server.put(calendar.user, f"{calendar.name}-2", "x.ics", event("x", "Позже"))
    calendar.hub.good_sync()
    assert set(calendar.hub.history()) == {"Первая", "Позже"}
    assert set(calendar.hub.states()) == {calendar.stream, f"{calendar.stream}-2"}


def test_private_and_confidential_events_are_never_stored_and_tasks_are_no_meetings(calendar):
    calendar.put("open", "Видно всем")
    calendar.put("private", "Приём у врача", more="CLASS:PRIVATE\n")
    calendar.put("secret", "Переговоры о продаже", more="CLASS:CONFIDENTIAL\n")
    calendar.hub.good_sync()
    assert calendar.hub.history() == ["Видно всем"]
    assert not calendar.hub.contains("врача")
    assert not calendar.hub.contains("продаже")
    assert calendar.hub.states() == {calendar.stream: {"stored": 1, "excluded": 2}}


def test_an_event_that_becomes_private_later_is_taken_out(calendar):
    calendar.put("e1", "Обычная встреча")
    calendar.put("e2", "Другая встреча")
    calendar.hub.good_sync()
    calendar.put("e1", "Обычная встреча", more="CLASS:PRIVATE\n")
    calendar.hub.good_sync()
    assert calendar.hub.history() == ["Другая встреча"]


def test_the_server_is_only_ever_read(calendar):
    """By the log of the server itself, over all that a connection does: also what is asked again, and deletions."""
    for number in range(8):
        calendar.put(f"e{number}", f"Встреча {number}")
    before = calendar.server.mark()
    calendar.hub.good_sync()
    assert set(calendar.server.asked(before)) <= READING
    calendar.put("e1", "Изменена")
    for number in range(2, 8):
        calendar.delete(f"e{number}")
    before = calendar.server.mark()
    calendar.hub.sync()
    calendar.hub.accept(calendar.stream)
    calendar.hub.sync()
    calendar.server.mark()
    asked = calendar.server.asked(before)
    assert set(asked) <= READING
    assert {"PROPFIND", "REPORT"} <= set(asked)


# --- one server only -------------------------------------------------------------------------------------------------


def test_a_server_that_forgot_how_far_we_had_read_loses_and_doubles_nothing(radicale, user, event, world):
    radicale.make(user, "office")
    for number in range(6):
        radicale.put(user, "office", f"e{number}.ics", event(f"e{number}", f"Встреча {number}"))
    hub_of = world(calendars={"url": radicale.url, "address": user, "password": radicale.password})
    hub_of.good_sync()
    for cache in radicale.folder.rglob(".Radicale.cache"):
        if user in str(cache):
            shutil.rmtree(cache)
    radicale.delete(user, "office", "e0.ics")
    radicale.put(user, "office", "e7.ics", event("e7", "Новая"))
    before = radicale.mark()
    counts = hub_of.good_sync()
    assert (counts.listed, counts.stored) == (6, 1), "what has the same ETag is not read again"
    assert "403 Forbidden" in radicale.log()[before:], "or the token was not lost, and this test proves nothing"
    assert len(hub_of.history()) == 7
    assert hub_of.removed() == ["e0.ics"]


def test_a_user_who_is_not_let_in_stops_nobody_else(radicale, event, world):
    for name in ("boris1@my.example", "boris2@my.example"):
        radicale.make(name, "office")
        radicale.put(name, "office", "e.ics", event(name, f"Встреча у {name}"))
    users = [{"address": "boris1@my.example", "password": "falsch"}, {"address": "boris2@my.example"}]
    hub_of = world(calendars={"url": radicale.url, "users": users, "password": radicale.password})
    reports = {report.stream: report for report in hub_of.sync()}
    assert reports["boris2@my.example/office"].state == "ok"
    assert isinstance(reports["boris1@my.example"].error, hub.AuthFailed)
    assert hub_of.history() == ["Встреча у boris2@my.example"]
    users[0]["password"] = radicale.password
    hub_of.good_sync()
    assert len(hub_of.history()) == 2
    users[0]["password"] = "falsch"
    reports = {report.stream: report for report in hub_of.sync()}
    assert set(reports) == {"boris1@my.example", "boris2@my.example/office"}, (
        "nobody says that the calendar has vanished"
    )


def test_a_calendar_that_is_only_not_read_any_more_has_not_vanished(radicale, user, event, world):
    for name in ("office", "club"):
        radicale.make(user, name)
        radicale.put(user, name, "e.ics", event(name, f"Встреча {name}"))
    settings = {"url": radicale.url, "address": user, "password": radicale.password}
    hub_of = world(calendars=settings)
    hub_of.good_sync()
    settings["calendars"] = ["office"]
    hub_of.good_sync()
    assert len(hub_of.history()) == 2


def test_users_stand_in_a_file(radicale, event, world, tmp_path):
    for name in ("boris3@my.example", "boris4@my.example"):
        radicale.make(name, "office")
        radicale.put(name, "office", "e.ics", event(name, f"Встреча у {name}"))
    people = tmp_path / "people.csv"
    people.write_text("Адрес;Пароль;Общий\nboris3@my.example;;\nboris4@my.example;;да\n", "cp1251")
    settings = {"url": radicale.url, "users_file": str(people), "password": radicale.password}
    hub_of = world(calendars=settings)
    hub_of.good_sync()
    assert set(hub_of.states()) == {"boris3@my.example/office", "boris4@my.example/office"}


def test_what_is_recent_comes_first(radicale, user, event, opened, in_small_pages):
    opened.connector = in_small_pages(3)
    radicale.make(user, "office")
    for year in range(2018, 2028):
        radicale.put(user, "office", f"{year}.ics", event(str(year), start=f"{year}0601T100000"))
    series = "RRULE:FREQ=YEARLY\n"
    radicale.put(user, "office", "a-series.ics", event("series", start="20100601T100000", more=series))
    with opened(url=radicale.url, address=user, password=radicale.password) as it:
        [stream] = it.streams()
        pages = [[raw.external_id for raw in page.raws] for page in it.pull(stream.name, None)]
    assert sorted(pages[0]) == ["2026.ics", "2027.ics", "a-series.ics"]
    assert sorted(name for page in pages for name in page) == sorted(
        [f"{y}.ics" for y in range(2018, 2028)] + ["a-series.ics"]
    )


def test_texts_that_xml_cannot_carry_are_read_all_the_same(radicale, user, event, world):
    """A control character in a title would make the answer no XML; Radicale copies it out of the file as it is."""
    radicale.make(user, "office")
    radicale.put(user, "office", "good.ics", event("good", "Хорошая"))
    [good] = [path for path in radicale.folder.rglob("good.ics") if user in str(path) and ".Radicale" not in str(path)]
    for name, title in {"bell": "Зво\x07нок", "sub": "Ctrl\x1aZ", "amp": "<Ромашка> & ]]> Ко"}.items():
        good.with_name(f"{name}.ics").write_bytes(event(name, title))
    hub_of = world(calendars={"url": radicale.url, "address": user, "password": radicale.password})
    before = radicale.mark()
    hub_of.good_sync()
    assert set(hub_of.history()) == {"Хорошая", "Звонок", "CtrlZ", "<Ромашка> & ]]> Ко"}
    assert "GET" not in radicale.asked(before), "in one answer, not one by one"


# --- the same meeting, told by several -------------------------------------------------------------------------------


SERIES = (
    "RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE:20260608T100000Z\nSEQUENCE:2\nDESCRIPTION:Обсудим договор\\, счёт и сроки.\n"
    "LOCATION:Тверская 1\nSTATUS:CONFIRMED\n"
)


def test_a_meeting_is_the_same_records_from_a_file_and_from_a_server(radicale, user, event, opened):
    radicale.make(user, "office")
    body = event("series", "Планёрка", more=SERIES)
    radicale.put(user, "office", "series.ics", body)
    settings = {"url": radicale.url, "address": user, "password": radicale.password}
    with opened(**settings) as it:
        [stream] = it.streams()
        [page] = it.pull(stream.name, None)
        told = CALENDAR_CALDAV.map(page.raws[0].body(), CALENDAR_CALDAV.settings(**settings), WINDOW)
    filed = CALENDAR_FILES.map(body, CALENDAR_FILES.settings(path="."), WINDOW)
    assert len(told) == 3
    assert list(told) == list(filed)


INVITATION = """From: anna@my.example
To: petr@romashka.example
Subject: Приглашение: Планёрка
Date: Fri, 01 May 2026 09:00:00 +0000
Message-ID: <invitation@my.example>
MIME-Version: 1.0
Content-Type: text/calendar; method=REQUEST; charset=utf-8
Content-Transfer-Encoding: 8bit

"""


def test_a_meeting_in_two_calendars_a_file_and_an_invitation_is_one_line(radicale, event, world, tmp_path):
    body = event("series", "Планёрка", more=SERIES)
    users = [{"address": "boris5@my.example"}, {"address": "boris6@my.example"}]
    for one in users:
        radicale.make(one["address"], "office")
        radicale.put(one["address"], "office", "series.ics", body)
    for folder, name, content in (
        ("ics", "a.ics", body),
        ("mail", "a.eml", INVITATION.encode() + body.replace(b"VERSION:2.0", b"METHOD:REQUEST\r\nVERSION:2.0")),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(content)
    assert "email.files" in {one.name for one in plugins.installed()}
    hub_of = world(
        calendars={"url": radicale.url, "users": users, "password": radicale.password},
        files=("calendar.files", {"path": str(tmp_path / "ics")}),
        mail=("email.files", {"path": str(tmp_path / "mail"), "owner": "anna@my.example"}),
    )
    hub_of.good_sync()
    assert sorted(hub_of.history()) == ["Планёрка"] * 3 + ["Приглашение: Планёрка"]
