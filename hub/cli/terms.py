"""What kinds, statuses, marks, roles and reasons are called, in the language of the person."""

from collections.abc import Mapping
from typing import Final

from hub.i18n import N_, _, ngettext

KINDS: Final[Mapping[str, str]] = {
    "mail": N_("mail"),
    "meeting": N_("meeting"),
    "call": N_("call"),
    "message": N_("message"),
    "task": N_("task"),
    "note": N_("note"),
    "deal": N_("deal"),
    "stage": N_("stage"),
    "document": N_("document"),
    "ticket": N_("ticket"),
}
"""The kinds of interactions, by the word that `--kind` takes."""

DOCUMENTS: Final[Mapping[str, str]] = {
    "contract": N_("contract"),
    "invoice": N_("invoice"),
    "act": N_("act"),
    "quote": N_("quote"),
    "payment": N_("payment"),
}
CLIENTS: Final[Mapping[str, str]] = {
    "company": N_("company"),
    "contact": N_("contact"),
    "domain": N_("domain"),
    "address": N_("address"),
    "person": N_("private customer"),
}
"""The kinds of clients and of the parts they are made of."""

STATUSES: Final[Mapping[str, str]] = {
    "cancelled": N_("cancelled"),
    "tentative": N_("tentative"),
    "open": N_("open"),
    "done": N_("done"),
    "won": N_("won"),
    "lost": N_("lost"),
    "missed": N_("missed"),
    "busy": N_("busy"),
    "voicemail": N_("voicemail"),
}
MARKS: Final[Mapping[str, str]] = {
    "bulk": N_("bulk mail"),
    "auto": N_("automatic"),
    "auto_reply": N_("auto-reply"),
    "bounce": N_("not delivered"),
    "encrypted": N_("encrypted"),
    "draft": N_("draft"),
    "invitation": N_("invitation"),
    "answer": N_("answer"),
    "differs": N_("copies differ"),
    "private": N_("private"),
}
ANSWERS: Final[Mapping[str, str]] = {
    "accepted": N_("accepted"),
    "declined": N_("declined"),
    "tentative": N_("perhaps"),
    "delegated": N_("sends somebody else"),
}
ROLES: Final[Mapping[str, str]] = {
    "from": N_("from"),
    "to": N_("to"),
    "cc": N_("copy"),
    "bcc": N_("blind copy"),
    "reply_to": N_("answers to"),
    "organizer": N_("organizer"),
    "attendee": N_("attendee"),
    "caller": N_("caller"),
    "callee": N_("called"),
    "author": N_("author"),
    "responsible": N_("responsible"),
    "former": N_("responsible before"),
    "client": N_("client"),
    "owner": N_("owner"),
    "found": N_("found in the text"),
    "attached": N_("attached by hand"),
}
REASONS: Final[Mapping[str, str]] = {
    "company": N_("it is the company's own"),
    "domain": N_("it is at the company's domain"),
    "address": N_("the address is a client by decision"),
    "ref": N_("the card of the contact names the company"),
    "email": N_("the contact shares the company's e-mail address"),
    "inn": N_("the contact has the company's INN"),
    "decision": N_("somebody decided so"),
    "self": N_("the private customer himself"),
}
"""Why an identifier leads to a client, or a person speaks for it."""

IDENTIFIERS: Final[Mapping[str, str]] = {
    "inn": N_("INN"),
    "ogrn": N_("OGRN"),
    "email": N_("e-mail"),
    "domain": N_("domain"),
    "phone": N_("phone"),
    "ref": N_("reference"),
    "user": N_("user of a CRM"),
}
RULES: Final[Mapping[str, str]] = {
    "no client": N_("no client takes part"),
    "private": N_("private"),
    "gone": N_("gone before it was stored"),
    "nothing to keep": N_("nothing to keep in it"),
    "forgotten": N_("forgotten"),
    "never folder": N_("a folder never to be stored"),
    "never label": N_("a label never to be stored"),
    "never keyword": N_("a word never to be stored"),
    "never address": N_("an address never to be stored"),
    "never domain": N_("a domain never to be stored"),
}
"""Why an item was excluded."""

SYSTEM: Final = (
    N_("No such file or directory"),
    N_("Permission denied"),
    N_("Read-only file system"),
    N_("File name too long"),
    N_("Not a directory"),
    N_("Is a directory"),
    N_("File exists"),
    N_("Too many levels of symbolic links"),
    N_("Input/output error"),
    N_("Stale file handle"),
    N_("Host is down"),
    N_("No space left on device"),
    N_("Too many open files"),
)
"""What operating systems say of files, as it stands in the field {why} of a sentence."""


def stream(name: str, title: str, custodian: str) -> str:
    """What people call a stream: its title, and whose it is."""
    shown = title or name
    return f"{shown} ({custodian})" if custodian and custodian not in shown else shown


def called(terms: Mapping[str, str], word: str) -> str:
    """What a word of the records is called; one that nobody has named stays as it is."""
    return _(terms[word]) if word in terms else word


def counted(kind: str, n: int) -> str:
    """So many interactions of a kind: "3 meetings"."""
    match kind:
        case "mail":
            text = ngettext("{n} mail", "{n} mails", n)
        case "meeting":
            text = ngettext("{n} meeting", "{n} meetings", n)
        case "call":
            text = ngettext("{n} call", "{n} calls", n)
        case "message":
            text = ngettext("{n} message", "{n} messages", n)
        case "task":
            text = ngettext("{n} task", "{n} tasks", n)
        case "note":
            text = ngettext("{n} note", "{n} notes", n)
        case "deal":
            text = ngettext("{n} deal", "{n} deals", n)
        case "stage":
            text = ngettext("{n} stage change", "{n} stage changes", n)
        case "document":
            text = ngettext("{n} document", "{n} documents", n)
        case "ticket":
            text = ngettext("{n} request", "{n} requests", n)
        case _:
            text = ngettext("{n} interaction", "{n} interactions", n)
    return text.format(n=n)


def interactions(n: int) -> str:
    return ngettext("{n} interaction", "{n} interactions", n).format(n=n)


def clients(n: int) -> str:
    return ngettext("{n} client", "{n} clients", n).format(n=n)


def items(n: int) -> str:
    return ngettext("{n} item", "{n} items", n).format(n=n)


def size(count: int) -> str:
    """Bytes for people: "12 MB"."""
    if count >= 10_000_000_000:
        return _("{n} GB").format(n=round(count / 1e9))
    if count >= 1_000_000:
        return _("{n} MB").format(n=round(count / 1e6))
    return _("{n} kB").format(n=-(-count // 1000))
