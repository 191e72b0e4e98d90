"""A server that can little: no LIST-STATUS, no SPECIAL-USE, no CONDSTORE. It costs more questions, and brings the same."""

import imaplib
from itertools import count

import pytest

_names = count(1)


@pytest.fixture(scope="module")
def pymap(servers):
    module = servers("weak")
    servers("required").need("pymap", is_there=module.is_installed(), how="uv sync")
    with module.pymap() as server:
        yield server


@pytest.fixture
def box(pymap, letter, world):
    """A folder of its own, and a hub that reads it."""

    class Box:
        folder = f"Box{next(_names)}"
        hub = world(pymap, password=pymap.password, user=pymap.user, address="anna@my.example", folders=[f"{folder}*"])

        def imap(self):
            client = imaplib.IMAP4("127.0.0.1", pymap.port)
            client.login(pymap.user, pymap.password)
            return client

        def deliver(self, *names, folder=""):
            with self.imap() as client:
                client.create(folder or self.folder)
                for name in names:
                    status, said = client.append(folder or self.folder, "", None, letter(name))
                    assert status == "OK", said

    return Box()


def test_it_really_can_little(box):
    with box.imap() as client:
        features = set(client.capability()[1][0].decode().upper().split())
    assert not features & {"CONDSTORE", "QRESYNC", "SPECIAL-USE", "LIST-STATUS", "ESEARCH"}


def test_mails_come_once_and_a_second_sync_brings_nothing(box):
    box.deliver("a", "b", "c")
    assert box.hub.good_sync().stored == 3
    assert sorted(box.hub.history()) == ["Счёт a", "Счёт b", "Счёт c"]
    assert box.hub.good_sync().listed == 0


def test_what_is_new_comes_alone(box):
    box.deliver("a", "b")
    box.hub.good_sync()
    box.deliver("late")
    assert box.hub.good_sync().listed == 1


def test_what_is_expunged_is_marked(box):
    box.deliver(*(f"a{number}" for number in range(8)))
    box.hub.good_sync()
    with box.imap() as client:
        client.select(box.folder)
        client.store("3", "+FLAGS", "(\\Deleted)")
        client.expunge()
    assert box.hub.good_sync().gone == 1
    assert len(box.hub.history()) == 8
    assert box.hub.good_sync().gone == 0


def test_reading_changes_no_flag(box):
    box.deliver("unread")
    box.hub.good_sync()
    with box.imap() as client:
        client.select(box.folder, readonly=True)
        assert b"\\Seen" not in client.fetch("1", "(FLAGS)")[1][0]


def test_the_mail_says_what_it_says_from_a_better_server(box, letter, opened):
    from hub_email.message import parse

    box.deliver("mail")
    with opened(**box.hub.settings) as source:
        (page,) = source.pull(f"anna@my.example/{box.folder}", None)
        assert [parse(raw.body()) for raw in page.raws] == [parse(letter("mail"))]
        assert len(source.fetch(f"anna@my.example/{box.folder}", page.raws[0].external_id, "2")) > 3000


def test_a_folder_that_was_deleted_and_made_again_has_new_mails(box):
    box.deliver("a", "b")
    box.hub.good_sync()
    with box.imap() as client:
        client.delete(box.folder)
    box.deliver("a", "c")
    box.hub.good_sync()
    assert sorted(box.hub.history()) == ["Счёт a", "Счёт b", "Счёт c"]
