"""Servers that mean harm, or are somebody else's: nothing outside is read, nothing is told, and the hub lives on."""

import time
import tracemalloc

import pytest
from hub_calendar.caldav.multistatus import Malformed, Multistatus, clean

import hub

BOMB = (
    '<!DOCTYPE multistatus [<!ENTITY a "{ten}">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True))
    + ']><multistatus xmlns="DAV:"><response><href>&i;</href></response></multistatus>'
).replace("{ten}", "x" * 10)
OUTSIDE = (
    '<!DOCTYPE multistatus [<!ENTITY f SYSTEM "file:///etc/passwd">]><multistatus xmlns="DAV:"><response>'
    "<href>/anna/office/&f;</href></response></multistatus>"
)
REMOTE = '<!DOCTYPE multistatus SYSTEM "http://127.0.0.1:1/evil.dtd"><multistatus xmlns="DAV:"/>'
IN_ATTRIBUTE = (
    '<!DOCTYPE m [<!ENTITY a "'
    + "x" * 1000
    + '"><!ENTITY b "'
    + "&a;" * 1000
    + '"><!ENTITY c "'
    + "&b;" * 1000
    + '">]>'
    '<multistatus xmlns="DAV:" a="&c;"/>'
)
EVIL = {
    "entities that grow": BOMB,
    "entities in an attribute": IN_ATTRIBUTE,
    "a file of ours": OUTSIDE,
    "a DTD elsewhere": REMOTE,
    "no XML": "<html><body>Sign in, please",
    "another document": '<feed xmlns="DAV:"/>',
    "nothing": "",
    "200,000 elements inside one another": '<multistatus xmlns="DAV:">' + "<a>" * 200_000,
    "12 MB in one text": f'<multistatus xmlns="DAV:"><response><href>{"x" * 12_000_000}</href></response></multistatus>',
    "cut off": '<multistatus xmlns="DAV:"><response><href>/anna/office/a.ics</href>',
}


@pytest.fixture
def server(scripted, event):
    server = scripted()
    for name in "abc":
        server.put(f"{name}.ics", event(name))
    return server


def pulled(source):
    [stream] = source.streams()
    pages = list(source.pull(stream.name, None))
    return {raw.external_id: raw.body() for page in pages for raw in page.raws}


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_what_is_no_honest_xml_is_refused_fast_and_with_little_memory(server, opened, text):
    body = text if text.startswith("<!") or not text else f'<?xml version="1.0"?>{text}'
    server.answers["PROPFIND", ""] = lambda path, _body: (207, body) if path == "/anna/office/" else None
    began = time.process_time()
    with opened(**server.settings) as source:
        tracemalloc.start()
        with pytest.raises(hub.Unreachable, match="cannot be understood"):
            pulled(source)
        assert tracemalloc.get_traced_memory()[1] < 120_000_000
        tracemalloc.stop()
    assert time.process_time() - began < 5


def test_no_entity_is_ever_expanded():
    replies = Multistatus([OUTSIDE.encode()])
    found = []
    with pytest.raises(Malformed):
        found += [reply.href for reply in replies]
    assert not any("root" in href for href in found)


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_bodies_in_evil_xml_are_fetched_outside_of_it(server, opened, text):
    server.answers["REPORT", "calendar-multiget"] = lambda _path, _body: (207, text)
    with opened(**server.settings) as source:
        assert sorted(pulled(source)) == ["a.ics", "b.ics", "c.ics"]


def test_only_what_lies_in_the_calendar_is_read(server, opened):
    hrefs = ["/anna/private/x.ics", "/anna/office/../private/x.ics", "https://evil.example/anna/office/../../x.ics", "//evil.example/x",
             "/anna/office/sub/deep.ics", "/anna/office/..", "/anna/office/%2e%2e", "x.ics", "file:///etc/passwd", "", "/boris/office/a.ics"]  # fmt: skip
    usual = server.propfind

    def propfind(path):
        status, said = usual(path)
        if path == "/anna/office/":
            evil = "".join(
                f"<response><href>{href}</href><propstat><prop><getetag>e</getetag></prop></propstat></response>"
                for href in hrefs
            )
            said = said.replace("</multistatus>", f"{evil}</multistatus>")
        return status, said

    server.propfind = propfind
    with opened(**server.settings) as source:
        assert sorted(pulled(source)) == ["a.ics", "b.ics", "c.ics"]
    assert {path for method, _, path in server.asked if method == "GET"} == set()


