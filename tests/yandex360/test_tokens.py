"""Tokens: got once, anew before they end, refused for one or for all."""

import json
import threading

import pytest

import hub
from hub.simulators.yandex360 import Fault


@pytest.fixture
def anna(office):
    """The first account, once the directory is read."""
    account = office.staff(shared=False).accounts()[0]
    office.yandex.log.clear()
    return account


def test_a_token_is_got_once_and_anew_before_it_ends(office):
    anna, boris, _ = office.staff(shared=False).accounts()
    first = anna.credential()
    assert anna.credential() == first != boris.credential()
    assert office.asked("/token") == 2
    office.clock.tick(minutes=53)
    assert anna.credential() == first
    office.clock.tick(minutes=2)
    assert anna.credential() != first
    assert office.asked("/token") == 1


def test_an_account_that_is_asked_for_by_many_at_once_gets_one_token(office, anna):
    office.clock.tick(hours=1)
    start, found = threading.Barrier(8), []

    def ask():
        start.wait(10)
        found.append(anna.credential().get_secret_value())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (len(found), len(set(found)), office.asked("/token")) == (8, 1, 1)


def test_a_token_of_a_second_is_no_reason_to_ask_for_ever(office, anna):
    office.yandex.lifetime = 1
    office.clock.tick(hours=1)
    first = anna.credential()
    office.clock.tick(seconds=2)
    assert anna.credential() != first


def test_who_is_refused_stops_nobody_else(office):
    anna, boris, _ = office.staff(shared=False).accounts()
    office.yandex.people[1].is_enabled = False
    with pytest.raises(hub.AuthFailed, match=r"employee1@my.example \(invalid_grant\)") as refused:
        boris.credential()
    assert refused.value.fix
    assert anna.credential()


@pytest.mark.parametrize("setting", ["client_id", "client_secret"])
def test_an_application_that_is_unknown_is_told_of_the_connection(office, setting):
    with pytest.raises(hub.Misconfigured, match="service application") as refused:
        office.staff(**{setting: "another-one"}).accounts()
    assert refused.value.setting == "yandex360.client_secret"
    assert "another-one" not in str(refused.value) + refused.value.fix
    assert office.asked("/token") == 1


def test_too_many_tokens_are_waited_for_and_nobody_asks_before(office):
    office.yandex.tokens_an_hour = 2
    anna, boris, vera = office.staff(shared=False).accounts()
    office.clock.tick(minutes=20)
    boris.credential()
    for _ in range(3):
        with pytest.raises(hub.AskedToWait) as refused:
            vera.credential()
    assert anna.credential()
    assert office.asked("/token") == 3, "two were given, one was refused"
    office.clock.now = refused.value.until
    assert vera.credential()


@pytest.mark.parametrize(
    ("fault", "kind", "text"),
    [
        (Fault("/token", 400, body=b'{"error": "invalid_grant"}'), hub.AuthFailed, "invalid_grant"),
        (
            Fault("/token", 400, body=b'{"error": "unauthorized_client"}'),
            hub.AuthFailed,
            "list of service|unauthorized",
        ),
        (Fault("/token", 403, body=b'{"error": "access_denied"}'), hub.AuthFailed, "access_denied"),
        (Fault("/token", 401, body=b'{"error": "invalid_client"}'), hub.Misconfigured, "invalid_client"),
        (Fault("/token", 400, body=b'{"error": "invalid_scope"}'), hub.Misconfigured, "invalid_scope"),
        (Fault("/token", 400, body=b"<html>"), hub.AuthFailed, "400"),
        (Fault("/token", 500), hub.Unreachable, "500"),
        (Fault("/token", 302, {"Location": "https://elsewhere.example/"}), hub.Unreachable, "302"),
        (Fault("/token", 200, body=b"{}"), hub.Unreachable, "something else"),
        (Fault("/token", 200, body=b'{"access_token": "x", "expires_in": "soon"}'), hub.Unreachable, "something else"),
        (Fault("/token", 200, body=b'{"access_token": "", "expires_in": 3600}'), hub.Unreachable, "something else"),
        (Fault("/token", 200, body=b'{"access_token": ["x"], "expires_in": 3600}'), hub.Unreachable, "something else"),
        (Fault("/token", 200, body=b" " * 200_000), hub.TooLarge, "MB"),
    ],
)
def test_an_answer_that_is_no_token_is_told_and_the_next_one_counts(office, anna, fault, kind, text):
    office.clock.tick(hours=1)
    office.yandex.faults.append(fault)
    with pytest.raises(kind, match=text) as refused:
        anna.credential()
    assert refused.value.fix
    assert anna.credential()


def test_what_we_sent_is_not_repeated_in_an_error(office, anna):
    office.clock.tick(hours=1)
    secret = office.yandex.client_secret = "abcdef0123456789"
    body = json.dumps({"error": secret, "error_description": f"wrong secret {secret}"}).encode()
    office.yandex.faults.append(Fault("/token", 400, body=body))
    with pytest.raises(hub.AuthFailed) as refused:
        anna.credential()
    chain = refused.value, refused.value.__cause__, refused.value.__context__
    assert secret not in "".join(map(repr, chain)) + str(refused.value) + refused.value.fix


def test_the_secret_goes_to_its_own_origin_only(office):
    """An address that the connection does not declare is refused before a byte is sent."""
    staff = office.staff()
    object.__setattr__(staff.settings, "token_url", "https://elsewhere.example")
    with pytest.raises(hub.Misconfigured, match=r"elsewhere.example is not among the addresses"):
        staff.tokens.of("anna@my.example")


def test_tokens_can_be_kept_elsewhere(office):
    kept = {}
    staff = office.staff()
    staff.tokens.kept = kept
    token = staff.tokens.of("employee0@my.example")
    assert kept["employee0@my.example"].value == token
    other = office.staff()
    other.tokens.kept = kept
    assert other.tokens.of("employee0@my.example") == token
    assert office.asked("/token") == 1
