"""Gmail by IMAP: one store whose folders are labels. Every mail once, with its labels; drafts, spam and trash left out."""

from dataclasses import replace

import pytest
from hub_email.imap.plugin import EMAIL_IMAP

import hub
from hub.core.policy import Never
from hub.store import clients


def _mail(name, sender="petr@romashka.example", to="anna@my.example"):
    lines = [
        f"From: {sender}", f"To: {to}", f"Subject: {name}", "Date: Mon, 02 Mar 2026 10:05:00 +0300",
        f"Message-ID: <{name}@romashka.example>", "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit", "", "Добрый день!", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


@pytest.fixture
def gmail(servers, scripted):
    found = servers("gmail")
    mails = [
        found.Mail(_mail("asked"), ("\\Inbox", "\\Important", "Клиенты", "A, B & C")),
        found.Mail(_mail("answered", "anna@my.example", "petr@romashka.example"), ("\\Sent", "Клиенты")),
        found.Mail(_mail("archived"), ()),
        found.Mail(_mail("thought", "anna@my.example", "petr@romashka.example"), ("\\Draft",)),
        found.Mail(_mail("junk"), ("\\Spam",)),
        found.Mail(_mail("thrown"), ("\\Trash",)),
    ]
    with found.gmail(scripted, mails) as server:
        server.Mail = found.Mail
        yield server


@pytest.fixture
def box(gmail, world):
    return world(gmail, address="anna@my.example")


ALL = "anna@my.example/[Gmail]/Вся почта"


def test_every_mail_comes_once_whatever_its_labels(box, gmail):
    assert box.good_sync().stored == 3
    assert sorted(box.history()) == ["answered", "archived", "asked"]
    assert box.states() == {ALL: {"stored": 3, "excluded": 1}}, "a draft is counted, and not kept"
    gmail.heard.clear()
    assert box.good_sync().listed == 0
    assert not [line for line in gmail.heard if "EXAMINE" in line]


def test_labels_are_the_mails_own_and_those_that_come_and_go_are_none(gmail, box, opened):
    with opened(**box.settings) as source:
        (page,) = source.pull(ALL, None)
        bodies = [raw.body() for raw in page.raws]
    settings = EMAIL_IMAP.settings(**box.settings)
    window = hub.Window(seen=box.now.date(), until=box.now.date())
    told = [EMAIL_IMAP.map(body, settings, window) for body in bodies]
    labels = {one[0].record.subject: one[0].record.labels for one in told if one}
    assert labels == {"asked": ("Клиенты", "A B & C"), "answered": ("Sent", "Клиенты"), "archived": ()}
    assert bodies[-1].startswith(b"X-GM-MSGID: 1278455344230334865\r\nX-GM-THRID: ")


def threads(hub_opened):
    with hub_opened.store.read() as tx:
        [client] = clients.find(tx, "romashka.example", [hub.Identifier("domain", "romashka.example")])
        return {row.title: row.thread for row in clients.history(tx, client.id, limit=10)}


def test_what_gmail_calls_a_conversation_is_one_thread(box, gmail):
    for mail in gmail.mails[:2]:
        mail.thread = 1_278_455_344_230_000_000
    box.good_sync()
    with box.open() as hub_opened:
        found = threads(hub_opened)
    assert found["asked"] == found["answered"] != found["archived"]


def test_what_was_sent_is_told_from_what_came(box):
    box.good_sync()
    with box.open() as hub_opened, hub_opened.store.read() as tx:
        [client] = clients.find(tx, "romashka.example", [hub.Identifier("domain", "romashka.example")])
        directions = {row.title: row.direction for row in clients.history(tx, client.id, limit=10)}
    assert directions == {"asked": "in", "archived": "in", "answered": "out"}


def test_a_draft_that_is_sent_is_read_and_one_that_is_asked_for_too(box, gmail):
    box.good_sync()
    sent = gmail.Mail(gmail.mails.pop(3).content, ("\\Sent",), 77)
    gmail.mails.append(sent)
    assert box.good_sync().stored == 1
    assert "thought" in box.history()
    gmail.mails.append(gmail.Mail(_mail("plan"), ("\\Draft",), 78))
    box.settings["also"] = ["drafts"]
    box.good_sync()
    assert "plan" in box.history()


def test_a_never_label_keeps_a_mail_out(box):
    box.policy = replace(box.policy, never=Never(labels=frozenset({"клиенты"})))
    box.good_sync()
    assert box.states() == {ALL: {"stored": 1, "excluded": 3}}


def test_who_asks_for_the_trash_gets_it_and_a_mail_that_is_thrown_away_is_one(box, gmail):
    box.settings["also"] = ["trash"]
    assert box.good_sync().stored == 4
    gmail.mails[2].labels = ("\\Trash",)
    box.good_sync()
    assert sorted(box.history()) == ["answered", "archived", "asked", "thrown"]
    assert box.good_sync().listed == 0


def test_a_mail_of_another_server_that_says_it_is_a_draft_is_kept(box):
    settings = EMAIL_IMAP.settings(**box.settings)
    window = hub.Window(seen=box.now.date(), until=box.now.date())
    forged = b"Received: from x by y\r\nX-GM-MSGID: 5\r\nX-Gmail-Labels: Draft\r\n" + _mail("forged")
    assert EMAIL_IMAP.map(forged, settings, window)
