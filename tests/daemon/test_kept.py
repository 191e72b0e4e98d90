"""A source that stays open is asked again on the next turn; whatever is wrong with it, another is opened without a word."""

import os
import signal
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import hub
from hub.core.policy import Policy
from hub.engine import kept as keeping
from hub.engine import sync as syncing
from hub.settings import Connection, Limits
from tests.daemon.lines import Lines, connector_of
from tests.engine.notes import alive

LIMITS = Limits(memory=256 << 20, silence=20.0, processes=2)


class Settings(hub.Settings):
    """Mails are the lines of the file `path`; beside it lies who has opened it, and in what `mood` it is to be."""

    path: str


class Staying(Lines):
    def check(self):
        with Path(f"{self.settings.path}.opened").open("a", encoding="ascii") as file:
            file.write(f"{os.getpid()}\n")
        if self._mood() == "locked":
            raise hub.AuthFailed("wrong password")

    def stay(self):
        if self._mood() == "fails":
            raise ValueError("not again")
        if self._mood() == "dies":
            os._exit(3)

    def pull(self, stream, cursor, /):
        if self._mood() == "broken":
            raise hub.Unreachable("not today")
        if self._mood() == "falls":
            os._exit(3)
        yield from super().pull(stream, cursor)

    def lines(self):
        return super().lines() if Path(self.settings.path).exists() else []

    def _mood(self):
        said = Path(f"{self.settings.path}.mood")
        return said.read_text("utf-8").strip() if said.exists() else ""


CONNECTOR = connector_of(Staying, Settings, "stay")


class Turns:
    """A daemon that goes round, and what its sources have left behind."""

    def __init__(self, served, place):
        self.served, self.place = served, place

    def turn(self):
        for entry in self.served.daemon.agenda.entries.values():
            entry.due = entry.whole = self.served.tick()
        self.served.round()

    def write(self, line, name="first"):
        with (self.place / name).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def mood(self, mood, name="first"):
        (self.place / f"{name}.mood").write_text(mood, "utf-8")

    def opened(self, name="first"):
        """Who has opened it, one process after the other."""
        return list(map(int, (self.place / f"{name}.opened").read_text("ascii").split()))


@pytest.fixture
def turns(tmp_path, serving):
    @contextmanager
    def made(*names, connector=CONNECTOR):
        connections = tuple(
            Connection(
                name=name, id=name, connector="test.lines", settings=Settings(path=str(tmp_path / name)),
                policy=Policy(store="all"),
            )
            for name in names or ("first",)
        )  # fmt: skip
        with serving(more=connections, connectors={"test.lines": connector}, limits=LIMITS) as served:
            found = Turns(served, tmp_path)
            found.turn()
            yield found

    return made


def test_who_stays_is_opened_once_and_brings_what_comes(turns):
    with turns() as one:
        one.write("m1")
        one.turn()
        one.turn()
        [process] = one.opened()
        assert alive(process)
        assert one.served.stored() == 1
        assert one.served.pulls() == ["ok"] * 3
    assert not alive(process)


def test_who_cannot_stay_is_opened_for_every_turn(turns):
    with turns(connector=replace(CONNECTOR, capabilities=frozenset())) as one:
        one.turn()
        assert len(set(one.opened())) == 2
        assert not any(map(alive, one.opened()))


def test_a_command_keeps_nobody_and_takes_nobody(turns):
    with turns() as one:
        syncing.sync(one.served.hub, syncing.Wish(limits=LIMITS))
        mine, commanded = one.opened()
        assert alive(mine)
        assert not alive(commanded)


@pytest.mark.parametrize("mood", ["fails", "dies", "killed"])
def test_who_is_lost_between_two_turns_is_opened_anew_without_a_word(turns, mood, caplog):
    with turns() as one, caplog.at_level("WARNING"):
        [lost] = one.opened()
        if mood == "killed":
            os.kill(lost, signal.SIGKILL)
        one.mood(mood)
        one.write("m1")
        one.turn()
        assert one.opened()[0] == lost != one.opened()[1]
        assert not alive(lost)
        assert one.served.stored() == 1
        assert one.served.pulls() == ["ok", "ok"]
        assert one.served.term("first").error == ""
    assert not [record for record in caplog.records if record.name == "hub.daemon"]


