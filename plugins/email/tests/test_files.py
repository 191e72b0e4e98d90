"""Folders of mail, mboxes and Maildirs as a source."""

import logging
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hub_email import caps
from hub_email.files import MailFiles
from hub_email.places import quoted, unquoted

import hub


def source(*paths: Path, page: int = 3, known: dict[str, hub.Known] | None = None) -> MailFiles:
    log = logging.LoggerAdapter(logging.getLogger("test"), {})
    clock, streams = (lambda: datetime(2026, 11, 16, tzinfo=UTC)), known or {}
    tools = hub.Tools(clock=clock, log=log, stopping=lambda: False, known=lambda: streams)
    return MailFiles(paths, "anna@my.example", tools, page=page)


def letter(name: str, text: str = "the text of the mail") -> bytes:
    return f"From: petr@romashka.example\nSubject: {name}\nMessage-ID: <{name}@x>\nDate: Mon, 16 Nov 2026 10:05:00 +0300\n\n{text}\n".encode()


def put(path: Path, at: int = 0, data: bytes = b"") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data or letter(path.stem))
    if at:
        os.utime(path, (at, at))
    return path


def maildir(path: Path) -> Path:
    for folder in ("cur", "new", "tmp"):
        (path / folder).mkdir(parents=True, exist_ok=True)
    return path


def mbox(*names: str, notes: str = "") -> bytes:
    return b"".join(b"From - Mon Nov 16 10:05:00 2026\n" + notes.encode() + letter(name) + b"\n" for name in names)


def pulled(files: MailFiles, stream: str, cursor: str | None = None) -> tuple[list[str], str | None]:
    """The ids that a pull brings, in their order, and where it ends."""
    ids: list[str] = []
    for page in files.pull(stream, cursor):
        ids += [raw.external_id for raw in page.raws]
        cursor = page.cursor
    return ids, cursor


def body(raw: hub.Raw) -> bytes:
    return raw.body() if callable(raw.body) else raw.body


# --- streams ---


def test_every_folder_and_file_of_mail_is_a_stream(tmp_path: Path) -> None:
    root = tmp_path / "anna"
    put(root / "inbox" / "1.eml")
    put(root / "2025" / "clients" / "2.EML")
    put(root / "Archive.mbox", data=mbox("a"))
    put(root / "Sent", data=mbox("b"))
    put(root / "notes.txt", data=b"From nobody")
    put(root / ".git" / "3.eml")
    (root / "empty").mkdir()
    maildir(root / "Maildir" / ".Work.Clients")
    maildir(root / "Maildir")
    maildir(root / "Maildir" / ".&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-")
    streams = {one.name: one.title for one in source(root).streams()}
    assert streams == {
        "anna/2025/clients": "2025/clients",
        "anna/Archive.mbox": "Archive.mbox",
        "anna/Maildir": "Maildir",
        "anna/Maildir/.&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-": "Maildir/Отправленные",
        "anna/Maildir/.Work.Clients": "Maildir/Work/Clients",
        "anna/Sent": "Sent",
        "anna/empty": "empty",
        "anna/inbox": "inbox",
    }


def test_the_owner_is_the_custodian_of_every_stream(tmp_path: Path) -> None:
    assert [one.custodian for one in source(tmp_path).streams()] == ["anna@my.example"]


def test_links_that_go_round_in_circles_are_followed_once(tmp_path: Path) -> None:
    put(tmp_path / "mail" / "a" / "1.eml")
    (tmp_path / "mail" / "a" / "up").symlink_to(tmp_path / "mail")
    (tmp_path / "mail" / "a" / "self").symlink_to(tmp_path / "mail" / "a")
    (tmp_path / "mail" / "b").symlink_to(tmp_path / "mail" / "a")
    (tmp_path / "mail" / "loop.eml").symlink_to(tmp_path / "mail" / "loop.eml")
    assert [one.name for one in source(tmp_path / "mail").streams()] == ["mail/a"]


def test_two_paths_with_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a" / "Maildir").mkdir(parents=True)
    (tmp_path / "b" / "Maildir").mkdir(parents=True)
    with pytest.raises(hub.Misconfigured, match='called "Maildir"'):
        source(tmp_path / "a" / "Maildir", tmp_path / "b" / "Maildir").check()


@pytest.mark.parametrize("name", ["plain.eml", "Счёт.eml", "caf\udce9.eml", "a\ufffdE9.eml", "\udcff\udcfe", "\ufffd"])
def test_any_file_name_has_a_text_and_comes_back_from_it(name: str) -> None:
    quoted(name).encode()
    assert unquoted(quoted(name)) == name


# --- folders of .eml ---


