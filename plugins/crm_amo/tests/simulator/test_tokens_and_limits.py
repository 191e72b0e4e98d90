"""Who may ask, and how much."""

import base64
import json

import pytest
from hub_crm_amo.simulator import Limits


def grant(client, **body):
    own = client.account.tokens.integration
    given = {"client_id": own.id, "client_secret": own.secret, "redirect_uri": own.redirect, **body}
    return client.send("POST", "/oauth2/access_token", given)


def granted(client):
    said = grant(client, grant_type="authorization_code", code=client.account.tokens.code(client.account.clock.now()))
    assert said.status == 200
    return said.json


def test_a_token_is_a_jwt_that_says_until_when(client):
    token = granted(client)["access_token"]
    middle = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    assert claims["exp"] == 1_795_000_000 + 86_400
    assert client.send("GET", "/api/v4/account", Authorization=f"Bearer {token}").status == 200
    client.account.clock.turn(86_400)
    assert client.send("GET", "/api/v4/account", Authorization=f"Bearer {token}").status == 401


def test_a_refresh_token_dies_with_its_first_use(client):
    first = granted(client)["refresh_token"]
    second = grant(client, grant_type="refresh_token", refresh_token=first).json["refresh_token"]
    said = grant(client, grant_type="refresh_token", refresh_token=first)
    assert (said.status, said.json["hint"]) == (400, "Token has been revoked")
    assert grant(client, grant_type="refresh_token", refresh_token=second).status == 200


def test_a_code_is_good_once_and_for_twenty_minutes(client):
    tokens, clock = client.account.tokens, client.account.clock
    code = tokens.code(clock.now())
    assert [grant(client, grant_type="authorization_code", code=code).status for _ in range(2)] == [200, 400]
    late = tokens.code(clock.now())
    clock.turn(1200)
    assert grant(client, grant_type="authorization_code", code=late).status == 400


@pytest.mark.parametrize(
    "wrong", [{"client_secret": "x"}, {"redirect_uri": "http://127.0.0.1/else"}, {"grant_type": "password"}]
)
def test_a_wrong_word_gets_no_tokens_and_costs_no_code(client, wrong):
    code = client.account.tokens.code(client.account.clock.now())
    assert grant(client, **{"grant_type": "authorization_code", "code": code, **wrong}).status in (400, 401)
    assert grant(client, grant_type="authorization_code", code=code).status == 200


def test_nobody_is_let_in_without_a_token_and_an_account_that_is_not_paid_says_so(client):
    assert client.send("GET", "/api/v4/leads", Authorization="Bearer x").status == 401
    client.account.is_paid = False
    assert client.get("leads").status == 402


def test_seven_a_second_then_429_then_a_page_of_html_for_everything(serve):
    client = serve(limits=Limits(patience=3))
    assert [client.get("account").status for _ in range(8)] == [200] * 7 + [429]
    assert client.get("account").type == "application/problem+json"
    client.get("account")
    banned = client.get("account")
    assert (banned.status, banned.type) == (403, "text/html")
    assert b"nginx" in banned.body
    client.account.clock.turn(3599)
    assert client.get("account").status == 403
    client.account.clock.turn(2)
    assert client.get("account").status == 200
