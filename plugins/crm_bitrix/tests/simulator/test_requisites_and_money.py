"""Requisites with what belongs to them, currencies, and which fields employees and comments have: as the vendor's pages have them."""

from dataclasses import replace

import pytest
from hub_crm_bitrix.simulator.fields import COMPANY, DEAL


def refused(client, method, **params):
    status, body = client.ask(method, **params)
    assert (status, body["error"]) == (400, "")
    return body["error_description"]


# --- requisites ---


def test_a_requisite_is_described_by_the_fields_that_it_has_and_made_after_a_preset_that_is_listed(client):
    rows, told = client.result("crm.requisite.list", order={"ID": "ASC"}), client.result("crm.requisite.fields")
    assert set(rows[0]) == set(told)
    assert (told["RQ_INN"]["title"], told["PRESET_ID"]["isImmutable"], told["ID"]["isReadOnly"]) == ("ИНН", True, True)
    presets = {one["ID"]: one["NAME"] for one in client.result("crm.requisite.preset.list", select=["NAME"])}
    made_after = {presets[one["PRESET_ID"]] for one in rows if one["RQ_OGRNIP"]}
    assert made_after == {"ИП"}
    assert client.result("crm.requisite.preset.list", filter={"NAME": "ИП"})[0]["COUNTRY_ID"] == "1"
    assert client.result("crm.requisite.preset.get", id=1)["NAME"] == "Организация"
    assert refused(client, "crm.requisite.preset.get", id=99) == "The Preset with ID '99' is not found"


def test_an_address_stands_at_a_requisite_and_names_whose_that_is(client):
    (row,) = client.result("crm.address.list", filter={"ENTITY_TYPE_ID": 8, "ENTITY_ID": 1})
    assert (row["ANCHOR_TYPE_ID"], row["ANCHOR_ID"]) == (
        str(COMPANY),
        client.result("crm.requisite.get", id=1)["ENTITY_ID"],
    )
    told = client.result("crm.address.fields")
    assert set(row) == set(told)
    assert (told["TYPE_ID"]["isRequired"], told["ANCHOR_ID"]["isReadOnly"]) == (True, True)
    kinds = {str(one["ID"]): one["NAME"] for one in client.result("crm.enum.addresstype")}
    assert kinds[row["TYPE_ID"]] in ("Юридический адрес", "Адрес регистрации")
    status, body = client.ask("crm.address.list", select=["CITY"], order={"CITY": "DESC"})
    cities = [one["CITY"] for one in body["result"]]
    assert (status, body["total"]) == (200, len(client.portal.tables["requisites"]))
    assert cities == sorted(cities, reverse=True)
    assert set(body["result"][0]) == {"CITY"}


def test_an_address_is_found_by_its_kind_and_what_it_belongs_to(client):
    place = {"TYPE_ID": 1, "ENTITY_TYPE_ID": 8, "ENTITY_ID": 1}
    assert client.result("crm.address.add", fields={**place, "CITY": "Тверь", "ANCHOR_ID": 7}) is True
    assert refused(client, "crm.address.add", fields=place) == "The address exists already."
    assert client.result("crm.address.update", fields={**place, "ADDRESS_1": "ул. Новая, 1"}) is True
    (row,) = client.result("crm.address.list", filter=place)
    owner = client.result("crm.requisite.get", id=1)["ENTITY_ID"]
    assert (row["CITY"], row["ADDRESS_1"], row["ANCHOR_ID"]) == ("Тверь", "ул. Новая, 1", owner)
    assert set(row) == set(client.result("crm.address.fields"))
    assert client.result("crm.address.delete", fields=place) is True
    assert client.result("crm.address.list", filter=place) == []
    assert refused(client, "crm.address.delete", fields=place) == "The address is not found."
    assert (
        refused(client, "crm.address.add", fields={**place, "ENTITY_ID": 0}) == "ENTITY_ID is not defined or invalid."
    )
    assert client.result("crm.address.add", fields={"TYPE_ID": 1, "ENTITY_TYPE_ID": 3, "ENTITY_ID": 5}) is True
    (row,) = client.result("crm.address.list", filter={"ENTITY_TYPE_ID": 3, "ENTITY_ID": 5})
    assert (row["ANCHOR_TYPE_ID"], row["ANCHOR_ID"]) == ("3", "5")


