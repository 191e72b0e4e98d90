"""What a row of each kind becomes."""

import datetime as dt
from decimal import Decimal

import pytest
from hub_contacts.mapping import map_row

import hub

Id = hub.Identifier


def test_a_client_has_everything_that_points_to_it(write, read, identifiers):
    path = write(
        "Название;ИНН;КПП;ОГРН;Почта;Телефон;Сайт;Менеджер;Комментарий;Сегмент\r\n"
        '"ООО «Ромашка»";7707083893;770701001;1027700132195;"info@romashka.example, Анна <anna@romashka.example>";'
        '"+7 (495) 123-45-67, доб. 12\n8 916 111-22-33 (Мария)";https://www.romashka.example/about;Борис;постоянный;VIP\r\n'
    )
    company = read(path).records[0]
    assert identifiers(company) == {
        ("inn", "7707083893"),
        ("ogrn", "1027700132195"),
        ("email", "info@romashka.example"),
        ("email", "anna@romashka.example"),
        ("phone", "+7 (495) 123-45-67 доб. 12"),
        ("phone", "8 916 111-22-33"),
        ("domain", "romashka.example"),
    }
    assert (company.name, company.kpp, company.employee, company.text) == (
        "ООО «Ромашка»",
        "770701001",
        "Борис",
        "постоянный",
    )
    assert company.extra["Сегмент"] == "VIP"


@pytest.mark.parametrize("separator", [",", ";", " / ", "\n", ", \n"])
def test_a_cell_may_list_several_values(write, read, separator):
    path = write(f'Название;Телефон\r\nООО;"84951234567{separator}84957654321"\r\n')
    assert [one.value for one in read(path).records[0].identifiers] == ["84951234567", "84957654321"]


def test_what_a_field_cannot_take_is_kept_beside_it(write, read):
    path = write("Название;ИНН;Почта;Телефон;Сайт\r\nООО;1234567890;нет;звонить после 18;https://vk.com/romashka\r\n")
    company = read(path).records[0]
    assert company.identifiers == (Id("inn", "1234567890"),)
    assert company.extra == {
        "ИНН": "1234567890",
        "Почта": "нет",
        "Телефон": "звонить после 18",
        "Сайт": "https://vk.com/romashka",
    }


def test_inn_and_kpp_in_one_cell_are_told_apart(write, read):
    company = read(write("Название;ИНН/КПП\r\nООО;7707083893/770701001\r\n")).records[0]
    assert (company.identifiers, company.kpp) == ((Id("inn", "7707083893"),), "770701001")


def test_a_total_is_no_client(write, read):
    found = read(write("Название;ИНН\r\nООО «Ромашка»;7707083893\r\nИтого: 1 клиент;\r\n;;\r\n"))
    assert len(found.records) == 1
    assert found.unread == ["row 3: it is a total and no client"]


def test_a_row_without_anything_known_is_named(write, read):
    assert read(write("Название;ИНН;Прочее\r\n;;заметка\r\n")).unread == [
        "row 2: it has neither a name nor anything else that tells a client"
    ]


# --- people ---


def test_people_of_one_company_share_one_item_for_it(write, read):
    path = write(
        "ФИО;Должность;Компания;ИНН;Почта\r\n"
        "Иванов Иван;Директор;ООО «Ромашка»;7707083893;ivan@romashka.example\r\n"
        'Петров Пётр;;"ООО ""Ромашка""";7707083893;petr@romashka.example\r\n'
        "Сидоров Сидор;;АО «Василёк»;;sidor@vasilek.example\r\n",
        name="people.csv",
    )
    found = read(path, kind="people")
    people = [one for one in found.records if isinstance(one, hub.Contact)]
    companies = [one for one in found.records if isinstance(one, hub.Company)]
    assert [one.name for one in companies] == ["ООО «Ромашка»", "АО «Василёк»"]
    assert companies[0].identifiers == (Id("inn", "7707083893"),)
    assert people[0].companies == people[1].companies != people[2].companies
    assert {ref for one in people for ref in one.companies} <= {f"people/{one}" for one in found.raws}
    assert (people[0].position, people[0].identifiers) == ("Директор", (Id("email", "ivan@romashka.example"),))


