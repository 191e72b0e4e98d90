"""Sources that wait for news, many in one process: who has some is pulled at once, and who misbehaves rings no other's bell."""

import os
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import pytest

import hub
from hub.core.policy import Policy
from hub.daemon import daemon as daemons
from hub.daemon import rooms
from hub.settings import Connection, Limits
from hub.testing import hostile
from tests.daemon.lines import Lines, connector_of

LIMITS = Limits(memory=256 << 20, silence=20.0, processes=2)


class Settings(hub.Settings):
    """Mails are the lines of `path`; it does what `mood` says while it waits."""

    path: str
    mood: str = ""


class Waiting(Lines):
    """Waiting ends when the file has grown."""

    def check(self):
        if self.settings.mood == "locked" or (self.settings.mood == "second" and is_in_a_room()):
            raise hub.AuthFailed("wrong password")

    def wait(self, deadline):
        known = len(self.lines())
        if self.settings.mood == "dies":
            os._exit(3)
        if self.settings.mood == "fails":
            raise ValueError("not today")
        while len(self.lines()) == known and self.settings.mood != "hasty":
            time.sleep(0.02)


def is_in_a_room():
    return threading.current_thread() is not threading.main_thread()


CONNECTOR = connector_of(Waiting, Settings, "wait")


@pytest.fixture
def lines(tmp_path, serving, monkeypatch):
    told = set()
    heard = rooms.Rooms.heard

    def noted(self):
        for kind, name in heard(self):
            told.add((kind, name))
            yield kind, name

    monkeypatch.setattr(rooms.Rooms, "heard", noted)

    @contextmanager
    def made(**moods):
        connections = []
        for name, mood in moods.items():
            (tmp_path / name).write_text("", "utf-8")
            settings = Settings(path=str(tmp_path / name), mood=mood)
            connections.append(
                Connection(name=name, id=name, connector="test.lines", settings=settings, policy=Policy(store="all"))
            )
        with serving(more=tuple(connections), connectors={"test.lines": CONNECTOR}, limits=LIMITS) as served:
            served.heard = told
            yield served

    return made


def write(tmp_path, name, line):
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def listening(served, *names):
    """Until the pulls are over that follow when these begin to listen."""
    deadline = time.monotonic() + 20
    while not {("late", name) for name in names} <= served.heard:
        assert time.monotonic() < deadline
        served.daemon.round()
    served.pass_(60)
    while not all(is_at_rest(served, entry) for entry in served.daemon.agenda.entries.values()):
        assert time.monotonic() < deadline
        served.daemon.round()


def is_at_rest(served, entry):
    return not entry.is_under_way and not entry.was_rung and (entry.due is None or entry.due > served.tick())


def soon(served, is_so, seconds=15):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it does not happen"
        served.daemon.round()


def test_news_are_pulled_when_they_come(lines, tmp_path, monkeypatch):
    with lines(first="", second="") as served:
        listening(served, "first", "second")
        write(tmp_path, "second", "m1")
        soon(served, lambda: served.stored() == 1)
        assert not served.daemon.agenda.entries["first"].was_rung
        write(tmp_path, "second", "m2")
        soon(served, lambda: served.stored() == 2)
        assert len(served.daemon.rooms.lines) == 1, "both wait in one process"


def test_who_fails_or_is_not_let_in_keeps_nobody_from_ringing(lines, tmp_path):
    with lines(good="", fails="fails", locked="locked") as served:
        listening(served, "good", "fails")
        write(tmp_path, "good", "m1")
        soon(served, lambda: served.stored() == 1)
        soon(served, lambda: ("left", "locked") in served.heard)
        assert served.daemon.agenda.entries["locked"].due is None


def test_who_is_not_let_in_does_not_knock_again_when_the_others_get_a_new_process(lines, monkeypatch):
    monkeypatch.setattr(rooms, "AGAIN_S", 0.0)
    with lines(good="", locked="locked") as served:
        soon(served, lambda: ("left", "locked") in served.heard)
        served.heard.clear()
        (kept,) = served.daemon.rooms._kept
        os.kill(kept.room.pid, 9)
        listening(served, "good")
        assert [guest.identity for guest in kept.guests] == ["good"]


def test_who_can_be_pulled_and_was_not_let_in_to_wait_knocks_again_after_a_while(lines):
    with lines(good="", second="second") as served:
        listening(served, "good")
        soon(served, lambda: ("left", "second") in served.heard)
        assert served.daemon.agenda.entries["second"].due is not None, "it can be pulled"
        served.heard.clear()
        served.pass_(daemons.LOOK_S + 1)
        served.daemon.round()
        assert len(served.daemon.rooms.lines) == 1, "not at once"
        served.pass_(rooms.KNOCKS_S)
        soon(served, lambda: ("left", "second") in served.heard)
        soon(served, lambda: len(served.daemon.rooms.lines) == 1)


def test_who_waits_already_is_not_let_in_twice(lines):
    with lines(good="") as served:
        listening(served, "good")
        served.daemon.rooms.admit(served.hub, served.hub.config.connections)
        assert len(served.daemon.rooms.lines) == 1


def test_a_process_that_is_killed_by_one_of_many_is_opened_anew(lines, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(rooms, "AGAIN_S", 0.0)
    with lines(good="", dies="dies") as served, caplog.at_level("WARNING"):
        pids = set()
        deadline = time.monotonic() + 20
        while len(pids) < 3:
            assert time.monotonic() < deadline
            served.daemon.round()
            pids |= {one.room.pid for one in served.daemon.rooms._kept if one.room is not None}
        write(tmp_path, "good", "m1")
        served.pass_(400)
        soon(served, lambda: served.stored() == 1)
    assert "has died" in caplog.text


def test_a_process_that_dies_again_and_again_is_opened_ever_more_seldom(lines):
    with lines(dies="dies") as served:
        waits = []
        (kept,) = served.daemon.rooms._kept
        for _ in range(4):
            soon(served, lambda: kept.room is None)
            waits.append(round(kept.again - served.tick()))
            served.pass_(waits[-1] + 1)
            soon(served, lambda: kept.room is not None)
    assert all(later > 1.5 * sooner for sooner, later in pairwise(waits))


def test_who_rings_without_end_does_not_keep_us_busy(lines):
    with lines(hasty="hasty") as served:
        listening(served, "hasty")
        before = len(served.pulls())
        until = time.monotonic() + 3
        while time.monotonic() < until:
            served.daemon.round()
        assert len(served.pulls()) - before < 6


def test_rooms_are_empty_when_the_daemon_has_ended(lines):
    with lines(good="") as served:
        listening(served, "good")
        pid = served.daemon.rooms._kept[0].room.pid
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_more_than_a_room_holds_wait_in_several(lines, monkeypatch):
    monkeypatch.setattr(rooms, "GUESTS", 2)
    with lines(a="", b="", c="") as served:
        assert len(served.daemon.rooms.lines) == 2


def test_a_connector_that_cannot_wait_needs_no_process(serving):
    plain = replace(hostile.HARMLESS, name="plain")
    one = Connection(name="plain", id="plain", connector="plain", settings=hostile.Settings())
    with serving(more=(one,), connectors={"plain": plain}, limits=LIMITS) as served:
        assert served.daemon.rooms.lines == []
