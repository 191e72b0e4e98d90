import json

import pytest

from hub import settings
from hub.cli.status import Last, Stands, _state, needs
from hub.store import pulls
from hub.store.database import Store
from hub.store.overview import Tally
from hub.testing.memory import Memory
from tests.cli import shop


@pytest.fixture
def store(sold):
    opened = Store.open(sold.folder / "data/hub.db")
    yield opened
    opened.close()


def streams(sold):
    return {one["stream"]: one for one in json.loads(sold("status", "--json").out)["streams"]}


def test_status_says_what_became_of_every_item_and_how_old_the_last_run_is(sold):
    found = streams(sold)
    assert {one["state"] for one in found.values()} == {"ok"}
    assert found["INBOX"]["items"] == {
        "stored": 6, "headers": 0, "excluded": {"no client": 1}, "quarantined": 1, "forgotten": 0, "removed": 0,
        "at_source": 8, "lacking": 0,
    }  # fmt: skip
    assert 0 <= found["INBOX"]["last"]["age_s"] < 3600
    said = sold("status", "--lang", "ru")
    assert "1 (клиенты не участвуют)" in said.out
    assert "4 клиента, 13 взаимодействий" in said.out
    assert "hub quarantine list" in said.err


def test_a_run_that_was_killed_is_not_ok(sold, store):
    with store.write() as tx:
        pulls.start_run(tx, pulls.stream_id("shop", "crm"), 0)
    found = streams(sold)["crm"]
    assert (found["state"], found["ok"]) == ("broken_off", False)


def test_a_connection_that_could_not_be_opened_is_not_ok_until_it_can_be(sold):
    source = Memory.load(sold.folder / "shop.json")
    source.token = "secret"
    source.save(sold.folder / "shop.json")
    assert sold("sync").code == 3
    found = streams(sold)
    assert {(one["state"], one["last"]["error"]) for one in found.values()} == {("failed", "AuthFailed")}
    assert "correct its password, token or webhook; then hub sync shop" in sold("status").err
    with (sold.folder / "hub.toml").open("a") as config:
        config.write('token = "secret"\n')
    assert sold("sync").code == 0
    assert {one["state"] for one in streams(sold).values()} == {"ok"}


def test_who_pulls_a_stream_now_is_said(sold, store):
    with store.write() as tx:
        assert pulls.take(tx, pulls.stream_id("shop", "crm"), "other-host:4711", 0, 1 << 50)
        pulls.start_run(tx, pulls.stream_id("shop", "crm"), 0)
    found = streams(sold)["crm"]
    assert (found["state"], found["lease"]) == ("running", "other-host:4711")
    assert "other-host:4711" in sold("status").out


def test_a_run_whose_counts_do_not_add_up_is_not_ok():
    class Run:
        state, listed, stored, unchanged, quarantined, excluded, gone = "ok", 5, 3, 1, 0, 0, 2

    assert _state(Run, pulled=False) == "not_adding_up"
    Run.stored = 4
    assert _state(Run, pulled=False) == "ok"


def test_connections_that_were_never_pulled_or_are_switched_off_or_gone_are_said(sold):
    more = '[connections.later]\nconnector = "memory"\n[connections.off]\nconnector = "memory"\nenabled = false\n'
    (sold.folder / "hub.toml").write_text(shop.CONFIG.replace("connections.shop", "connections.store") + more)
    found = json.loads(sold("status", "--json").out)["streams"]
    states = {one["connection"]: one["state"] for one in found}
    assert states == {"shop": "unknown", "later": "never", "off": "disabled", "store": "never"}


def test_a_renamed_connection_keeps_its_streams_by_its_id(sold):
    renamed = shop.CONFIG.replace("[connections.shop]", '[connections.store]\nid = "shop"')
    (sold.folder / "hub.toml").write_text(renamed)
    found = json.loads(sold("status", "--json").out)["streams"]
    assert {(one["connection"], one["state"]) for one in found} == {("store", "ok")}


def config(sold):
    return settings.load(sold.folder / "hub.toml")


