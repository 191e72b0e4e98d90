"""Mailboxes on a real Dovecot, all the way into the history."""

import imaplib
import re
from email import message_from_bytes

import pytest

import hub


@pytest.fixture
def box(dovecot, address, letter, world):
    """A mailbox, and a hub that reads it."""

    class Box:
        server = dovecot
        hub = world(dovecot, address=address)

        def deliver(self, name, folder="INBOX", **more):
            dovecot.deliver(address, folder, letter(name, **more))

        def imap(self):
            client = imaplib.IMAP4("127.0.0.1", dovecot.port)
            client.login(address, dovecot.password)
            return client

    box = Box()
    box.address = address
    return box


def test_mails_of_all_folders_but_drafts_junk_and_trash_become_history(box):
    for folder in ("INBOX", "Sent", "Drafts", "Junk", "Trash", "Clients/Ромашка"):
        with box.imap() as client:
            name = folder.replace("Ромашка", "&BCAEPgQ8BDAESAQ6BDA-")
            client.create(f'"{name}"')
        box.deliver(folder.lower().partition("/")[0], name)
    assert box.hub.good_sync().stored == 3
    assert sorted(box.hub.history()) == ["Счёт clients", "Счёт inbox", "Счёт sent"]
    assert set(box.hub.states()) == {f"{box.address}/{name}" for name in ("INBOX", "Sent", "Clients/Ромашка")}


def test_a_second_sync_finds_nothing_new_and_asks_for_no_folder(box):
    for number in range(3):
        box.deliver(f"a{number}")
    assert box.hub.good_sync().stored == 3
    box.server.listen(box.address)
    assert box.hub.good_sync().listed == 0
    said = [line.split()[0] for line in box.server.heard(box.address)]
    assert said == ["CAPABILITY", "ID", "LIST", "LOGOUT"]


def test_only_what_is_new_is_fetched(box):
    for number in range(5):
        box.deliver(f"a{number}")
    box.hub.good_sync()
    box.server.listen(box.address)
    box.deliver("late")
    counts = box.hub.good_sync()
    assert (counts.listed, counts.stored) == (1, 1)
    assert [line.split()[2] for line in box.server.heard(box.address) if "FETCH" in line] == ["6", "6"]


def test_reading_changes_no_flag_and_sends_no_command_that_could(box):
    box.deliver("unread")
    box.deliver("read", text="Прочитано")
    with box.imap() as client:
        client.select("INBOX")
        client.store("1", "+FLAGS", "(\\Flagged)")
    before = _flags(box)
    box.server.listen(box.address)
    box.hub.good_sync()
    with box.hub.open() as opened:
        assert opened
    assert _flags(box) == before
    said = box.server.heard(box.address)
    assert said
    allowed = re.compile(r"(CAPABILITY|ID|LIST|EXAMINE|UID SEARCH|UID FETCH|LOGOUT|STATUS|ENABLE)\b")
    assert not [line for line in said if not allowed.match(line)]
    assert not [line for line in said if re.search(r"BODY\[|RFC822(?!\.SIZE)", line)]


def _flags(box):
    return box.server.doveadm("fetch", "-u", box.address, "uid flags modseq", "all")


def test_what_is_expunged_is_marked_and_its_history_stays(box):
    for number in range(8):
        box.deliver(f"a{number}")
    box.hub.good_sync()
    box.server.doveadm("expunge", "-u", box.address, "mailbox", "INBOX", "uid", "3")
    assert box.hub.good_sync().gone == 1
    assert [name.rpartition("-")[2] for name in box.hub.removed()] == ["3"]
    assert len(box.hub.history()) == 8


