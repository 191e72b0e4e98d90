"""What is tried again, and who is told to wait."""

import time
from datetime import timedelta

import pytest

import hub
from hub.http.retries import ATTEMPTS


def counting(server, reply, *statuses):
    answers = iter(statuses)
    return server(lambda _head, _body: reply(status=f"{next(answers, 200)} X"))


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"])
def test_a_read_is_asked_again_when_the_server_is_busy(network, serve, reply, status, method):
    server = serve()
    answers = iter([status])
    server.answer = lambda head, _body: reply(b"" if head.startswith("HEAD") else b"ok", f"{next(answers, 200)} X")
    with network("localhost").client(server.url()) as client:
        assert client.request(method, "/", content=b"<x/>").status_code == 200
    assert len(server.heads) == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "MKCALENDAR"])
def test_what_may_change_something_is_asked_once(network, serve, reply, method):
    server = counting(serve, reply, 503, 200)
    with network("localhost").client(server.url()) as client, pytest.raises(hub.Unreachable):
        client.request(method, "/")
    assert len(server.heads) == 1


def test_asking_again_ends(network, serve, reply):
    server = serve(reply(status="503 Busy"))
    with network("localhost").client(server.url()) as client, pytest.raises(hub.Unreachable, match="status 503"):
        client.get("/")
    assert len(server.heads) == ATTEMPTS


def test_asking_again_ends_at_once_when_we_are_to_stop(network, serve, reply):
    server = serve(reply(status="503 Busy"))
    with network("localhost", stopping=lambda: True).client(server.url()) as client, pytest.raises(hub.Unreachable):
        client.get("/")
    assert len(server.heads) == 1


def test_a_connection_that_the_server_has_closed_meanwhile_costs_nobody_a_read(network, serve, reply):
    server = serve(lambda _head, _body: iter([reply()]))  # closes after every answer, and does not say so
    with network("localhost").client(server.url()) as client:
        for _ in range(3):
            assert client.get("/").text == "ok"


def test_a_refused_connection_is_told_with_what_to_do(network, serve):
    server = serve()
    server.stop()
    with network("localhost").client() as client, pytest.raises(hub.Unreachable, match="refuses") as refused:
        client.get(f"http://localhost:{server.port}/")
    assert "port" in refused.value.fix


def test_a_name_nobody_knows_is_told_with_what_to_do(network):
    with network("nobody.invalid").client() as client, pytest.raises(hub.Unreachable, match=r"name of nobody\.invalid"):
        client.get("https://nobody.invalid/")


def test_a_wrong_password_is_told_once(network, serve, reply):
    server = serve(reply(status="401 Unauthorized", WWW_Authenticate="Basic"))
    with network("localhost").client(server.url(), auth=("anna", "wrong")) as client, pytest.raises(hub.AuthFailed):
        client.get("/")
    assert len(server.heads) == 1


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        (429, {"Retry-After": "7"}, 7),
        (503, {"Retry-After": "Mon, 16 Nov 2026 09:02:00 GMT"}, 120),
        (429, {}, 60),
        (429, {"Retry-After": "soon"}, 60),
        (429, {"Retry-After": "99999999999999999999"}, 86_400),
        (429, {"Retry-After": "Mon, 16 Nov 2015 09:02:00 GMT"}, 0),
        (429, {"Retry-After": "-5"}, 60),
    ],
)
def test_a_server_that_says_when_to_come_back_is_heard(network, serve, reply, status, header, seconds):
    server = serve(reply(status=f"{status} X", **{name.replace("-", "_"): value for name, value in header.items()}))
    ours = network("localhost")
    with ours.client(server.url()) as client, pytest.raises(hub.AskedToWait) as asked:
        client.get("/")
    assert asked.value.until - ours.now() == timedelta(seconds=seconds)
    assert len(server.heads) == 1


def test_a_status_the_plugin_expects_is_the_plugins_business(network, serve, reply):
    for status in (401, 429, 503):
        server = serve(reply(b"why", f"{status} X"))
        with network("localhost").client(server.url(), expect=(401, 429, 503)) as client:
            assert (client.get("/").status_code, len(server.heads)) == (status, 1)


def test_pauses_are_bounded(network, serve, reply):
    server = serve(reply(status="503 Busy"))
    began = time.monotonic()
    with network("localhost").client(server.url()) as client, pytest.raises(hub.Unreachable):
        client.get("/")
    assert time.monotonic() - began < 5
