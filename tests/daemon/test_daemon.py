"""What is due is pulled, who rings is heard, what fails waits, and nothing that a person does is overlooked."""

from dataclasses import replace

import pytest

import hub
from hub.daemon import daemon as daemons
from hub.engine import held
from hub.engine import sync as syncing
from hub.engine.steps import Pause
from hub.errors import StoreUnusable
from hub.notices import telling
from hub.store import pulls, running
from hub.testing import Memory
from tests.daemon.conftest import more
from tests.engine.conftest import mail


def test_what_is_due_is_pulled_and_due_again_in_its_time(serving, source):
    with serving(source) as served:
        served.round()
        assert served.stored() == 1
        more(source, 2)
        served.pass_(200)
        served.round()
        assert served.stored() == 1
        served.pass_(140)
        served.round()
        assert served.stored() == 2
        assert served.pulls() == ["ok", "ok"]


def test_a_connection_has_its_own_pace(serving, source):
    with serving(source) as served:
        served.found = replace(
            served.config, connections=tuple(replace(one, every=3_600.0) for one in served.config.connections)
        )
        served.daemon.asked.reload = True
        served.round()
        served.round()
        assert 3_200 < served.entry().due - served.tick() < 4_000


def test_what_cannot_be_reached_is_tried_ever_more_seldom_and_told_once(serving, source, caplog):
    with serving(source) as served, caplog.at_level("INFO", "hub.daemon"):
        served.trouble["memory"] = hub.Unreachable("the server does not answer")
        waits = []
        for failures in range(1, 6):
            served.round()
            assert (served.term().failures, served.term().error) == (failures, "Unreachable")
            waits.append(served.entry().due - served.tick())
            served.pass_(waits[-1] + 1)
        assert waits[0] < 31
        assert waits[4] > 200
        served.trouble.clear()
        served.round()
        told = [(one.levelname, one.action, one.connection) for one in caplog.records]
    assert told == [("WARNING", "down", "memory"), ("INFO", "up", "memory")]
    assert (served.term().failures, served.term().error) == (0, "")
    assert served.stored() == 1


def test_who_is_not_let_in_waits_for_a_person(serving, source):
    with serving(source) as served:
        served.trouble["memory"] = hub.AuthFailed("wrong password")
        served.round()
        served.trouble.clear()
        served.pass_(10**6)
        served.ring()
        served.round()
        assert (served.entry().due, served.term().at, served.stored()) == (None, 0, 0)
        served.hub.config = served.config
        syncing.sync(served.hub, syncing.Wish(limits=None))
        assert served.stored() == 1
        more(source, 2)
        served.pass_(daemons.LOOK_S)
        served.round(until=lambda: served.stored() == 2)


def test_other_settings_are_tried_at_once(serving, source):
    with serving(source) as served:
        served.trouble["memory"] = hub.AuthFailed("wrong password")
        served.round()
        assert served.entry().due is None
        served.trouble.clear()
        (connection,) = served.config.connections
        changed = connection.settings.model_copy(update={"token": type(connection.settings.token)("another")})
        served.found = replace(served.config, connections=(replace(connection, settings=changed),))
        source.token = "another"
        served.pass_(daemons.LOOK_S)
        served.round(until=lambda: served.entry().term.error == "" and served.entry().due is not None)


def test_a_configuration_that_is_wrong_is_told_and_the_old_one_stays(serving, source, caplog):
    with serving(source) as served:
        served.round()
        served.found = hub.Misconfigured("2 mistakes in hub.toml", fix="mend them")
        served.daemon.asked.reload = True
        served.round()
        assert served.hub.config is served.config
        with served.hub.store.read() as tx:
            assert running.pulse(tx).mistake == "2 mistakes in hub.toml"
        assert [one.action for one in caplog.records if one.levelname == "ERROR"] == ["reload"]
        more(source, 2)
        served.pass_(400)
        served.round()
        assert served.stored() == 2
        served.found = served.config
        served.daemon.asked.reload = True
        served.round()
        with served.hub.store.read() as tx:
            assert running.pulse(tx).mistake == ""


def test_another_database_is_refused_once_for_each_time_it_is_asked_for(serving, source, tmp_path, caplog):
    with serving(source) as served:
        served.trouble["memory"] = hub.AuthFailed("wrong password")
        served.round()
        served.found = replace(served.config, store_path=tmp_path / "other.db")
        served.daemon.asked.reload = True
        for _ in range(3):
            served.pass_(daemons.LOOK_S)
            served.round()
        assert [one.action for one in caplog.records if one.levelname == "ERROR"] == ["reload"]


