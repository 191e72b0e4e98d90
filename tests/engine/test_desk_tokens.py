"""Tokens in the database: sealed, refreshed by one of many, and what is there after a death."""

import multiprocessing
import os
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import hub
from hub.engine import desk as desks
from hub.engine.asking import Asking
from hub.engine.desk import Desk
from hub.engine.hub import Clock
from hub.secrets import Vault
from hub.store import tokens as stored
from hub.tokens import GRACE, LEASE, Refreshing

SECRETS = ("canary-access", "canary-refresh", "canary-extra")


def grant(number=0, *, hours=24):
    expires = datetime(2026, 11, 20, 12, tzinfo=UTC) + timedelta(hours=hours)
    return hub.Grant(f"{SECRETS[0]}{number}", f"{SECRETS[1]}{number}", expires, {"member": SECRETS[2]})


@pytest.fixture
def opened(world):
    with world.open() as found:
        yield found


@pytest.fixture
def desk(opened):
    return Desk(opened, opened.config.connections[0])


def used(desk, now=None):
    at = now or desk.hub.now()
    return Refreshing(Asking(desk.ask), "source", lambda: at, lambda: False)


def nobody(_old):
    raise AssertionError("nobody is to be asked")


def test_a_grant_comes_back_as_it_was_given(desk):
    desk.begin(grant())
    assert desk.look().grant == grant()
    assert used(desk).current(nobody) == grant()


def test_a_connector_may_keep_what_no_database_can(desk):
    odd = hub.Grant("a\ud800\0б", "", None, {"n": 5, "when": datetime(2026, 1, 1, tzinfo=UTC)})
    desk.begin(odd)
    found = desk.look().grant
    assert (found.access, dict(found.extra)) == (odd.access, {"n": 5, "when": "2026-01-01 00:00:00+00:00"})


def test_no_byte_of_a_grant_is_in_the_database(world, desk):
    desk.begin(grant())
    desk.save(desk.look().version, grant(1))
    assert [world.holding(secret.encode()) for secret in SECRETS] == [[], [], []]
    assert not any(secret in line.decode() for line in world.dump() for secret in SECRETS)


def test_a_grant_opens_for_its_connection_only(opened, desk):
    desk.begin(grant())
    with opened.store.write() as tx:
        row = stored.one(tx, "source")
        stored.begin(tx, "other", stored.Row(key=row.key, sealed=row.sealed, expires=None, saved=0))
    other = Desk(opened, replace(opened.config.connections[0], id="other", name="other"))
    with pytest.raises(hub.Misconfigured, match="does not open") as told:
        other.look()
    assert "hub connect other" in told.value.fix


def test_a_rotation_seals_grants_too_and_may_die_at_any_point(opened, desk, monkeypatch):
    desk.begin(grant())
    vault = Vault(opened.config.home, os.environ)
    before = vault.keys().keys[0].name

    def dies(_anew):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vault.rotate(dies)
    assert len(vault.keys().keys) == 2
    assert desk.look().grant == grant()
    assert vault.rotate(lambda anew: desks.seal_anew(opened, anew)) == 1
    assert [key.name for key in vault.keys().keys] != [before]
    assert desk.look().grant == grant()


def test_one_of_two_processes_refreshes_and_the_other_takes_what_it_got(desk):
    desk.begin(grant(hours=0))
    epoch = desk.claim(1, os.getpid())
    assert desk.claim(1, os.getpid()) is None
    assert desk.save(1, grant(1))
    desk.release(epoch)
    assert used(desk).current(nobody) == grant(1)


def test_an_answer_that_follows_nothing_that_is_there_is_not_kept(desk):
    desk.begin(grant())
    desk.claim(1, os.getpid())
    desk.begin(grant(7))
    assert not desk.save(1, grant(1))
    assert desk.look().grant == grant(7)


def test_who_lost_the_lease_refuses_nothing(world, desk):
    desk.begin(grant())
    first = desk.claim(1, os.getpid())
    later(desk, LEASE)
    second = desk.claim(1, os.getpid())
    desk.refuse(1, first)
    assert not desk.look().refused
    desk.refuse(1, second)
    assert desk.look().refused


def later(desk, by):
    desk.hub.now = Clock(fixed=desk.hub.now() + by)


def test_a_lease_ends_by_time_and_a_clock_that_went_back_does_not_prolong_it(desk):
    desk.begin(grant())
    assert desk.claim(1, os.getpid()) == 2
    assert desk.claim(1, os.getpid()) is None
    later(desk, -timedelta(hours=1))
    assert desk.claim(1, os.getpid()) == 3
    later(desk, LEASE)
    assert desk.claim(1, os.getpid()) == 4


# --- deaths ----------------------------------------------------------------------------------------------------------


def _dies(world, where):
    """A process that dies at one point of a refresh: "claim" after it, "ask" after the system has answered."""
    with world.open() as found:
        one = Desk(found, found.config.connections[0])

        def refresh(_old):
            os._exit(9)

        if where == "save":
            one_save = one.save
            object.__setattr__(refreshing := used(one), "drawer", _Dying(one, one_save))
            refreshing.current(lambda _old: grant(1))
        used(one).current(refresh)


class _Dying:
    """A drawer whose owner dies as soon as the new grant is stored."""

    def __init__(self, desk, save):
        self.look, self.claim, self._save = desk.look, desk.claim, save

    def save(self, version, grant):
        self._save(version, grant)
        os._exit(9)


@pytest.mark.parametrize("where", ["ask", "save"])
def test_after_a_death_the_next_process_goes_on_once_no_question_can_be_on_its_way(world, where):
    with world.open() as found:
        Desk(found, found.config.connections[0]).begin(grant(hours=0))
    process = multiprocessing.get_context("fork").Process(target=_dies, args=(world, where), daemon=True)
    process.start()
    process.join(30)
    assert process.exitcode == 9
    with ExitStack() as stack:
        one = Desk(found := stack.enter_context(world.open()), found.config.connections[0])
        assert (one.look().version, one.claim(1, os.getpid())) == ((2, None) if where == "save" else (1, None))
        later(one, GRACE)
        assert one.look().unanswered == (where == "ask")
        again = used(one).current(nobody if where == "save" else lambda _old: grant(1))
        assert again == grant(1)
        assert one.look().unanswered is False


def test_a_refresh_that_died_after_the_answer_asks_for_a_person_in_words(world):
    with world.open() as found:
        Desk(found, found.config.connections[0]).begin(grant(hours=0))
    process = multiprocessing.get_context("fork").Process(target=_dies, args=(world, "ask"), daemon=True)
    process.start()
    process.join(30)

    def spent(_old):
        raise hub.AuthFailed("invalid_grant")

    with world.open() as found:
        one = Desk(found, found.config.connections[0])
        later(one, GRACE)
        for refresh in (spent, nobody):
            with pytest.raises(hub.AuthFailed, match="interrupted before the answer") as told:
                used(one).current(refresh)
            assert "hub connect source" in told.value.fix
        one.begin(grant(5))
        assert used(one).current(nobody) == grant(5)