def test_of_a_server_that_keeps_account_what_went_is_asked_and_nothing_else(box):
    for number in range(8):
        box.deliver(f"a{number}")
    box.hub.good_sync()
    box.server.doveadm("expunge", "-u", box.address, "mailbox", "INBOX", "uid", "3,5")
    box.deliver("late")
    box.server.listen(box.address)
    counts = box.hub.good_sync()
    assert (counts.stored, counts.gone) == (1, 2)
    said = "".join(box.server.heard(box.address))
    assert "VANISHED" in said
    assert "UID 1:*" not in said
    assert [name.rpartition("-")[2] for name in box.hub.removed()] == ["3", "5"]
    assert box.hub.good_sync().gone == 0


def test_too_much_that_a_server_says_went_is_asked_about_as_well(box):
    for number in range(12):
        box.deliver(f"a{number}")
    box.hub.good_sync()
    box.server.doveadm("expunge", "-u", box.address, "mailbox", "INBOX", "uid", "1:11")
    (bad,) = [report for report in box.hub.sync() if report.state != "ok"]
    assert isinstance(bad.error, hub.SuddenlyEmpty)
    assert box.hub.removed() == []
    box.hub.accept(bad.stream)
    assert box.hub.good_sync().gone == 11


def test_a_mail_that_is_moved_is_one_interaction_in_its_new_place(box):
    for number in range(8):
        box.deliver(f"a{number}")
    box.hub.good_sync()
    before = sorted(box.hub.history())
    with box.imap() as client:
        client.create("Archive")
        client.select("INBOX")
        client.uid("MOVE", "3", "Archive")
    box.hub.good_sync()
    assert sorted(box.hub.history()) == before
    assert box.hub.states()[f"{box.address}/Archive"] == {"stored": 1}
    assert [name.rpartition("-")[2] for name in box.hub.removed()] == ["3"]


def test_a_folder_that_is_renumbered_is_read_again_without_loss_or_doubles(box):
    for number in range(8):
        box.deliver(f"a{number}")
    box.hub.good_sync()
    before = box.hub.history()
    box.server.doveadm(
        "mailbox", "update", "-u", box.address, "--uid-validity", "4242", "--min-next-uid", "1000", "INBOX"
    )
    box.deliver("late")
    counts = box.hub.good_sync()
    assert counts.stored == 9
    assert box.hub.states()[f"{box.address}/INBOX"] == {"stored": 9, "renumbered": 8}
    assert sorted(box.hub.history()) == sorted([*before, "Счёт late"])
    assert box.hub.good_sync().listed == 0


def test_a_mail_in_a_file_and_on_a_server_is_one_interaction(box, letter, tmp_path):
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "a.eml").write_bytes(letter("both").replace(b"\r\n", b"\n"))
    (tmp_path / "mails" / "b.eml").write_bytes(letter("file"))
    box.deliver("both")
    box.hub.connections["files"] = ("email.files", {"path": str(tmp_path / "mails")})
    assert box.hub.good_sync().stored == 3
    assert sorted(box.hub.history()) == ["Счёт both", "Счёт file"]


def test_a_draft_is_not_history_unless_it_is_asked_for(box):
    box.deliver("thought", "Drafts")
    box.hub.good_sync()
    assert box.hub.history() == []
    box.hub.settings["also"] = ["drafts"]
    box.hub.good_sync()
    assert box.hub.history() == ["Счёт thought"]


def test_an_attachment_is_fetched_when_somebody_asks(box, letter, opened):
    box.deliver("mail")
    whole = message_from_bytes(letter("mail"))
    wanted = whole.get_payload(1).get_payload(decode=True)
    box.server.listen(box.address)
    with opened(**box.hub.settings) as source:
        stream = f"{box.address}/INBOX"
        (raw,) = next(iter(source.pull(stream, None))).raws
        assert b"JVBERi0xLjQK" not in raw.body()
        assert source.fetch(stream, raw.external_id, "2") == wanted
        with pytest.raises(KeyError):
            source.fetch(stream, raw.external_id, "7")
        with pytest.raises(KeyError):
            source.fetch(stream, raw.external_id.replace("-1", "-99"), "")
        with pytest.raises(KeyError):
            source.fetch(stream, "4-1", "")
