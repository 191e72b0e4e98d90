"""`hub secret`, and that what is kept there is seen nowhere."""

import io
import json
import sys

import pytest

from tests.cli import shop

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


def give(hub, monkeypatch, *words, said=CANARY):
    monkeypatch.setattr(sys, "stdin", io.StringIO(said + "\n"))
    return hub("secret", "set", *words, "--stdin")


def test_a_missing_secret_is_a_mistake_with_its_place_and_the_command(kept):
    said = kept("config", "check")
    assert said.code == 2
    assert "HUB113 there is no secret `token`" in said.out + said.err
    assert "hub secret set shop token" in said.out + said.err


def test_a_secret_signs_in_and_is_in_no_output_log_or_file_but_its_source(kept, monkeypatch):
    outputs = [give(kept, monkeypatch, "shop", "token")]
    for words in (
        ("secret", "list"), ("secret", "list", "--json"), ("config", "check"), ("config", "show"), ("config", "show", "--json"),
        ("--debug", "sync"), ("status", "--json"), ("dump", "--canonical"), ("plugins",), ("secret", "rotate"), ("sync", "--plan", "--json"),
    ):  # fmt: skip
        outputs.append(kept(*words))
        assert outputs[-1].code == 0, (words, outputs[-1])
    assert all(CANARY not in said.out + said.err for said in outputs)
    holding = [path.name for path in kept.folder.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
    assert set(holding) <= {"shop.json"}


def test_a_wrong_secret_is_not_told_either(kept, monkeypatch):
    give(kept, monkeypatch, "shop", "token", said="wrong/" + CANARY)
    said = kept("--debug", "sync")
    assert said.code == 3
    assert CANARY not in said.out + said.err


def test_secrets_are_listed_by_connection_and_forgotten(kept, monkeypatch):
    give(kept, monkeypatch, "shop", "token")
    give(kept, monkeypatch, "-", "database")
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
def test_what_cannot_be_kept_is_refused(kept, monkeypatch, words, says):
    said = give(kept, monkeypatch, *words)
    assert said.code == 2
    assert says in said.err


def test_an_empty_secret_is_refused_and_nobody_is_asked_without_a_terminal(kept, monkeypatch):
    assert give(kept, monkeypatch, "shop", "token", said="").code == 2
    monkeypatch.setattr(sys, "stdin", io.StringIO(CANARY))
    said = kept("secret", "set", "shop", "token")
    assert said.code == 2
    assert "--stdin" in said.err


def test_a_file_that_others_can_read_is_a_mistake_of_the_configuration(kept, monkeypatch):
    give(kept, monkeypatch, "shop", "token")
    (kept.folder / "secrets.key").chmod(0o644)
    said = kept("config", "check")
    assert said.code == 2
    assert "others can read" in said.out + said.err
    assert "chmod 600" in said.out + said.err
