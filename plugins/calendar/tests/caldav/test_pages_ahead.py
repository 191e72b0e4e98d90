"""While one page of a calendar is mapped, the next is on its way."""

import time

import pytest
from hub_calendar.caldav.resources import canonical


@pytest.fixture
def server(scripted, event):
    """One with six events."""
    made = scripted()
    for name in "abcdef":
        made.put(f"{name}.ics", event(name))
    return made


@pytest.fixture
def read(opened, server):
    """`read(wanted)`: of six events, two a page, those bodies that are wanted; and the server that was asked for them."""

    def pull(wanted):
        with opened(**server.settings) as source:
            source.page = 2
            [stream] = source.streams()
            found = {
                raw.external_id: raw.body()
                for page in source.pull(stream.name, None)
                for raw in page.raws
                if raw.external_id[0] in wanted
            }
        return server, found

    return pull


def asked(server):
    return sum(report == "calendar-multiget" for _, report, _ in server.asked)


def bodies(server, names):
    return {f"{name}.ics": canonical(server.events[f"{name}.ics"]) for name in names}


def test_every_page_is_asked_for_once(read):
    server, found = read("abcdef")
    assert found == bodies(server, "abcdef")
    assert asked(server) == 3


def test_what_follows_a_page_that_is_read_comes_meanwhile(opened, server):
    with opened(**server.settings) as source:
        source.page = 2
        [stream] = source.streams()
        page = next(iter(source.pull(stream.name, None)))
        assert asked(server) == 0
        page.raws[0].body()
        until = time.monotonic() + 10
        while asked(server) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        assert asked(server) == 2
    assert asked(server) == 2


@pytest.mark.parametrize(("wanted", "times"), [("", 0), ("f", 1), ("a", 2), ("bf", 3), ("cf", 2)])
def test_nothing_is_asked_for_twice_and_at_most_one_page_in_vain(read, wanted, times):
    server, found = read(wanted)
    assert found == bodies(server, wanted)
    assert asked(server) <= times
    assert asked(server) >= times - (wanted in ("a", "bf"))  # nobody waits for what is fetched in vain


def test_a_page_that_cannot_be_fetched_ahead_is_fetched_when_its_turn_comes(opened, server):
    server.answers["REPORT", "calendar-multiget"] = lambda _path, body: (500, "") if "c.ics" in body else None
    with opened(**server.settings) as source:
        source.page = 2
        [stream] = source.streams()
        found = {raw.external_id: raw.body() for page in source.pull(stream.name, None) for raw in page.raws}
    assert found == bodies(server, "abcdef")
