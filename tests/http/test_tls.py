"""Certificates, always verified: what is trusted, what is not, and what people are told."""

import socket
import ssl
import threading
from datetime import UTC, datetime

import pytest
import trustme

import hub
from hub.http.sockets import Sockets

PAST = datetime(2020, 1, 1, tzinfo=UTC)


def test_a_server_of_an_authority_we_are_told_of_is_trusted(serve, certified, network, ca_file):
    server = serve(context=certified("localhost"))
    with network("localhost", ca_file=ca_file).client(server.url()) as client:
        assert client.get("/").text == "ok"


@pytest.mark.parametrize(
    ("names", "limits", "words"),
    [
        (["other.example"], {}, "is not one for localhost"),
        (["localhost"], {"not_before": PAST, "not_after": PAST.replace(year=2021)}, "has expired"),
        (["localhost"], {"not_before": PAST.replace(year=2090), "not_after": PAST.replace(year=2091)}, "not valid yet"),
    ],
    ids=["another host", "expired", "not yet"],
)
def test_a_certificate_that_does_not_fit_is_refused_in_words(serve, certified, network, ca_file, names, limits, words):
    server = serve(context=certified(*names, **limits))
    with (
        network("localhost", ca_file=ca_file).client(server.url()) as client,
        pytest.raises(hub.Unreachable, match=words) as refused,
    ):
        client.get("/")
    assert refused.value.fix
    assert server.heads == []


def test_an_authority_nobody_named_is_not_trusted_and_the_fix_is_ca_file(serve, certified, network):
    server = serve(context=certified("localhost", issuer=trustme.CA()))
    with (
        network("localhost").client(server.url()) as client,
        pytest.raises(hub.Unreachable, match="vouches for the certificate of localhost") as refused,
    ):
        client.get("/")
    assert "ca_file" in refused.value.fix


def test_a_ca_file_that_is_none_is_a_mistake_in_the_configuration(serve, certified, network, tmp_path):
    server = serve(context=certified("localhost"))
    bad = tmp_path / "ca.pem"
    bad.write_text("no certificate")
    for file in (bad, tmp_path / "nowhere"):
        with pytest.raises(hub.Misconfigured) as refused:
            network("localhost", ca_file=file).client(server.url()).get("/")
        assert refused.value.setting == "ca_file"


def test_a_port_that_speaks_no_tls_is_told_so(serve, network):
    server = serve(lambda _head, _body: b"220 smtp.example ESMTP\r\n")
    with pytest.raises(hub.Unreachable, match="TLS") as refused:
        network("localhost").connect("localhost", server.port, tls=True, timeout=0.5)
    assert refused.value.fix


def greeting(then, context=None):
    """A server of lines: says `then` after the first line it gets, then speaks TLS if it has a context."""
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve():
        with listener:
            sock, _address = listener.accept()
        with sock:
            sock.recv(100)
            sock.sendall(then)
            if context is not None:
                with context.wrap_socket(sock, server_side=True) as talk:
                    talk.sendall(b"* secret greeting\r\n")
                    done.wait(10)
            done.wait(10)

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1], done


def agreed(network, port):
    sock = network.connect("localhost", port, tls=False, timeout=5)
    sock.sendall(b"a1 STARTTLS\r\n")
    said = b""
    while not said.endswith(b"\n"):
        said += sock.recv(1)  # as a careful client reads: not one byte beyond the line
    return sock


def test_starttls_makes_a_verified_connection_of_a_plain_one(certified, network, ca_file):
    port, done = greeting(b"a1 OK begin\r\n", certified("localhost"))
    ours = network("localhost", ca_file=ca_file)
    with ours.start_tls(agreed(ours, port), "localhost") as talk:
        assert talk.recv(100) == b"* secret greeting\r\n"
        assert talk.version() in ("TLSv1.2", "TLSv1.3")
    done.set()


def test_what_is_said_before_tls_begins_ends_the_connection(certified, network, ca_file):
    """Bytes injected after the plain OK would be taken for the server's own, once TLS is there."""
    port, done = greeting(b"a1 OK begin\r\n* CAPABILITY PLAIN-LOGIN\r\n")
    ours = network("localhost", ca_file=ca_file)
    sock = agreed(ours, port)
    with pytest.raises(hub.Unreachable, match="out of turn"):
        ours.start_tls(sock, "localhost")
    assert sock.fileno() == -1
    done.set()


def test_a_plain_connection_is_made_only_to_declared_hosts(network):
    with pytest.raises(hub.Misconfigured, match=r"other\.example:143"):
        network("imap.example").connect("other.example", 143, tls=False, timeout=1)


def test_no_tls_older_than_12_is_spoken_whatever_the_machine_allows():
    assert Sockets(lambda _host, _port: None).context().minimum_version == ssl.TLSVersion.TLSv1_2
