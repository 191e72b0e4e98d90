"""Bad weather around a server: every refusal says what happened and what to do, and shows no password."""

import sys
import threading
import time

import psycopg
import pytest
from sqlalchemy import select

from hub.core.decisions import Decision
from hub.errors import StoreUnusable
from hub.store import journal, postgresql, pulls
from hub.store.address import Server
from hub.store.database import Store, table
from hub.store.postgresql import Hosted
from hub.store.tables import Journal

ANY = Decision("client", "email:ivan@romashka.test")


@pytest.fixture
def server(postgresql):
    return postgresql


@pytest.fixture
def fresh(server):
    place = server.fresh()
    yield place
    server.drop(place)


@pytest.fixture
def store(fresh):
    opened = Store.open(fresh)
    yield opened
    opened.close()


def _is_refused(place: Server, what: str, fix: str) -> None:
    with pytest.raises(StoreUnusable) as caught:
        Store.open(place)
    error = caught.value
    assert what in str(error)
    assert fix in error.fix
    assert "geheim" not in f"{error} {error.fix}"
    assert str(place) in str(error)


def _names(store: Store) -> list[str]:
    with store.read() as tx:
        return [row[0] for row in tx.rows(select(table(Journal).c.author))]


def _write(store: Store, author: str) -> None:
    with store.write() as tx:
        journal.write(tx, [ANY], at=0, author=author)


# --- opening ---------------------------------------------------------------------------------------------------------


def test_a_server_that_is_not_there(tmp_path):
    _is_refused(Server(f"postgresql://hub:geheim@/hub?host={tmp_path}"), "the server does not answer", "start it")
    _is_refused(Server("postgresql://hub:geheim@127.0.0.1:1/hub"), "the server does not answer", "start it")


def test_a_wrong_password(server):
    server.run("DROP ROLE IF EXISTS asked")
    server.run("CREATE ROLE asked LOGIN PASSWORD 'right'")
    wrong = server.url("made", user="asked:geheim")
    _is_refused(Server(wrong), "does not accept the user or the password", "[store] url")
    _is_refused(Server(server.url("made", user="asked")), "does not accept the user or the password", "[store] url")


def test_a_user_nobody_knows(server):
    _is_refused(Server(server.url("made", user="nobody:geheim")), "does not accept the user", "[store] url")


def test_a_database_that_is_missing(server):
    _is_refused(Server(server.url("nowhere", user="hub:geheim")), "no such database", "createdb")


def test_a_server_without_a_free_connection(server):
    server.run("DROP ROLE IF EXISTS crowded")
    server.run("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0")
    _is_refused(Server(server.url("made", user="crowded")), "no connection left", "max_connections")


def test_a_user_without_rights(server):
    place = server.fresh()
    server.run("DROP ROLE IF EXISTS guest")
    server.run("CREATE ROLE guest LOGIN")
    guest = Store.open(place)
    guest.close()
    server.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest", place.url.partition("@/")[2].partition("?")[0])
    guest = Store.open(Server(place.url.replace("//hub@", "//guest@")))
    with pytest.raises(StoreUnusable, match="may not do that") as caught:
        _write(guest, "Анна")
    assert "owner" in caught.value.fix
    guest.close()
    server.drop(place)
    server.run("DROP ROLE guest")


