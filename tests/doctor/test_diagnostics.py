"""What whoever helps may see: nothing of anybody."""

import json
import zipfile

import pytest

from hub.core.pages import Counts
from hub.secrets import Vault
from hub.store import notices, pulls, running
from hub.store.database import Store
from hub.store.notices import Entry, Need
from hub.store.running import Beat, Term

CANARIES = [f"canary{n:02}" for n in range(24)]
C = iter(CANARIES)
TOML = f"""
[company]
name = "ООО {next(C)}"
domains = ["{next(C)}.example"]
timezone = "Europe/Moscow"
[[company.employees]]
name = "Анна {next(C)}"
emails = ["{next(C)}@my.example"]
manager = ""
deputy = ""
[clients]
never = ["{next(C)}.example"]
free_mail = ["{next(C)}.example"]
[web]
url = "https://{next(C)}.example"
hosts = ["{next(C)}.example"]
[notices]
url = "tgram://{next(C)}/1"
[connections.{next(C)}]
id = "{next(C)}"
connector = "memory"
name = "{next(C)}"
token = "${{secret:token}}"
hook_secret = "{next(C)}-0123456789abcdef"
proxy = "http://{next(C)}@proxy.example:3128"
proxy_password = "${{env:CANARY}}"
[connections.{CANARIES[9]}.never]
addresses = ["{next(C)}@other.example"]
folders = ["{next(C)}"]
keywords = ["{next(C)}"]
"""


@pytest.fixture
def planted(home, monkeypatch):
    """A configuration and a database full of what must not be shown."""
    monkeypatch.setenv("CANARY", "canary20")
    Vault(home, {}).put(CANARIES[10], "token", "canary21")
    (home / "hub.toml").write_text(TOML, "utf-8")
    store = Store.as_it_is(home / "data" / "hub.db")
    with store.write() as tx:
        number = pulls.keep_stream(
            tx, CANARIES[10], "canary16@my.example/canary16", "canary17", "canary18@my.example", ""
        )
        for message in ("canary19 refuses the connection", "imap.canary19.example:993 refuses the connection"):
            run = pulls.start_run(tx, number, 1)
            pulls.report(
                tx, run, Counts(listed=1, stored=1), state="failed", finished=2, error="Unreachable", message=message
            )
        running.beat(tx, Beat("canary22", 1, 1, 1, 1, "hub.toml: canary22"))
        running.keep_terms(tx, [Term(CANARIES[10], 1, 2, "Unreachable"), Term("canary23", 1)])
        notices.keep(tx, [Need(CANARIES[10], "AuthFailed", "canary23")], 1)
        notices.write(tx, None, [Entry("needs", "canary23", "AuthFailed", "canary23")], now=1, due=1)
    store.close()
    return home


def test_of_what_was_planted_nothing_is_found(hub, planted, tmp_path):
    out = tmp_path / "bundle.zip"
    said = hub("diagnostics", "--out", str(out))
    assert said.code == 0, said.err
    with zipfile.ZipFile(out) as archive:
        whole = "\n".join([*archive.namelist(), *(archive.read(name).decode() for name in archive.namelist())])
    planted_now = (planted / "hub.toml").read_text("utf-8")
    assert sum(canary in planted_now for canary in CANARIES) >= 16
    assert [canary for canary in CANARIES if canary in whole] == []
    assert "Анна" not in whole
    assert str(planted) not in whole
    assert "my.example" not in whole


def test_it_still_says_what_helps(hub, planted, tmp_path):
    out = tmp_path / "bundle.zip"
    hub("diagnostics", "--out", str(out))
    assert out.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(out) as archive:
        found = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    config = {one["key"]: one["value"] for one in found["config.json"]}
    assert config["connections.c1.connector"] == "memory"
    assert config["connections.c1.vanish_threshold"] == 0.2
    assert config["company.language"] == "ru"
    assert [one["said"] for one in found["status.json"]["runs"]] == ["{whom} refuses the connection"] * 2
    assert found["status.json"]["streams"][0]["stream"] == "s1"
    assert found["status.json"]["streams"][0]["connection"] == "c1"
    assert {"check": "config", "level": "warning"} in found["doctor.json"] or found["doctor.json"]
    assert "interaction-hub" in found["versions.json"]["packages"]


def test_a_file_that_is_there_stays(hub, tmp_path):
    out = tmp_path / "mine.zip"
    out.write_text("mine")
    said = hub("diagnostics", "--out", str(out))
    assert said.code == 2
    assert out.read_text() == "mine"


def test_it_is_written_where_the_configuration_or_the_database_is_what_is_wrong(hub, home, tmp_path):
    (home / "data" / "hub.db").write_bytes(b"rubbish" * 1000)
    assert hub("diagnostics", "--out", str(tmp_path / "one.zip")).code == 0
    (home / "hub.toml").write_text("[company\n", "utf-8")
    assert hub("diagnostics", "--out", str(tmp_path / "two.zip")).code == 0
