"""What the hub asks of every connector, asked with a portal on loopback."""

from pathlib import Path

import pytest
from hub_crm_bitrix import source
from hub_crm_bitrix.plugin import CRM_BITRIX24
from hub_crm_bitrix.simulator import Clock, Portal, World, running
from hub_crm_bitrix.simulator.fields import COMPANY
from hub_crm_bitrix.simulator.moments import written

from hub.testing import ConnectorTests

FREELY = {"calls_per_second": 1000, "calls_at_once": 10_000, "recent_days": 30}


class TestBitrix24(ConnectorTests):
    connector = CRM_BITRIX24

    @pytest.fixture(autouse=True)
    def a_portal(self, monkeypatch):
        monkeypatch.setattr(source, "RAWS", 4)
        self.portal = Portal(world=World(size=10), clock=Clock(1_795_000_000), limits=None)
        self.companies = self.portal.tables[COMPANY]
        for number in list(self.companies.ids):
            self.companies.remove(number)
        self.numbers: dict[str, int] = {}
        with running(self.portal) as self.served:
            yield

    def good_settings(self, place: Path):
        return {"webhook": self.served.webhook, "streams": ["companies"], **FREELY}

    def bad_settings(self, place: Path):
        good = self.good_settings(place)
        return [
            {**good, "webhook": self.served.webhook.replace("secret", "anothercode")},
            {**good, "webhook": "http://127.0.0.1:1/rest/1/secret/"},
            {**good, "webhook": "https://my.bitrix24.example/"},
            {**good, "streams": ["everything"]},
            {"portal": self.served.url},
        ]

    def add(self, place: Path, name: str) -> None:
        number = self.numbers[name] = self.companies.next_id()
        days_ago = 10 * (number % 12) if name.startswith("item") else 0
        self.portal.clock.turn(5)
        self.put(number, name, self.portal.clock.now() - days_ago * 86_400)

    def amend(self, place: Path, name: str) -> None:
        self.portal.clock.turn(5)
        self.put(self.numbers[name], f"{name} и сыновья", self.portal.clock.now())

    def put(self, number: int, title: str, at: float) -> None:
        moment = written(at)
        self.companies.put({"id": number, "title": title, "createdTime": moment, "updatedTime": moment, "fm": []})

    def delete(self, place: Path, name: str) -> None:
        self.companies.remove(self.numbers[name])

    def state(self, place: Path) -> object:
        return [self.companies.row(number) for number in self.companies.ids], [
            one for one in self.portal.log if one.wrote
        ]

    def reads(self, place: Path) -> int:
        return 0
