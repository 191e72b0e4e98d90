"""Where a request may go, what it carries there, and what may come back."""

import gc
import gzip
import logging
import time
import weakref
import zlib

import pytest

import hub

# --- origins ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "url"),
    [
        ("mail.example", "https://evil.example/"),
        ("mail.example", "http://mail.example/"),
        ("mail.example", "https://mail.example.evil.example/"),
        ("mail.example", "https://sub.mail.example/"),
        ("https://mail.example", "https://mail.example:8443/"),
        ("http://mail.example:5232", "http://mail.example/"),
        ("mail.example", "https://user:pw@evil.example/"),
        ("mail.example", "ftp://mail.example/"),
    ],
)
def test_what_is_not_declared_is_not_called(network, declared, url):
    with network(declared).client() as client, pytest.raises(hub.Misconfigured) as refused:
        client.get(url)
    assert refused.value.fix


@pytest.mark.parametrize(
    ("declared", "origin"),
    [
        ("mail.example", "https://mail.example:8443"),
        ("Mail.Example.", "https://mail.example"),
        ("http://mail.example:5232/dav/", "http://mail.example:5232"),
        ("почта.example", "https://xn--80a1acny.example"),
        ("127.0.0.1", "http://127.0.0.1:5232"),
        ("http://[::1]:5232", "http://[::1]:5232"),
    ],
)
def test_what_is_declared_is_allowed_however_it_is_written(declared, origin):
    from hub.http.origins import Declared, Origin

    assert Declared.of([declared]).allows(Origin.of(origin))


def test_a_name_in_another_script_is_called_as_it_is_on_the_wire(network):
    with network("почта.localhost").client() as client, pytest.raises(hub.Unreachable, match="xn--80a1acny"):
        client.get("http://почта.localhost:1/")


# --- redirects and credentials ---------------------------------------------------------------------------------------


@pytest.fixture
def two(serve, reply):
    """A server that redirects to another one."""
    other = serve()
    return serve(lambda _head, _body: reply(status="302 Found", Location=other.url("/there"))), other


def test_a_redirect_is_data(network, two):
    first, other = two
    with network("localhost").client(first.url()) as client:
        assert client.get("/").status_code == 302
    assert other.connections == 0


def test_credentials_stay_at_their_own_origin(network, two):
    """Even when a plugin follows redirects by httpx's own means, or carries headers along."""
    first, other = two
    secrets = {"X-Api-Key": "k-secret"}
    with network("localhost").client(first.url(), auth=("anna", "pw-secret"), headers=secrets) as client:
        client.get("/", headers={"Cookie": "sid=secret"}, follow_redirects=True)
        client.get(other.url("/"), auth=("anna", "pw-secret"))
    assert "Authorization: Basic" in first.heads[0]
    assert "k-secret" in first.heads[0]
    assert len(other.heads) == 2
    for head in other.heads:
        assert not {"authorization", "x-api-key", "cookie"} & {
            line.partition(":")[0].lower() for line in head.splitlines()
        }


def test_credentials_without_an_origin_are_a_mistake_of_the_plugin(network):
    with pytest.raises(TypeError):
        network("localhost").client(auth=("anna", "pw"))


def test_following_ends_at_an_origin_that_nobody_declared(network, serve, reply):
    server = serve(lambda _head, _body: reply(status="301 Moved", Location="https://evil.example/dav/"))
    ours = network("localhost")
    with ours.client(server.url()) as client, pytest.raises(hub.Misconfigured, match=r"https://evil\.example "):
        ours.follow(client.get, server.url())


def test_following_asks_again_at_the_new_place(network, two):
    first, _other = two
    ours = network("localhost")
    with ours.client() as client:
        answer = ours.follow(lambda url: client.request("PROPFIND", url), first.url())
    assert (answer.status_code, answer.url.path) == (200, "/there")


def test_following_in_a_circle_ends(network, serve, reply):
    server = serve(lambda head, _body: reply(status="302 Found", Location=head.split()[1] + "x"))
    ours = network("localhost")
    with ours.client() as client, pytest.raises(hub.Unreachable, match="circle"):
        ours.follow(client.get, server.url())
    assert len(server.heads) <= 7


def test_cookies_are_not_kept(network, serve, reply):
    server = serve(reply(Set_Cookie="sid=1; Path=/"))
    with network("localhost").client(server.url()) as client:
        client.get("/")
        client.get("/")
    assert "cookie" not in server.heads[1].lower()


def test_no_secret_is_in_an_error_a_log_or_a_representation(network, serve, reply, caplog):
    caplog.set_level(logging.DEBUG)
    server = serve(reply(status="401 Unauthorized", body=b"pw-canary"))
    shown = []
    with network("localhost").client(server.url("/rest/path-canary/"), auth=("anna", "pw-canary")) as client:
        shown += [repr(client), repr(client._transport)]
        for header in ("fine", "line\nbreak"):
            with pytest.raises(hub.HubError) as refused:
                client.get("?auth=query-canary", headers={"X": f"header-canary {header}"})
            import traceback

            shown += traceback.format_exception(refused.value)
    shown += [record.getMessage() for record in caplog.records]
    assert [
        text
        for text in shown
        if "canary" in text.replace("header-canary {header}", "").replace("query-canary", "", 1)
        and "client.get(" not in text
    ] == []


