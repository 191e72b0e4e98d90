"""Which column is which."""

from collections import Counter

import pytest
from hub_contacts.headings import KINDS, NEEDED, choose, fold_heading

import hub


@pytest.mark.parametrize("kind", KINDS)
def test_no_heading_is_known_for_two_fields(kind):
    counted = Counter(known for field in KINDS[kind].values() for known in {fold_heading(one) for one in field.known})
    assert [known for known, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_kind_needs_are_fields_it_has(kind):
    assert {name for group in NEEDED[kind] for name in group} <= set(KINDS[kind])


@pytest.mark.parametrize(
    ("kind", "headings", "fields"),
    [
        ("clients", ["Код", "Наименование", "ИНН", "Эл. почта", "Тел."], "name inn email phone"),
        ("clients", ["Company", "TIN", "E-Mail", "Phone", "Website"], "name inn email phone site"),
        ("clients", ["Контрагент", "ИНН / КПП", "Телефон 1", "Телефон 2", "Сайт:"], "name inn phone site"),
        ("people", ["Фамилия", "Имя", "Отчество", "Должность", "Компания"], "last_name first_name middle_name position company"),
        ("people", ["ФИО", "Почта (рабочая)", "Моб. телефон"], "name email phone"),
        ("contracts", ["Договор №", "Дата", "Сумма, руб.", "Срок действия", "Клиент", "ИНН"], "number date amount due client inn"),
        ("payments", ["№ п/п", "Дата", "Сумма", "Плательщик", "ИНН плательщика", "Назначение платежа"],
         "number date amount client inn text"),
        ("calls", ["Дата и время", "Кто звонил", "Кому", "Длительность", "Результат"], "date caller callee duration result"),
    ],
)  # fmt: skip
def test_usual_headings_are_recognised(kind, headings, fields):
    assert set(choose(kind, headings, {}, with_keys=True)) == set(fields.split())


def test_the_better_of_two_known_headings_is_taken():
    chosen = choose("clients", ["Полное наименование", "Наименование"], {}, with_keys=False)
    assert chosen == {"name": ("Наименование",)}


def test_a_mapping_wins_over_what_is_recognised(write, read):
    path = write("Название;Бренд;Телефон;Звонить\r\nООО «Ромашка»;Ромашка;84951234567;84957654321\r\n")
    record = read(path, columns={"name": "Бренд", "phone": ["Звонить"]}).records[0]
    assert record.name == "Ромашка"
    assert record.identifiers == (hub.Identifier("phone", "84957654321"),)
    assert record.extra == {"Название": "ООО «Ромашка»", "Телефон": "84951234567"}


def test_an_empty_list_switches_a_field_off(write, read):
    record = read(write("Название;Телефон\r\nООО «Ромашка»;84951234567\r\n"), columns={"phone": []}).records[0]
    assert (record.identifiers, record.extra) == ((), {"Телефон": "84951234567"})


def test_a_column_that_is_not_there_is_named_with_the_nearest_and_all_there_are(write, read):
    with pytest.raises(hub.Misconfigured) as caught:
        read(write("Название;ИНН клиента\r\nООО «Ромашка»;7707083893\r\n"), columns={"inn": "ИНН клинта"})
    assert str(caught.value).endswith(
        "clients.csv has no column «ИНН клинта»; it has «Название», «ИНН клиента»; did you mean «ИНН клиента»?"
    )
    assert caught.value.setting == "columns.inn"


def test_a_key_column_that_is_not_there_is_named(write, read):
    with pytest.raises(hub.Misconfigured, match=r"has no column «Код»; it has «Название»"):
        read(write("Название\r\nООО «Ромашка»\r\n"), key="Код")


def test_headings_are_found_whatever_their_case_and_punctuation(write, read):
    found = read(write(" КОД ;название клиента:;E-MAIL\r\nA1;ООО «Ромашка»;a@romashka.example\r\n"), key="Код",
                 columns={"name": "Название клиента"})  # fmt: skip
    assert list(found.raws) == ["A1"]
    assert found.records[0].name == "ООО «Ромашка»"


def test_a_file_without_a_column_that_its_kind_needs_says_which(write, read):
    with pytest.raises(hub.Misconfigured, match=r"has no column for amount; it has «Дата», «ИНН»") as caught:
        read(write("Дата;ИНН\r\n01.02.2026;7707083893\r\n", name="payments.csv"), kind="payments")
    assert caught.value.fix == 'Say which column it is: columns = { amount = "…" }'


@pytest.mark.parametrize(
    ("kind", "field", "text"),
    [
        ("contracts", "client_key", "Дата;Код клиента\n01.10.2026;А1"),
        ("people", "company_key", "ФИО;Почта;Код клиента\nОльга Петрова;petrova@mail.example;А1"),
    ],
)
def test_keys_that_may_be_of_several_client_lists_are_not_passed_over(write, read, kind, field, text):
    lists = [
        {"path": write("Код;Название\nА1;ООО «Ромашка»", f"{name}.csv"), "kind": "clients", "key": "Код"}
        for name in ("ours", "theirs")
    ]
    rows = write(text, "rows.csv")
    with pytest.raises(hub.Misconfigured) as caught:
        read(rows, kind, *lists)
    assert str(caught.value) == (
        f"{rows}: «Код клиента» holds keys of clients, and there are several client lists with a `key`: «ours», «theirs»"
    )
    assert caught.value.fix.endswith(f"columns = {{ {field} = [] }}")
    [record] = read(rows, kind, *lists, clients="theirs").records
    assert "theirs/А1" in str(record)
    if kind == "people":
        [record] = read(rows, kind, *lists, columns={field: []}).records
        assert not record.companies


def test_of_two_columns_that_look_alike_the_one_written_just_so_is_meant(write, read):
    record = read(
        write("Имя;E-mail;Email\r\nООО;a@a.example;b@b.example\r\n"), columns={"name": "Имя", "email": "Email"}
    ).records[0]
    assert [one.value for one in record.identifiers] == ["b@b.example"]


def test_a_row_with_the_columns_asked_for_is_the_row_of_headings(write, read):
    text = "Клиент;Телефон;Почта\r\n\r\nБренд;Звонить;Писать\r\nРомашка;84951234567;a@a.example\r\n"
    found = read(write(text), columns={"name": "Бренд", "phone": "Звонить", "email": "Писать"})
    assert [one.name for one in found.records] == ["Ромашка"]