def test_mails_come_newest_first(tmp_path: Path) -> None:
    for number in range(8):
        put(tmp_path / "mail" / f"{number}.eml", at=1_000 + number)
    assert pulled(source(tmp_path / "mail"), "mail")[0] == [f"{number}.eml" for number in (7, 6, 5, 4, 3, 2, 1, 0)]


def test_a_big_folder_is_not_held_in_memory_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        put(tmp_path / "mail" / f"{number:02}.eml", at=1_000 + number // 4)
    monkeypatch.setattr("hub_email.listing.newest.__defaults__", (7,))
    ids, _ = pulled(source(tmp_path / "mail"), "mail")
    assert sorted(ids) == [f"{number:02}.eml" for number in range(30)]
    assert ids[-1] < "04"


def test_what_is_no_mail_is_passed_over(tmp_path: Path) -> None:
    for name in ("1.eml", "17", ".DS_Store", "._1.eml", "index.html", "2.eml.tmp"):
        put(tmp_path / "mail" / name)
    (tmp_path / "mail" / "folder.eml").mkdir()
    (tmp_path / "mail" / "gone.eml").symlink_to("nowhere")
    os.mkfifo(tmp_path / "mail" / "pipe.eml")
    assert sorted(pulled(source(tmp_path / "mail"), "mail")[0]) == ["1.eml", "17"]


def test_an_empty_folder_lists_nothing(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (page,) = source(tmp_path / "mail").pull("mail", None)
    assert (page.listed, list(page.raws)) == (0, [])
    assert source(tmp_path / "mail").ids("mail") == hub.Listing(complete=True, ids=set())


def test_a_folder_that_vanished_cannot_be_reached(tmp_path: Path) -> None:
    put(tmp_path / "mail" / "a" / "1.eml")
    files = source(tmp_path / "mail")
    list(files.streams())
    (tmp_path / "mail" / "a" / "1.eml").unlink()
    (tmp_path / "mail" / "a").rmdir()
    for use in (
        lambda: list(files.pull("mail/a", None)),
        lambda: files.ids("mail/a"),
        lambda: list(source(tmp_path / "mail").pull("mail/a", None)),
    ):
        with pytest.raises(hub.Unreachable, match="does not exist any more"):
            use()


def test_a_path_that_was_never_there_is_a_mistake_and_one_that_went_is_not(tmp_path: Path) -> None:
    files = source(tmp_path / "disk" / "mail")
    with pytest.raises(hub.Misconfigured, match="does not exist"):
        files.check()
    with pytest.raises(hub.Unreachable, match="does not exist any more"):
        list(files.streams())


@pytest.mark.parametrize("stream", ["mail", "mail/Inbox"])
def test_a_path_that_was_read_before_is_waited_for(tmp_path: Path, stream: str) -> None:
    lost = tmp_path / "disk" / "mail"
    with pytest.raises(hub.Unreachable, match="does not exist any more"):
        source(lost, known={stream: hub.Known("", "cursor")}).check()
    for never in ({stream: hub.Known("", None)}, {f"e{stream}": hub.Known("", "cursor")}):
        with pytest.raises(hub.Misconfigured):
            source(lost, known=never).check()


def test_a_pull_that_goes_on_brings_what_was_touched_while_it_waited(tmp_path: Path) -> None:
    for number in range(8):
        put(tmp_path / "mail" / f"{number}.eml", at=1_000 + number)
    files = source(tmp_path / "mail")
    first = next(files.pull("mail", None))
    put(tmp_path / "mail" / "0.eml", at=2_000)
    put(tmp_path / "mail" / "new.eml", at=2_001)
    ids, end = pulled(files, "mail", first.cursor)
    assert ids == ["4.eml", "3.eml", "2.eml", "1.eml", "new.eml", "0.eml"]
    assert len(pulled(files, "mail", end)[0]) == 9


def test_a_mail_larger_than_the_cap_gives_its_header_and_says_so(tmp_path: Path) -> None:
    path = put(tmp_path / "mail" / "1.eml")
    with path.open("r+b") as file:
        file.truncate(caps.MESSAGE + 1)
    (page,) = source(tmp_path / "mail").pull("mail", None)
    raw = body(page.raws[0])
    assert len(raw) < 1_000
    assert b"Subject: 1" in raw
    assert b"X-Hub-Omitted: 50000001" in raw


def test_a_part_is_fetched_decoded_and_an_item_pruned(tmp_path: Path) -> None:
    mail = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\nContent-Transfer-Encoding: base64\nContent-Type: a/b\n\nAAEC\n--b--\n"
    put(tmp_path / "mail" / "Счёт.eml", data=mail)
    files = source(tmp_path / "mail")
    assert files.fetch("mail", "Счёт.eml", "2") == b"\0\1\2"
    assert b"AAEC" not in files.fetch("mail", "Счёт.eml", "")
    for external_id, part in (("Счёт.eml", "3"), ("../mail/Счёт.eml", ""), ("nothing.eml", ""), ("", "")):
        with pytest.raises(KeyError):
            files.fetch("mail", external_id, part)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read")
def test_what_we_may_not_read_is_told_apart_file_by_file(tmp_path: Path) -> None:
    put(tmp_path / "mail" / "1.eml").chmod(0)
    put(tmp_path / "mail" / "closed" / "2.eml").parent.chmod(0)
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(folder.stat().st_mode | 0o055)
    files = source(tmp_path / "mail")
    reading, writing = os.pipe()
    if not (child := os.fork()):  # root may read everything: somebody else has to try
        os.setuid(65534)
        os.write(writing, tried(files, tmp_path / "mail" / "closed").encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 1_000).decode().split("; ") == [
        "mail, mail/closed",
        "PermissionError",
        "PermissionError",
        "Unreachable: allow the hub to read it",
        "Unreachable: allow the hub to read it",
        "Misconfigured: allow the hub to read it",
    ]


def tried(files: MailFiles, closed: Path) -> str:
    """What becomes of reading a file and a folder that we may not read."""
    found = [", ".join(sorted(one.name for one in files.streams()))]
    (page,) = files.pull("mail", None)
    for use in (
        lambda: body(page.raws[0]),
        lambda: files.fetch("mail", "1.eml", ""),
        lambda: files.fetch("mail", "1.eml", "2"),
        lambda: list(files.pull("mail/closed", None)),
        source(closed).check,
    ):
        try:
            use()
            found.append("read")
        except hub.HubError as error:
            found.append(f"{type(error).__name__}: {error.fix}")
        except OSError as error:
            found.append(type(error).__name__)
    return "; ".join(found)


# --- Maildir ---


def test_a_moved_and_flagged_mail_is_the_same_mail(tmp_path: Path) -> None:
    root = maildir(tmp_path / "Maildir")
    path = put(root / "new" / "17.M1.host,S=1,W=2", at=1_000)
    files = source(root)
    (before,) = files.pull("Maildir", None)
    path.rename(root / "cur" / "17.M1.host,S=1,W=2:2,RS")
    (after,) = files.pull("Maildir", None)
    assert [(raw.external_id, raw.revision) for raw in after.raws] == [
        (raw.external_id, raw.revision) for raw in before.raws
    ]
    assert before.raws[0].external_id == "17.M1.host,S=1,W=2"
    assert body(before.raws[0]) == body(after.raws[0]), "a mail that was moved meanwhile is found where it is now"


def test_the_uid_that_mbsync_writes_into_the_name_does_not_count(tmp_path: Path) -> None:
    root = maildir(tmp_path / "Maildir")
    put(root / "cur" / "17.host,U=5:2,S")
    assert pulled(source(root), "Maildir")[0] == ["17.host"]


def test_a_maildir_in_which_nothing_came_or_went_is_not_listed_again(tmp_path: Path) -> None:
    root = maildir(tmp_path / "Maildir")
    put(root / "cur" / "1:2,S")
    files = source(root)
    _, cursor = pulled(files, "Maildir")
    ids, cursor = pulled(files, "Maildir", cursor)
    assert ids == ["1"], "the second pass makes sure"
    assert list(files.pull("Maildir", cursor)) == []
    put(root / "new" / "2")
    assert sorted(pulled(files, "Maildir", cursor)[0]) == ["1", "2"]


def test_files_of_the_server_are_passed_over(tmp_path: Path) -> None:
    root = maildir(tmp_path / "Maildir")
    for name in ("cur/1:2,", "cur/dovecot-uidlist.lock", "cur/.hidden", "dovecot.index", "new/dovecot-x"):
        put(root / name)
    assert pulled(source(root), "Maildir")[0] == ["1"]
    assert source(root).ids("Maildir").ids == {"1"}


# --- mbox ---


def test_an_mbox_is_read_from_its_end(tmp_path: Path) -> None:
    put(tmp_path / "Inbox", data=mbox("a", "b", "c", "d", "e"))
    pages = list(source(tmp_path / "Inbox", page=2).pull("Inbox", None))
    assert [[body(raw).split(b"\n")[1] for raw in page.raws] for page in pages] == [
        [b"Subject: e", b"Subject: d"],
        [b"Subject: c", b"Subject: b"],
        [b"Subject: a"],
    ]


def test_compacting_an_mbox_and_reading_its_mails_changes_no_id(tmp_path: Path) -> None:
    path = put(tmp_path / "Inbox", data=mbox("a", "b", "c", "d", notes="X-Mozilla-Status: 0000\nX-Mozilla-Keys:    \n"))
    before = pulled(source(path), "Inbox")[0]
    path.write_bytes(
        mbox("a", "c", "d", notes="Status: RO\nX-Mozilla-Status: 0001\nX-Mozilla-Keys: work\n  more\n").replace(
            b"From - ", b"From x@y "
        )
    )
    assert pulled(source(path), "Inbox")[0] == [before[0], before[1], before[3]]


def test_mails_that_say_the_same_are_told_apart(tmp_path: Path) -> None:
    ids, _ = pulled(source(put(tmp_path / "Inbox", data=mbox("a", "b", "a", "a"))), "Inbox")
    assert ids == [f"{ids[3]}-3", f"{ids[3]}-2", ids[2], ids[3]]
    assert source(tmp_path / "Inbox").fetch("Inbox", ids[0], "1") == b"the text of the mail\n"


def test_an_unchanged_mbox_is_not_read_again(tmp_path: Path) -> None:
    path = put(tmp_path / "Inbox", data=mbox("a"))
    files = source(path)
    _, cursor = pulled(files, "Inbox")
    assert list(files.pull("Inbox", cursor)) == []
    path.write_bytes(mbox("a", "b"))
    assert len(pulled(files, "Inbox", cursor)[0]) == 2


def test_a_mail_of_an_mbox_rewritten_meanwhile_is_not_mistaken_for_another(tmp_path: Path) -> None:
    path = put(tmp_path / "Inbox", data=mbox("a", "b"))
    (page,) = source(path).pull("Inbox", None)
    path.write_bytes(mbox("c", "d"))
    for raw in page.raws:
        with pytest.raises(FileNotFoundError):
            body(raw)


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (b"", 0),
        (b" \r\n\n", 0),
        (mbox("a"), 1),
        (mbox("a").replace(b"\n", b"\r\n"), 1),
        (b"From a@b Mon Nov 16 10:05:00 2026\nSubject: 1\n\nFrom here to there\n\n>From x\nFrom the start, at 10:05\n", 1),
        (b"From 1@xxx Mon Nov 16 10:05:00 +0000 2026\nA: b\nFrom 2@xxx Mon Nov 16 10:05:00 +0000 2026\nC: d\n", 2),
        (b"From \nSubject: 1\n\nx\n\nFrom - \nSubject: 2\n\ny\n\nFrom \nno header\n", 2),
        (b"From MAILER-DAEMON Mon Nov 16 10:05:00 2026\nSubject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1 2\n\nx\n\n" + mbox("a"), 1),
    ],
)  # fmt: skip
def test_mails_of_an_mbox_are_told_apart_by_separators(tmp_path: Path, data: bytes, count: int) -> None:
    (tmp_path / "Inbox").write_bytes(data)
    files = source(tmp_path / "Inbox")
    assert len(pulled(files, "Inbox")[0]) == count
    assert len(list(files.ids("Inbox").ids)) == count


