"""Contacts of deals, companies of contacts, rows of goods: as the vendor's pages have them."""

import pytest

DEAL, CONTACT, COMPANY = 2, 3, 4


def links(client, name, number, other="contact"):
    told = client.result(f"crm.{name}.{other}.items.get", id=number)
    return [(one[f"{other.upper()}_ID"], one["SORT"], one["IS_PRIMARY"]) for one in told]


@pytest.fixture
def deal(client):
    return client.result("crm.deal.add", fields={"TITLE": "Насосы"})


def test_contacts_that_are_set_replace_those_before_and_the_first_primary_one_leads(client, deal):
    items = [
        {"CONTACT_ID": 5, "SORT": 30},
        {"CONTACT_ID": 6, "SORT": 20, "IS_PRIMARY": "Y"},
        {"CONTACT_ID": 7, "IS_PRIMARY": "Y"},
    ]
    assert client.result("crm.deal.contact.items.set", id=deal, items=items) is True
    assert links(client, "deal", deal) == [(6, 20, "Y"), (5, 30, "N"), (7, 30, "N")]
    assert client.result("crm.item.get", entityTypeId=DEAL, id=deal)["item"]["contactIds"] == [6, 5, 7]
    assert client.result("crm.deal.get", id=deal)["CONTACT_ID"] == "6"
    client.result("crm.deal.contact.items.set", id=deal, items=[{"CONTACT_ID": 8}])
    assert links(client, "deal", deal) == [(8, 10, "Y")]


def test_a_contact_is_added_once_and_taken_away_once(client, deal):
    asked = {"id": deal, "fields": {"CONTACT_ID": 5}}
    assert [client.result("crm.deal.contact.add", **asked) for _ in range(2)] == [True, False]
    assert (
        client.result("crm.deal.contact.add", id=deal, fields={"CONTACT_ID": 6, "IS_PRIMARY": "Y", "SORT": 500}) is True
    )
    assert links(client, "deal", deal) == [(6, 500, "Y"), (5, 10, "N")]
    assert [client.result("crm.deal.contact.delete", **asked) for _ in range(2)] == [True, False]
    assert client.result("crm.deal.contact.items.delete", id=deal) is True
    assert links(client, "deal", deal) == []


def test_a_contact_that_is_linked_with_a_company_has_that_company(client):
    before = {one for one, *_ in links(client, "company", 1)}
    assert 5 not in before
    client.result("crm.company.contact.add", id=1, fields={"CONTACT_ID": 5})
    assert 1 in {one for one, *_ in links(client, "contact", 5, "company")}
    client.result("crm.company.contact.items.set", id=1, items=[])
    assert links(client, "company", 1) == []
    assert 1 not in {one for one, *_ in links(client, "contact", 5, "company")}


@pytest.mark.parametrize(("method", "params", "said"), [
    ("crm.deal.contact.items.get", {}, "The parameter 'ownerEntityID' is invalid or not defined."),
    ("crm.deal.contact.items.get", {"id": 999999}, "Not found."),
    ("crm.deal.contact.items.set", {"id": 1, "items": "x"}, "The parameter 'items' must be array."),
    ("crm.deal.contact.add", {"id": 1, "fields": "x"}, "The parameter 'fields' must be array."),
    ("crm.deal.contact.add", {"id": 1, "fields": {"CONTACT_ID": 0}}, "The parameter 'fields' is not valid."),
])  # fmt: skip
def test_a_link_that_cannot_be_is_refused_in_the_words_of_the_page(client, method, params, said):
    assert client.ask(method, **params) == (400, {"error": "", "error_description": said})


def test_rows_of_goods_are_the_same_in_both_dialects_and_make_the_sum(client, deal):
    rows = [
        {"PRODUCT_NAME": "Насос", "PRICE": 80000, "QUANTITY": 2, "DISCOUNT_TYPE_ID": 2, "DISCOUNT_RATE": 20, "TAX_RATE": 20,
         "TAX_INCLUDED": "Y", "MEASURE_CODE": 796, "SORT": 10},
        {"PRICE": 100},
    ]  # fmt: skip
    assert client.result("crm.deal.productrows.set", id=deal, rows=rows) is True
    wanted = {"=ownerType": "D", "=ownerId": deal}
    pump, other = client.result("crm.item.productrow.list", filter=wanted)["productRows"]
    assert (pump["priceExclusive"], pump["priceNetto"], pump["priceBrutto"]) == (66666.67, 83333.34, 100000.01)
    assert (pump["discountSum"], other["productName"], other["quantity"]) == (16666.67, f"[{other['id']}]", 1)
    old = client.result("crm.deal.productrows.get", id=deal)[0]
    assert (old["ID"], old["OWNER_TYPE"], old["PRICE"], old["PRICE_ACCOUNT"]) == (
        str(pump["id"]),
        "D",
        80000,
        "80000.00",
    )
    assert client.result("crm.deal.get", id=deal)["OPPORTUNITY"] == "160100.00"
    assert client.result("crm.item.productrow.delete", id=pump["id"]) is True
    assert client.result("crm.deal.get", id=deal)["OPPORTUNITY"] == "100.00"


def test_a_sum_that_somebody_wrote_is_not_reckoned_from_the_goods(client):
    deal = client.result("crm.deal.add", fields={"OPPORTUNITY": 7, "IS_MANUAL_OPPORTUNITY": "Y"})
    added = client.result("crm.item.productrow.add", fields={"ownerId": deal, "ownerType": "D", "price": 5})[
        "productRow"
    ]
    assert client.result("crm.deal.get", id=deal)["OPPORTUNITY"] == "7.00"
    changed = client.result("crm.item.productrow.update", id=added["id"], fields={"quantity": 3})["productRow"]
    assert (changed["id"], changed["price"], changed["quantity"]) == (added["id"], 5, 3)
    assert client.result("crm.item.productrow.get", id=added["id"])["productRow"] == changed


@pytest.mark.parametrize(("fields", "error"), [
    ({"ownerId": 999999, "ownerType": "D"}, "OWNER_NOT_FOUND"),
    ({"ownerId": 1, "ownerType": "CO"}, "ENTITY_TYPE_NOT_SUPPORTED"),
    ({"price": 5}, "100"),
])  # fmt: skip
def test_goods_of_nothing_are_refused(client, fields, error):
    status, body = client.ask("crm.item.productrow.add", fields=fields)
    assert (status, body["error"]) == (400, error)


def test_a_discount_without_its_rate_is_refused(client, deal):
    status, body = client.ask("crm.deal.productrows.set", id=deal, rows=[{"PRICE": 1, "DISCOUNT_TYPE_ID": 2}])
    assert (status, body["error"]) == (400, "ERROR_CORE")
    assert body["error_description"].startswith("Discount Rate (DISCOUNT_RATE) is required")
    assert client.result("crm.deal.productrows.get", id=deal) == []
