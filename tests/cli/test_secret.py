"""`hub secret`, and that what is kept there is seen nowhere."""

import json
import os
import pty
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from hub.secrets import Vault
from tests.cli import shop
from tests.cli.conftest import Said

CANARY = "canary/é0f1+zQ=="
TOKEN = '[connections.shop]\nconnector = "memory"'


@pytest.fixture
def kept(hub, tmp_path, monkeypatch):
    """`hub` in a shop whose source wants a token, which stands in the configuration as a secret."""
    config = shop.CONFIG.replace(TOKEN, f'{TOKEN}\ntoken = "${{secret:token}}"')
    assert "${secret:token}" in config
    path = shop.found(tmp_path, config)
    source = shop.memory()
    source.token = CANARY
    source.save(tmp_path / "shop.json")
    monkeypatch.setenv("HUB_CONFIG", str(path))
    monkeypatch.delenv("HUB_KEY", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    hub.folder = tmp_path
    return hub


HUB = Path(sys.executable).with_name("hub")


def give(*words, said=CANARY):
    """`hub secret set` as a process of its own, with a pipe for its standard input."""
    done = subprocess.run(
        [HUB, "secret", "set", *words], input=f"{said}\n", check=False, capture_output=True, text=True, timeout=60
    )
    return Said(done.returncode, done.stdout, done.stderr)


def keep(hub, connection="shop", name="token", said=CANARY):
    Vault(hub.folder, {}).put(connection, name, said)


def test_a_missing_secret_is_a_mistake_with_its_place_and_the_command(kept):
    said = kept("config", "check")
    assert said.code == 2
    assert "HUB113 there is no secret `token`" in said.out + said.err
    assert "hub secret set shop token" in said.out + said.err


def test_a_secret_signs_in_and_is_in_no_output_log_or_file_but_its_source(kept):
    outputs = [give("shop", "token", "--stdin")]
    assert outputs[0].code == 0, outputs[0].err
    for words in (
        ("secret", "list"), ("secret", "list", "--json"), ("config", "check"), ("config", "show"), ("config", "show", "--json"),
        ("--debug", "sync"), ("status", "--json"), ("dump", "--canonical"), ("plugins",), ("secret", "rotate"), ("sync", "--plan", "--json"),
    ):  # fmt: skip
        outputs.append(kept(*words))
        assert outputs[-1].code == 0, (words, outputs[-1])
    assert all(CANARY not in said.out + said.err for said in outputs)
    holding = [path.name for path in kept.folder.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
    assert set(holding) <= {"shop.json"}


def test_a_wrong_secret_is_not_told_either(kept):
    keep(kept, said="wrong/" + CANARY)
    said = kept("--debug", "sync")
    assert said.code == 3
    assert CANARY not in said.out + said.err


def test_secrets_are_listed_by_connection_and_forgotten(kept):
    keep(kept)
    assert give("-", "database", "--stdin").code == 0
    assert json.loads(kept("secret", "list", "--json").out) == [
        {"connection": "-", "name": "database", "current_key": True},
        {"connection": "shop", "name": "token", "current_key": True},
    ]
    assert kept("secret", "remove", "-", "database").code == 0
    assert kept("secret", "remove", "-", "database").code == 1
    assert [one["name"] for one in json.loads(kept("secret", "list", "--json").out)] == ["token"]


@pytest.mark.parametrize(
    ("words", "says"),
    [(("nobody", "token"), "there is no connection nobody"), (("shop", "to ken"), "cannot be the name of a secret")],
)
def test_what_cannot_be_kept_is_refused(kept, words, says):
    said = give(*words, "--stdin")
    assert said.code == 2
    assert says in said.err


def test_an_empty_secret_is_refused_and_nobody_is_asked_without_a_terminal(kept):
    assert give("shop", "token", "--stdin", said="").code == 2
    said = give("shop", "token")
    assert said.code == 2
    assert "--stdin" in said.err
    assert not (kept.folder / "secrets.json").exists()


def wait_until_nothing_is_shown(terminal):
    """What is typed before that is dropped."""
    deadline = time.monotonic() + 20
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_secret_is_asked_for_twice_at_a_terminal_and_not_shown_there(kept):
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "r+b", buffering=0) as screen:
        asked = subprocess.Popen(
            [HUB, "secret", "set", "shop", "token"], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        shown = b""
        for question in (b"Secret token", b"Once more"):
            while question not in shown:
                shown += screen.read(1_000)
            wait_until_nothing_is_shown(theirs)
            screen.write(CANARY.encode() + b"\n")
        while b"Kept." not in shown:
            shown += screen.read(1_000)
        assert asked.wait(timeout=60) == 0
    os.close(theirs)
    assert CANARY.encode() not in shown
    assert Vault(kept.folder, {}).get("shop", "token") == CANARY


def test_a_file_that_others_can_read_is_a_mistake_of_the_configuration(kept):
    keep(kept)
    (kept.folder / "secrets.key").chmod(0o644)
    said = kept("config", "check")
    assert said.code == 2
    assert "others can read" in said.out + said.err
    assert "chmod 600" in said.out + said.err


def test_a_rotation_without_any_secret_says_that_there_is_none(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HUB_CONFIG", str(shop.found(tmp_path)))
    said = hub("secret", "rotate")
    assert (said.code, said.out) == (0, "")
    assert said.err == "No secret yet.\n"
