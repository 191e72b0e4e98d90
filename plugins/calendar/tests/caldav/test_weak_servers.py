"""Servers that do what the standards leave open, or forbid: read from a script of a few lines."""

from datetime import timedelta

import pytest

import hub

LOST = '<?xml version="1.0"?><D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>'


@pytest.fixture
def pulled(opened):
    """`pulled(settings, cursor)`: (bodies by name, the last cursor, the listing) of the one calendar."""

    def pull(settings, cursor=None):
        with opened(**settings) as source:
            [stream] = source.streams()
            found = {}
            for page in source.pull(stream.name, cursor):
                assert page.listed == len(page.raws)
                for raw in page.raws:
                    found[raw.external_id] = raw.body() if callable(raw.body) else raw.body
                cursor = page.cursor
            return found, cursor, source.ids(stream.name)

    return pull


@pytest.fixture
def filled(scripted, event):
    """A scripted server with three events."""

    def fill(**given):
        server = scripted(**given)
        for name in "abc":
            server.put(f"{name}.ics", event(name))
        return server

    return fill


# --- how far we had read ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 403, 409, 410, 412, 507])
def test_a_lost_token_is_told_by_the_element_whatever_the_status(filled, pulled, status):
    server = filled()
    _, cursor, _ = pulled(server.settings)
    server.put("d.ics", server.events["a.ics"])
    server.answers["REPORT", "sync-collection"] = lambda _path, _body: (status, LOST)
    with pytest.raises(hub.CursorLost):
        pulled(server.settings, cursor)


@pytest.mark.parametrize(
    ("status", "body"),
    [(403, ""), (403, "<D:error xmlns:D='DAV:'><D:need-privileges/></D:error>"), (507, ""), (500, "?")],
)
def test_another_refusal_is_no_lost_token(filled, pulled, status, body):
    server = filled()
    _, cursor, _ = pulled(server.settings)
    server.put("d.ics", server.events["a.ics"])
    server.answers["REPORT", "sync-collection"] = lambda _path, _body: (status, body)
    with pytest.raises(hub.Unreachable, match=f"status {status}"):
        pulled(server.settings, cursor)


def test_a_server_that_tells_in_parts_is_asked_on(filled, pulled, event):
    """507 for the calendar itself, and a token to go on from (RFC 6578, 3.6), as Cyrus does it."""
    server = filled()
    _, cursor, _ = pulled(server.settings)
    for name in "defg":
        server.put(f"{name}.ics", event(name))
    whole = server.changes

    def parts(_path, body):
        since = int(body.partition(">t")[2].partition("<")[0])
        if since >= server.version:
            return None
        one = [name for name, version in server.versions.items() if version == since + 1]
        rest = "<response><href>/anna/office/</href><status>HTTP/1.1 507 Insufficient Storage</status></response>"
        said = whole(f"<D:sync-token>t{since}<").partition("<sync-token>")[0]
        kept = "".join(part for part in said.split("<response>")[1:] if f"/{one[0]}<" in part)
        head = said.partition("<response>")[0]
        return 207, f"{head}<response>{kept}{rest}<sync-token>t{since + 1}</sync-token></multistatus>"

    server.answers["REPORT", "sync-collection"] = parts
    found, cursor, _ = pulled(server.settings, cursor)
    assert sorted(found) == ["d.ics", "e.ics", "f.ics", "g.ics"]
    assert pulled(server.settings, cursor)[0] == {}


def test_a_server_that_never_ends_telling_is_left(filled, pulled):
    server = filled()
    _, cursor, _ = pulled(server.settings)
    server.put("d.ics", server.events["a.ics"])
    more = "<response><href>/anna/office/</href><status>HTTP/1.1 507 Insufficient Storage</status></response>"
    server.answers["REPORT", "sync-collection"] = lambda _path, _body: (
        207, f'<multistatus xmlns="DAV:">{more}<sync-token>t4</sync-token></multistatus>',
    )  # fmt: skip
    pulled(server.settings, cursor)
    assert len([one for one in server.asked if one[1] == "sync-collection"]) < 5


