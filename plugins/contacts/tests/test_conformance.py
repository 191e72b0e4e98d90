"""What the hub asks of every connector."""

from dataclasses import replace
from pathlib import Path

import xlsxwriter
from hub_contacts.plugin import CONNECTOR
from hub_contacts.source import Files

from hub.testing import ConnectorTests

SMALL_PAGES = replace(CONNECTOR, open=lambda settings, tools: Files(settings, tools, page=5))


class Rows(ConnectorTests):
    """A file of rows: lines of cells, the first cell being the name of the item."""

    connector = SMALL_PAGES
    file = "clients.csv"
    kind = "clients"
    headings = "Код;Название;ИНН;Почта;Телефон;Сегмент"
    row = "{name};ООО «{name}»;7707083893;info@{name}.example;{phone};VIP"

    def good_settings(self, place: Path):
        self.rows(place, [])
        return {"files": [self.said(place)], "timezone": "Europe/Moscow"}

    def said(self, place: Path):
        return {"path": str(place / self.file), "kind": self.kind, "key": "Код"}

    def bad_settings(self, place: Path):
        nowhere = {"path": str(place / "nowhere.csv"), "kind": "clients"}
        return [{"files": [nowhere]}, {}, {"files": []}, {"files": [self.said(place)], "timezone": "Europe/Romashka"}]

    def rows(self, place: Path, rows: list[str]) -> None:
        (place / self.file).write_text("\n".join([self.headings, *rows, ""]), encoding="utf-8")

    def known(self, place: Path) -> list[str]:
        return (place / self.file).read_text(encoding="utf-8").splitlines()[1:]

    def add(self, place: Path, name: str) -> None:
        self.rows(place, [*self.known(place), self.row.format(name=name, phone="84951234567")])

    def amend(self, place: Path, name: str) -> None:
        changed = self.row.format(name=name, phone="84957654321")
        self.rows(place, [changed if row.startswith(f"{name};") else row for row in self.known(place)])

    def delete(self, place: Path, name: str) -> None:
        self.rows(place, [row for row in self.known(place) if not row.startswith(f"{name};")])


class TestClients(Rows):
    def add(self, place: Path, name: str) -> None:
        with (place / self.file).open("a", encoding="utf-8") as file:
            file.write(self.row.format(name=name, phone="84951234567") + "\n")


class TestPeople(Rows):
    """Without a key: people are known by name and company, and every company is an item of its own."""

    file = "people.csv"
    kind = "people"
    headings = "ФИО;Компания;ИНН;Телефон"
    row = "{name};ООО «Ромашка»;7707083893;{phone}"

    def said(self, place: Path):
        return {"path": str(place / self.file), "kind": self.kind}


class TestAWorkbook(Rows):
    file = "contracts.xlsx"
    kind = "contracts"
    headings = "Код;Дата;Сумма;Код клиента;Срок;Телефон"
    row = "{name};02.11.2026;1000;A1;31.12.2026;{phone}"

    def good_settings(self, place: Path):
        (place / "clients.csv").write_text("Код;Название\nA1;ООО «Ромашка»\n", encoding="utf-8")
        clients = {"path": str(place / "clients.csv"), "kind": "clients", "key": "Код"}
        return {**super().good_settings(place), "files": [self.said(place), clients]}

    def rows(self, place: Path, rows: list[str]) -> None:
        (place / "rows").write_text("\n".join(rows), encoding="utf-8")
        with xlsxwriter.Workbook(place / self.file) as book:
            page = book.add_worksheet()
            for number, row in enumerate([self.headings, *rows]):
                page.write_row(number, 0, row.split(";"))

    def known(self, place: Path) -> list[str]:
        return (place / "rows").read_text(encoding="utf-8").splitlines()


class TestAnAddressBook(Rows):
    file = "book.vcf"
    kind = "people"
    headings = ""
    row = (
        "BEGIN:VCARD\nVERSION:3.0\nUID:{name}\nFN:Анна {name}\nORG:ООО «Ромашка»\nTEL;TYPE=CELL:{phone}\n"
        "EMAIL:{name}@romashka.example\nEND:VCARD\n"
    )

    def said(self, place: Path):
        return {"path": str(place / self.file), "kind": self.kind}

    def rows(self, place: Path, rows: list[str]) -> None:
        (place / self.file).write_text("".join(rows) or "\n", encoding="utf-8")

    def known(self, place: Path) -> list[str]:
        cards = (place / self.file).read_text(encoding="utf-8").split("BEGIN")
        return [f"BEGIN{card}" for card in cards[1:]]

    def amend(self, place: Path, name: str) -> None:
        changed = self.row.format(name=name, phone="84957654321")
        self.rows(place, [changed if f"UID:{name}\n" in card else card for card in self.known(place)])

    def delete(self, place: Path, name: str) -> None:
        self.rows(place, [card for card in self.known(place) if f"UID:{name}\n" not in card])


del Rows