def test_a_key_of_a_client_is_a_reference_to_its_row(write, read):
    clients = write("Код;Название\r\nA#1;ООО «Ромашка»\r\n")
    people = write("Фамилия;Имя;Отчество;Код клиента\r\nИванов;Иван;Иванович;A#1\r\n", name="people.csv")
    listed = read(clients, key="Код")
    person = read(people, "people", {"path": clients, "kind": "clients", "key": "Код"}).records
    assert [(one.name, one.companies) for one in person] == [
        ("Иванов Иван Иванович", (f"clients/{next(iter(listed.raws))}",))
    ]


def test_a_key_without_a_list_to_look_it_up_is_only_kept(write, read):
    person = read(write("ФИО;Код клиента\r\nИванов;A1\r\n", name="people.csv"), kind="people").records[0]
    assert (person.companies, person.extra) == ((), {"Код клиента": "A1"})


def test_an_inn_of_a_person_is_the_persons(write, read, identifiers):
    person = read(write("ФИО;ИНН физлица\r\nИванов;500100732259\r\n", name="people.csv"), kind="people").records[0]
    assert identifiers(person) == {("inn", "500100732259")}


# --- contracts and payments ---


def test_a_contract(write, read):
    path = write(
        "Договор №;Дата;Срок действия;Клиент;ИНН;Сумма, USD;Статус;Предмет;Ответственный;Филиал\r\n"
        "12/3;01.02.2026;31.12.2026;ООО «Ромашка»;7707083893;1 000,50;действует;Поставка;Анна;Москва\r\n",
        name="contracts.csv",
    )
    (contract,) = read(path, kind="contracts").records
    assert contract == hub.Document(
        at=dt.date(2026, 2, 1),
        type="contract",
        number="12/3",
        title="Поставка",
        status="действует",
        amount=Decimal("1000.50"),
        currency="USD",
        due=dt.date(2026, 12, 31),
        participants=(
            hub.Participant("client", Id("inn", "7707083893"), "ООО «Ромашка»"),
            hub.Participant("responsible", None, "Анна"),
        ),
        extra={"Филиал": "Москва"},
    )


def test_a_payment_points_to_its_client_in_every_way_it_knows(write, read):
    clients = write("Код;Название\r\nA1;ООО «Ромашка»\r\n")
    path = write(
        "№;Дата;Сумма;Валюта;Тип;Код клиента;ИНН;Почта;Назначение платежа\r\n"
        "5;01.02.2026 12:30;1 000;евро;Счёт;A1;7707083893;a@romashka.example;за товар\r\n",
        name="payments.csv",
    )
    (payment,) = read(path, "payments", {"path": clients, "kind": "clients", "key": "Код"}).records
    assert [one.identifier for one in payment.participants] == [
        Id("ref", "clients/A1"),
        Id("inn", "7707083893"),
        Id("email", "a@romashka.example"),
    ]
    assert (payment.type, payment.currency, payment.text) == ("invoice", "EUR", "за товар")
    assert payment.at == hub.moment(dt.datetime(2026, 2, 1, 9, 30, tzinfo=dt.UTC), "Europe/Moscow")


def test_a_payment_without_a_zone_is_of_its_day(write, read):
    path = write("Дата;Сумма;ИНН\r\n01.02.2026 12:30;1;7707083893\r\n", name="payments.csv")
    assert read(path, kind="payments", timezone="").records[0].at == dt.date(2026, 2, 1)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (";100;7707083893", "row 2: it has no date"),
        ("вчера;100;7707083893", "row 2: «Дата» is not a date"),
        ("01.02.2026;;7707083893", "row 2: it has no amount"),
        ("01.02.2026;сто;7707083893", "row 2: «Сумма» is not an amount"),
        ("01.02.2026;1,234;7707083893", 'row 2: «Сумма» can be read in two ways: set `decimal` to "," or "."'),
    ],
)
def test_a_payment_that_cannot_be_read_says_why(write, read, row, reason):
    assert read(write(f"Дата;Сумма;ИНН\r\n{row}\r\n", name="p.csv"), kind="payments").unread == [reason]