def test_without_tokens_a_changed_ctag_lists_everything_anew(filled, pulled, event):
    server = filled(tokens=False)
    found, _, listing = pulled(server.settings)
    assert sorted(found) == ["a.ics", "b.ics", "c.ics"]
    server.asked.clear()
    cursor = listing.cursor
    assert pulled(server.settings, cursor)[0] == {}
    assert not any(path == "/anna/office/" for _, _, path in server.asked)
    server.put("b.ics", event("b", "Перенесена"))
    found, cursor, listing = pulled(server.settings, cursor)
    assert "Перенесена".encode() in found["b.ics"]
    assert (listing.complete, list(listing.ids)) == (True, ["a.ics", "b.ics", "c.ics"])


def test_where_a_user_begins_is_looked_for_once(filled, opened):
    server = filled()
    with opened(**server.settings) as source:
        source.check()
        [stream] = source.streams()
    assert [path for _, _, path in server.asked] == ["/.well-known/caldav", "/", "/anna/", "/anna/"]
    assert stream.name == "anna@my.example/office"


def test_without_ctags_too_everything_is_listed_every_time(filled, pulled, event):
    server = filled(tokens=False, ctags=False)
    _, cursor, _ = pulled(server.settings)
    server.put("b.ics", event("b", "Перенесена"))
    assert "Перенесена".encode() in pulled(server.settings, cursor)[0]["b.ics"]


def test_without_etags_the_content_tells_what_has_changed(filled, opened, event):
    server = filled(etags=False)
    revisions = []
    for _ in range(3):
        with opened(**server.settings) as source:
            [page] = source.pull("anna@my.example/office", None)
            revisions.append({raw.external_id: raw.revision for raw in page.raws})
        if len(revisions) == 2:
            server.put("b.ics", event("b", "Перенесена"))
    assert revisions[0] == revisions[1]
    assert {name for name in revisions[1] if revisions[1][name] != revisions[2][name]} == {"b.ics"}


def test_a_server_that_tells_of_tokens_and_has_no_report_for_them_is_listed_anew(filled, pulled):
    server = filled()
    _, cursor, _ = pulled(server.settings)
    server.put("d.ics", server.events["a.ics"])
    server.answers["REPORT", "sync-collection"] = lambda _path, _body: (501, "")
    with pytest.raises(hub.CursorLost):
        pulled(server.settings, cursor)


# --- what vanished ---------------------------------------------------------------------------------------------------


def test_deletions_are_proved_by_a_listing_until_the_hub_has_believed_one(filled, pulled):
    server = filled()
    _, cursor, listing = pulled(server.settings)
    server.delete("a.ics")
    cursor = listing.cursor
    for _again in range(3):  # it was refused, or nobody lived to see it
        found, cursor, listing = pulled(server.settings, cursor)
        assert found == {}
        assert (listing.complete, list(listing.ids)) == (True, ["b.ics", "c.ics"])
    assert not pulled(server.settings, listing.cursor)[2].complete


def test_all_names_are_compared_once_a_day(filled, pulled, opened):
    server = filled()
    _, _, first = pulled(server.settings)
    assert first.complete
    assert not pulled(server.settings, first.cursor)[2].complete
    opened.now += timedelta(days=1)
    _, cursor, tomorrow = pulled(server.settings, first.cursor)
    assert (tomorrow.complete, list(tomorrow.ids)) == (True, ["a.ics", "b.ics", "c.ics"])
    assert cursor == first.cursor
    assert not pulled(server.settings, tomorrow.cursor)[2].complete


def test_what_is_gone_when_its_body_is_wanted_is_passed_over(filled, opened):
    server = filled()
    with opened(**server.settings) as source:
        [page] = source.pull("anna@my.example/office", None)
        server.delete("b.ics")
        bodies = {}
        for raw in page.raws:
            try:
                bodies[raw.external_id] = raw.body()
            except FileNotFoundError:
                bodies[raw.external_id] = None
    assert [name for name, body in bodies.items() if body is None] == ["b.ics"]


# --- what is in a calendar -------------------------------------------------------------------------------------------


def test_tasks_and_notes_are_no_meetings_and_no_mistakes(scripted, world, event):
    server = scripted()
    server.put("e.ics", event("e"))
    for number in range(30):
        server.put(f"task{number}.ics", event(f"t{number}").replace(b"VEVENT", b"VTODO"))
    it = world(calendars=server.settings)
    counts = it.good_sync()
    assert (counts.stored, counts.quarantined) == (1, 0)
    assert it.history() == ["Встреча"]


