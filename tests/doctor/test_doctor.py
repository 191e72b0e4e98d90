"""Is everything there that the hub needs, and in order."""

import json
import os
import time

import pytest

from hub.secrets import Vault
from hub.store import notices, running
from hub.store.database import Store
from hub.store.notices import Entry
from hub.store.running import Beat
from hub.testing import Memory, memory
from tests.doctor.conftest import TOML


def written(home):
    """Writes into the database, at once."""
    return Store.as_it_is(home / "data" / "hub.db")


def test_a_hub_that_is_well_is_said_to_be(hub, home):
    said = hub("doctor")
    assert said.code == 0
    assert {line.split()[0] for line in said.out.splitlines()} <= {"ok", "warning"}  # the disk may be nearly full
    assert "whole" in said.line("Database")
    assert said.line("Configuration") == "ok      Configuration: no mistakes"


def test_it_says_everything_in_russian_too(hub):
    said = hub("--lang", "ru", "doctor")
    assert "База данных: SQLite" in said.out
    assert "Настройки: ошибок нет" in said.out


def test_looking_changes_nothing(hub, home):
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file() and path.suffix == ".db"}
    hub("doctor")
    assert {path: path.read_bytes() for path in before} == before


def test_a_damaged_database_fails(hub, home):
    path = home / "data" / "hub.db"
    content = bytearray(path.read_bytes())
    content[8192:40960] = b"\xff" * 32768
    path.write_bytes(content)
    said = hub("doctor")
    assert said.code == 1
    assert said.out.count("failed  Database") >= 1
    assert "restore a backup" in said.out


def test_a_database_that_nobody_has_made_yet_is_no_failure_nor_made_by_looking(hub, home):
    (home / "data" / "hub.db").unlink()
    said = hub("doctor")
    assert said.code == 0
    assert "is not there yet: the first hub sync or hub serve makes it" in said.line("Database")
    said = hub("doctor", "crm")
    assert said.line("Sign-in crm") == "failed  Sign-in crm: No source named crm is served here"
    with Memory("crm").serving():
        said = hub("doctor", "crm")
    assert (said.code, said.line("Sign-in crm")) == (0, "ok      Sign-in crm: it lets us in")
    assert not (home / "data" / "hub.db").exists()


def test_a_database_of_an_older_schema_is_not_upgraded_by_looking(hub, home):
    store = written(home)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0002'")
    said = hub("doctor", "crm")
    assert "at schema 0002" in said.line("Schema")
    assert store.version() == "0002"
    store.close()


def test_what_others_may_read_fails_with_the_command_that_mends_it(hub, home):
    Vault(home, {}).put("crm", "token", "a password")
    (home / "secrets.json").chmod(0o644)
    (home / "data" / "hub.db").chmod(0o640)
    said = hub("doctor")
    assert said.code == 1
    assert f"chmod 600 '{home / 'secrets.json'}'" in said.out
    assert f"chmod 600 '{home / 'data' / 'hub.db'}'" in said.out


@pytest.mark.parametrize("place", ["data", "data/hub.db"])
def test_who_may_not_write_the_database_is_told_to_call_it_as_the_hubs_user(hub, home, monkeypatch, place):
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: may(path, mode) and (mode != os.W_OK or path != home / place))
    said = hub("doctor")
    assert f"may not write into {home / place}\n    → call it as the user that the hub runs as" in said.out


def test_a_database_in_a_folder_that_may_not_be_looked_into_is_no_defect_of_the_hub(hub, monkeypatch):
    monkeypatch.setenv("HUB__STORE__PATH", "n" * 300)  # which, like a folder of somebody else's, no question gets into
    for words in (["clients"], ["sync"], ["rebuild"], ["db", "backup", "kept.zip"], ["secret", "rotate"]):
        said = hub(*words)
        assert said.code == 5, words
        assert "cannot be opened: File name too long" in said.err
        assert "Fix: check the folder's owner and rights, or set [store] path" in said.err
    said = hub("doctor")
    assert (said.code, said.line("Database").startswith("failed")) == (1, True)


def test_a_key_that_is_lost_fails_and_one_that_is_old_is_warned_of(hub, home, monkeypatch):
    vault = Vault(home, {})
    vault.put("crm", "token", "a password")
    assert "1 secret, and the key that opens it" in hub("doctor").out
    kept = (home / "secrets.key").read_text()
    other = "A" * 43
    (home / "secrets.key").write_text(f"{other} {kept}")
    assert "1 secret is sealed with an older key" in hub("doctor").out
    (home / "secrets.key").write_text(other)
    said = hub("doctor")
    assert said.code == 1
    assert "a key that is not here" in said.out


def test_mistakes_of_the_configuration_fail(hub, home):
    (home / "hub.toml").write_text(TOML.replace("timezone", "timezome"), "utf-8")
    said = hub("doctor")
    assert said.code == 1
    assert "failed  Configuration" in said.out


def test_a_daemon_that_is_silent_fails_and_one_that_goes_round_is_named(hub, home):
    store, now = written(home), int(time.time() * 1000)
    with store.write() as tx:
        running.beat(tx, Beat("machine-1", 77, now, now, now, "hub.toml:3 is wrong"))
    said = hub("doctor")
    assert said.code == 0
    assert "process 77 on machine-1" in said.out
    assert "goes on with an older configuration" in said.out
    with store.write() as tx:
        running.beat(tx, Beat("machine-1", 77, now, now - 600_000, now))
    assert "failed  Daemon" in hub("doctor").out
    store.close()


def test_messages_that_do_not_arrive_are_warned_of(hub, home):
    store = written(home)
    with store.write() as tx:
        notices.write(tx, None, [Entry("well", "crm")], now=0, due=0)
        notices.tried(tx, 1, 0, 10)
    store.close()
    assert "1 message does not arrive" in hub("doctor").out


def test_messages_that_nothing_here_can_send_fail(hub, home, monkeypatch):
    (home / "hub.toml").write_text(TOML + '[notices]\nurl = "${env:WHERE}"\n', "utf-8")
    monkeypatch.setenv("WHERE", "json://127.0.0.1/")
    assert "apprise" not in hub("doctor").out
    monkeypatch.setattr("hub.doctor.machine.find_spec", lambda _name: None)
    said = hub("doctor")
    assert (said.code, "interaction-hub[notices]" in said.out) == (1, True)


def test_a_connection_that_is_named_is_signed_in_to(hub, home, monkeypatch):
    source = memory.Memory("crm")
    monkeypatch.setitem(memory.SERVED, "crm", source)
    assert "it lets us in" in hub("doctor", "crm").out
    source.token = "another"
    said = hub("doctor", "crm")
    assert said.code == 1
    assert "failed  Sign-in crm: The source does not accept the token" in said.out


def test_an_unknown_connection_is_a_mistake_of_the_line(hub):
    said = hub("doctor", "cmr")
    assert said.code == 2
    assert "known: crm" in said.err


def test_json_has_a_check_for_every_line(hub, home):
    (home / "data" / "hub.db").chmod(0o644)
    said = json.loads(hub("doctor", "--json").out)
    assert said["ok"] is False
    assert {"check", "of", "about", "level", "says", "fix"} == {key for one in said["checks"] for key in one}
    assert {one["level"] for one in said["checks"] if one["check"] == "files"} == {"failed"}


def test_a_check_that_fails_itself_is_a_finding_and_the_others_go_on(hub, monkeypatch):
    monkeypatch.setattr("hub.doctor.machine.disk", lambda _config: 1 / 0)
    said = hub("doctor")
    assert "ZeroDivisionError" in said.out
    assert "Database" in said.out
