"""Applications: tokens, events online and offline."""

import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from hub_crm_bitrix.simulator import Application, OAuth, Outgoing

DEAL = 2


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None


@pytest.fixture
def app(serve):
    client = serve(oauth=OAuth(applications=[Application()]))
    return App(client)


class App:
    """An application that signs in and calls with its token."""

    def __init__(self, client):
        self.client, self.portal, self.url = client, client.portal, client.served.url
        self.card = client.portal.oauth.applications[0]
        self.access = ""

    def code(self, client_id=None):
        asked = urlencode({"client_id": client_id or self.card.client_id, "state": "s1"})
        with pytest.raises(urllib.error.HTTPError) as sent:
            urllib.request.build_opener(_Stay).open(f"{self.url}/oauth/authorize/?{asked}", timeout=5)
        with sent.value as answer:
            back = dict(parse_qsl(urlsplit(answer.headers.get("Location", "")).query))
        return sent.value.code, back

    def token(self, **asked):
        given = {"client_id": self.card.client_id, "client_secret": self.card.client_secret} | asked
        return self.client.send(f"{self.url}/oauth/token/?{urlencode(given)}")

    def sign_in(self):
        granted = self.token(grant_type="authorization_code", code=self.code()[1]["code"])[1]
        self.access = granted["access_token"]
        return granted

    def ask(self, method, **params):
        body = json.dumps(params | {"auth": self.access}).encode()
        return self.client.send(f"{self.url}/rest/{method}", body, {"Content-Type": "application/json"})

    def result(self, method, **params):
        status, body = self.ask(method, **params)
        assert status == 200, body
        return body["result"]


# --- tokens --------------------------------------------------------------------------------------------------------


def test_a_code_becomes_tokens_that_call_the_portal(app):
    status, back = app.code()
    assert (status, back["state"], back["member_id"]) == (302, "s1", app.portal.oauth.member_id)
    granted = app.sign_in()
    assert granted["client_endpoint"] == f"{app.url}/rest/"
    assert granted["expires_in"] == 3600
    assert app.result("profile")["ID"] == "1"
    assert app.result("scope") == sorted(app.card.scopes)


def test_a_code_is_good_once_and_for_thirty_seconds(app):
    code = app.code()[1]["code"]
    assert app.token(grant_type="authorization_code", code=code)[0] == 200
    assert app.token(grant_type="authorization_code", code=code)[1]["error"] == "invalid_grant"
    late = app.code()[1]["code"]
    app.portal.clock.turn(30)
    assert app.token(grant_type="authorization_code", code=late)[1]["error"] == "invalid_grant"


def test_a_token_dies_after_an_hour_and_is_refreshed_once(app):
    granted = app.sign_in()
    app.portal.clock.turn(3600)
    assert app.ask("profile")[1]["error"] == "expired_token"
    renewed = app.token(grant_type="refresh_token", refresh_token=granted["refresh_token"])[1]
    assert renewed["refresh_token"] != granted["refresh_token"]
    again = app.token(grant_type="refresh_token", refresh_token=granted["refresh_token"])
    assert again == (400, {"error": "invalid_grant", "error_description": "Invalid grant"})
    app.access = renewed["access_token"]
    assert app.ask("profile")[0] == 200


def test_who_is_not_known_is_refused(app):
    assert app.code("app.unknown") == (404, {})
    assert app.token(client_secret="wrong", grant_type="refresh_token")[1]["error"] == "invalid_client"
    assert app.ask("profile")[1]["error"] == "NO_AUTH_FOUND"
    app.portal.oauth.unpaid = True
    assert app.token(grant_type="refresh_token", refresh_token="x")[1]["error"] == "PAYMENT_REQUIRED"


def test_a_method_outside_the_scope_is_refused_in_the_words_of_the_bearer(serve):
    app = App(serve(oauth=OAuth(applications=[Application(scopes=frozenset({"user"}))])))
    app.sign_in()
    status, body = app.ask("crm.deal.list")
    assert (status, body["error"]) == (401, "insufficient_scope")
    assert body["error_description"].endswith("provided by the access token")


# --- events --------------------------------------------------------------------------------------------------------


@pytest.fixture
def handler():
    heard = []

    class Heard(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(500)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Heard)
    server.heard, server.url = heard, f"http://127.0.0.1:{server.server_port}/bx"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_a_change_is_told_once_with_only_ids_and_the_token_of_the_application(app, handler):
    app.sign_in()
    app.result("event.bind", event="OnCrmDealUpdate", handler=handler.url)
    app.result("crm.deal.update", id=3, fields={"TITLE": "иначе"})
    app.portal.events.settle()
    (told,) = [parse_qs(one) for one in handler.heard]
    assert (told["event"], told["data[FIELDS][ID]"]) == (["ONCRMDEALUPDATE"], ["3"])
    assert told["auth[application_token]"] == [app.card.token]
    app.access = told["auth[access_token]"][0]
    assert app.ask("profile")[0] == 200
    assert [one.status for one in app.portal.events.told] == [500], "what a handler answers is not cared for"


