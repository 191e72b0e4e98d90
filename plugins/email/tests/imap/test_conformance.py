"""What the hub asks of every connector, asked of `email.imap` on a real Dovecot."""

from pathlib import Path

import pytest
from hub_email.imap.plugin import EMAIL_IMAP

from hub.testing import ConnectorTests


class TestAMailboxOnDovecot(ConnectorTests):
    many = 300
    connector = EMAIL_IMAP

    @pytest.fixture(autouse=True)
    def server(self, dovecot, address: str, letter, in_small_pages) -> None:
        self.connector = in_small_pages(5)
        self.dovecot = dovecot
        self.letter = letter
        self.address = address

    def good_settings(self, place: Path):
        return {
            "host": "127.0.0.1",
            "port": self.dovecot.port,
            "security": "none",
            "address": self.address,
            "password": self.dovecot.password,
        }

    def bad_settings(self, place: Path):
        good = self.good_settings(place)
        return [
            {},
            {**good, "password": "falsch"},
            {**good, "host": "127.0.0.1", "port": 1},
            {**good, "host": "mail.example"},
            {**good, "address": "Анна"},
            {**good, "mailboxes_file": str(place / "nowhere.csv")},
        ]

    def add(self, place: Path, name: str) -> None:
        self.dovecot.deliver(self.address, "INBOX", self.letter(name), name=f"1772435100.{name}.mail")

    def delete(self, place: Path, name: str) -> None:
        for file in self.dovecot.maildir(self.address).glob(f"*/1772435100.{name}.mail*"):
            file.unlink()

    def state(self, place: Path) -> object:
        return self.dovecot.doveadm("fetch", "-u", self.address, "uid flags", "all")
