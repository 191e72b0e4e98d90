"""What only a CRM tells: who is responsible, by its own number, and the stage of a deal."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

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


def synced(hub, folder, made=None):
    (made or crm()).save(folder / "shop.json")
    path = folder / "hub.toml"
    path.write_text(shop.CONFIG, "utf-8")
    assert hub("--config", path, "--quiet", "sync").code == 0
    return path


def test_who_is_responsible_is_called_by_the_name_of_the_employee_that_he_is(hub, tmp_path):
    said = hub("--config", synced(hub, tmp_path), "history", "ромашка", "--kind", "deal").out
    assert "Борис Кузнецов, ООО «Ромашка»" in said
    assert "Поставка · open · Счёт выставлен · 1,000 RUB" in said


def test_a_deal_that_went_from_one_of_us_to_another_says_from_whom_to_whom(hub, tmp_path):
    made, anna = crm(), door.Identifier("user", "users/6")
    made.add("users", "6", door.User(name="Анна С.", identifiers=(door.Identifier("email", "anna@my.example"),)))
    whose = (door.Participant("author", anna), door.Participant("former", anna), door.Participant("responsible", BORIS))
    for number, title in (("8", "Поставка"), ("9", "")):
        change = door.StageChange(at=WHEN, deal=f"deals/{number}", title=title, participants=(*whose, ROMASHKA))
        made.add("deals", number, change)
    config = synced(hub, tmp_path, made)
    said = hub("--config", config, "history", "ромашка", "--kind", "stage").out.splitlines()[-2:]
    for line in said:
        assert "Анна Смирнова → ООО «Ромашка»" in line
        assert line.endswith("responsible: Анна Смирнова → Борис Кузнецов")
    assert {"· responsible" in line for line in said} == {True, False}
    said = hub("--config", config, "--lang", "ru", "history", "ромашка", "--kind", "stage").out
    assert "Поставка · ответственный: Анна Смирнова → Борис Кузнецов" in said


def test_a_user_of_a_crm_becomes_nobodys_client(hub, tmp_path):
    assert "Борис" not in hub("--config", synced(hub, tmp_path), "clients").out


def test_nobody_misses_the_subject_of_a_call(hub, tmp_path):
    said = hub("--config", synced(hub, tmp_path), "history", "ромашка", "--kind", "call").out
    line = said.rstrip().splitlines()[-1]
    assert line.split("ООО «Ромашка»")[1].strip() == "1 minute"


def test_what_is_under_way_stands_at_the_head_of_the_history(hub, tmp_path):
    made = crm()
    made.stream("tasks")
    made.add("tasks", "1", door.Task(at=WHEN, title="Выставить счёт", due=date(2024, 11, 15), participants=(
        door.Participant("responsible", BORIS), ROMASHKA)))  # fmt: skip
    made.add("tasks", "2", door.Task(at=WHEN, title="Позвонить", status="done", participants=(ROMASHKA,)))
    bill = {"type": "invoice", "status": "Оплачен", "amount": Decimal(500), "currency": "RUB"}
    for number, due in (("7", date(2024, 11, 20)), ("8", date(2090, 1, 31))):
        made.add("tasks", number, door.Document(at=WHEN, number=number, title="Насосы", due=due,
                                                participants=(ROMASHKA,), **bill))  # fmt: skip
    said = hub("--config", synced(hub, tmp_path, made), "history", "ромашка").out
    head = [line.strip() for line in said.split("\n\n")[0].splitlines()]
    start = next(number for number, line in enumerate(head) if line.startswith("Under way"))
    assert [line.removeprefix("Under way").strip() for line in head[start:]] == [
        "Выставить счёт · due 2024-11-15 · past due · Борис Кузнецов",
        "Насосы · Оплачен · invoice 8 · 500 RUB · due 2090-01-31",
        "Поставка · Счёт выставлен · 1,000 RUB · Борис Кузнецов",
    ]


def test_whom_only_the_crm_knows_as_ours_is_named_with_what_he_has_to_do(hub, tmp_path):
    made = crm()
    olga = door.Identifier("email", "olga@gmail.example")
    made.add("users", "6", door.User(name="Ольга Зимина", identifiers=(olga,)))
    made.stream("tasks")
    made.add("tasks", "1", door.Task(at=WHEN, title="Выставить счёт", participants=(
        door.Participant("responsible", olga), ROMASHKA)))  # fmt: skip
    head = hub("--config", synced(hub, tmp_path, made), "history", "ромашка").out.split("\n\n")[0]
    assert "Выставить счёт · Ольга Зимина" in head


def asking(hub, folder):
    """The configuration of a company that a client has written to: 100 days ago, 3 days ago, and 2 days ago, which was answered."""
    made, now = crm(), datetime.now(UTC)
    made.stream("inbox")
    made.add("companies", "2", door.Company(name="ООО «Василёк»", identifiers=(door.Identifier("inn", "7736050003"),)))
    ivan, anna = (door.Identifier("email", one) for one in ("ivan@romashka.example", "anna@my.example"))
    asked = (door.Participant("from", ivan), door.Participant("to", anna), ROMASHKA)
    for days, subject in ((100, "Давно"), (3, "Где счёт?"), (2, "Спасибо")):
        sent = door.moment(now - timedelta(days=days), "Europe/Moscow")
        made.add("inbox", subject, door.Email(at=sent, message_id=f"{days}@x", subject=subject, participants=asked))
    made.add("inbox", "re", door.Email(at=door.moment(now, "Europe/Moscow"), message_id="re@x", subject="Re", references=("2@x",),
                                       participants=(door.Participant("from", anna), door.Participant("to", ivan), ROMASHKA)))  # fmt: skip
    return synced(hub, folder, made), now - timedelta(days=3)


def test_who_was_not_answered_stands_at_the_head_of_the_history_for_three_months(hub, tmp_path):
    config, _since = asking(hub, tmp_path)
    head = hub("--config", config, "history", "ромашка").out.split("\n\n")[0]
    [row] = [line for line in head.splitlines() if "Unanswered" in line]
    assert row.endswith("Где счёт?")
    assert "Анна Смирнова" in row
    assert "Спасибо" not in head
    told = json.loads(hub("--config", config, "history", "ромашка", "--json").out)["client"]
    assert [one["title"] for one in told["unanswered"]] == ["Где счёт?"]
    assert [(one["title"], one["due"]) for one in told["under_way"]] == [("Поставка", None)]


def test_the_list_of_clients_says_since_when_one_waits_for_an_answer(hub, tmp_path):
    config, since = asking(hub, tmp_path)
    told = {
        one["name"]: one["unanswered_since"] for one in json.loads(hub("--config", config, "clients", "--json").out)
    }
    assert told["ООО «Василёк»"] is None
    assert abs(datetime.fromisoformat(told["ООО «Ромашка»"]) - since) < timedelta(seconds=1)
    heading, *rows = hub("--config", config, "clients").out.splitlines()
    assert heading.endswith("Unanswered since")
    [romashka] = [one for one in rows if "Ромашка" in one]
    assert romashka.endswith(since.astimezone(ZoneInfo("Europe/Moscow")).date().isoformat())
    assert hub("--config", config, "--lang", "ru", "clients").out.splitlines()[0].endswith("Ждёт ответа с")
