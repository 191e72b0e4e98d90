"""The proxy of a connection: its own, or the environment's."""

import contextlib
import socket
import threading

import pytest

import hub
from hub.http.proxies import from_environment, proxy_of


@pytest.fixture
def proxy(serve):
    """A proxy that makes tunnels; `seen` is what it was asked for."""

    class Tunnels:
        def __init__(self, password=""):
            self.listener = socket.create_server(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
            self.seen = []
            self.status = "200 Connection established"
            threading.Thread(target=self._accept, daemon=True).start()

        def stop(self):
            with contextlib.suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()

        def _accept(self):
            with contextlib.suppress(OSError):
                while True:
                    sock, _address = self.listener.accept()
                    threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

        def _serve(self, sock):
            with contextlib.suppress(OSError), sock:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += sock.recv(1)
                self.seen.append(head.decode())
                sock.sendall(f"HTTP/1.1 {self.status}\r\nVia: test\r\n\r\n".encode())
                if self.status.startswith("200"):
                    port = int(head.split()[1].rpartition(b":")[2])
                    with socket.create_connection(("127.0.0.1", port)) as other:
                        back = threading.Thread(target=pump, args=(other, sock), daemon=True)
                        back.start()
                        pump(sock, other)
                        back.join(5)

    def pump(source, target):
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)

    made = Tunnels()
    yield made
    made.stop()


def test_http_and_sockets_go_through_the_connections_proxy(serve, certified, network, ca_file, proxy):
    server = serve(context=certified("mail.example"))
    ours = network("mail.example", proxy=proxy.url.replace("//", "//hub@"), proxy_password="pw", ca_file=ca_file)
    with ours.client(server.url(host="mail.example")) as client:
        assert client.get("/").text == "ok"
    with ours.connect("mail.example", server.port, tls=True, timeout=5) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert sock.recv(15) == b"HTTP/1.1 200 OK"
    assert [line.split("\r\n")[0] for line in proxy.seen] == [f"CONNECT mail.example:{server.port} HTTP/1.1"] * 2
    assert all("Proxy-Authorization: Basic aHViOnB3\r\n" in head for head in proxy.seen)
    assert not any("roxy" in head for head in server.heads)


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        ("407 Who are you", hub.AuthFailed, "does not accept the credentials"),
        ("403 Forbidden", hub.Unreachable, "answers 403"),
        ("nonsense", hub.Unreachable, "something else"),
    ],
)
def test_a_proxy_that_says_no_is_told_in_words(network, proxy, status, error, words):
    proxy.status = status
    with pytest.raises(error, match=words) as refused:
        network("mail.example", proxy=proxy.url).connect("mail.example", 993, tls=True, timeout=5)
    assert refused.value.fix


def test_a_proxy_that_is_not_there_is_told_as_such(network, proxy):
    proxy.stop()
    with pytest.raises(hub.Unreachable, match=r"no way through the proxy: .*refuses"):
        network("mail.example", proxy=proxy.url).connect("mail.example", 993, tls=True, timeout=5)


def test_the_environments_proxy_counts_where_the_connection_says_nothing(network, proxy):
    environ = {"HTTPS_PROXY": proxy.url}
    proxy.status = "403 Forbidden"
    with pytest.raises(hub.Unreachable, match="403"):
        network("mail.example", environ=environ).connect("mail.example", 993, tls=True, timeout=5)
    with pytest.raises(hub.Unreachable, match=r"name of mail\.example"):
        network("mail.example", environ=environ, proxy="none").connect("mail.example", 993, tls=True, timeout=5)
    assert len(proxy.seen) == 1


@pytest.mark.parametrize(
    ("environ", "scheme", "host", "expected"),
    [
        ({}, "https", "mail.example", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https", "mail.example", "p:1"),
        ({"https_proxy": "p:1", "HTTPS_PROXY": "http://q:2"}, "https", "mail.example", "p:1"),
        ({"HTTPS_PROXY": "http://p:1"}, "http", "mail.example", None),
        ({"HTTP_PROXY": "http://p"}, "http", "mail.example", "p:3128"),
        ({"ALL_PROXY": "http://p:1"}, "https", "mail.example", "p:1"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "x.test, .example"}, "https", "mail.example", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "ail.example"}, "https", "mail.example", "p:1"),
        ({"HTTPS_PROXY": "http://p:1", "no_proxy": "*"}, "https", "mail.example", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https", "localhost", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https", "127.0.0.1", None),
        ({"HTTPS_PROXY": " "}, "https", "mail.example", None),
    ],
)
def test_the_environment_is_read_as_other_programs_read_it(environ, scheme, host, expected):
    found = from_environment(environ, scheme, host)
    assert (str(found) if found else None) == expected


@pytest.mark.parametrize("url", ["socks5://p:1", "https://p:1", "http://", "http://p/path", "http://p:port"])
def test_what_is_no_http_proxy_is_refused(network, url):
    with pytest.raises(ValueError):
        proxy_of(url)
    with pytest.raises(hub.Misconfigured) as refused:
        network("mail.example", proxy=url).connect("mail.example", 993, tls=True, timeout=1)
    assert refused.value.setting == "proxy"


def test_a_proxys_password_is_not_shown():
    assert "pw" not in repr(proxy_of("http://hub:pw@p:1"))
