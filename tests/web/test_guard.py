"""Who the server may be called by, and what browsers may make of its answers."""

import pytest


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8480", "[::1]:80", "hub.my.example", "HUB.my.example:443"])
def test_it_answers_to_its_own_names(site, host):
    assert site.ask("GET", "/healthz", Host=host).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "[::1", "hub.my.example@evil", "..."],
)
def test_a_name_that_is_not_its_own_is_not_answered(site, host):
    for path in ("/healthz", "/metrics", "/readyz"):
        answer = site.ask("GET", path, Host=host)
        assert answer.status in (400, 421)
        assert "hub_" not in answer.text


def test_no_other_origin_may_read_an_answer(site):
    for path in ("/healthz", "/metrics", "/nothing"):
        answer = site.ask("GET", path, Origin="https://evil.example")
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers


def test_a_preflight_is_no_permission(site):
    answer = site.ask("OPTIONS", "/metrics", Origin="https://evil.example", Access_Control_Request_Method="GET")
    assert answer.status == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]