def test_who_failed_at_a_turn_is_not_kept(turns):
    with turns() as one:
        one.mood("broken")
        one.turn()
        [process] = one.opened()
        assert not alive(process)
        assert one.served.pulls() == ["ok", "failed"]


def test_who_dies_in_the_middle_of_a_turn_is_told_and_opened_anew_on_the_next(turns):
    with turns() as one:
        one.write("m1")
        one.mood("falls")
        one.turn()
        one.mood("")
        one.turn()
        assert one.served.pulls() == ["ok", "failed", "ok"]
        assert one.served.stored() == 1
        assert [alive(process) for process in one.opened()] == [False, True]


def test_what_is_really_wrong_is_said_by_the_one_that_is_opened_anew(turns):
    with turns() as one:
        os.kill(one.opened()[0], signal.SIGKILL)
        one.mood("locked")
        one.turn()
        assert one.served.term("first").error == "AuthFailed"


def test_a_new_configuration_ends_those_that_were_opened_with_the_old_one(turns):
    with turns() as one:
        one.served.daemon.asked.reload = True
        one.served.daemon.round()
        assert not any(map(alive, one.opened()))
        one.turn()
        assert len(one.opened()) == 2


def test_other_settings_are_never_used_with_a_source_that_was_opened_with_others(turns, tmp_path):
    with turns() as one:
        entry = one.served.entry("first")
        entry.connection = replace(entry.connection, settings=Settings(path=str(tmp_path / "other")))
        one.turn()
        assert not any(map(alive, one.opened()))
        assert len(one.opened("other")) == 1


def test_who_waits_too_long_for_a_turn_is_ended(turns):
    with turns() as one:
        [process] = one.opened()
        one.served.daemon.kept.look()
        assert alive(process)
        one.served.tick.ahead += keeping.RESTS_S
        one.served.daemon.kept.look()
        assert not alive(process)


def test_who_has_lived_for_long_is_opened_anew(turns, monkeypatch):
    with turns() as one:
        monkeypatch.setattr(keeping, "LIVES_S", 0.0)
        one.turn()
        [process] = one.opened()
        assert not alive(process)


def test_where_memory_is_short_all_end_and_nobody_is_kept(turns, tmp_path, monkeypatch):
    with turns() as one:
        memory = tmp_path / "meminfo"
        memory.write_text("MemTotal: 1000 kB\nMemAvailable: 99 kB\n", "ascii")
        monkeypatch.setattr(keeping, "_MEMORY", memory)
        one.served.daemon.kept.look()
        one.turn()
        assert len(one.opened()) == 2
        assert not any(map(alive, one.opened()))


def test_who_has_grown_is_not_kept(turns, monkeypatch):
    with turns() as one:
        monkeypatch.setattr(keeping, "GROWS", -(1 << 40))
        one.turn()
        [process] = one.opened()
        assert not alive(process)


def test_no_more_than_so_many_are_kept(turns, monkeypatch):
    monkeypatch.setattr(keeping, "MOST", 1)
    with turns("first", "second") as one:
        there = [alive(process) for name in ("first", "second") for process in one.opened(name)]
        assert sorted(there) == [False, True]


def test_who_has_more_streams_takes_the_place_of_who_has_fewer(turns, monkeypatch):
    monkeypatch.setattr(keeping, "MOST", 1)
    with turns() as one:
        kept, identity = one.served.daemon.kept, "first"
        light = kept._resting.pop(identity)
        assert kept.keep(light.connection, light.process, 1)
        assert not kept.keep(replace(light.connection, id="as-light"), light.process, 1)
        one.served.daemon.kept = keeping.Kept(one.served.tick)
        one.turn()
        heavy = one.served.daemon.kept._resting.pop(identity)
        assert kept.keep(replace(heavy.connection, id="heavy"), heavy.process, 2)
        assert [alive(process) for process in one.opened()] == [False, True]
        kept.close()


def test_who_was_told_to_stop_is_not_kept(turns):
    with turns() as one:
        one.served.daemon.kept._resting["first"].process._told_to_stop = True
        one.turn()
        assert [alive(process) for process in one.opened()] == [False, True]