def test_an_outgoing_webhook_tells_without_tokens(client, handler):
    client.portal.events.outgoing.append(Outgoing(url=handler.url, events=frozenset({"ONCRMDEALADD"}), token="t1"))
    number = client.result("crm.deal.add", fields={"TITLE": "раз"})
    client.result("crm.deal.update", id=number, fields={"TITLE": "два"})
    client.portal.events.settle()
    (told,) = [parse_qs(one) for one in handler.heard]
    assert told["data[FIELDS][ID]"] == [str(number)]
    assert told["auth[application_token]"] == ["t1"]
    assert "auth[access_token]" not in told


def test_events_are_for_applications(client):
    status, body = client.ask("event.bind", event="ONCRMDEALADD", handler="http://127.0.0.1/")
    assert (status, body["error"]) == (403, "WRONG_AUTH_TYPE")


@pytest.fixture
def queue(app):
    app.sign_in()
    app.result("event.bind", event="ONCRMDEALUPDATE", event_type="offline")
    return app


def offline(app, **params):
    got = app.result("event.offline.get", **params)
    return got["process_id"], [one["EVENT_DATA"]["FIELDS"]["ID"] for one in got["events"]]


def edit(app, number, title, **params):
    app.result("crm.deal.update", id=number, fields={"TITLE": title}, **params)


def test_an_object_stands_in_the_queue_once_however_often_it_changes(queue):
    for title in ("а", "б", "в"):
        edit(queue, 3, title)
    edit(queue, 4, "г")
    assert offline(queue) == (None, [3, 4])
    assert offline(queue) == (None, [])


def test_reserved_records_come_to_nobody_else_and_go_when_they_are_cleared(queue):
    edit(queue, 3, "а")
    process, ids = offline(queue, clear=0)
    assert (bool(process), ids) == (True, [3])
    assert offline(queue, clear=0)[1] == []
    edit(queue, 3, "б")
    assert offline(queue, clear=0)[1] == [3], "a change after the reservation is news"
    assert len(queue.result("event.offline.list")) == 2
    assert queue.result("event.offline.clear", process_id=process) is True
    assert len(queue.result("event.offline.list")) == 1


def test_failed_records_are_shown_to_who_asks_for_them(queue):
    edit(queue, 3, "а")
    edit(queue, 4, "а")
    events = queue.result("event.offline.get", clear=0)
    message = events["events"][0]["MESSAGE_ID"]
    queue.result("event.offline.error", process_id=events["process_id"], message_id=[message])
    assert offline(queue)[1] == []
    assert offline(queue, error=1)[1] == [3]


def test_own_changes_stay_out_of_the_queue_whose_key_they_bear(queue):
    queue.result("event.bind", event="ONCRMDEALUPDATE", event_type="offline", auth_connector="hub")
    edit(queue, 3, "а", auth_connector="hub")
    assert offline(queue, auth_connector="hub")[1] == []
    assert offline(queue)[1] == [3]
    edit(queue, 4, "а")
    assert offline(queue, auth_connector="hub")[1] == [4]


def test_a_merge_tells_of_the_deletion_and_of_nothing_that_points_to_the_winner(queue):
    queue.result("event.bind", event="ONCRMCONTACTDELETE", event_type="offline")
    contacts = queue.portal.tables[3]
    contacts.put(contacts.row(1) | {"id": 2})
    queue.result("crm.entity.mergeBatch", params={"entityTypeId": 3, "entityIds": [1, 2]})
    events = queue.result("event.offline.get")["events"]
    assert [(one["EVENT_NAME"], one["EVENT_DATA"]) for one in events] == [("ONCRMCONTACTDELETE", {"FIELDS": {"ID": 2}})]


def test_what_a_plan_has_is_told_even_of_what_there_is_not(app):
    app.sign_in()
    app.portal.has_offline_events = False
    told = {code: app.result("feature.get", CODE=code)["value"] for code in ("rest_offline_extended", "nonsense")}
    assert told == {"rest_offline_extended": "N", "nonsense": "Y"}
    assert app.ask("feature.get")[1]["error"] == "CODE_EMPTY"
    assert app.result("app.info")["INSTALLED"] is True
    assert app.client.ask("app.info")[1]["error"] == "ACCESS_DENIED"


def test_the_whole_queue_is_shown_with_what_has_become_of_each(queue):
    edit(queue, 3, "а")
    edit(queue, 4, "а")
    process = queue.result("event.offline.get", clear=0, filter={"ID": 3}, limit=1)["process_id"]
    shown = queue.result("event.offline.list", filter={"ERROR": 0}, order={"ID": "DESC"})
    assert {(one["PROCESS_ID"], one["ERROR"]) for one in shown} <= {("", "0"), (process, "0")}
    assert [int(one["ID"]) for one in shown] == sorted((int(one["ID"]) for one in shown), reverse=True)
    assert queue.result("event.offline.list", filter={"ERROR": 1}) == []


def test_a_missing_activity_has_no_bindings(client):
    assert client.ask("crm.activity.binding.list", activityId=999999)[1]["error"] == "NOT_FOUND"