def test_a_currency_is_added_changed_and_deleted_but_for_the_base(client):
    yuan = {"CURRENCY": "CNY", "AMOUNT_CNT": 10, "AMOUNT": 122.251, "LANG": {"ru": {"FULL_NAME": "Юань"}}}
    assert client.result("crm.currency.add", fields=yuan) == "CNY"
    assert client.result("crm.currency.update", id="CNY", fields={"AMOUNT": 15.3449}) is True
    found = client.result("crm.currency.get", id="CNY")
    assert (found["AMOUNT"], found["AMOUNT_CNT"], found["LANG"]) == ("15.3449", "10", {"ru": {"FULL_NAME": "Юань"}})
    assert set(client.result("crm.currency.list")[0]) >= {"CURRENCY", "SORT"}
    assert refused(client, "crm.currency.add", fields=yuan) == "The currency code is wrong or known already"
    wrong = {"CURRENCY": "KZT", "AMOUNT_CNT": 1, "AMOUNT": 0}
    assert refused(client, "crm.currency.add", fields=wrong) == "AMOUNT_CNT and AMOUNT have to be numbers above 0"
    assert client.result("crm.currency.delete", id="CNY") is True
    assert refused(client, "crm.currency.get", id="CNY") == "Not found"
    assert refused(client, "crm.currency.delete", id="RUB") == "The base currency cannot be deleted"


def test_an_account_in_a_bank_is_added_changed_listed_and_deleted(client):
    given = {"ENTITY_ID": 1, "NAME": "Основной", "RQ_BIK": "044525901", "SORT": 600, "ID": 7, "NONSENSE": 1}
    number = client.result("crm.requisite.bankdetail.add", fields=given)
    row = client.result("crm.requisite.bankdetail.get", id=number)
    assert (row["ID"], row["ENTITY_ID"], row["SORT"], row["COUNTRY_ID"]) == (str(number), "1", "600", "1")
    assert (row["DATE_MODIFY"], row["RQ_IBAN"], set(row)) == (
        "",
        None,
        set(client.result("crm.requisite.bankdetail.fields")),
    )
    assert (
        client.result("crm.requisite.bankdetail.update", id=number, fields={"NAME": "Другой", "ENTITY_ID": 2}) is True
    )
    asked = {"filter": {"ENTITY_ID": 1, "RQ_BIK": "044525901", ">ID": number - 1}, "select": ["NAME"]}
    assert client.result("crm.requisite.bankdetail.list", **asked) == [{"ID": str(number), "NAME": "Другой"}]
    assert client.result("crm.requisite.bankdetail.delete", id=number) is True
    said = f"The RequisiteBankDetail with ID '{number}' is not found"
    assert refused(client, "crm.requisite.bankdetail.get", id=number) == said
    assert refused(client, "crm.requisite.bankdetail.update", id=0) == "ID is not defined or invalid."
    assert (
        refused(client, "crm.requisite.bankdetail.add", fields={"NAME": "x"}) == "ENTITY_ID is not defined or invalid."
    )


def test_the_keys_of_accounts_are_right(client):
    """The Bank of Russia's order of 08.09.1997, 515."""
    rows = client.result("crm.requisite.bankdetail.list")
    for row in rows:
        for before, account in (
            (row["RQ_BIK"][-3:], row["RQ_ACC_NUM"]),
            (f"0{row['RQ_BIK'][4:6]}", row["RQ_COR_ACC_NUM"]),
        ):
            assert len(account) == 20
            assert sum(int(one) * (7, 1, 3)[at % 3] for at, one in enumerate(before + account)) % 10 == 0
    assert len(rows) > 10


def test_a_requisite_is_deleted_with_its_addresses_and_accounts(client):
    assert client.result("crm.requisite.bankdetail.list", filter={"ENTITY_ID": 1})
    assert client.result("crm.requisite.delete", id=1) is True
    assert client.result("crm.requisite.bankdetail.list", filter={"ENTITY_ID": 1}) == []
    assert client.result("crm.address.list", filter={"ENTITY_ID": 1}) == []
    assert refused(client, "crm.requisite.get", id=1) == "The Requisite with ID '1' is not found"


# --- currencies ---


def test_currencies_are_listed_at_once_in_the_order_asked_for_and_never_counted(client):
    status, body = client.ask("crm.currency.list", order={"sort": "desc"})
    codes = [one["CURRENCY"] for one in body["result"]]
    assert (status, body["total"], codes[-1]) == (200, 0, client.result("crm.currency.base.get"))
    assert {one["CURRENCY"] for one in body["result"] if one["BASE"] == "Y"} == {"RUB"}
    assert client.result("crm.deal.get", id=1)["CURRENCY_ID"] in codes
    rates = [float(one["AMOUNT"]) for one in client.result("crm.currency.list", order={"AMOUNT": "asc"})]
    assert rates == sorted(rates)


