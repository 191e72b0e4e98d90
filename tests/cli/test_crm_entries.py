"""What only a CRM tells: who is responsible, by its own number, and the stage of a deal."""

from datetime import UTC, datetime
from decimal import Decimal

import hub as door
from hub.testing.memory import Memory
from tests.cli import shop

ROMASHKA = door.Participant("client", door.Identifier("ref", "companies/1"))
BORIS = door.Identifier("user", "users/5")
WHEN = door.moment(datetime(2024, 11, 12, 9, tzinfo=UTC), "Europe/Moscow")


def crm() -> Memory:
    made = Memory("shop")
    for stream in ("deals", "calls", "users", "companies"):  # the order of arrival must not matter
        made.stream(stream)
    made.add("deals", "1", door.Deal(at=WHEN, title="Поставка", stage="Счёт выставлен", amount=Decimal(1000), currency="RUB",
                                     participants=(door.Participant("responsible", BORIS), ROMASHKA)))  # fmt: skip
    made.add(
        "calls",
        "7",
        door.Call(at=WHEN, seconds=95, direction="in", participants=(door.Participant("from", ROMASHKA.identifier),)),
    )
    made.add(
        "users", "5", door.User(name="Кузнецов Борис", identifiers=(door.Identifier("email", "boris@my.example"),))
    )
    made.add("companies", "1", door.Company(name="ООО «Ромашка»", identifiers=(door.Identifier("inn", "7707083893"),)))
    return made


def synced(hub, folder):
    crm().save(folder / "shop.json")
    path = folder / "hub.toml"
    path.write_text(shop.CONFIG, "utf-8")
    assert hub("--config", path, "--quiet", "sync").code == 0
    return path


def test_who_is_responsible_is_called_by_the_name_of_the_employee_that_he_is(hub, tmp_path):
    said = hub("--config", synced(hub, tmp_path), "history", "ромашка", "--kind", "deal").out
    assert "Борис Кузнецов, ООО «Ромашка»" in said
    assert "Поставка · open · Счёт выставлен · 1,000 RUB" in said


def test_a_user_of_a_crm_becomes_nobodys_client(hub, tmp_path):
    assert "Борис" not in hub("--config", synced(hub, tmp_path), "clients").out


def test_nobody_misses_the_subject_of_a_call(hub, tmp_path):
    said = hub("--config", synced(hub, tmp_path), "history", "ромашка", "--kind", "call").out
    line = said.rstrip().splitlines()[-1]
    assert line.split("ООО «Ромашка»")[1].strip() == "1 minute"