@pytest.mark.parametrize(
    "data", [b"!BDN\x00 a .pst", b"PK\x03\x04", b"From: anna@my.example\nSubject: one mail\n\nFrom here on\n"]
)
def test_a_file_that_is_no_mbox_is_not_taken_for_a_mailbox_without_mail(tmp_path: Path, data: bytes) -> None:
    path = put(tmp_path / "Inbox", data=data)
    for ask in (
        lambda files: pulled(files, "Inbox"),
        lambda files: files.ids("Inbox"),
        lambda files: files.size("Inbox"),
    ):
        with pytest.raises(hub.Misconfigured, match="Inbox is no mbox") as caught:
            ask(source(path))
        assert "name an mbox file, or the folder" in caught.value.fix


def test_separators_are_found_wherever_a_large_file_is_cut_to_be_read(tmp_path: Path) -> None:
    pad = b"x" * 77 + b"\n"
    one = b"From - Mon Nov 16 10:05:00 2026\nSubject: 1\n\n" + pad * 400 + b"\n"
    bare = b"From \nSubject: 1\n\n" + pad * 333 + b"\n"
    path = put(tmp_path / "Inbox", data=(one + bare) * 60)
    assert len(list(source(path).ids("Inbox").ids)) == 120


def test_quoted_separators_are_unquoted(tmp_path: Path) -> None:
    path = put(tmp_path / "Inbox", data=b"From - Mon Nov 16 10:05:00 2026\nSubject: 1\n\nhello\n>From here on\n")
    ids, _ = pulled(source(path), "Inbox")
    assert source(path).fetch("Inbox", ids[0], "1") == b"hello\nFrom here on\n"