def test_a_database_in_another_encoding(server):
    server.run("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    _is_refused(Server(server.url("latin")), "not encoded in UTF-8", "ENCODING 'UTF8'")
    server.run("DROP DATABASE latin")


def test_a_database_of_somebody_else_is_not_taken_over(server):
    place = server.empty()
    name = place.url.partition("@/")[2].partition("?")[0]
    server.run("CREATE TABLE invoice (id integer)", name)
    _is_refused(place, "of another program", "[store]")
    assert server.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", name) == [("invoice",)]
    server.drop(place)


def test_a_database_of_a_newer_version_is_left_alone(server, fresh):
    server.run("UPDATE alembic_version SET version_num = '9999'", fresh.url.partition("@/")[2].partition("?")[0])
    _is_refused(fresh, "newer version", "install")


def test_an_empty_database_is_made_only_where_that_is_wished(server):
    place = server.empty()
    with pytest.raises(StoreUnusable, match="there is no database"):
        Store.open(place, create=False)
    Store.open(place).close()
    Store.open(place, create=False).close()
    server.drop(place)


@pytest.mark.parametrize("url", ["postgresql://hub:geheim@db:port/hub", "postgresql://hub:%zzgeheim@db/hub"])
def test_a_url_that_is_none(url):
    _is_refused(Server(url), "not a URL", "postgresql://user:password@")


def test_without_psycopg_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    _is_refused(Server("postgresql://hub:geheim@db/hub"), "psycopg", "interaction-hub[postgresql]")


# --- while it works --------------------------------------------------------------------------------------------------


def test_a_writer_that_does_not_end_is_told_of_and_one_that_does_is_waited_for(server, fresh, monkeypatch):
    monkeypatch.setattr(postgresql, "BUSY_S", 0.2)
    store, other = Store.open(fresh), Store.open(fresh)
    with other.write() as tx:
        journal.write(tx, [ANY], at=0, author="Анна")
        with pytest.raises(StoreUnusable, match="another process holds the database") as caught:
            _write(store, "Борис")
        assert "wait" in caught.value.fix
        with store.write_now() as none:
            assert none is None
        assert _names(store) == []
    with store.write_now() as tx:
        assert tx is not None
        journal.write(tx, [ANY], at=0, author="Борис")
    assert _names(store) == ["Анна", "Борис"]
    store.close()
    other.close()


def test_what_a_writer_reads_is_what_the_last_one_has_committed(fresh):
    """A snapshot from before the lock was got would not show it."""
    store, other = Store.open(fresh), Store.open(fresh)
    seen = []

    def second() -> None:
        with other.write() as tx:
            seen.extend(row[0] for row in tx.rows(select(table(Journal).c.author)))

    with store.write() as tx:
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)  # it waits for the lock now
        journal.write(tx, [ANY], at=0, author="Анна")
    thread.join(10)
    assert seen == ["Анна"]
    store.close()
    other.close()


def test_a_look_is_one_snapshot(store, fresh):
    other = Store.open(fresh)
    with store.read() as tx:
        assert tx.rows(select(table(Journal))) == []
        _write(other, "Анна")
        assert tx.rows(select(table(Journal))) == []
    assert _names(store) == ["Анна"]
    other.close()


def test_a_look_changes_nothing(store):
    with pytest.raises(StoreUnusable, match="read-only"), store.read() as tx:
        journal.write(tx, [ANY], at=0, author="Анна")


def test_a_connection_that_is_cut_loses_its_unit_of_work_and_the_next_goes_on(server, store):
    with pytest.raises(StoreUnusable, match="the server does not answer"), store.write() as tx:  # noqa: PT012
        journal.write(tx, [ANY], at=0, author="Анна")
        server.run(f"SELECT pg_terminate_backend({tx.connection.connection.dbapi_connection.info.backend_pid})")
        journal.write(tx, [ANY], at=0, author="Анна")
    _write(store, "Борис")
    assert _names(store) == ["Борис"]


def test_a_process_that_stands_still_holds_up_nobody_for_ever(fresh, monkeypatch):
    monkeypatch.setattr(postgresql, "IDLE_S", 1)
    still, other = Store.open(fresh), Store.open(fresh)
    with pytest.raises(StoreUnusable, match="stopped for too long"), still.write() as tx:  # noqa: PT012
        journal.write(tx, [ANY], at=0, author="Анна")
        _write(other, "Борис")
        journal.write(tx, [ANY], at=0, author="Анна")
    assert _names(other) == ["Борис"]
    still.close()
    other.close()


def test_a_text_with_a_nul_is_kept_without_it(store):
    with store.write() as tx:
        number = pulls.keep_stream(tx, "anna", "INBOX", "Входя\0щие", "", "")
        pulls.set_stream(tx, number, cursor="a\0b")
        row = pulls.stream(tx, number)
    assert (row.title, row.cursor) == ("Входящие", "ab")


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (psycopg.errors.DiskFull(), "the disk is full"),
        (psycopg.errors.IoError(), "does not read or write"),
        (psycopg.errors.DataCorrupted(), "damaged"),
        (psycopg.errors.AdminShutdown(), "does not answer"),
        (psycopg.errors.CannotConnectNow(), "does not answer"),
        (psycopg.errors.ConnectionFailure(), "does not answer"),
        (psycopg.OperationalError("consuming input failed: server closed the connection unexpectedly"), "not answer"),
        (psycopg.OperationalError('ВАЖНО:  пользователь "hub" не прошёл проверку подлинности (по паролю)'), "password"),
        (psycopg.OperationalError('ВАЖНО:  база данных "hub" не существует'), "no such database"),
        (psycopg.OperationalError("SSL error: certificate verify failed"), "no secure connection"),
    ],
)
def test_what_the_server_says_is_understood(error, what):
    cause = Hosted(Server("postgresql://db/hub")).cause(error)
    assert cause is not None
    assert what in cause[0]


def test_a_defect_of_ours_is_no_weather(store):
    assert Hosted(Server("postgresql://db/hub")).cause(psycopg.errors.UndefinedTable("relation does not exist")) is None
