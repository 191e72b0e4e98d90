"""Purchases of customers, and what waits to be sorted."""

from hub_crm_amo.simulator.world import CUSTOMERS, LEADS, PURCHASES, UNSORTED


def test_a_purchase_changes_its_customer_and_can_be_taken_back(client):
    before = client.account.tables[CUSTOMERS].row(2)
    client.account.clock.turn(60)
    body = [{"price": 700, "comment": "Отгрузка", "next_price": 5}, {"price": 300}]
    made = client.write("POST", "customers/2/transactions", body).json["_embedded"]["transactions"]
    after = client.account.tables[CUSTOMERS].row(2)
    assert (after["purchases_count"], after["ltv"], after["next_price"]) == (
        before["purchases_count"] + 2,
        before["ltv"] + 1000,
        5,
    )
    assert after["updated_at"] > before["updated_at"]
    found = {row["id"]: row for row in client.all("customers/2/transactions")}
    assert found[made[0]["id"]]["comment"] == "Отгрузка"
    assert {row["_embedded"]["customer"]["id"] for row in found.values()} == {2}
    assert client.send("DELETE", f"/api/v4/customers/transactions/{made[0]['id']}").status == 204
    assert made[0]["id"] not in {row["id"] for row in client.all(PURCHASES)}


def test_a_purchase_without_a_price_is_refused(client):
    assert client.write("POST", "customers/2/transactions", [{"comment": "x"}]).status == 400
    assert client.write("POST", "customers/999/transactions", [{"price": 1}]).status == 404


def test_no_purchases_at_all_are_a_404_in_words_of_their_own(client):
    for number in list(client.account.tables[PURCHASES].ids):
        client.account.delete(PURCHASES, number)
    said = client.get(PURCHASES)
    assert (said.status, said.json["detail"]) == (404, "Transactions not found")


def test_what_is_accepted_becomes_a_lead_and_what_is_declined_is_gone(client):
    first, second, *_ = client.all(UNSORTED)
    assert client.get(f"{UNSORTED}/{first['uid']}").json == first
    before = client.get(f"{UNSORTED}/summary").json["total"]
    accepted = client.write("POST", f"{UNSORTED}/{first['uid']}/accept", {"user_id": 1, "status_id": 3103}).json
    [lead] = accepted["_embedded"]["leads"]
    assert client.account.tables[LEADS].row(lead["id"])["status_id"] == 3103
    assert client.send("DELETE", f"/api/v4/{UNSORTED}/{second['uid']}/decline").status == 200
    assert client.get(f"{UNSORTED}/{first['uid']}").status == 204
    assert client.write("POST", f"{UNSORTED}/{first['uid']}/accept", {}).status == 404
    assert client.get(f"{UNSORTED}/summary").json["total"] == before - 2


def test_a_form_of_a_site_comes_in(client):
    body = [{"source_name": "Сайт", "source_uid": "1", "pipeline_id": 3100, "metadata": {"form_name": "Заявка"}}]
    [made] = client.write("POST", f"{UNSORTED}/forms", body).json["_embedded"]["unsorted"]
    assert client.get(f"{UNSORTED}/{made['uid']}").json["metadata"] == {"form_name": "Заявка"}
