"""When two statements tell of one interaction."""

from datetime import UTC, datetime, timedelta

import pytest

import hub
from hub.core.clients import Ours
from hub.core.duplicates import Member, Same, divide, family
from hub.core.history import weave
from hub.projection.weaving import nothing

WHEN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LONG = "Добрый день! Высылаем договор и счёт на оплату, просим подписать до пятницы и вернуть скан."


def mail(text=LONG, *, sender="ivan@romashka.test", minutes=0):
    people = (hub.Participant("from", hub.Identifier("email", sender)),)
    return hub.Email(at=hub.moment(WHEN + timedelta(minutes=minutes)), message_id="a@x", text=text, participants=people)


@pytest.mark.parametrize(
    ("a", "b", "count", "differs"),
    [
        (mail(), mail(), 1, False),
        (mail(), mail(LONG + "\n\n> цитата прежнего письма"), 1, False),
        (mail(), mail(LONG.replace("пятницы", "среды"), sender="relay@other.test"), 1, True),
        (mail(), mail("Совсем иное: просим перенести встречу."), 1, True),
        (mail(), mail("Совсем иное: просим перенести встречу.", sender="scan@other.test"), 2, False),
        (mail(), mail("Совсем иное: просим перенести встречу.", minutes=600), 2, False),
        (mail(""), mail(), 1, False),
        (mail("", minutes=600), mail(""), 2, False),
    ],
)
def test_the_same_message_id_is_one_mail_or_two(a, b, count, differs):
    found = divide([Member("1", a), Member("2", b)])
    assert (len(found), any(one.differs for one in found)) == (count, differs)
    assert found == divide([Member("2", b), Member("1", a)])


def test_an_invitation_and_the_calendar_tell_of_one_meeting():
    when = hub.moment(WHEN)
    invited = hub.Meeting(at=when, uid="u1", method="REQUEST")
    planned = hub.Meeting(at=when, uid="u1", title="Встреча")
    assert family(invited, "meeting", "mail/1") == family(planned, "meeting", "calendar/1")
    assert len(divide([Member("1", invited), Member("2", planned)])) == 1


def test_mails_without_message_id_are_one_only_when_they_say_the_same():
    one, same, other = (hub.Email(at=hub.moment(WHEN), text=text) for text in ("а", "а", "б"))
    assert family(one, "mail", "1") == family(same, "mail", "2") != family(other, "mail", "3")


def test_what_an_exchange_says_of_a_call_and_the_entry_of_the_crm_are_one_call():
    entry = hub.Call(at=hub.moment(WHEN), title="Исходящий звонок")
    measured = hub.Call(at=hub.moment(WHEN), seconds=95, of="activities/20")
    assert family(entry, "call", "c1/activities/20") == family(measured, "call", "c1/calls/7")
    assert family(entry, "call", "c2/activities/20") != family(measured, "call", "c1/calls/7")


def test_the_crm_names_a_call_and_the_exchange_says_when_it_was_and_how_long():
    entry = hub.Call(at=hub.moment(WHEN + timedelta(hours=6)), title="Звонок о скидке", text="Просят 5 %")
    measured = hub.Call(at=hub.moment(WHEN), seconds=95, result="busy", direction="out", of="activities/20")
    members = (Member("c1/activities/20", entry), Member("c1/calls/7", measured))
    [line] = weave("call:c1/activities/20", [Same(members)], Ours(), nothing, nothing)
    assert (line.title, line.head) == ("Звонок о скидке", "c1/activities/20")
    assert (line.at, line.ends, line.direction, line.status) == (1793610000000, 1793610095000, "out", "busy")
