"""Grammar, names of folders, cursors: what can be decided without a server."""

import random
import time

import pytest
from hub_email.imap import folders
from hub_email.imap.cursor import END, NOTHING, Place, place_of, with_span
from hub_email.imap.folders import Folder, chosen, decoded, encoded, folder_of, status_of
from hub_email.imap.grammar import fetched, listed_numbers, values
from hub_email.imap.reading import as_set
from hub_email.imap.wire import Reply
from hypothesis import given
from hypothesis import strategies as st

import hub

# --- grammar ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "literals", "meant"),
    [
        (b'a "b c" NIL nil 7', (), [b"a", b"b c", None, None, b"7"]),
        (b'("a\\"b" ("" ())) {3}\r\n x', (b"c d",), [[b'a"b', [b"", []]], b"c d", b"x"]),
        (b"BODY[HEADER.FIELDS (A B)] {1}\r\n", (b"x",), [b"BODY[HEADER.FIELDS (A B)]", b"x"]),
        (b"BODY[1.2]<0> NIL", (), [b"BODY[1.2]<0>", None]),
        (b")) a ((", (), [b"a", [[]]]),
        (b'"never \\" closed', (), [b'never " closed']),
    ],
)
def test_answers_are_lists_bytes_and_none(line, literals, meant):
    assert values(Reply(line, literals)) == meant


@pytest.mark.parametrize("piece", [b'\\"', b'"', b"BODY[ ", b"(", b"{1", b'"\\'])
def test_an_answer_is_read_in_a_time_that_grows_with_its_length(piece):
    line = b'("' + piece * 100_000
    began = time.process_time()
    values(Reply(line))
    assert time.process_time() - began < 5, "it would be hours"


def test_a_fetch_is_known_by_the_names_of_its_attributes():
    reply = Reply(b"* 7 FETCH (uid 9 FLAGS (\\Seen) BODY[1] {5}\r\n)\r\n", (b"hello",))
    assert fetched(reply) == {b"UID": b"9", b"FLAGS": [b"\\Seen"], b"BODY[1]": b"hello"}
    assert fetched(Reply(b"* 7 EXPUNGE\r\n")) == {}


@given(st.binary(max_size=300), st.lists(st.binary(max_size=5), max_size=3))
def test_no_answer_at_all_breaks_the_reader(line, literals):
    values(Reply(line, tuple(literals)))
    fetched(Reply(b"* 1 FETCH (" + line, tuple(literals)))
    folder_of(Reply(b"* LIST " + line, tuple(literals)))
    status_of(Reply(b"* STATUS " + line, tuple(literals)))


@given(st.sets(st.integers(1, 5000), min_size=1))
def test_a_set_of_numbers_says_what_it_was_made_of(numbers):
    assert list(listed_numbers(as_set(sorted(numbers)).encode(), 5000)) == sorted(numbers)


# --- folders ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        (b"&BB4EQgQ0BDUEOw-", "Отдел"),
        (b"Tom &- Jerry", "Tom & Jerry"),
        (b"INBOX", "INBOX"),
        (b"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),
        (b"&Jjo-!", "☺!"),
        (b"&2D3eAA-", "😀"),
        (b"broken &BB4", "broken &BB4"),
        ("Отдел".encode(), "Отдел"),
    ],
)
def test_names_of_folders_are_read(wire, name):
    assert decoded(wire) == name


@given(st.text(st.characters(blacklist_categories=("Cs",)), max_size=40))
def test_a_name_comes_back_as_it_was(name):
    wire = encoded(name)
    assert wire.isascii()
    assert decoded(wire) == name


@given(st.binary(max_size=40))
def test_any_bytes_are_some_name(wire):
    assert isinstance(decoded(wire), str)


def test_the_separator_of_the_server_is_not_ours():
    assert folder_of(Reply(b'* LIST () "." "Clients.&BCAEPgQ8BDAESAQ6BDA-"\r\n')).name == "Clients/Ромашка"
    assert folder_of(Reply(b'* LIST () "|" "a/b|c"\r\n')).name == "a∕b/c"
    assert folder_of(Reply(b"* LIST () NIL inbox\r\n")).name == "INBOX"


def _named(**roles):
    return [Folder(name.encode(), name, role) for name, role in roles.items()]