def test_reasons_hold_nothing_that_a_cell_says(write, read):
    path = write("Почта;Название\r\nanna@private.example;Анна\r\nanna@private.example;Анна\r\n")
    (reason,) = read(path, key="Почта").unread
    assert reason == "row 3: its key in «Почта» is already used by row 2"


# --- calls ---

CALLS = "Дата;Время;Направление;Телефон;Наш номер;Сотрудник;Длительность;Результат;Клиент;Запись\r\n"


@pytest.mark.parametrize(
    ("way", "direction", "roles"),
    [("Входящий", "in", ("caller", "callee")), ("Исх.", "out", ("callee", "caller"))],
)
def test_a_call(write, read, way, direction, roles):
    theirs, ours = roles
    path = write(
        CALLS + f"02.11.2026;10:30;{way};+7 495 123-45-67;101;Анна;02:05;Отвечен;ООО «Ромашка»;http://pbx/1\r\n"
    )
    (call,) = read(path, kind="calls").records
    assert call.at == hub.moment(dt.datetime(2026, 11, 2, 7, 30, tzinfo=dt.UTC), "Europe/Moscow")
    assert (call.direction, call.seconds, call.result) == (direction, 125, "answered")
    assert call.participants == (
        hub.Participant(theirs, Id("phone", "+7 495 123-45-67"), "ООО «Ромашка»"),
        hub.Participant("client", None, "ООО «Ромашка»"),
        hub.Participant(ours, Id("phone", "101"), "Анна"),
    )
    assert call.extra == {"Запись": "http://pbx/1"}


def test_a_call_with_both_numbers(write, read):
    path = write("Начало,Кто звонил,Кому,Секунд\r\n2026-11-02T10:30:00+03:00,84951234567,101,0\r\n")
    (call,) = read(path, kind="calls", timezone="").records
    assert (call.at.zone, call.result, call.direction) == ("+03:00", "missed", "")
    assert call.participants == (
        hub.Participant("caller", Id("phone", "84951234567")),
        hub.Participant("callee", Id("phone", "101")),
    )


def test_calls_without_a_zone_are_refused_with_the_setting(write, read):
    with pytest.raises(hub.Misconfigured, match="has times without an offset") as caught:
        read(write("Дата и время;Телефон\r\n02.11.2026 10:30;84951234567\r\n"), kind="calls", timezone="")
    assert caught.value.setting == "timezone"


def test_a_call_without_a_time_of_day_cannot_be_placed(write, read):
    found = read(write("Дата;Телефон\r\n02.11.2026;84951234567\r\n"), kind="calls")
    assert found.unread == ["row 2: it has a date and no time of day"]


# --- bytes ---


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"null", b'{"kind":"clients"}', b'{"kind":"x"}', b'{"kind":"clients","cells":[]}', b"\xff",
        b'{"kind":"clients","cells":{"a":1}}', b'{"kind":"clients","fields":{"name":"a"}}', b'{"kind":"clients","zone":1}',
        b'{"kind":"clients","spy":"x"}', b'{"kind":"clients","cells":{"a":"\\ud800"},"fields":{"name":["a"]}}', b"[" * 100_000,
        b'{"kind":"calls","cells":{"d":"2026-11-02 10:00"},"fields":{"date":["d"]},"zone":"../../etc/passwd"}',
    ],
)  # fmt: skip
def test_bytes_that_are_no_row_are_unreadable(body):
    said = map_row(body, None, dt.date.max)
    assert isinstance(said, hub.Unreadable)
    assert said.reason
