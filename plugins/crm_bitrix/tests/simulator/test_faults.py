"""Bad weather on order, and hooks between calls."""

import http.client
import threading
import time
import urllib.error
import urllib.request

import pytest
from hub_crm_bitrix.simulator import Fault


def test_an_ordered_error_comes_once_and_changes_nothing(client):
    client.portal.faults.append(Fault("error", "crm.*", status=503, error="OVERLOAD_LIMIT", description="Overload"))
    assert client.ask("server.time")[0] == 200
    assert client.ask("crm.deal.list") == (503, {"error": "OVERLOAD_LIMIT", "error_description": "Overload"})
    assert client.ask("crm.deal.list")[0] == 200
    assert [effect.lost for effect in client.portal.log] == ["", "error", ""]


def test_a_fault_may_wait_for_a_later_call(client):
    client.portal.faults.append(Fault("error", "server.time", skip=2, times=2, status=401, error="expired_token"))
    assert [client.ask("server.time")[0] for _ in range(5)] == [200, 200, 401, 401, 200]


def test_a_proxy_answers_in_html(client):
    client.portal.faults.append(Fault("html", status=502))
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{client.served.webhook}server.time", timeout=5)
    with refused.value as answer:
        assert (answer.code, answer.headers["Content-Type"]) == (502, "text/html")
        assert answer.read().startswith(b"<html>")


def test_a_renamed_portal_points_to_its_new_address(client, serve):
    other = serve()
    client.portal.faults.append(Fault("redirect", times=-1, location=other.served.url))
    assert client.get("server.time")[0] == 200
    assert [effect.method for effect in other.portal.log] == ["server.time"]


def test_a_lost_answer_is_that_of_a_call_that_was_carried_out(client):
    client.portal.faults.append(Fault("lost"))
    with pytest.raises((http.client.RemoteDisconnected, urllib.error.URLError)):
        client.ask("crm.deal.list")
    assert [(effect.method, effect.status) for effect in client.portal.log] == [("crm.deal.list", 200)]


def test_a_cut_answer_ends_in_the_middle(client):
    client.portal.faults.append(Fault("cut"))
    with pytest.raises(http.client.IncompleteRead):
        client.ask("crm.deal.list")


def test_hooks_change_the_portal_between_two_pages_of_one_batch(client):
    deals = client.portal.tables[2]
    gone = deals.ids[55]

    def remove(call):
        if gone in deals:
            deals.remove(gone)

    client.portal.after.append(remove)
    ask = "crm.deal.list?order[ID]=ASC&select[]=ID&start=-1&filter[>ID]="
    found = client.batch([f"{ask}0", f"{ask}$result[0][49][ID]"])["result"]
    assert str(gone) not in [row["ID"] for row in found[1]]
    assert len(found[0]) + len(found[1]) == len(deals.ids)


def test_a_late_answer_is_late_and_nobody_else_waits_for_it(client):
    client.portal.faults.append(Fault("stall", "crm.deal.list", seconds=0.5))
    began = time.monotonic()
    late = threading.Thread(target=client.ask, args=("crm.deal.list",))
    late.start()
    assert client.ask("server.time")[0] == 200
    assert late.is_alive()
    late.join(5)
    assert time.monotonic() - began >= 0.5


def test_a_hook_before_a_call_changes_what_the_call_finds(client):
    deals = client.portal.tables[2]
    client.portal.before.append(lambda call: deals.put(deals.row(3) | {"title": call.method}))
    assert client.result("crm.deal.get", id=3)["TITLE"] == "crm.deal.get"
