"""Sessions that stay open from one turn to the next: what was lost meanwhile is signed in to anew, and news are seen."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hub_email.imap import sessions

import hub


@pytest.fixture
def settings(dovecot, tmp_path: Path):
    """Three mailboxes of a file, of which `dovecot` notes what it is asked."""
    names = [f"{tmp_path.name.lower().replace('_', '-')}{number}@my.example" for number in range(3)]
    for name in names:
        dovecot.make(name)
        dovecot.listen(name)
    written(tmp_path, dict.fromkeys(names, dovecot.password))
    settings = {"host": "127.0.0.1", "port": dovecot.port, "security": "none", "mailboxes_file": tmp_path / "all.csv"}
    return names, settings


def written(place: Path, passwords: dict[str, str]) -> None:
    rows = [f"{name},{password}\n" for name, password in passwords.items()]
    file = place / "all.csv"
    file.write_text("address,password\n" + "".join(rows), "utf-8")
    file.chmod(0o600)


def signed_in(dovecot, name: str) -> int:
    return len(list((dovecot.folder / "said" / name).glob("*.in")))


def brought(source, cursors):
    """How many mails come from the cursors on, which are moved."""
    found = 0
    for stream in source.streams():
        for page in source.pull(stream.name, cursors.get(stream.name)):
            cursors[stream.name], found = page.cursor, found + len(page.raws)
    return found


def test_a_mailbox_is_signed_in_to_once_and_asked_one_question_a_turn(dovecot, settings, opened):
    names, given = settings
    with opened(**given) as source:
        cursors: dict[str, str] = {}
        brought(source, cursors)
        for _turn in range(3):
            source.stay()
            assert brought(source, cursors) == 0
    for name in names:
        assert signed_in(dovecot, name) == 1
        said = dovecot.heard(name)
        turns = [line.split()[0] for line in said[said.index("UNSELECT") :]]
        assert [word for word in turns if word != "LOGOUT"] == ["UNSELECT", "LIST", "LIST", "LIST"]


def test_news_of_a_folder_that_stood_open_are_seen(dovecot, settings, opened, letter):
    [name, *_], given = settings
    dovecot.deliver(name, "INBOX", letter("1"))
    with opened(**given) as source:
        cursors: dict[str, str] = {}
        assert brought(source, cursors) == 1
        for number in "234":
            dovecot.deliver(name, "INBOX", letter(number))
            source.stay()
            assert brought(source, cursors) == 1
    assert signed_in(dovecot, name) == 1


def test_a_folder_that_is_made_or_renamed_meanwhile_is_seen(dovecot, settings, opened, letter):
    [name, *_], given = settings
    with opened(**given) as source:
        cursors: dict[str, str] = {}
        brought(source, cursors)
        dovecot.doveadm("mailbox", "create", "-u", name, "Clients")
        dovecot.deliver(name, "Clients", letter("1"))
        source.stay()
        assert brought(source, cursors) == 1
        dovecot.doveadm("mailbox", "rename", "-u", name, "Clients", "Customers")
        source.stay()
        titles = [stream.title for stream in source.streams()]
        assert f"{name}/Customers" in titles
        assert f"{name}/Clients" not in titles


def test_who_was_thrown_out_meanwhile_signs_in_anew_without_a_word(dovecot, settings, opened, caplog):
    [name, *others], given = settings
    with opened(**given) as source:
        before = [stream.name for stream in source.streams()]
        dovecot.doveadm("kick", name)
        deadline = time.monotonic() + 5
        while name in dovecot.doveadm("who", "-1") and time.monotonic() < deadline:
            time.sleep(0.01)
        source.stay()
        assert [stream.name for stream in source.streams()] == before
    assert signed_in(dovecot, name) == 2
    assert [signed_in(dovecot, other) for other in others] == [1, 1]
    assert not caplog.records


def test_another_password_is_tried_on_the_next_turn(dovecot, settings, opened, tmp_path):
    [name, *others], given = settings
    with opened(**given) as source:
        source.check()
        assert len(source.streams()) == 6
        written(tmp_path, {name: "falsch", **dict.fromkeys(others, dovecot.password)})
        source.stay()
        source.streams()
        with pytest.raises(hub.AuthFailed):
            list(source.pull(f"{name}/INBOX", None))
        assert not next(iter(source.pull(f"{others[0]}/INBOX", None))).raws
    assert [signed_in(dovecot, other) for other in others] == [1, 1]


def test_a_mailbox_that_is_no_longer_named_is_left(dovecot, settings, opened, tmp_path):
    [name, *others], given = settings
    with opened(**given) as source:
        source.streams()
        written(tmp_path, dict.fromkeys(others, dovecot.password))
        source.stay()
        assert {stream.name.partition("/")[0] for stream in source.streams()} == set(others)
        assert name not in source._sessions.wires


def _wait_for_all_of(group: int) -> None:
    """Until none of these processes is left: the last of them holds the ports, which the next one needs."""
    until = time.monotonic() + 10
    with suppress(ProcessLookupError):
        while time.monotonic() < until:
            os.killpg(group, 0)
            time.sleep(0.01)


def test_a_server_that_has_been_started_anew_is_signed_in_to_anew(dovecots, letter, opened):
    with dovecots.dovecot(knows_tokens=False) as server:
        server.make("anna@my.example")
        given = {"host": "127.0.0.1", "port": server.port, "security": "none", "address": "anna@my.example"}
        with opened(**given, password=server.password) as source:
            cursors: dict[str, str] = {}
            assert brought(source, cursors) == 0
            server.deliver("anna@my.example", "INBOX", letter("1"))
            master = int((server.folder / "run" / "master.pid").read_text())
            os.killpg(master, signal.SIGKILL)
            os.waitpid(master, 0)
            _wait_for_all_of(master)
            with dovecots._running(server):
                source.stay()
                assert brought(source, cursors) == 1


def test_a_server_that_has_fallen_silent_is_waited_for_once_and_not_for_each_mailbox(scripted, opened, monkeypatch):
    monkeypatch.setattr(sessions, "PATIENCE", 0.3)
    asked: list[str] = []

    def lists(_sock, _tag, command):
        asked.append(command)
        return None if 3 < len(asked) <= 6 else b'* LIST (\\HasNoChildren) "/" INBOX\r\n'

    with scripted({"LIST": lists}) as server:
        given = {
            "host": "127.0.0.1", "port": server.port, "security": "none", "password": "x",
            "mailboxes": [{"address": f"user{number}@my.example"} for number in range(3)],
        }  # fmt: skip
        with opened(**given) as source:
            assert len(source.streams()) == 3
            began = time.monotonic()
            source.stay()
            assert time.monotonic() - began < 0.8
            assert not source._sessions.wires or all(wire.is_closed for wire in source._sessions.wires.values())
            assert len(source.streams()) == 3
    assert len(asked) == 9
