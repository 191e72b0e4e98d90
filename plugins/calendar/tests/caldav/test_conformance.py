"""What the hub asks of every connector, asked with real servers."""

import re
from itertools import count
from pathlib import Path

import pytest
from hub_calendar.caldav.plugin import CALENDAR_CALDAV

from hub.testing import ConnectorTests

_calendars = count(1)


class OnAServer(ConnectorTests):
    connector = CALENDAR_CALDAV
    files = "*.ics"

    @pytest.fixture(autouse=True)
    def a_calendar(self, server, event, user, in_small_pages):
        self.connector = in_small_pages(4)
        self.server, self.event, self.user = server, event, user
        self.calendar = f"calendar{next(_calendars)}"
        server.make(user, self.calendar, "Работа")

    def good_settings(self, place: Path):
        return {
            "url": self.server.url,
            "address": self.user,
            "password": self.server.password,
            "calendars": [self.calendar],
            "timezone": "Europe/Moscow",
        }

    def add(self, place: Path, name: str) -> None:
        self.put(name, "Встреча")

    def amend(self, place: Path, name: str) -> None:
        self.put(name, "Встреча перенесена")

    def put(self, name: str, title: str) -> None:
        number = int(re.sub(r"\D", "", name) or 0)
        start = f"20{15 + number % 12:02}0601T100000"
        self.server.put(self.user, self.calendar, f"{name}.ics", self.event(name, title, start=start))

    def delete(self, place: Path, name: str) -> None:
        self.server.delete(self.user, self.calendar, f"{name}.ics")

    def state(self, place: Path) -> object:
        """What the server has on its disk, but for what it keeps beside to be fast."""
        files = (path for path in sorted(self.server.folder.rglob(self.files)) if ".Radicale.cache" not in path.parts)
        return {str(path): path.read_bytes() for path in files}

    def reads(self, place: Path) -> int:
        return len(re.findall(self.reading, self.server.log()))


class TestRadicale(OnAServer):
    reading = r"(?:GET request for .*\.ics|\(C?:?calendar-data)"

    @pytest.fixture
    def server(self, radicale):
        return radicale

    def bad_settings(self, place: Path):
        good = self.good_settings(place)
        return [
            {**good, "password": "falsch"},
            {**good, "url": "http://127.0.0.1:1"},
            {**good, "url": "ftp://127.0.0.1"},
            {**good, "password": None},
            {"url": self.server.url, "password": "x"},
        ]


class TestXandikos(OnAServer):
    reading = r'"(?:GET /\S+\.ics) HTTP'

    @pytest.fixture
    def server(self, xandikos):
        return xandikos

    def bad_settings(self, place: Path):
        return [{**self.good_settings(place), "url": "http://127.0.0.1:1"}]


class TestCyrus(OnAServer):
    reading = r"<C:calendar-multiget|(?m:^<\d+<GET /\S+\.ics) HTTP"
    files = "[0-9]*."

    @pytest.fixture
    def server(self, cyrus):
        return cyrus

    def bad_settings(self, place: Path):
        return [{**self.good_settings(place), "url": "http://127.0.0.1:1"}]
