"""What the hub asks of every connector, asked with an account on loopback."""

from pathlib import Path

import pytest
from hub_crm_amo import client
from hub_crm_amo.plugin import CRM_AMOCRM
from hub_crm_amo.simulator import Account, Clock, World, running
from hub_crm_amo.simulator.world import COMPANIES

from hub.testing import ConnectorTests

FREELY = {"calls_per_second": 1000, "recent_days": 30}


class TestAmoCRM(ConnectorTests):
    connector = CRM_AMOCRM

    @pytest.fixture(autouse=True)
    def an_account(self, monkeypatch):
        monkeypatch.setattr(client, "RAWS", 4)
        self.account = Account(world=World(size=10), clock=Clock(1_795_000_000), limits=None)
        self.companies = self.account.tables[COMPANIES]
        for number in list(self.companies.ids):
            self.companies.remove(number)
        self.numbers: dict[str, int] = {}
        with running(self.account) as self.served:
            yield

    def good_settings(self, place: Path):
        return {"account": self.served.url, "token": self.served.token, "streams": ["companies"], **FREELY}

    def bad_settings(self, place: Path):
        good = self.good_settings(place)
        return [
            {**good, "token": "another-token-that-nobody-knows"},
            {**good, "account": "http://127.0.0.1:1"},
            {**good, "account": "my.somewhere.example"},
            {**good, "streams": ["everything"]},
            {**good, "client_id": "1"},
            {"account": self.served.url},
        ]

    def add(self, place: Path, name: str) -> None:
        number = self.numbers[name] = self.companies.next_id()
        days_ago = 10 * (number % 12) if name.startswith("item") else 0
        self.account.clock.turn(5)
        self.put(number, name, self.account.clock.now() - days_ago * 86_400)

    def amend(self, place: Path, name: str) -> None:
        self.account.clock.turn(5)
        self.put(self.numbers[name], f"{name} и сыновья", self.account.clock.now())

    def put(self, number: int, name: str, at: float) -> None:
        row = {"id": number, "name": name, "created_at": int(at), "updated_at": int(at), "updated_by": 1, "_tags": []}
        self.companies.put({**row, "custom_fields_values": None, "is_deleted": False, "responsible_user_id": 1})

    def delete(self, place: Path, name: str) -> None:
        """As a person would, so that an event tells of it."""
        self.account.delete(COMPANIES, self.numbers[name])

    def state(self, place: Path) -> object:
        return [self.companies.row(number) for number in self.companies.ids], [
            one for one in self.account.log if one.wrote
        ]

    def reads(self, place: Path) -> int:
        return 0
