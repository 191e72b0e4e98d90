"""Writes, and what they are followed by."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest
from hub_crm_amo.simulator import Fault, Limits
from hub_crm_amo.simulator.hooks import AGAIN


def test_a_write_is_answered_thinly_and_read_in_full(client):
    said = client.write("POST", "leads", [{"name": "Насосы", "price": 5, "request_id": "a"}, {"name": "Трубы"}])
    made = said.json["_embedded"]["leads"]
    assert [one["request_id"] for one in made] == ["a", "1"]
    assert "price" not in made[0]
    row = client.get(f"leads/{made[0]['id']}").json
    assert (row["name"], row["price"], row["status_id"], row["custom_fields_values"]) == ("Насосы", 5, 3102, None)


def test_a_change_moves_the_stage_and_an_event_tells_of_it(client):
    lead = next(row for row in client.all("leads") if row["status_id"] not in (142, 143))
    said = client.write("PATCH", "leads", [{"id": lead["id"], "status_id": 142, "pipeline_id": lead["pipeline_id"]}])
    assert said.json["_embedded"]["leads"][0]["updated_at"] == 1_795_000_000
    assert client.get(f"leads/{lead['id']}").json["closed_at"] == 1_795_000_000
    event = client.rows("events", **{"filter[type]": "lead_status_changed", "filter[entity_id]": lead["id"]})[0]
    assert event["value_before"][0]["lead_status"]["id"] == lead["status_id"]
    assert event["value_after"][0]["lead_status"] == {"id": 142, "pipeline_id": lead["pipeline_id"]}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"status_id": 3202, "pipeline_id": 3100}, "status_id"),
        ({"custom_fields_values": [{"field_id": 1, "values": [{"value": "x"}]}]}, "custom_fields_values.0.field_id"),
        ({"responsible_user_id": 77_777}, "responsible_user_id"),
    ],
)
def test_one_wrong_entity_and_nothing_is_written(client, given, path):
    before = len(client.account.tables["leads"])
    said = client.write("POST", "leads", [{"name": "Верно"}, {"name": "Нет", **given}])
    assert said.status == 400
    assert [(one["request_id"], one["errors"][0]["path"]) for one in said.json["validation-errors"]] == [("1", path)]
    assert len(client.account.tables["leads"]) == before


def test_a_list_for_one_and_an_object_for_many_are_refused(client):
    assert client.write("POST", "leads", {"name": "x"}).status == 400
    assert client.write("PATCH", "leads/5", [{"name": "x"}]).status == 400


def test_a_written_field_replaces_all_its_values(client):
    client.write(
        "PATCH",
        "contacts/3",
        {"custom_fields_values": [{"field_code": "PHONE", "values": [{"value": "+79000000001", "enum_code": "MOB"}]}]},
    )
    fields = {one["field_code"]: one["values"] for one in client.get("contacts/3").json["custom_fields_values"]}
    assert [(one["value"], one["enum_code"]) for one in fields["PHONE"]] == [("+79000000001", "MOB")]
    assert len(fields["EMAIL"]) == 1


def test_too_much_at_once_takes_too_long(serve):
    client = serve(limits=Limits(per_second=10_000, slow_from=51))
    assert client.write("POST", "leads", [{"name": "x"}] * 51).status == 504
    assert client.write("POST", "leads", [{"name": "x"}] * 50).status == 200


def test_a_lead_with_its_contact_and_company_is_made_at_once(client):
    given = {
        "name": "Сделка",
        "_embedded": {"contacts": [{"first_name": "Ольга"}], "companies": [{"name": "ООО «Новая»"}]},
    }
    [made] = client.write("POST", "leads/complex", [given]).json
    row = client.get(f"leads/{made['id']}", **{"with": "contacts"}).json["_embedded"]
    assert [row["contacts"][0]["id"], row["companies"][0]["id"]] == [made["contact_id"], made["company_id"]]


def test_a_call_is_bound_by_the_last_ten_digits(client):
    given = {
        "direction": "inbound",
        "uniq": "u-1",
        "duration": 61,
        "source": "x",
        "phone": "8 (900) 020-00-03",
        "call_status": 4,
    }
    phone = next(one for one in client.get("contacts/3").json["custom_fields_values"] if one["field_code"] == "PHONE")[
        "values"
    ][0]["value"]
    made = client.write("POST", "calls", [{**given, "phone": phone}]).json["_embedded"]["calls"][0]
    assert made["entity_id"] == 3
    assert [note["params"]["uniq"] for note in client.all("contacts/3/notes") if note["id"] == made["id"]] == ["u-1"]
    assert client.write("POST", "calls", [{**given, "phone": "+7 111 111-11-11"}]).status == 400


def test_what_a_person_deletes_lies_in_the_bin_and_what_is_merged_is_gone(client):
    client.account.delete("leads", 5)
    assert 5 not in [row["id"] for row in client.all("leads")]
    assert client.all("leads", **{"with": "only_deleted"})[0].keys() == {
        "id",
        "updated_at",
        "account_id",
        "is_deleted",
        "_links",
    }
    client.account.clock.turn(1)
    client.account.merge("companies", 7, 8)
    assert client.get("companies/7").status == 204
    assert all(7 not in [one["id"] for one in row["_embedded"]["companies"]] for row in client.all("contacts"))
    assert [(one["type"], one["entity_id"]) for one in client.rows("events", limit=2)] == [
        ("entity_merged", 8),
        ("lead_deleted", 5),
    ]


def test_a_lost_answer_is_a_write_all_the_same(client):
    client.account.faults.append(Fault(answer="lost", method="POST /api/v4/leads"))
    before = len(client.account.tables["leads"])
    with pytest.raises((ConnectionError, OSError)):
        client.write("POST", "leads", [{"name": "x"}])
    assert len(client.account.tables["leads"]) == before + 1
    assert [(one.wrote, one.lost) for one in client.account.log] == [(1, "lost")]


@pytest.fixture
def listener():
    """Takes hooks, and answers with the status that stands in `answers`, or 200."""
    taken, answers = [], []

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self):
            taken.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(answers.pop(0) if answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Takes)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", taken, answers
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_a_moved_lead_rings_twice_as_a_form_and_is_read_only_later(client, listener):
    url, taken, _ = listener
    assert (
        client.write("POST", "webhooks", {"destination": url, "settings": ["update_lead", "status_lead"]}).status == 201
    )
    lead = next(row for row in client.all("leads") if row["status_id"] not in (142, 143))
    client.account.lag = 5
    client.write("PATCH", f"leads/{lead['id']}", {"status_id": 143})
    assert client.account.post.send(client.account.clock.now()) == 2
    assert [next(name for name in form if name.endswith("[id]")) for form in taken] == [
        "leads[update][0][id]",
        "leads[status][0][id]",
    ]
    assert taken[1]["leads[status][0][old_status_id]"] == [str(lead["status_id"])]
    assert client.get(f"leads/{lead['id']}").json["status_id"] == lead["status_id"]
    client.account.clock.turn(6)
    assert client.get(f"leads/{lead['id']}").json["status_id"] == 143


def test_a_hook_that_is_not_taken_comes_again_four_times(client, listener):
    url, taken, answers = listener
    client.write("POST", "webhooks", {"destination": url, "settings": ["add_lead"]})
    client.write("POST", "leads", [{"name": "x"}])
    answers += [500] * 9
    post, clock = client.account.post, client.account.clock
    for wait in (0, *AGAIN):
        clock.turn(wait)
        assert post.send(clock.now()) == 0
    assert (len(taken), len(post.waiting), len(post.given_up)) == (5, 0, 1)
