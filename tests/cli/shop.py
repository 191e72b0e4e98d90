"""A small company and its clients, as a source in memory that a configuration can name."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import hub
from hub.testing.memory import Memory

CONFIG = """
[company]
name = "ООО «Мы»"
domains = ["my.example"]
timezone = "Europe/Moscow"
[[company.employees]]
name = "Анна Смирнова"
emails = ["anna@my.example"]
[[company.employees]]
name = "Борис Кузнецов"
emails = ["boris@my.example"]
extensions = ["101"]
[connections.shop]
connector = "memory"
path = "shop.json"
"""


CONTRACT = b"%PDF-1.4 " * 1_333 + b"end"
"""12,000 bytes."""


def at(day: int, hour: int = 9, minute: int = 0) -> hub.Moment:
    """A moment of November 2024."""
    return hub.moment(datetime(2024, 11, day, hour, minute, tzinfo=UTC), "Europe/Moscow")


def by(kind: str, value: str) -> hub.Identifier:
    return hub.Identifier(kind, value)  # type: ignore[arg-type]


def who(role: str, address: str, name: str = "", status: str = "") -> hub.Participant:
    return hub.Participant(role, by("email", address), name, status)


def mail(number: str, day: int, sender: str, to: str, subject: str, text: str = "", **more: object) -> hub.Email:
    return hub.Email(
        at=at(day), message_id=f"{number}@x.example", subject=subject, text=text or f"Текст {number}.",
        participants=(who("from", sender), who("to", to)), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def memory() -> Memory:
    made = Memory("shop", page_size=3)
    _parties(made)
    _mails(made)
    _meetings(made)
    _crm(made)
    return made


def _parties(made: Memory) -> None:
    made.stream("companies", title="Компании")
    made.stream("people", title="Люди")
    phone = by("phone", "+7 495 123-45-67")
    made.add("companies", "1", hub.Company(name="ООО «Ромашка»", identifiers=(by("inn", "7707083893"), by("domain", "romashka.example"), phone)))  # fmt: skip
    made.add("companies", "2", hub.Company(name="ООО «Стройка»", identifiers=(by("inn", "7736050003"), by("email", "info@stroyka.example"), phone)))  # fmt: skip
    made.add("companies", "3", hub.Company(name="ООО «Ромашка-Сервис»", identifiers=(by("email", "service@romashka-service.example"),)))  # fmt: skip
    petrov = (by("email", "petrov@romashka.example"), by("phone", "8 916 123-45-67"))
    made.add("people", "1", hub.Contact(name="Иван Петров", identifiers=petrov, companies=("companies/1",), position="директор"))  # fmt: skip
    made.add("people", "2", hub.Contact(name="Мария Сидорова", identifiers=(by("email", "maria@romashka.example"),)))
    made.add("people", "3", hub.Contact(name="Ольга Частная", identifiers=(by("email", "olga@gmail.com"),)))


def _mails(made: Memory) -> None:
    made.stream("INBOX", title="Входящие", custodian="anna@my.example")
    made.stream("boris", title="Входящие", custodian="boris@my.example")
    anna, petrov = "anna@my.example", "petrov@romashka.example"
    file = hub.Attachment("2", "договор.pdf", "application/pdf", 12_000)
    made.attach("INBOX", "1", "2", CONTRACT)
    made.add("INBOX", "1", mail("a1", 1, anna, petrov, "Договор поставки", "Направляю договор.", attachments=(file,)))
    answer = mail("b1", 2, petrov, anna, "Re: Договор поставки", "Подписали, высылаю скан договора.\n\n> Направляю", references=("a1@x.example",))  # fmt: skip
    made.add("INBOX", "2", answer)
    made.add("boris", "9", answer)
    made.add("INBOX", "3", mail("c1", 3, "news@romashka.example", anna, "Новости Ромашки", "Акция!", marks=("bulk",)))
    made.add("INBOX", "6", b"rubbish")
    made.add("INBOX", "7", mail("s1", 6, anna, "mama@yandex.ru", "Ужин", "Мам, буду в восемь."))
    made.add("INBOX", "8", mail("s2", 7, "info@stroyka.example", anna, "Смета", "Смета по объекту 45/2024-П."))


def _meetings(made: Memory) -> None:
    made.stream("calendar", title="Календарь")
    anna, petrov = who("organizer", "anna@my.example"), who("attendee", "petrov@romashka.example")
    talk = hub.Meeting(at=at(5, 7), end=at(5, 8), uid="talk", title="Обсуждение", method="REQUEST", stamp=at(4), participants=(anna, petrov))  # fmt: skip
    invitation = mail("inv", 4, "anna@my.example", "petrov@romashka.example", "Приглашение: Обсуждение", marks=("invitation",))  # fmt: skip
    made.add("INBOX", "4", hub.Mapped(invitation), hub.Mapped(talk, "meeting:talk/"))
    yes = (who("attendee", "petrov@romashka.example", "", "accepted"),)
    reply = hub.Meeting(at=at(5, 7), uid="talk", method="REPLY", stamp=at(4, 10), participants=yes)
    said = mail("ans", 4, "petrov@romashka.example", "anna@my.example", "Принято: Обсуждение", marks=("answer",))
    made.add("INBOX", "5", hub.Mapped(said), hub.Mapped(reply, "meeting:talk/"))
    made.add("calendar", "1", hub.Meeting(at=at(10), end=at(10, 10), uid="gone", title="Осмотр склада", status="cancelled", participants=(petrov, anna)))  # fmt: skip
    made.add("calendar", "2", hub.Meeting(at=date(2024, 11, 11), uid="day", title="Выставка", participants=(anna, petrov)))  # fmt: skip
    made.add("calendar", "3", hub.Meeting(at=hub.moment(datetime(2090, 1, 10, 7, tzinfo=UTC)), uid="far", title="Юбилей", participants=(anna, petrov)))  # fmt: skip


def _crm(made: Memory) -> None:
    made.stream("crm", title="CRM")
    client = hub.Participant("client", by("inn", "7707083893"))
    call = (hub.Participant("caller", by("phone", "+79161234567")), hub.Participant("callee", by("phone", "101"), "Б."))
    made.add("crm", "1", hub.Call(at=at(12), seconds=312, direction="in", title="Звонок", participants=call))
    made.add("crm", "2", hub.Task(at=at(12, 10), title="Выслать счёт", due=date(2024, 11, 25), participants=(who("responsible", "anna@my.example"), client)))  # fmt: skip
    made.add("crm", "3", hub.Document(at=date(2024, 11, 13), type="invoice", number="45", title="Счёт 45", amount=Decimal("120000.50"), currency="RUB", due=date(2024, 12, 1), participants=(client,)))  # fmt: skip


def found(folder: Path, config: str = CONFIG) -> Path:
    """The shop's source and configuration in a folder; returns the configuration's path."""
    memory().save(folder / "shop.json")
    path = folder / "hub.toml"
    path.write_text(config, "utf-8")
    return path
