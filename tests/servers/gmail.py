r"""Gmail's IMAP, as far as it is like no other: one store of mails, its folders views of it by label (X-GM-EXT-1).

    with gmail(scripted, [Mail(b"From: ...", ("\\Inbox", "Клиенты"))]) as server:
        server.mails[0].labels ...          # changed while it runs

https://developers.google.com/workspace/gmail/imap/imap-extensions says: the capability X-GM-EXT-1; special folders by LIST's
attributes; X-GM-MSGID and X-GM-THRID, 64 bits, the same in every folder; X-GM-LABELS, astrings in modified UTF-7, system labels
with a backslash, and not the one by which the folder that is open shows the mail; "All mail" has everything but Spam and Trash.
Assumptions: drafts are in "All mail"; there is CONDSTORE and no QRESYNC. Mails are of one part.
"""

import re
import socket
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

FEATURES = (
    b"* CAPABILITY IMAP4rev1 UNSELECT IDLE NAMESPACE ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS ENABLE MOVE CONDSTORE ESEARCH \
LIST-EXTENDED LIST-STATUS SPECIAL-USE AUTH=PLAIN AUTH=XOAUTH2 SASL-IR\r\n"
)
_OUT = {"\\Trash", "\\Spam"}
_VIEWS = (
    ("INBOX", "", "\\Inbox"),
    ("[Gmail]/Вся почта", "\\All", ""),
    ("[Gmail]/Отправленные", "\\Sent", "\\Sent"),
    ("[Gmail]/Черновики", "\\Drafts", "\\Draft"),
    ("[Gmail]/Корзина", "\\Trash", "\\Trash"),
    ("[Gmail]/Спам", "\\Junk", "\\Spam"),
    ("[Gmail]/Помеченные", "\\Flagged", "\\Starred"),
)


@dataclass
class Mail:
    """A mail of one part; `number` is its X-GM-MSGID, `thread` its X-GM-THRID, 0 where it is the only one of its thread."""

    content: bytes
    labels: tuple[str, ...] = ("\\Inbox",)
    number: int = 0
    thread: int = 0


@dataclass
class Store:
    """What the account has, and what it was asked."""

    mails: list[Mail]
    port: int = 0
    heard: list[str] = field(default_factory=list)
    password: str = "geheim"
    uids: dict[str, dict[int, int]] = field(default_factory=dict)

    def folders(self) -> list[tuple[str, str, str]]:
        own = sorted({label for mail in self.mails for label in mail.labels if label[:1] != "\\"})
        return [*_VIEWS, *((label, "", label) for label in own)]

    def view(self, folder: str) -> dict[int, Mail]:
        """The mails of a folder by their UIDs there."""
        label = next(label for name, _, label in self.folders() if name == folder)
        known = self.uids.setdefault(folder, {})
        for at, mail in enumerate(self.mails):
            mail.number = mail.number or 1_278_455_344_230_334_865 + at
            if (label in mail.labels) if label else _OUT.isdisjoint(mail.labels):
                known.setdefault(mail.number, len(known) + 1)
        there = {mail.number: mail for mail in self.mails}
        shown = {uid: there[number] for number, uid in known.items() if number in there}
        return {
            uid: mail
            for uid, mail in shown.items()
            if (label in mail.labels if label else _OUT.isdisjoint(mail.labels))
        }


