"""The other systems, as far as the network goes: servers on loopback with certificates of all kinds."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import trustme

from hub.doctor.reaching import Rounds, targets
from hub.engine.hub import Clock
from hub.settings import Connection
from hub.settings.config import Way
from hub.testing import memory
from tests.http.conftest import Server

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


def serving(authority=None, *, days=300, date=NOW, host="localhost"):
    context = None
    if authority:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host, not_after=NOW + timedelta(days=days)).configure_cert(context)
    said = f"HTTP/1.1 401 No\r\nDate: {format_datetime(date, usegmt=True)}\r\nContent-Length: 0\r\n\r\n".encode()
    return Server(lambda *_: said, context)


def looked(hosts, ca_file=None, *, connector="memory", now=None, **way):
    kind = replace(memory.CONNECTOR, hosts=lambda _settings: frozenset(hosts))
    settings = memory.Settings(name="crm")
    one = Connection(name="crm", id="crm", connector=connector, settings=settings, way=Way(ca_file=ca_file, **way))
    return {finding.check: finding for finding in Rounds(Clock(fixed=now or NOW)).look(one, kind)}


def test_a_server_in_order_is_named_with_its_address_its_certificate_and_its_clock(authority, ca_file):
    found = looked({serving(authority).url("")}, ca_file)
    assert {one.level for one in found.values()} == {"ok"}
    assert found["dns"].says.find("127.0.0.1") >= 0
    assert "for 299 days" in found["tls"].says
    assert found["clock"].says.endswith("0 s") or found["clock"].says.endswith("1 s")


def test_a_certificate_that_ends_soon_is_warned_of(authority, ca_file):
    found = looked({serving(authority, days=5).url("")}, ca_file)
    assert (found["tls"].level, "4 days" in found["tls"].says) == ("warning", True)


def test_a_certificate_that_has_ended_or_that_nobody_vouches_for_fails(authority, ca_file):
    ended = looked({serving(authority, days=-1).url("")}, ca_file)["connection"]
    assert (ended.level, "expired" in ended.says) == ("failed", True)
    unknown = looked({serving(trustme.CA()).url("")}, ca_file)["connection"]
    assert (unknown.level, "ca_file" in unknown.fix) == ("failed", True)


@pytest.mark.parametrize(("minutes", "level"), [(0, "ok"), (2, "warning"), (-20, "failed")])
def test_a_clock_that_is_wrong_is_seen_by_the_servers(authority, ca_file, minutes, level):
    server = serving(authority, date=NOW + timedelta(minutes=minutes))
    assert looked({server.url("")}, ca_file)["clock"].level == level


def test_a_name_that_does_not_exist_fails_with_what_to_do():
    found = looked({"https://nowhere.invalid"})
    assert (found["dns"].level, "name server" in found["dns"].fix) == ("failed", True)
    assert "tls" not in found


def test_nobody_at_the_port_fails():
    server = serving()
    server.listener.close()
    assert looked({f"http://localhost:{server.port}"})["connection"].level == "failed"


def test_a_proxy_is_named_and_never_its_password():
    found = looked({"https://crm.example"}, proxy="http://user@127.0.0.1:9", proxy_password="a-secret-password")
    assert found["proxy"].says == "by way of 127.0.0.1:9"
    assert found["connection"].level == "failed"
    assert not [one for one in found.values() if "a-secret-password" in one.says + one.fix]


def test_exchange_online_is_said_to_have_switched_ews_off(monkeypatch):
    monkeypatch.setattr("hub.doctor.reaching._server", lambda *_: [])
    found = looked({"outlook.office365.com"}, connector="email.ews")
    assert (found["ews"].level, "Graph" in found["ews"].fix) == ("failed", True)
    assert "ews" not in looked({"outlook.office365.com"}, connector="email.imap")
    assert "ews" not in looked({"mail.my.example"}, connector="email.ews")


def test_a_server_that_serves_many_connections_is_looked_at_once(authority, ca_file):
    server = serving(authority)
    kind = replace(memory.CONNECTOR, hosts=lambda _settings: frozenset({server.url("")}))
    rounds = Rounds(Clock(fixed=NOW))
    for name in ("anna", "boris"):
        one = Connection(name=name, id=name, connector="m", settings=memory.Settings(name=name), way=Way(ca_file=ca_file))  # fmt: skip
        assert bool(list(rounds.look(one, kind))) == (name == "anna")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"host": "imap.example", "port": 0, "security": "tls"}, [("imap.example", 993, True, False)]),
        ({"host": "imap.example", "port": 0, "security": "starttls"}, [("imap.example", 143, False, False)]),
        ({"host": "imap.example", "port": 1993, "security": "tls"}, [("imap.example", 1993, True, False)]),
        ({}, [("imap.example", 443, True, True)]),
    ],
)
def test_the_port_of_a_bare_host_is_that_of_the_settings(settings, told):
    kind = replace(memory.CONNECTOR, hosts=lambda _settings: frozenset({"imap.example"}))
    one = type("Settings", (), settings)()
    assert [(t.host, t.port, t.tls, t.speaks_http) for t in targets(kind, one)] == told