def test_an_event_that_cannot_be_read_goes_to_quarantine_alone(scripted, world, event):
    server = scripted()
    server.put("good.ics", event("good", "Хорошая"))
    server.put("bad.ics", b"<html>Sorry</html>")
    counts = world(calendars=server.settings).good_sync()
    assert (counts.stored, counts.quarantined) == (1, 1)


def test_an_embedded_file_is_left_out_and_the_event_is_read(scripted, pulled, event):
    server = scripted()
    file = "ATTACH;ENCODING=BASE64;VALUE=BINARY:" + "A" * 3_000_000 + "\n"
    server.put("e.ics", event("e", "С вложением", more=file))
    found, _, _ = pulled(server.settings)
    assert len(found["e.ics"]) < 100_000
    assert "С вложением".encode() in found["e.ics"]


def test_names_of_every_kind_come_and_can_be_fetched(scripted, opened, event):
    names = ["a b.ics", "r1@x.ics", "Встреча №1.ics", "100%.ics", "a+b;c,d.ics", "a#b?.ics"]
    server = scripted()
    for name in names:
        server.put(name, event(str(names.index(name))))
    from urllib.parse import quote

    usual = server.listed
    server.listed = lambda name, more="": usual(name, more).replace(f"/{name}<", f"/{quote(name)}<")
    with opened(**server.settings) as source:
        [page] = source.pull("anna@my.example/office", None)
        bodies = {raw.external_id: raw.body() for raw in page.raws}
        assert sorted(bodies) == sorted(names)
        assert {name: source.fetch("anna@my.example/office", name, "") for name in names} == bodies


def test_only_calendars_for_events_of_the_users_own_are_read(scripted, opened):
    def home(path, _body):
        kinds = {
            "office": "<C:calendar/>",
            "holidays": "<C:calendar/><S:subscribed/>",
            "inbox": "<C:schedule-inbox/>",
            "contacts": '<card:addressbook xmlns:card="urn:ietf:params:xml:ns:carddav"/>',
            "tasks": "<C:calendar/>",
        }
        comps = {"tasks": '<C:comp name="VTODO"/>', "office": '<C:comp name="VTODO"/><C:comp name="VEVENT"/>'}
        replies = [
            f"<response><href>/anna/{name}/</href><propstat><prop><resourcetype><collection/>{kind}</resourcetype>"
            f"<C:supported-calendar-component-set>{comps.get(name, '')}</C:supported-calendar-component-set>"
            "</prop><status>HTTP/1.1 200 OK</status></propstat></response>"
            for name, kind in kinds.items()
        ]
        head = (
            '<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/">'
        )
        home = "<response><href>/anna/</href><propstat><prop><C:calendar-home-set><href>/anna/</href></C:calendar-home-set></prop></propstat></response>"
        return (207, f"{head}{home}{''.join(replies)}</multistatus>") if path == "/anna/" else None

    server = scripted(answers={("PROPFIND", ""): home})
    with opened(**server.settings) as source:
        assert [stream.name for stream in source.streams()] == ["anna@my.example/office"]


def test_a_calendar_several_users_see_is_read_once(filled, opened):
    server = filled()
    users = [{"address": "anna@my.example"}, {"address": "boris@my.example"}]
    with opened(url=server.url, users=users, password="geheim") as source:
        assert [stream.custodian for stream in source.streams()] == ["anna@my.example"]


def test_what_is_nobodys_own_has_no_custodian(filled, opened):
    server = filled()
    with opened(**server.settings, shared=True) as source:
        assert [stream.custodian for stream in source.streams()] == [""]


@pytest.mark.parametrize("path", ["", "/", "/anna/", "/anna/office/", "/anna/office", "/nowhere/"])
def test_calendars_are_found_from_any_address(filled, opened, path):
    server = filled(answers={("PROPFIND", ""): lambda path, _body: (404, "") if "well-known" in path else None})
    if path in ("/anna/office", "/nowhere/"):
        server.answers["PROPFIND", ""] = lambda at, _body: (
            server.propfind("/")
            if "well-known" in at
            else server.propfind("/anna/office/")
            if at == "/anna/office"
            else None
        )
    settings = {**server.settings, "url": server.url + path}
    with opened(**settings) as source:
        assert [stream.name for stream in source.streams()] == ["anna@my.example/office"]
        [stream] = source.streams()
        assert sum(len(page.raws) for page in source.pull(stream.name, None)) == 3