def encoded(name: str) -> str:
    """A name in modified UTF-7."""

    def shifted(match: "re.Match[str]") -> str:
        return "&" + b64encode(match[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"

    return re.sub(r"[^\x20-\x7e]+", shifted, name.replace("&", "&-"))


@contextmanager
def gmail(scripted: Callable[..., AbstractContextManager[Any]], mails: Sequence[Mail]) -> Iterator[Store]:
    """An account with these mails; `scripted` starts the server that answers like this."""
    store = Store(list(mails))
    opened = {"folder": "INBOX"}

    def listed(_sock: socket.socket, _tag: bytes, command: str) -> bytes:
        lines = ['* LIST (\\HasChildren \\Noselect) "/" "[Gmail]"']
        for name, use, _ in store.folders():
            lines.append(f'* LIST (\\HasNoChildren {use}) "/" "{encoded(name)}"')
            uids = store.view(name)
            state = f"MESSAGES {len(uids)} UIDNEXT {len(store.uids[name]) + 1} UIDVALIDITY 11"
            lines += [f'* STATUS "{encoded(name)}" ({state})'] if "STATUS" in command else []
        return "".join(f"{line}\r\n" for line in lines).encode()

    def examined(_sock: socket.socket, _tag: bytes, command: str) -> bytes:
        wire = command.split(" ", 1)[1].strip('"')
        opened["folder"] = next(name for name, _, _ in store.folders() if encoded(name) == wire)
        uids = store.view(opened["folder"])
        after = len(store.uids[opened["folder"]]) + 1
        said = f"* {len(uids)} EXISTS\r\n* OK [UIDVALIDITY 11] ok\r\n* OK [UIDNEXT {after}] ok\r\n* OK [HIGHESTMODSEQ 99]\r\n"
        return said.encode()

    def searched(_sock: socket.socket, tag: bytes, command: str) -> bytes:
        uids = sorted(store.view(opened["folder"]))
        low = re.search(r"UID (\d+):(\*|\d+)", command)
        if low:
            high = 1 << 40 if low[2] == "*" else int(low[2])
            uids = [uid for uid in uids if int(low[1]) <= uid <= high] or (uids[-1:] if low[2] == "*" else [])
        found = f" ALL {','.join(map(str, uids))}" if uids else ""
        return f'* ESEARCH (TAG "{tag.decode()}") UID{found}\r\n'.encode()

    def fetched(_sock: socket.socket, _tag: bytes, command: str) -> bytes:
        wanted = {uid for piece in command.split()[2].split(",") for uid in _span(piece)}
        label = next(label for name, _, label in store.folders() if name == opened["folder"])
        shown = enumerate(sorted(store.view(opened["folder"]).items()), 1)
        return b"".join(_said(at, uid, mail, label, command) for at, (uid, mail) in shown if uid in wanted)

    answers = {
        "CAPABILITY": FEATURES,
        "LIST": listed,
        "EXAMINE": examined,
        "UID SEARCH": searched,
        "UID FETCH": fetched,
    }
    with scripted(answers) as server:
        store.port, store.heard = server.port, server.heard
        yield store


def _span(piece: str) -> range:
    low, _, high = piece.partition(":")
    return range(int(low), int(high or low) + 1)


def _said(at: int, uid: int, mail: Mail, shown_by: str, command: str) -> bytes:
    head, _, body = mail.content.partition(b"\r\n\r\n")
    head += b"\r\n\r\n"
    labels = " ".join(_astring(label) for label in mail.labels if label != shown_by)
    structure = f'("text" "plain" ("charset" "utf-8") NIL NIL "8bit" {len(body)} {body.count(10)})'
    known = {
        "X-GM-MSGID": f"X-GM-MSGID {mail.number}".encode(),
        "X-GM-THRID": f"X-GM-THRID {mail.thread or mail.number}".encode(),
        "X-GM-LABELS": f"X-GM-LABELS ({labels})".encode(),
        "RFC822.SIZE": f"RFC822.SIZE {len(mail.content)}".encode(),
        "BODYSTRUCTURE": f"BODYSTRUCTURE {structure}".encode(),
        "BODY.PEEK[HEADER]": b"BODY[HEADER]<0> {%d}\r\n%s" % (len(head), head),
        "BODY.PEEK[TEXT]": b"BODY[TEXT] {%d}\r\n%s" % (len(body), body),
    }
    told = [value for name, value in known.items() if name in command]
    return b"* %d FETCH (UID %d %s)\r\n" % (at, uid, b" ".join(told))


def _astring(label: str) -> str:
    return label if re.fullmatch(r"\\?[A-Za-z0-9]+", label) else f'"{encoded(label)}"'