# --- how much and how long -------------------------------------------------------------------------------------------


def packed(body, packing):
    if packing == "gzip":
        return gzip.compress(body, 1)
    maker = zlib.compressobj(1, wbits=-15 if packing == "raw" else 15)
    return maker.compress(body) + maker.flush()


@pytest.mark.parametrize("packing", ["gzip", "deflate", "raw"])
@pytest.mark.parametrize("size", [0, 1, 70_000, 1_000_000])
def test_packed_answers_are_unpacked(network, serve, reply, packing, size):
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    server = serve(reply(packed(body, packing), Content_Encoding="deflate" if packing == "raw" else packing))
    with network("localhost").client(server.url()) as client:
        assert client.get("/").content == body


def test_a_gzip_bomb_ends_at_the_cap_with_little_memory(network, serve, reply):
    import tracemalloc

    server = serve(reply(gzip.compress(bytes(100_000_000), 9), Content_Encoding="gzip"))
    with network("localhost").client(server.url(), most=2_000_000) as client:
        tracemalloc.start()
        with pytest.raises(hub.TooLarge, match="2 MB"):
            client.get("/")
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
        tracemalloc.stop()


def test_a_packed_answer_that_is_cut_short_is_damaged(network, serve, reply):
    for body in (gzip.compress(b"x" * 1000)[:-12], b"no gzip at all"):
        server = serve(reply(body, Content_Encoding="gzip"))
        with network("localhost").client(server.url()) as client, pytest.raises(hub.Unreachable, match="damaged"):
            client.get("/")


def test_a_packing_nobody_asked_for_is_refused(network, serve, reply):
    server = serve(reply(b"?", Content_Encoding="br"))
    with network("localhost").client(server.url()) as client, pytest.raises(hub.Unreachable, match="packing br"):
        client.get("/")


def test_an_answer_that_nobody_holds_is_gone_at_once(network, serve, reply):
    """It may have megabytes, and Python looks for circles seldom."""
    server = serve(reply(b"x" * 1000))
    with network("localhost").client(server.url()) as client:
        gc.disable()
        try:
            answer = client.get("/")
            held = weakref.ref(answer)
            assert len(answer.content) == 1000
            del answer
            assert held() is None
        finally:
            gc.enable()


def endless(first, piece, pause=0.0):
    yield first
    while True:
        time.sleep(pause)
        yield piece


def test_an_endless_answer_ends_at_the_cap(network, serve):
    server = serve(lambda _head, _body: endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536))
    with network("localhost").client(server.url(), most=1_000_000) as client, pytest.raises(hub.TooLarge):
        client.get("/")


@pytest.mark.parametrize("first", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "], ids=["body", "head"])
def test_an_answer_that_drips_ends_at_the_deadline(network, serve, first):
    """Every byte comes within the time-out, and the whole would never end."""
    server = serve(lambda _head, _body: endless(first, b"x", 0.05))
    began = time.monotonic()
    with (
        network("localhost").client(server.url(), timeout=5, deadline=0.5) as client,
        pytest.raises(hub.Unreachable, match=r"within 0\.5 s"),
    ):
        client.get("/")
    assert time.monotonic() - began < 3


def test_a_silent_server_ends_at_the_time_out(network, serve):
    server = serve(lambda _head, _body: endless(b"", b"", 0.2))
    with (
        network("localhost").client(server.url(), timeout=0.3) as client,
        pytest.raises(hub.Unreachable, match="stopped answering"),
    ):
        client.get("/")


def test_a_server_that_falls_silent_ends_at_the_deadline_if_that_comes_first(network, serve):
    server = serve(lambda _head, _body: endless(b"HTTP/1.1 200 OK\r\n\r\n", b"", 0.2))
    began = time.monotonic()
    with (
        network("localhost").client(server.url(), timeout=30, deadline=0.5) as client,
        pytest.raises(hub.Unreachable, match=r"within 0\.5 s"),
    ):
        client.get("/")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("piece", [b"x" * 1000, b"X: y\r\n" * 1000], ids=["one long", "many"])
def test_a_flood_of_headers_is_cut_off(network, serve, piece):
    server = serve(lambda _head, _body: endless(b"HTTP/1.1 200 OK\r\nX: y", piece))
    with network("localhost").client(server.url()) as client, pytest.raises(hub.Unreachable, match="proper HTTP"):
        client.get("/")


def test_a_flood_of_interim_answers_ends_at_the_deadline(network, serve):
    server = serve(lambda _head, _body: endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50, 0.001))
    with (
        network("localhost").client(server.url(), deadline=0.5) as client,
        pytest.raises(hub.Unreachable, match=r"within 0\.5 s"),
    ):
        client.get("/")


def test_an_answer_cut_off_in_the_middle_is_no_answer(network, serve):
    server = serve(lambda _head, _body: iter([b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"]))
    with network("localhost").client(server.url()) as client, pytest.raises(hub.Unreachable):
        client.get("/")