def test_a_currency_is_told_with_its_names_in_other_languages(client):
    found = client.result("crm.currency.get", id="EUR")
    assert (found["FULL_NAME"], found["LANG"]["en"]["FULL_NAME"]) == ("Евро", "Euro")
    assert set(found) == set(client.result("crm.currency.fields"))
    assert refused(client, "crm.currency.get", id="XXX") == "Not found"


def test_who_may_not_see_the_settings_is_told_the_base_currency_only(client):
    client.portal.admins.clear()
    assert refused(client, "crm.currency.list") == "Access denied."
    assert client.result("crm.currency.base.get") == "RUB"


# --- which fields there are ---


@pytest.mark.parametrize(("scopes", "seen"), [
    ({"user_brief"}, (False, False)), ({"user_basic"}, (True, False)), ({"user", "user_basic"}, (True, True)),
])  # fmt: skip
def test_the_fields_of_an_employee_are_those_of_the_widest_scope(client, scopes, seen):
    client.portal.webhooks[0] = replace(client.portal.webhooks[0], scopes=frozenset(scopes))
    told = client.result("user.fields")
    assert ("EMAIL" in told, "LAST_LOGIN" in told) == seen
    assert (told["WORK_POSITION"], told["IS_ONLINE"]) == ("Должность", "IS_ONLINE")


def test_the_fields_of_an_employee_are_for_those_who_may_see_employees(client):
    assert set(client.portal.tables["users"].row(1)) <= set(client.result("user.fields"))
    client.portal.webhooks[0] = replace(client.portal.webhooks[0], scopes=frozenset({"crm"}))
    assert client.ask("user.fields")[1]["error"] == "insufficient_scope"


def test_the_fields_of_a_comment_are_those_it_comes_with(client):
    number = client.result(
        "crm.timeline.comment.add", fields={"ENTITY_ID": 1, "ENTITY_TYPE": "deal", "COMMENT": "Текст"}
    )
    told = client.result("crm.timeline.comment.fields")
    assert set(client.result("crm.timeline.comment.get", id=number)) == set(told)
    assert (told["FILES"]["type"], told["FILES"]["isMultiple"], told["AUTHOR_ID"]["isImmutable"]) == (
        "attached_diskfile",
        True,
        True,
    )


# --- pipelines by their older methods ---


def test_pipelines_are_the_same_by_their_older_methods(client):
    number = client.result("crm.dealcategory.add", fields={"NAME": "Опт", "SORT": "20"})
    assert client.result("crm.category.get", entityTypeId=DEAL, id=number)["category"]["name"] == "Опт"
    assert client.result("crm.dealcategory.update", id=number, fields={"SORT": "700"}) is True
    row = client.result("crm.dealcategory.get", id=number)
    assert (row["NAME"], row["SORT"], row["IS_LOCKED"]) == ("Опт", "700", "N")
    assert set(row) == set(client.result("crm.dealcategory.fields"))
    listed = client.result("crm.dealcategory.list", order={"SORT": "ASC"}, select=["ID", "NAME"])
    assert listed == [{"ID": "1", "NAME": "Тендеры"}, {"ID": str(number), "NAME": "Опт"}]
    assert client.result("crm.dealcategory.default.get") == {"ID": 0, "NAME": "Общая"}


def test_a_pipeline_that_is_deleted_is_locked(client):
    number = client.result("crm.dealcategory.add", fields={"NAME": "Опт"})
    assert client.result("crm.dealcategory.delete", id=number) is True
    asked = {"select": ["IS_LOCKED"], "order": {"ID": "ASC"}}
    assert client.result("crm.dealcategory.list", filter={"IS_LOCKED": "N"}, **asked) == [{"ID": "1", "IS_LOCKED": "N"}]
    assert client.result("crm.dealcategory.list", filter={"IS_LOCKED": "Y"}, **asked) == [
        {"ID": "1", "IS_LOCKED": "N"},
        {"ID": str(number), "IS_LOCKED": "Y"},
    ]
    assert refused(client, "crm.dealcategory.get", id=number) == "Not found"


def test_the_stages_of_a_pipeline_are_those_of_its_directory(client):
    assert client.result("crm.dealcategory.status", id=1) == "DEAL_STAGE_1"
    there = client.result("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE_1"})
    assert client.result("crm.dealcategory.stage.list", id=1) == there != []
    common = client.result("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE"})
    assert client.result("crm.dealcategory.stage.list", id=0) == client.result("crm.dealcategory.stage.list") == common
    assert client.result("crm.dealcategory.stage.list", id=99) == []