class Answers:
    """A web server that only notes what it is told."""

    def __init__(self):
        self.told = []

    def keep(self, _config):
        pass

    def reload(self):
        self.told.append("reload")

    def close(self):
        self.told.append("close")


def test_a_web_server_that_is_to_answer_elsewhere_is_started_anew(serving, source):
    with serving(source) as served:
        served.daemon.web = web = Answers()
        for port in (8480, 8480, 8481):
            served.found = replace(served.config, web=replace(served.config.web, host="127.0.0.1", port=port))
            served.daemon.asked.reload = True
            served.round()
        assert web.told == ["close", "reload", "close"]


def test_a_new_connection_is_taken_in_and_one_that_is_gone_is_left_alone(serving, source):
    other = Memory("other")
    other.add("inbox", "1", mail("petr@vasilek.example", "anna@my.example", mid="1@vasilek.example"))
    with other.serving(), serving(source) as served:
        served.round()
        (connection,) = served.config.connections
        new = replace(connection, name="other", id="other", settings=type(connection.settings)(name="other"))
        served.found = replace(served.config, connections=(new,))
        served.daemon.asked.reload = True
        served.round()
        assert set(served.daemon.agenda.entries) == {"other"}
        served.round()
        assert served.stored() == 2


@pytest.mark.parametrize("days", [400, -400])
def test_a_clock_that_jumps_neither_stops_nor_storms_it(serving, source, days):
    with serving(source) as served:
        served.round()
        served.wall.turn(days=days)
        for _ in range(5):
            served.round()
        assert served.pulls() == ["ok"]
        served.pass_(340)
        served.round()
        assert served.pulls() == ["ok", "ok"]


def test_a_daemon_that_begins_after_a_jump_does_not_wait_for_years(serving, source):
    with serving(source) as served:
        served.round()
        served.wall.turn(days=-400)
        served.daemon.agenda.take(served.hub)
        assert served.entry().due - served.tick() < 4_000


def test_a_database_that_cannot_be_used_is_waited_for(serving, source, monkeypatch, caplog):
    with serving(source) as served:
        served.round()
        rung = running.rung

        def fail(_tx):
            raise StoreUnusable("the disk is full", fix="free some space")

        monkeypatch.setattr(running, "rung", fail)
        monkeypatch.setattr("hub.daemon.daemon.WAITS_S", 0.01)
        for _ in range(3):
            served.daemon.round()
        assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == ["the disk is full"]
        monkeypatch.setattr(running, "rung", rung)
        more(source, 2)
        served.pass_(400)
        served.round()
        assert served.stored() == 2


def test_a_disk_that_takes_a_little_now_and_then_is_told_once_when_it_is_full_and_once_when_it_is_well(
    serving, source, monkeypatch, caplog
):
    def fail(_tx):
        raise StoreUnusable("the disk is full")

    monkeypatch.setattr("hub.daemon.daemon.WAITS_S", 0.01)
    with serving(source) as served, caplog.at_level("INFO", "hub.daemon"):
        for _ in range(3):
            with monkeypatch.context() as patch:
                patch.setattr(running, "rung", fail)
                served.daemon.round()
            served.round()
        served.pass_(daemons.WELL_S)
        served.round()
    assert [one.action for one in caplog.records] == ["down", "up"]


def test_who_waited_for_a_place_when_the_database_could_not_be_used_is_pulled_afterwards(serving, monkeypatch, caplog):
    several = [Memory(name) for name in ("memory", "second", "third")]
    for number, one in enumerate(several):
        one.add("inbox", "1", mail("ivan@romashka.example", "anna@my.example", mid=f"{number}@romashka.example"))
    monkeypatch.setattr("hub.daemon.daemon.WAITS_S", 0.01)
    with several[0].serving(), several[1].serving(), several[2].serving(), serving(*several) as served:
        served.trouble["memory"] = StoreUnusable("another process holds the database")
        served.round(until=lambda: "holds the database" in caplog.text)
        served.trouble.clear()
        served.round()
        assert served.stored() == 3


