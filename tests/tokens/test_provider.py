"""The simulated provider against the RFCs, asked by the standard library's own client."""

import base64
import hashlib
import http.client
import json
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from hub.simulators.oauth import Provider, running

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""RFC 7636, appendix B."""
BACK = "http://127.0.0.1:9999/"


@pytest.fixture
def provider():
    with running(Provider()) as found:
        yield found


def call(provider, method, path, form=None, **headers):
    """(status, headers, body) of a plain request; redirects are answers."""
    line = http.client.HTTPConnection(provider.url.removeprefix("http://"), timeout=10)
    body = urlencode(form) if form is not None else None
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
    line.request(method, path, body, {**kind, **headers})
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer.status, answer.headers, body


def authorize(provider, **more):
    """What comes back to the redirect address."""
    asked = {"response_type": "code", "client_id": "hub", "redirect_uri": BACK, "state": "s t&a", "code_challenge": CHALLENGE, "code_challenge_method": "S256"}  # fmt: skip
    asked = {name: value for name, value in (asked | more).items() if value is not None}
    status, headers, _ = call(provider, "GET", f"/authorize?{urlencode(asked)}")
    assert status == 302
    return {name: value for name, (value,) in parse_qs(urlsplit(headers["Location"]).query).items()}


def exchange(provider, code, **more):
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return token(provider, **{**form, **more})


def token(provider, **form):
    form = {"client_id": "hub", "client_secret": provider.client_secret} | form
    status, headers, body = call(provider, "POST", "/token", {k: v for k, v in form.items() if v is not None})
    assert headers["Cache-Control"] == "no-store"
    return status, json.loads(body)


def refresh(provider, given):
    return token(provider, grant_type="refresh_token", refresh_token=given)


def me(provider, access):
    return call(provider, "GET", "/me", Authorization=f"Bearer {access}")[0]


def test_the_example_of_the_rfc_proves_itself():
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == CHALLENGE


def test_a_code_becomes_tokens_that_let_in_and_the_state_comes_back(provider):
    back = authorize(provider)
    assert back["state"] == "s t&a"
    status, said = exchange(provider, back["code"])
    assert (status, said["token_type"], said["expires_in"]) == (200, "Bearer", 86_400)
    assert me(provider, said["access_token"]) == 200
    assert me(provider, "another") == 401


def test_a_code_counts_once_and_coming_again_takes_back_what_it_gave(provider):
    code = authorize(provider)["code"]
    _, said = exchange(provider, code)
    assert exchange(provider, code) == (400, {"error": "invalid_grant"})
    assert me(provider, said["access_token"]) == 401
    assert refresh(provider, said["refresh_token"])[1]["error"] == "invalid_grant"


@pytest.mark.parametrize("wrong", [{"code_verifier": "x" * 43}, {"code_verifier": None}, {"redirect_uri": "http://127.0.0.1:1/"}, {"redirect_uri": None}, {"code": "guessed"}])  # fmt: skip
def test_who_cannot_prove_that_the_code_is_his_gets_nothing(provider, wrong):
    status, said = exchange(provider, **{"code": authorize(provider)["code"], **wrong})
    assert (status, said) == (400, {"error": "invalid_grant"})


def test_a_code_dies_of_age(provider):
    provider.code_seconds = 0.05
    code = authorize(provider)["code"]
    time.sleep(0.1)
    assert exchange(provider, code)[0] == 400


def test_no_browser_is_sent_to_a_stranger(provider):
    for more in ({"redirect_uri": "http://evil.example/"}, {"client_id": "another"}):
        asked = {"response_type": "code", "client_id": "hub", "redirect_uri": BACK, "state": "x", **more}
        assert call(provider, "GET", f"/authorize?{urlencode(asked)}")[0] == 400


@pytest.mark.parametrize(("more", "error"), [({"code_challenge": None}, "invalid_request"), ({"code_challenge_method": None}, "invalid_request"), ({"response_type": "token"}, "unsupported_response_type")])  # fmt: skip
def test_what_is_wrong_with_a_question_comes_back_with_its_state(provider, more, error):
    back = authorize(provider, **more)
    assert (back["error"], back["state"]) == (error, "s t&a")


def test_a_person_may_say_no(provider):
    provider.denies = True
    assert authorize(provider)["error"] == "access_denied"


def test_the_program_has_to_prove_itself_by_form_or_by_header(provider):
    assert token(provider, grant_type="refresh_token", client_secret="wrong")[0] == 401
    signed = base64.b64encode(f"hub:{provider.client_secret}".encode()).decode()
    code = authorize(provider)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    assert call(provider, "POST", "/token", form, Authorization=f"Basic {signed}")[0] == 200
    assert token(provider, grant_type="password")[1] == {"error": "unsupported_grant_type"}


@pytest.mark.parametrize("revokes", [False, True])
def test_a_refresh_token_that_counts_once_is_spent(provider, revokes):
    provider.revokes = revokes
    _, first = provider.given()
    status, said = refresh(provider, first)
    assert status == 200
    assert refresh(provider, first)[1]["error"] == "invalid_grant"
    assert refresh(provider, said["refresh_token"])[0] == (400 if revokes else 200)


def test_a_refresh_token_that_counts_for_good_comes_without_another(provider):
    provider.single_use = False
    _, first = provider.given()
    for _ in range(2):
        status, said = refresh(provider, first)
        assert status == 200
        assert "refresh_token" not in said


@pytest.mark.parametrize(("lose", "drop", "then"), [(1, 0, 400), (0, 1, 200)])
def test_an_answer_that_is_lost_has_spent_the_token_and_a_question_that_is_lost_has_not(provider, lose, drop, then):
    provider.lose, provider.drop = lose, drop
    _, first = provider.given()
    with pytest.raises(http.client.RemoteDisconnected):
        refresh(provider, first)
    assert refresh(provider, first)[0] == then


def test_the_log_holds_no_secret(provider):
    _, said = exchange(provider, authorize(provider)["code"])
    refresh(provider, said["refresh_token"])
    assert provider.log == ["authorize ok", "authorization_code ok", "refresh_token ok"]
    assert provider.client_secret not in repr(provider)
