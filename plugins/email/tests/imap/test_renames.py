"""Folders that get another name, by themselves or with what they lie in: the same streams, nothing asked, nothing fetched again."""

import imaplib
import re

import pytest

import hub
from hub.store import pulls


@pytest.fixture
def box(dovecot, address, letter, world):
    class Box:
        server = dovecot
        hub = world(dovecot, address=address)

        def deliver(self, folder, *names):
            with self.imap() as client:
                client.create(folder)
            for name in names:
                dovecot.deliver(address, folder, letter(name))

        def imap(self):
            client = imaplib.IMAP4("127.0.0.1", dovecot.port)
            client.login(address, dovecot.password)
            return client

        def rename(self, *pairs):
            with self.imap() as client:
                for old, new in pairs:
                    assert client.rename(old, new)[0] == "OK"

        def folders(self):
            """Streams by name, with the folder that each is now."""
            with self.hub.open() as opened, opened.store.read() as tx:
                return {row.name.partition("/")[2]: row.title.partition("/")[2] for row in pulls.streams(tx)}

    box = Box()
    box.address = address
    return box


def _fetches(box):
    return [line for line in box.server.heard(box.address) if re.search(r"FETCH .*(TEXT|\.MIME|BODY\.PEEK\[\d)", line)]


def test_a_renamed_folder_goes_on_as_the_stream_it_was(box):
    box.deliver("Clients", *(f"a{number}" for number in range(8)))
    box.hub.good_sync()
    before = box.hub.history()
    box.rename(("Clients", "Kunden"))
    box.server.listen(box.address)
    counts = box.hub.good_sync()
    assert (counts.listed, counts.gone) == (0, 0)
    assert _fetches(box) == []
    assert box.folders()["Clients"] == "Kunden"
    assert box.hub.history() == before
    box.deliver("Kunden", "late")
    assert box.hub.good_sync().listed == 1
    assert box.hub.states()[f"{box.address}/Clients"] == {"stored": 9}
    assert box.hub.good_sync().listed == 0


def test_the_folders_in_a_renamed_folder_go_on_too(box):
    box.deliver("Clients", "a")
    box.deliver("Clients/Alpha", "b", "c")
    box.deliver("Clients/Beta", "d")
    box.hub.good_sync()
    box.rename(("Clients", "Archive/2025"))
    assert box.hub.good_sync().listed == 0
    moved = {"Clients": "Archive/2025", "Clients/Alpha": "Archive/2025/Alpha", "Clients/Beta": "Archive/2025/Beta"}
    assert box.folders().items() >= moved.items()
    assert "Archive" not in box.folders()


def test_a_folder_that_takes_a_renamed_ones_name_is_another_stream(box):
    box.deliver("Clients", "a", "b")
    box.hub.good_sync()
    box.rename(("Clients", "Clients-2025"))
    box.deliver("Clients", "c")
    assert box.hub.good_sync().stored == 1
    assert {name: folder for name, folder in box.folders().items() if "Clients" in name} == {
        "Clients": "Clients-2025", "Clients#2": "Clients",
    }  # fmt: skip
    box.rename(("Clients", "Clients-2026"), ("Clients-2025", "Old"))
    assert box.hub.good_sync().listed == 0
    assert box.folders().items() >= {"Clients": "Old", "Clients#2": "Clients-2026"}.items()
    assert len(box.hub.history()) == 3


def test_a_folder_of_which_all_is_told_elsewhere_may_go_without_a_word(box):
    box.deliver("Clients", "a", "b")
    box.hub.good_sync()
    with box.imap() as client:
        client.create("Archive")
        client.select("Clients")
        client.uid("MOVE", "1:2", "Archive")
        client.select("INBOX")
        client.delete("Clients")
    assert box.hub.good_sync().stored == 2
    assert len(box.hub.history()) == 2
    assert box.hub.good_sync().listed == 0


def test_an_empty_folder_may_go_without_a_word(box):
    box.deliver("Clients")
    box.deliver("INBOX", "a")
    box.hub.good_sync()
    with box.imap() as client:
        client.delete("Clients")
    assert box.hub.good_sync().listed == 0


def test_a_folder_that_goes_with_its_mails_is_still_asked_about(box):
    box.deliver("Clients", "a")
    box.deliver("Other", "b")
    box.hub.good_sync()
    with box.imap() as client:
        client.delete("Clients")
    box.deliver("Fresh", "c")
    [bad] = [report for report in box.hub.sync() if report.state != "ok"]
    assert isinstance(bad.error, hub.SuddenlyEmpty)
    assert bad.stream == f"{box.address}/Clients"


# --- by the folder's id, and without anything to go by ---------------------------------------------------------------


@pytest.fixture
def moving(scripted, world):
    """A hub and a server that gives folders ids, and a folder that can get another name, or stay shut."""
    state = {"name": b"Clients", "refuses": False}

    def listed(sock, tag, command):
        return b'* LIST () "/" INBOX\r\n* LIST () "/" %s\r\n' % state["name"]

    def examined(sock, tag, command):
        if "INBOX" in command:
            return (
                b"* 0 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 1] next\r\n* OK [MAILBOXID (f1)] its id\r\n"
            )
        if state["refuses"]:
            return sock.sendall(tag + b" NO not today\r\n")
        return b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 2] next\r\n* OK [MAILBOXID (f2)] its id\r\n"

    features = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR OBJECTID\r\n"
    with scripted({"CAPABILITY": features, "LIST": listed, "EXAMINE": examined}) as server:
        server.password = "x"
        yield world(server, address="anna@my.example", folders=["Clients", "Kunden"]), state


def test_a_server_that_gives_folders_ids_is_believed(moving):
    """Nothing else tells: of a folder with an id no mail is marked."""
    office, state = moving
    office.good_sync()
    assert office.states() == {"anna@my.example/Clients": {"stored": 1}}
    state["name"] = b"Kunden"
    assert office.good_sync().listed == 0
    assert list(office.states()) == ["anna@my.example/Clients"]


def test_of_a_renamed_folder_that_cannot_be_opened_the_name_it_has_now_is_said(moving):
    office, state = moving
    office.good_sync()
    state["name"] = b"Kunden"
    office.good_sync()
    state["refuses"] = True
    [bad] = [report for report in office.sync() if report.state != "ok"]
    assert bad.stream == "anna@my.example/Clients"
    assert 'the folder "anna@my.example/Kunden": not today' in str(bad.error)
