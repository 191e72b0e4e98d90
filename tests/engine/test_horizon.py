"""Series as time goes on: the horizon moves, rules change, and what was stored stays."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import hub
from hub import plugins
from hub.core.clients import Ours
from hub.core.policy import Policy
from hub.engine import hub as opening
from hub.engine import rebuild, replay
from hub.engine import sync as syncing
from hub.engine.hub import Clock
from hub.engine.steps import finished
from hub.settings import Company, Config, Connection
from hub.store import derived, journal
from hub.store.database import table
from hub.store.derived_tables import Interaction

STAND_UP = ("DTSTART;TZID=Europe/Moscow:20190107T100000", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")
YEARLY = ("DTSTART;TZID=Europe/Moscow:20290305T100000", "RRULE:FREQ=YEARLY")


@dataclass
class Office:
    """A folder with calendars, and a hub that reads it."""

    path: Path
    now: datetime = datetime(2026, 11, 20, 12, tzinfo=UTC)
    policy: Policy = field(default_factory=lambda: Policy(store="all"))

    def write(self, *lines: str) -> None:
        event = "\r\n".join(("BEGIN:VEVENT", "UID:1", "SUMMARY:Планёрка", *lines, "END:VEVENT"))
        (self.path / "calendars").mkdir(exist_ok=True)
        (self.path / "calendars" / "work.ics").write_text(f"BEGIN:VCALENDAR\r\n{event}\r\nEND:VCALENDAR\r\n")

    def opened(self):
        loaded = plugins.load(["calendar.files"])
        made = loaded.connectors["calendar.files"].settings.model_validate({"path": self.path / "calendars"})
        connection = Connection(name="work", id="work", connector="calendar.files", settings=made, policy=self.policy)
        config = Config(
            path=self.path / "hub.toml",
            home=self.path,
            company=Company(name="ООО Мы", timezone="Europe/Moscow", language="ru", ours=Ours()),
            store_path=self.path / "hub.db",
            connections=(connection,),
        )
        return opening.opened(config, loaded, Clock(fixed=self.now))

    def sync(self, *, days: int = 0) -> list[date]:
        """Sync so many days later; returns the days of all meetings."""
        self.now += timedelta(days=days, minutes=5)
        with self.opened() as opened:
            reports = syncing.sync(opened, syncing.Wish())
            assert {report.state for report in reports} == {"ok"}, [str(report.error) for report in reports]
        return self.meetings()

    def meetings(self) -> list[date]:
        with self.opened() as opened, opened.store.read() as tx:
            rows = tx.rows(select(table(Interaction).c.at).order_by(table(Interaction).c.at))
        return [datetime.fromtimestamp(row[0] / 1000, UTC).date() for row in rows]

    def dump(self) -> list[bytes]:
        with self.opened() as opened, opened.store.read() as tx:
            return list(derived.dump(tx))

    def rebuild(self) -> None:
        with self.opened() as opened:
            rebuild.rebuild(opened)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_stand_up_of_many_years_has_its_recent_and_its_coming_meetings(office):
    office.write(*STAND_UP)
    found = office.sync()
    assert (found[0], found[-1]) == (date(2024, 12, 20), date(2027, 10, 29))
    assert date(2026, 11, 20) in found


def test_the_horizon_moves_on_and_nothing_that_was_stored_goes(office):
    office.write(*STAND_UP)
    stored = set(office.sync())
    for _ in range(6):
        now = set(office.sync(days=200))
        assert stored < now
        stored = now
    assert date(2030, 8, 1) in stored


def test_a_changed_rule_keeps_what_was_stored_of_the_past(office):
    office.write(*STAND_UP)
    before = office.sync()
    office.write("DTSTART;TZID=Europe/Moscow:20190107T100000", "RRULE:FREQ=WEEKLY;BYDAY=MO", "SEQUENCE:1")
    after = office.sync(days=500)
    today = office.now.date()
    assert set(before) < {day for day in after if day < today}
    assert {day.weekday() for day in after if day > today} == {0}


@pytest.mark.parametrize("lines", [STAND_UP, YEARLY], ids=["long", "later"])
def test_a_rebuild_after_the_horizon_moved_gives_the_same_bytes(office, lines):
    office.write(*lines)
    office.sync()
    office.sync(days=400)
    office.write(*lines, "SEQUENCE:1", "LOCATION:Переговорная")
    office.sync(days=1)
    office.sync(days=800)
    told = office.dump()
    office.rebuild()
    assert office.dump() == told


def test_a_series_that_begins_after_the_horizon_is_laid_out_when_its_time_comes(office):
    office.write(*YEARLY)
    assert office.sync() == [date(2029, 3, 5)]
    assert office.sync(days=600) == [date(2029, 3, 5)]
    assert office.sync(days=600) == [date(2029, 3, 5), date(2030, 3, 5)]


def test_a_single_meeting_after_the_horizon_is_there_at_once(office):
    office.write("DTSTART;TZID=Europe/Moscow:20400305T100000")
    assert office.sync() == [date(2040, 3, 5)]


@pytest.mark.parametrize("keep_raw", ["latest", "none"])
def test_a_series_goes_on_and_keeps_its_past_though_not_all_bytes_are_kept(office, keep_raw):
    office.policy = Policy(store="all", keep_raw=keep_raw)
    office.write("DTSTART;TZID=Europe/Moscow:20260907T100000", "RRULE:FREQ=WEEKLY;BYDAY=MO")
    office.sync()
    office.write("DTSTART;TZID=Europe/Moscow:20260908T100000", "RRULE:FREQ=WEEKLY;BYDAY=TU", "SEQUENCE:1")
    before = office.sync(days=7)
    assert date(2026, 9, 7) in before
    after = office.sync(days=400)
    assert set(before) < set(after)
    assert after[-1] > before[-1] + timedelta(days=330)


def test_who_dies_while_the_horizon_moves_on_begins_anew(office, monkeypatch):
    office.write(*STAND_UP)
    office.sync()
    office.now += timedelta(days=100)
    with monkeypatch.context() as patched, office.opened() as opened:
        patched.setattr(journal, "advance", _die)
        with pytest.raises(KeyboardInterrupt):
            finished(replay.horizon(opened))
    with office.opened() as opened:
        assert finished(replay.horizon(opened)).stored == 1
        assert finished(replay.horizon(opened)).stored == 0


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_the_door_says_of_a_window_is_what_a_map_gets(office):
    window = hub.Window(date(2026, 11, 20), date(2027, 11, 1))
    office.write(*STAND_UP)
    with office.opened() as opened, opened.store.write() as tx:
        assert opened.maker(tx, opened.config.connections[0]).window == window
