"""What the hub asks of every connector."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from hub_email.files import MailFiles
from hub_email.plugin import EMAIL_FILES, Settings

import hub
from hub.testing import ConnectorTests


@contextmanager
def open_in_small_pages(settings: Settings, tools: hub.Tools) -> Iterator[hub.Source]:
    yield MailFiles(settings.path, settings.owner, tools, page=5)


IN_SMALL_PAGES = replace(EMAIL_FILES, open=open_in_small_pages)


LETTER = """From: =?utf-8?B?0J/RkdGC0YAg0J/QtdGC0YDQvtCy?= <petr@romashka.example>
To: anna@my.example
Subject: =?utf-8?B?0KHRh9GR0YI=?= {name}
Date: Mon, 02 Mar 2026 10:05:00 +0300
Message-ID: <{name}@romashka.example>
Content-Type: multipart/mixed; boundary="==1=="

--==1==
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

{text}
--==1==
Content-Type: application/pdf; name*=utf-8''%D0%A1%D1%87%D1%91%D1%82.pdf
Content-Transfer-Encoding: base64

JVBERi0xLjQKJeLjz9MKMyAwIG9iago8PC9MZW5ndGggNCAwIFI+PgpzdHJlYW0K
AAEC
--==1==--
"""


def letter(name: str, text: str) -> bytes:
    return LETTER.format(name=name, text=text).encode()


class TestAFolderOfMails(ConnectorTests):
    """One mail in each file, as mail programs save them."""

    connector = IN_SMALL_PAGES

    def good_settings(self, place: Path):
        return {"path": str(place), "owner": "anna@my.example"}

    def bad_settings(self, place: Path):
        return [{"path": str(place / "nowhere")}, {}, {"path": []}, {"path": str(place), "owner": "Анна"}]

    def file(self, place: Path, name: str) -> Path:
        return place / f"{name}.eml"

    def add(self, place: Path, name: str) -> None:
        self.file(place, name).write_bytes(letter(name, "Добрый день! Высылаем счёт на оплату."))

    def amend(self, place: Path, name: str) -> None:
        self.file(place, name).write_bytes(letter(name, "Добрый день! Высылаем исправленный счёт на оплату."))

    def delete(self, place: Path, name: str) -> None:
        self.file(place, name).unlink()


class TestAMaildir(TestAFolderOfMails):
    """As Dovecot, Postfix and mbsync keep them; mails never change there, but for their flags."""

    def good_settings(self, place: Path):
        for folder in ("cur", "new", "tmp", ".Sent/cur", ".Sent/new"):
            (place / folder).mkdir(parents=True, exist_ok=True)
        return {"path": str(place), "owner": "anna@my.example"}

    def file(self, place: Path, name: str) -> Path:
        return place / "cur" / f"1772435100.{name}.mail,S=1:2,S"

    def amend(self, place: Path, name: str) -> None:
        """A server that rewrites a mail makes a new file; here one under the old name, to show that it is seen."""
        new = place / "tmp" / name
        new.write_bytes(letter(name, "Добрый день! Высылаем исправленный счёт на оплату."))
        new.replace(self.file(place, name))


class TestAnMbox(ConnectorTests):
    """All mails in one file, as Thunderbird and Google Takeout keep them."""

    connector = IN_SMALL_PAGES

    def good_settings(self, place: Path):
        (place / "Inbox").touch()
        return {"path": str(place / "Inbox")}

    def bad_settings(self, place: Path):
        return [{"path": str(place / "nowhere")}, {"path": 5}]

    def _mail(self, name: str) -> bytes:
        return b"From - Mon Mar  2 10:05:00 2026\n" + letter(name, "Высылаем счёт.") + b"\n"

    def add(self, place: Path, name: str) -> None:
        with (place / "Inbox").open("ab") as file:
            file.write(self._mail(name))

    def delete(self, place: Path, name: str) -> None:
        new = place / "Inbox.compacted"
        new.write_bytes((place / "Inbox").read_bytes().replace(self._mail(name), b""))
        new.replace(place / "Inbox")
