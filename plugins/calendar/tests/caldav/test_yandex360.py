"""Yandex 360: the directory names the users, and each is read with a token of their own."""

from datetime import timedelta

import pytest

import hub
from hub.simulators.yandex360 import Person, organisation, running


@pytest.fixture
def company(opened):
    yandex = organisation(0)

    def clock():
        return opened.now.timestamp()

    yandex.clock = clock
    yandex.people = [Person(1, "anna@my.example"), Person(2, "robot@my.example", is_robot=True)]
    with running(yandex):
        yield yandex


def test_everybody_is_read_with_a_token_that_is_renewed_before_it_ends(company, scripted, event, opened):
    server = scripted()
    server.put("a.ics", event("a"))
    with opened(url=server.url, yandex360=company.table) as source:
        source.check()
        (stream,) = source.streams()
        assert stream == hub.Stream("anna@my.example/office", "Работа", "anna@my.example")
        (page,) = source.pull(stream.name, None)
        assert page.listed == 1
        opened.now += timedelta(minutes=55)
        assert b"VEVENT" in page.raws[0].body()
    used = dict.fromkeys(server.signed)
    assert len(used) == 2, "one for the first hour, another one after that"
    assert all(one.startswith("OAuth t1.") for one in used)
    assert len([line for line in company.log if line.startswith("POST")]) == 2
    assert not [line for line in company.log if "/admin/" in line], "shared mailboxes have no calendars"


def test_who_gets_no_token_stops_nobody_else(company, scripted, event, opened):
    server = scripted()
    server.put("a.ics", event("a"))
    company.people.append(Person(3, "boris@my.example"))
    with opened(url=server.url, yandex360=company.table) as source:
        source.check()
        company.people[2].is_enabled = False
        names = [stream.name for stream in source.streams()]
        assert names == ["anna@my.example/office", "boris@my.example"]
        assert [page.listed for page in source.pull(names[0], None)] == [1]
        with pytest.raises(hub.AuthFailed, match=r"boris@my.example \(invalid_grant\)"):
            list(source.pull(names[1], None))


def test_an_unknown_application_is_told_of_the_connection(company, scripted, opened):
    table = {**company.table, "client_secret": "another-one"}
    with opened(url=scripted().url, yandex360=table) as source:
        with pytest.raises(hub.Misconfigured, match="service application"):
            source.streams()
        with pytest.raises(hub.Misconfigured, match="service application"):
            source.check()


def test_the_directory_and_a_list_do_not_name_users_both(company, opened):
    with (
        pytest.raises(ValueError, match="the directory names the users"),
        opened(url="https://caldav.yandex.ru", yandex360=company.table, address="anna@my.example", password="x"),
    ):
        pass