def stands(error="", state="failed", name="INBOX", **more):
    last = Last(started=1, finished=2, counts={}, adds_up=True, error=error, message="was los", since=2)
    return Stands(connection="mail", name=name, title="", custodian="", state=state, complete=True, last=last,
                  tallies=more.get("tallies", ()), lease="")  # fmt: skip


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        ("SuddenlyEmpty", "hub accept-empty mail 'INBOX'"),
        ("AuthFailed", "correct its password, token or webhook"),
        ("Misconfigured", "hub sync mail shows it again, with the fix"),  # a doctor reads no stream
        ("Unreachable", "tries again"),
        ("Inconsistent", "hub sync mail"),
    ],
)
def test_what_failed_waits_for_a_person_with_the_way_out(sold, error, fix):
    from hub.i18n import using

    with using("en"):
        [need] = needs([stands(error)], 0, [], 7_200_002, config(sold))
    assert need.what == "mail/INBOX: was los (for the first time 2 hours ago)"
    assert fix in need.fix


def test_nothing_waits_where_all_is_well(sold):
    assert list(needs([stands(state="ok", tallies=(Tally("stored", "", False, 3),))], 0, [], 0, config(sold))) == []


def test_a_refusal_is_said_once_however_many_streams_it_keeps_waiting(sold):
    several = [stands("AuthFailed", name=f"folder {n}") for n in range(40)]
    [need] = needs(several, 0, [], 60_002, config(sold))
    assert need.what == "mail (40 streams): was los (for the first time 1 minute ago)"


NEVER_OPENED = """
[connections.locked]
connector = "memory"
path = "locked.json"
[connections.lost]
connector = "memory"
name = "nowhere"
"""


def test_a_connection_that_could_never_be_opened_says_why_and_since_when_until_it_can_be(sold):
    locked = Memory("locked", token="secret")
    locked.add("INBOX", "1", shop.mail("one", 20, "petrov@romashka.example", "anna@my.example", "Раз"))
    locked.save(sold.folder / "locked.json")
    with (sold.folder / "hub.toml").open("a") as config:
        config.write(NEVER_OPENED)
    sold("sync")
    found = {one["connection"]: one for one in json.loads(sold("status", "--json").out)["streams"]}
    assert {name: (found[name]["stream"], found[name]["last"]["error"]) for name in ("locked", "lost")} == {
        "locked": (None, "AuthFailed"), "lost": (None, "Misconfigured"),
    }  # fmt: skip
    assert found["locked"]["last"]["failing_since"] == found["locked"]["last"]["finished"]
    said = sold("status").err
    assert "locked: The source does not accept the token (for the first time" in said
    assert "correct its password, token or webhook; then hub sync locked" in said
    assert "hub doctor lost" in said

    settings_ = (sold.folder / "hub.toml").read_text()
    (sold.folder / "hub.toml").write_text(settings_.replace('"locked.json"', '"locked.json"\ntoken = "secret"'))
    sold("sync", "locked")
    mine = [one for one in json.loads(sold("status", "--json").out)["streams"] if one["connection"] == "locked"]
    assert [(one["stream"], one["state"]) for one in mine] == [("INBOX", "ok")]


def test_different_mails_with_one_message_id_are_to_be_looked_at(sold):
    source = Memory.load(sold.folder / "shop.json")
    source.add("INBOX", "20", shop.mail("twin", 20, "petrov@romashka.example", "anna@my.example", "Раз", "Первое письмо о насосах."))  # fmt: skip
    source.add("INBOX", "21", shop.mail("twin", 25, "petrov@romashka.example", "anna@my.example", "Два", "Совсем другой текст: о складе."))  # fmt: skip
    source.save(sold.folder / "shop.json")
    sold("sync", "--quiet")
    said = sold("status")
    assert "1 Message-ID stands for different mails" in said.err
    assert "hub why 'mail:twin@x.example" in said.err
    why = json.loads(sold("why", "mail:twin@x.example", "--json").out)
    assert len(why["same_message_id"]) == 1


def test_without_a_database_status_says_to_sync_first(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HUB_CONFIG", str(shop.found(tmp_path)))
    said = hub("status")
    assert said.code == 5
    assert "hub sync" in said.err
