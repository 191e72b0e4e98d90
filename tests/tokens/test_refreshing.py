"""When a token is refreshed, by whom, and what is said when only a person can help."""

import threading
from datetime import timedelta

import pytest

import hub
from hub.testing import Drawer


class Issuer:
    """Gives the next grant for the one that it gave last, once."""

    def __init__(self, clock, *, hours=24):
        self.clock, self.hours, self.number, self.asked = clock, hours, 0, []

    def grant(self):
        expires = self.clock() + timedelta(hours=self.hours)
        return hub.Grant(f"access{self.number}", f"refresh{self.number}", expires)

    def refresh(self, old):
        self.asked.append(old.refresh)
        if old.refresh != f"refresh{self.number}":
            raise hub.AuthFailed("invalid_grant")
        self.number += 1
        return self.grant()


@pytest.fixture
def issuer(clock):
    return Issuer(clock)


@pytest.fixture
def drawer(clock, issuer):
    return Drawer(issuer.grant(), clock)


@pytest.fixture
def tokens(clock, drawer):
    return drawer.tokens()


def test_a_good_token_is_used_as_it_is(tokens, issuer):
    assert tokens.current(issuer.refresh).access == "access0"
    assert issuer.asked == []


@pytest.mark.parametrize(("hours", "minutes", "due"), [(24, 23 * 60 + 54, False), (24, 23 * 60 + 56, True), (0.1, 4, False), (0.1, 5, True)])  # fmt: skip
def test_a_token_is_refreshed_a_while_before_it_expires(clock, hours, minutes, due):
    issuer = Issuer(clock, hours=hours)
    tokens = Drawer(issuer.grant(), clock).tokens()
    clock.goes_on(minutes=minutes)
    assert tokens.current(issuer.refresh).access == f"access{int(due)}"


def test_a_token_that_names_no_end_counts_until_it_is_refused(clock, issuer):
    tokens = Drawer(hub.Grant("access0", "refresh0"), clock).tokens()
    clock.goes_on(days=700)
    grant = tokens.current(issuer.refresh)
    assert (grant.access, issuer.asked) == ("access0", [])
    assert tokens.renewed(grant, issuer.refresh).access == "access1"


def test_a_refused_token_is_first_looked_up_again(clock, tokens, issuer):
    stale = tokens.current(issuer.refresh)
    clock.goes_on(hours=1)
    tokens.renewed(stale, issuer.refresh)
    assert tokens.renewed(stale, issuer.refresh).access == "access1"
    assert issuer.asked == ["refresh0"]


def test_a_server_that_refuses_every_token_ends_no_loop(clock, tokens, issuer):
    grant = tokens.current(issuer.refresh)
    clock.goes_on(hours=1)
    grant = tokens.renewed(grant, issuer.refresh)
    with pytest.raises(hub.AuthFailed, match="even the newest") as refused:
        tokens.renewed(grant, issuer.refresh)
    assert "hub connect crm" in refused.value.fix
    assert len(issuer.asked) == 1


def test_a_refresh_token_that_dies_of_disuse_is_refreshed_ahead(clock, drawer, issuer):
    drawer.grant = hub.Grant("access0", "refresh0")
    tokens = drawer.tokens(idle=timedelta(days=90))
    clock.goes_on(days=44)
    assert tokens.current(issuer.refresh).access == "access0"
    clock.goes_on(days=2)
    assert tokens.current(issuer.refresh).access == "access1"


def test_many_threads_that_find_a_dead_token_refresh_it_once(clock, tokens, issuer):
    clock.goes_on(hours=25)
    found = []
    together = threading.Barrier(8)

    def use():
        together.wait()
        found.append(tokens.current(issuer.refresh).access)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (found, issuer.asked) == (["access1"] * 8, ["refresh0"])


def test_while_another_is_at_it_a_token_that_still_counts_will_do(clock, drawer, tokens, issuer):
    clock.goes_on(hours=23, minutes=58)
    drawer.claim(1, 0)
    assert tokens.current(issuer.refresh).access == "access0"


def test_an_answer_without_a_refresh_token_keeps_the_old_one(clock, drawer, tokens):
    clock.goes_on(hours=25)
    tokens.current(lambda old: hub.Grant("access1", expires=clock() + timedelta(hours=1)))
    assert (drawer.grant.access, drawer.grant.refresh) == ("access1", "refresh0")


def test_the_new_grant_is_stored_before_it_is_used(clock, drawer, tokens, issuer):
    clock.goes_on(hours=25)
    assert tokens.current(issuer.refresh) == drawer.grant


def test_a_refused_refresh_token_is_tried_once_and_then_a_person_is_asked(clock, drawer, tokens):
    asked = []

    def refused(old):
        asked.append(old)
        raise hub.AuthFailed("invalid_grant")

    clock.goes_on(hours=25)
    for _ in range(3):
        with pytest.raises(hub.AuthFailed, match="no longer accepts") as told:
            tokens.current(refused)
        assert told.value.fix.endswith("`hub connect crm`")
    assert len(asked) == 1


def test_an_unknown_outcome_is_tried_again_and_if_it_was_spent_the_words_say_why(clock, tokens, issuer):
    def lost(old):
        issuer.refresh(old)
        raise hub.Unreachable("the line broke")

    clock.goes_on(hours=25)
    with pytest.raises(hub.Unreachable):
        tokens.current(lost)
    with pytest.raises(hub.AuthFailed, match="interrupted before the answer could be kept"):
        tokens.current(issuer.refresh)
    with pytest.raises(hub.AuthFailed, match="interrupted before the answer could be kept"):
        tokens.current(issuer.refresh)
    assert issuer.asked == ["refresh0", "refresh0"]


def test_a_question_that_never_arrived_is_asked_again(clock, tokens, issuer):
    def unreachable(_old):
        raise hub.Unreachable("no way there")

    clock.goes_on(hours=25)
    with pytest.raises(hub.Unreachable):
        tokens.current(unreachable)
    assert tokens.current(issuer.refresh).access == "access1"


def test_who_is_refused_takes_what_another_has_got_meanwhile(clock, drawer, tokens, issuer):
    def slow(old):
        drawer.save(1, issuer.refresh(old))
        raise hub.AuthFailed("invalid_grant")

    clock.goes_on(hours=25)
    assert tokens.current(slow).access == "access1"
    assert not drawer.refused


def test_the_answer_that_counts_is_kept_although_another_was_refused_meanwhile(clock, drawer, tokens, issuer):
    """The first one stood still past its lease; the second tried the same token, which was spent by then."""

    def stopped(old):
        made = issuer.refresh(old)
        drawer.held = False
        with pytest.raises(hub.AuthFailed):
            tokens.current(issuer.refresh)
        return made

    clock.goes_on(hours=25)
    assert tokens.current(stopped).access == "access1"
    assert tokens.current(issuer.refresh).access == "access1"


def test_nobody_has_signed_in_yet(clock, issuer):
    with pytest.raises(hub.AuthFailed, match="nobody has signed in yet") as told:
        Drawer(clock=clock).tokens().current(issuer.refresh)
    assert "hub connect crm" in told.value.fix


def test_a_grant_shows_nothing_of_itself():
    grant = hub.Grant("canary1", "canary2", extra={"application_token": "canary3"})
    assert "canary" not in repr(grant)
    assert "canary" not in repr(Drawer(grant).look())
    assert "canary" not in repr(hub.Redirect("http://127.0.0.1/", "canary1", "canary2", "x"))
