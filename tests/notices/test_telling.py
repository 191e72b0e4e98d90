"""One message when a connection needs a person, and one when it is well again."""

from dataclasses import replace

import pytest

from hub.engine.steps import at_once, finished
from hub.notices import telling
from hub.store import running
from hub.store.running import Term


def test_an_admin_is_told_once_that_a_connection_needs_a_person_and_once_that_it_is_well(desk):
    desk.ran("box-01", "AuthFailed", "The source does not accept the token")
    desk.later(seconds=1)
    assert desk.got == [], "a message collects first"
    desk.later(seconds=61)
    for _ in range(5):
        desk.ran("box-01", "AuthFailed", "The source does not accept the token")
        desk.later(minutes=10)
    [(title, body)] = desk.got
    assert title == "[hub 1] box-01: нужны вы"
    assert "box-01: нужно войти заново" in body
    assert "источник не принимает токен" in body
    assert "исправьте пароль, токен или вебхук; затем hub sync box-01" in body
    desk.ran("box-01")
    desk.later(seconds=1)
    desk.later(hours=1)
    desk.later(hours=1)
    assert desk.got[1:] == [("[hub 2] box-01: снова всё в порядке", "Снова в порядке: box-01")]


@pytest.mark.parametrize("error", ["Misconfigured", "SuddenlyEmpty", "Refused", "Inconsistent"])
def test_what_no_waiting_heals_is_told(desk, error):
    desk.ran("box-01", error, "why")
    desk.later(seconds=1)
    desk.later(seconds=61)
    assert len(desk.got) == 1


def test_counts_that_do_not_add_up_are_told(desk):
    desk.ran("box-01", listed=3, stored=1)
    desk.later(seconds=1)
    desk.later(seconds=61)
    assert "противоречит" in desk.got[0][1]


def test_what_passes_by_itself_is_told_only_after_a_day(desk):
    desk.ran("box-01")
    desk.later(hours=1)
    desk.ran("box-01", "Unreachable", "imap.my.example:993 refuses the connection")
    desk.later(hours=2)
    desk.later(hours=20)
    assert desk.got == []
    desk.later(hours=2)
    desk.later(minutes=2)
    assert "не удавалось связаться сутки" in desk.got[0][1]


def test_a_connection_that_never_had_a_stream_is_told_by_what_the_daemon_noted(desk):
    with desk.hub.store.write() as tx:
        running.keep_terms(tx, [Term("box-02", 0, 1, "AuthFailed"), Term("box-03", 5, 4, "Unreachable")])
    desk.later(seconds=1)
    desk.later(seconds=61)
    [(title, _body)] = desk.got
    assert "box-02" in title


def test_a_run_that_has_only_begun_is_no_cure(desk):
    desk.ran("box-01", "AuthFailed")
    desk.later(seconds=1)
    desk.later(seconds=61)
    desk.begun("box-01")
    desk.later(seconds=1)
    desk.later(seconds=61)
    assert len(desk.got) == 1


def test_many_at_once_are_one_message(desk):
    for n in range(30):
        desk.ran(f"box-{n:02}", "AuthFailed")
        desk.later(seconds=1)
    desk.later(seconds=61)
    [(title, body)] = desk.got
    assert title == "[hub 1] Нужны вы: 30 подключений"
    assert body.count("нужно войти") == 20
    assert "ещё 10" in body


def test_what_is_over_before_it_was_told_is_not_told(desk):
    desk.ran("box-01", "AuthFailed")
    desk.later(seconds=1)
    desk.ran("box-01")
    desk.later(seconds=1)
    desk.later(hours=1)
    assert desk.got == []


def test_a_relapse_before_the_good_news_went_out_is_no_news(desk):
    desk.ran("box-01", "AuthFailed")
    desk.later(seconds=1)
    desk.later(seconds=61)
    desk.ran("box-01")
    desk.later(seconds=1)
    desk.ran("box-01", "AuthFailed")
    desk.later(seconds=1)
    desk.later(hours=1)
    assert len(desk.got) == 1


def test_a_connection_that_is_switched_off_is_not_called_well(desk):
    desk.ran("box-01", "AuthFailed")
    desk.later(seconds=1)
    desk.later(seconds=61)
    off = [replace(one, enabled=one.id != "box-01") for one in desk.hub.config.connections]
    desk.hub.config = replace(desk.hub.config, connections=tuple(off))
    desk.later(seconds=1)
    desk.later(hours=1)
    assert len(desk.got) == 1


def test_where_nobody_is_to_be_told_nothing_is_written_down(desk):
    desk.through("")
    desk.ran("box-01", "AuthFailed")
    desk.later(seconds=1)
    desk.later(hours=1)
    desk.through("json://127.0.0.1:1/")
    assert desk.got == []
    desk.later(seconds=1)
    desk.later(seconds=61)
    assert len(desk.got) == 1, "who is told later is told what is wrong then"


def test_it_speaks_the_language_of_the_company(desk):
    desk.hub.config = replace(desk.hub.config, company=replace(desk.hub.config.company, language="en"))
    desk.ran("box-01", "AuthFailed", "The source does not accept the token")
    desk.ran("box-02", "SuddenlyEmpty", "")
    desk.later(seconds=1)
    desk.later(seconds=61)
    [(title, body)] = desk.got
    assert title == "[hub 1] 2 connections need you"
    assert "box-01: somebody has to sign in again" in body
    assert "The source does not accept the token" in body


# --- dying in between ------------------------------------------------------------------------------------------------


class Killed(BaseException):
    pass


def test_dying_after_the_message_was_written_down_loses_nothing(desk, monkeypatch):
    desk.ran("box-01", "AuthFailed")
    with monkeypatch.context() as broken:
        broken.setattr(telling, "send", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            desk.later(seconds=1)
    desk.later(seconds=61)
    assert len(desk.got) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_dying_around_the_sending_sends_it_again_by_the_same_number(desk, monkeypatch, moment):
    desk.ran("box-01", "AuthFailed")
    desk.later(seconds=1)

    def die(_url, title, body):
        if moment == "after":
            desk.got.append((title, body))
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(telling, "posted", at_once(die))
        with pytest.raises(Killed):
            desk.later(seconds=61)
    for _ in range(5):
        desk.later(hours=1)
    assert len(desk.got) == (2 if moment == "after" else 1)
    assert {title for title, _body in desk.got} == {"[hub 1] box-01: нужны вы"}
    assert "возможно, уже приходило" in desk.got[-1][1]


def test_two_who_send_at_once_send_it_once(desk, monkeypatch):
    desk.ran("box-01", "AuthFailed")
    desk.later(seconds=1)

    def meanwhile(_url, title, body):
        desk.got.append((title, body))
        finished(telling.send(desk.hub, int(desk.now.timestamp() * 1000)))
        return ""

    monkeypatch.setattr(telling, "posted", at_once(meanwhile))
    desk.later(seconds=61)
    assert len(desk.got) == 1