def test_hosts_that_a_proxy_writes_into_hrefs_do_not_count(server, opened):
    usual = server.listed
    server.listed = lambda name, more="": usual(name, more).replace("<href>/", "<href>http://internal.example:8080/")
    with opened(**server.settings) as source:
        assert sorted(pulled(source)) == ["a.ics", "b.ics", "c.ics"]


def test_a_body_of_another_event_than_the_one_asked_for_is_not_taken_for_it(server, opened, event):
    """The server answers the batch with strangers; what was asked for is fetched by itself."""
    usual = server.contents
    server.contents = lambda hrefs: usual([href.replace("a.ics", "zzz.ics") for href in hrefs])
    with opened(**server.settings) as source:
        assert b"UID:a@" in pulled(source)["a.ics"]


def test_a_redirect_to_an_address_nobody_named_is_not_followed(scripted, opened):
    other = scripted()
    server = scripted(
        answers={("PROPFIND", ""): lambda _path, _body: (301, "")}, headers={"Location": f"{other.url}/anna/"}
    )
    with opened(**server.settings) as source, pytest.raises(hub.HubError) as refused:
        source.check()
    assert other.asked == []
    assert isinstance(refused.value, hub.Misconfigured)
    assert other.url in str(refused.value)
    with opened(**server.settings, also_at=[other.url]) as source:
        assert [stream.name for stream in source.streams()] == ["anna@my.example/office"]
    assert all(other.signed)


def test_a_home_elsewhere_is_read_only_where_the_settings_name_it(scripted, opened):
    other = scripted()
    home = f"<C:calendar-home-set><href>{other.url}/anna/</href></C:calendar-home-set>"
    reply = f"<response><href>/</href><propstat><prop>{home}</prop></propstat></response>"
    said = f'<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">{reply}</multistatus>'
    server = scripted(answers={("PROPFIND", ""): lambda _path, _body: (207, said)})
    with opened(**server.settings) as source:
        [stream] = source.streams()
        with pytest.raises(hub.Misconfigured):
            list(source.pull(stream.name, None))
    assert other.asked == []
    with opened(**server.settings, also_at=[other.url]) as source:
        assert [stream.name for stream in source.streams()] == ["anna@my.example/office"]


def test_a_password_is_not_in_what_people_are_told(scripted, opened, caplog):
    server = scripted(answers={("PROPFIND", ""): lambda _path, _body: (401, "geheim")})
    with opened(**server.settings) as source, pytest.raises(hub.AuthFailed) as refused:
        source.check()
    assert "geheim" not in f"{refused.value}{refused.value.fix}{caplog.text}{source!r}"


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_forbidden_characters_are_taken_out_wherever_a_piece_ends(size):
    text = b"<a>\x00\x0b1&#11;2&#x1A;3&#xD800;4&#65;5&amp;6&#9;7&#xFFFF;8\xd1\x8f</a>"
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert b"".join(clean(pieces)) == b"<a>1234&#65;5&amp;6&#9;78\xd1\x8f</a>"


def test_a_million_calendars_are_not_read(scripted, opened):
    one = "<response><href>/anna/{n}/</href><propstat><prop><resourcetype><C:calendar/></resourcetype></prop></propstat></response>"
    home = "<response><href>/anna/</href><propstat><prop><C:calendar-home-set><href>/anna/</href></C:calendar-home-set></prop></propstat></response>"
    said = '<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">' + home
    said += "".join(one.replace("{n}", str(n)) for n in range(20_000)) + "</multistatus>"
    server = scripted(answers={("PROPFIND", ""): lambda path, _body: (207, said) if path == "/anna/" else None})
    with opened(**server.settings) as source:
        assert len(list(source.streams())) <= 2_000