def test_drafts_junk_trash_and_views_are_left_out_unless_asked_for():
    found = _named(Work="", Trash="trash", Junk="junk", Starred="flagged", All="all", INBOX="", Sent="sent")
    assert [one.name for one in chosen(found, only=(), also=(), is_gmail=False)] == ["INBOX", "Sent", "Work"]
    with_trash = chosen(found, only=(), also=("trash",), is_gmail=False)
    assert [one.name for one in with_trash] == ["INBOX", "Sent", "Trash", "Work"]


def test_of_gmail_only_all_mail_is_read_because_its_folders_are_labels():
    found = _named(INBOX="", Sent="sent", All="all", Work="", Trash="trash")
    assert [one.name for one in chosen(found, only=(), also=(), is_gmail=True)] == ["All"]
    assert [one.name for one in chosen(found, only=(), also=("trash",), is_gmail=True)] == ["All", "Trash"]


def test_patterns_choose_what_nobody_else_would():
    found = _named(INBOX="", Trash="trash", **{"Clients/A": "", "Clients/B": ""})
    assert [one.name for one in chosen(found, only=("clients/*",), also=(), is_gmail=False)] == [
        "Clients/A",
        "Clients/B",
    ]
    assert [one.name for one in chosen(found, only=("Trash",), also=(), is_gmail=False)] == ["Trash"]


@pytest.mark.parametrize(
    ("name", "role"),
    [("Корзина", "trash"), ("INBOX/Spam", "junk"), ("Черновики", "drafts"), ("Отправленные", "sent"), ("Мой/Спам", "")],
)
def test_where_the_server_names_no_roles_the_usual_names_do(name, role):
    assert folder_of(Reply(b'* LIST () "/" "' + encoded(name) + b'"\r\n')).role == role


def test_attributes_are_read_in_any_case():
    assert folder_of(Reply(b'* LIST (\\HasNoChildren \\sent) "/" Gesendet\r\n')).role == "sent"
    assert folder_of(Reply(b'* LIST (\\NOSELECT) "/" parent\r\n')) is None
    assert folders.ROLES >= folders.LEFT_OUT


# --- cursors ---------------------------------------------------------------------------------------------------------


def test_new_mail_and_history_have_marks_of_their_own():
    place = Place(validity=7, done=with_span((NOTHING,), (500, 1001)))
    assert place.gaps() == [(1001, END), (1, 500)]
    assert not place.is_whole
    later = Place(validity=7, done=with_span(place.done, (1200, 1300)))
    assert later.gaps() == [(1300, END), (1001, 1200), (1, 500)]


@given(st.lists(st.tuples(st.integers(1, 300), st.integers(1, 60)), max_size=30))
def test_spans_and_gaps_together_are_everything(steps):
    done = (NOTHING,)
    known = {0}
    for low, length in steps:
        done = with_span(done, (low, low + length))
        known |= set(range(low, low + length))
    place = Place(validity=1, done=done)
    assert {uid for low, high in done for uid in range(low, high)} == known
    assert {uid for low, high in place.gaps() for uid in range(low, min(high, 500))} == set(range(500)) - known
    assert place_of(place.cursor) == place


def test_a_cursor_of_another_make_is_lost_and_no_cursor_is_the_start():
    assert place_of(None) is None
    for garbage in (
        "",
        "x",
        "{}",
        "[]",
        '{"validity":"x","done":[],"seen":null,"sure":null}',
        '{"done":[[1]]}',
        "[" * 99999,
    ):
        with pytest.raises(hub.CursorLost):
            place_of(garbage)


def test_nothing_has_gone_as_long_as_there_are_as_many_more_as_have_come():
    """A random life of a folder: whenever the cursor is sure, no mail went unnoticed."""
    chance = random.Random(3)
    for _ in range(300):
        server, stored, top = set(), set(), 0
        place = Place(validity=1)
        for _ in range(20):
            for _ in range(chance.randrange(3)):
                top += chance.randrange(1, 3)
                server.add(top)
            for uid in chance.sample(sorted(server), min(len(server), chance.randrange(2))):
                server.discard(uid)
            new = [uid for uid in server if uid > place.top]
            read = place.after((place.top + 1, max(new, default=place.top) + 1), len(new))
            place = read.ended((len(server), top + 1), modseq=0)
            stored |= set(new)
            if place.is_sure:
                assert stored == server
            elif chance.random() < 0.7:
                stored &= server
                place = place.sure_of(sorted(server), modseq=0)
                assert place.is_sure