def test_who_is_pulled_for_long_gives_its_place_to_others_and_goes_on_behind_them(serving, source, monkeypatch):
    for number in range(2, 41):
        more(source, number)
    other = Memory("other")
    other.add("inbox", "1", mail("petr@vasilek.example", "anna@my.example", mid="1@vasilek.example"))
    monkeypatch.setattr(daemons, "SLICE_S", 0.0)
    with other.serving(), serving(source, other) as served:
        served.round()
        assert served.stored() == 41
        states = served.pulls()
        assert "stopped" in states
        assert states.count("ok") == 2


def test_who_stops_finishes_its_page_and_leaves_no_lease_and_no_pulse(serving, source):
    for number in range(2, 41):
        more(source, number)
    with serving(source) as served:
        served.round(until=lambda: served.stored() > 0)
        served.daemon.end()
        with served.hub.store.read() as tx:
            (stream,) = pulls.streams(tx)
            (run,) = pulls.last_runs(tx).values()
            assert (stream.lease_owner, stream.lease_until, run.state) == ("", 0, "stopped")
            assert running.pulse(tx) is None
        assert 0 < served.stored() < 40
        assert served.stored() % 5 == 0


def test_it_shows_that_it_is_alive(serving, source):
    with serving(source) as served:
        served.round()
        with served.hub.store.read() as tx:
            first = running.pulse(tx)
        served.pass_(60)
        served.round()
        with served.hub.store.read() as tx:
            assert running.pulse(tx).ticked == first.ticked + 60_000


def test_it_says_how_many_pages_it_has_stored_and_for_how_long_it_held_the_database(serving, source, monkeypatch):
    monkeypatch.setattr(held, "LONGEST_S", 0.0)
    for number in range(2, 13):
        more(source, number)
    with serving(source) as served:
        served.round()
        served.pass_(daemons.BEAT_S + 1)
        served.daemon.round()
        with served.hub.store.read() as tx:
            beat = running.pulse(tx)
        assert (beat.pages, beat.slow) == (3, 3)
        assert beat.held == round(served.hub.held.seconds * 1000) > 0


def test_runs_that_found_nothing_are_forgotten_but_the_last(serving, source):
    with serving(source) as served:
        for _ in range(6):
            served.round()
            served.pass_(400)
        before = len(served.pulls())
        served.pass_(2 * 3_600)
        served.round()
        assert before == 6
        assert len(served.pulls()) == 3  # the one that brought something, the last one then, and the one since


def test_a_client_found_by_one_connection_is_looked_for_in_the_others(serving):
    mails, deals = Memory("memory"), Memory("crm")
    mails.add("inbox", "1", mail("ivan@romashka.example", "anna@my.example", mid="1@romashka.example"))
    with mails.serving(), deals.serving(), serving(mails, deals) as served:
        (first, second) = served.config.connections
        served.found = replace(
            served.config, connections=(replace(first, policy=replace(first.policy, store="clients")), second)
        )
        served.daemon.asked.reload = True
        served.round()
        served.round()
        assert served.stored() == 0
        deals.add(
            "companies",
            "1",
            hub.Company(name="ООО Ромашка", identifiers=(hub.Identifier("email", "ivan@romashka.example"),)),
        )
        served.ring("crm")
        served.round()
        served.tick.ahead += 1
        served.round()
        assert served.stored() == 2


def test_a_message_on_its_way_holds_nobody_up_and_is_sent_again_by_whoever_comes_next(serving, source, monkeypatch):
    sent = []

    def slow(_url, title, _body):
        sent.append(title)
        while True:
            yield Pause(seconds=0.01)

    monkeypatch.setattr(telling, "posted", slow)
    with serving(source, notices_url="json://127.0.0.1:1/") as served:
        served.trouble["memory"] = hub.Misconfigured("no such folder")
        served.round(until=lambda: served.pulls() == ["failed"])
        served.pass_(daemons.LOOK_S)
        served.daemon.round()
        served.pass_(90)
        served.round(until=lambda: bool(sent))
        served.trouble.clear()
        with served.hub.store.write() as tx:
            running.wake(tx, ["memory"], served.wall.milliseconds())
        served.pass_(daemons.LOOK_S)
        served.round(until=lambda: served.stored() == 1)
        assert len(sent) == 1, "it is still on its way"
        served.daemon.asked.reload = True
        served.daemon.round()
        assert not served.daemon.asked.reload
        served.pass_(3_600)
        served.round(until=lambda: len(sent) == 2)
