"""A browser comes back to the web server, and `hub connect` gets what it brought."""

import os
from pathlib import Path
from urllib.parse import urlencode

import pytest

from hub import plugins
from hub.cli.waiting import waited
from hub.engine import arrivals, connect
from hub.engine.hub import Clock, opened
from hub.errors import AuthFailed


@pytest.fixture
def hub(site):
    with opened(site.config, plugins.load(()), Clock()) as found:
        yield found


def back(site, begun, **said):
    return site.ask("GET", f"/connect/callback?{urlencode({'state': begun.state, **said})}")


def taken(begun, came):
    with Path(os.devnull).open() as nobody:
        return waited(None, nobody, begun, came)


def test_the_code_that_a_browser_brings_is_what_hub_connect_gets(site, hub):
    begun = connect.begin(arrivals.address(site.config))
    assert begun.url == "https://hub.my.example/connect/callback"
    with arrivals.expected(hub, begun) as came:
        assert came() == ""
        answer = back(site, begun, code="a/secret+code=")
        assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
        assert "secret" not in answer.text
        assert taken(begun, came) == "a/secret+code="
    assert came() == "", "nothing of it stays"


def test_a_no_of_the_person_is_a_no(site, hub):
    begun = connect.begin(arrivals.address(site.config))
    with arrivals.expected(hub, begun) as came:
        back(site, begun, error="access_denied")
        with pytest.raises(AuthFailed, match="access_denied"):
            taken(begun, came)


def test_what_nobody_waits_for_is_not_kept(site, hub):
    begun, other = (connect.begin(arrivals.address(site.config)) for _ in range(2))
    with arrivals.expected(hub, begun) as came:
        for strange in (
            back(site, other, code="c"),
            back(site, begun),
            site.ask("GET", "/connect/callback"),
            site.ask("GET", f"/connect/callback?state={begun.state}&code={'x' * 5_000}"),
            site.ask("POST", f"/connect/callback?state={begun.state}&code=c"),
        ):
            assert strange.status in (400, 405)
        assert came() == ""
    assert back(site, begun, code="c").status == 400


def test_the_first_answer_counts(site, hub):
    begun = connect.begin(arrivals.address(site.config))
    with arrivals.expected(hub, begun) as came:
        assert back(site, begun, code="first").status == 200
        assert back(site, begun, code="second").status == 400
        assert taken(begun, came) == "first"


def test_a_code_that_is_none_ends_the_waiting_in_words(site, hub):
    begun = connect.begin(arrivals.address(site.config))
    with arrivals.expected(hub, begun) as came:
        back(site, begun, code="two words")
        with pytest.raises(AuthFailed, match="does not belong"):
            taken(begun, came)


def test_who_reads_the_database_cannot_answer_in_somebodys_place(site, hub):
    begun = connect.begin(arrivals.address(site.config))
    with arrivals.expected(hub, begun), hub.store.read() as tx:
        rows = tx.connection.exec_driver_sql("SELECT * FROM callback").all()
        assert begun.state not in str(rows)
