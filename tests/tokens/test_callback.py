"""What the browser brings back, or a person pastes: only an answer to this sign-in counts."""

import http.client
import io
import os
import threading
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

import hub
from hub.cli.waiting import Callback, waited
from hub.engine.connect import Foreign, begin, code_of

BACK = "http://127.0.0.1:8400/"


@pytest.fixture
def begun():
    return begin(BACK)


def back(begun, **said):
    return f"{BACK}?{urlencode({'state': begun.state, **said})}"


def test_every_sign_in_is_another_one_and_keeps_to_the_rfc(begun):
    other = begin(BACK)
    assert len({begun.state, other.state, begun.verifier, other.verifier, begun.challenge, other.challenge}) == 6
    assert 43 <= len(begun.verifier) <= 128
    assert len(begun.challenge) == 43


@pytest.mark.parametrize("shape", ["{}", "  {}\n", "code={code}&state={state}", "?state={state}&code={code}"])
def test_a_code_is_found_in_whatever_form_it_comes(begun, shape):
    text = shape.format(back(begun, code="c/1+2="), code="c%2F1%2B2%3D", state=begun.state)
    assert code_of(text, begun) == "c/1+2="


def test_a_code_alone_is_taken_as_it_is(begun):
    assert code_of("def50200a/b=\n", begun) == "def50200a/b="


@pytest.mark.parametrize(
    "said", [{}, {"state": ""}, {"state": "x"}, {"code": ""}, {"code": "two words"}, {"code": "a\nb"}]
)
def test_what_is_no_answer_to_this_sign_in_is_foreign(begun, said):
    with pytest.raises(Foreign):
        code_of(back(begun, **{"code": "c", **said} if "state" in said else said), begun)


def test_a_no_counts_only_with_the_state(begun):
    with pytest.raises(Foreign):
        code_of(f"{BACK}?error=access_denied", begun)
    with pytest.raises(hub.AuthFailed, match="did not let us in: access_denied"):
        code_of(back(begun, error="access_denied"), begun)
    with pytest.raises(hub.AuthFailed) as told:
        code_of(back(begun, error="x", error_description="я" * 3000), begun)
    assert len(str(told.value)) < 300


# --- the door --------------------------------------------------------------------------------------------------------


def ask(port, target, method="GET"):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    line.request(method, target)
    answer = line.getresponse()
    body = answer.read().decode()
    line.close()
    return answer.status, answer.headers, body


@contextmanager
def waiting(stdin):
    """A wait in a thread: (port, sign-in, what came of it)."""
    came = []

    def wait():
        try:
            came.append(waited(callback, stdin, begun))
        except hub.HubError as error:
            came.append(error)

    with Callback.at("127.0.0.1", 0) as callback:
        begun = begin(f"http://127.0.0.1:{callback.server_port}/")
        thread = threading.Thread(target=wait)
        thread.start()
        yield callback.server_port, begun, came
        thread.join(20)
        assert not thread.is_alive()


def test_strangers_at_the_door_change_nothing():
    with waiting(io.StringIO()) as (port, begun, came):
        assert ask(port, f"/?code=x&state={begun.state}x")[0] == 400
        assert ask(port, "/?code=x")[0] == 400
        assert ask(port, "/?error=access_denied")[0] == 400
        assert ask(port, f"/favicon.ico?code=x&state={begun.state}")[0] == 404
        assert ask(port, f"/?code=x&state={begun.state}", "POST")[0] == 501
        assert came == []
        status, headers, body = ask(port, f"/?code=secretcode&state={begun.state}")
        assert (status, headers["Cache-Control"], headers["Referrer-Policy"]) == (200, "no-store", "no-referrer")
        assert "secretcode" not in body
    assert came == ["secretcode"]


def test_what_the_system_said_is_shown_and_not_run():
    with waiting(io.StringIO()) as (port, begun, came):
        said = urlencode({"state": begun.state, "error": "x", "error_description": "<script>alert(1)</script>"})
        assert "<script>" not in ask(port, f"/?{said}")[2]
    assert isinstance(came[0], hub.AuthFailed)


def test_a_line_may_be_pasted_while_the_door_is_open():
    read, write = os.pipe()
    with os.fdopen(read) as stdin, waiting(stdin) as (_port, begun, came):
        os.write(write, b"\n")
        os.write(write, f"{begun.url}?code=c&state={begun.state}\n".encode())
        os.close(write)
    assert came == ["c"]


def test_nobody_at_the_keyboard_closes_no_door():
    with Path(os.devnull).open() as stdin, waiting(stdin) as (port, begun, came):
        assert ask(port, f"/?code=c&state={begun.state}")[0] == 200
    assert came == ["c"]


def test_without_a_door_and_without_a_keyboard_nobody_waits(begun):
    with Path(os.devnull).open() as stdin, pytest.raises(hub.AuthFailed, match="nobody has come back"):
        waited(None, stdin, begun)


def test_who_says_nothing_at_the_door_keeps_it_shut_for_seconds_only(monkeypatch):
    monkeypatch.setattr("hub.cli.waiting._Coming.timeout", 0.2)
    with waiting(io.StringIO()) as (port, begun, came):
        mute = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        mute.connect()
        assert ask(port, f"/?code=c&state={begun.state}")[0] == 200
        mute.close()
    assert came == ["c"]
