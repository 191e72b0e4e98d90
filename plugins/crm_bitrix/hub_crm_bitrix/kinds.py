"""The kinds of objects of a CRM, by the numbers that Bitrix24 gives them, and the streams they are read as.

Source: https://apidocs.bitrix24.com/api-reference/crm/data-types.html, "Object type".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import hub
from hub_crm_bitrix.values import Row, identities, identity, row, rows, text

LEAD, DEAL, CONTACT, COMPANY, QUOTE, INVOICE = 1, 2, 3, 4, 7, 31
FIRST_PROCESS: Final = 128
"""Smart processes have numbers from here on; 31 and 36 are the vendor's own."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of objects: its number, the stream it is read as, what people call that."""

    number: int
    stream: str
    title: str


KINDS: Final = (
    Kind(COMPANY, "companies", "Companies"),
    Kind(CONTACT, "contacts", "Contacts"),
    Kind(LEAD, "leads", "Leads"),
    Kind(DEAL, "deals", "Deals"),
    Kind(QUOTE, "quotes", "Quotes"),
    Kind(INVOICE, "invoices", "Invoices"),
)
STREAMS: Final = {kind.number: kind.stream for kind in KINDS}
WORDS: Final = {"LEAD": LEAD, "CONTACT": CONTACT, "COMPANY": COMPANY}
"""How the telephony names kinds."""
_PARTIES: Final = (COMPANY, CONTACT, LEAD)


def process(number: int) -> str:
    """The stream of a smart process."""
    return f"process-{number}"


def stream_of(number: int) -> str:
    return STREAMS.get(number) or process(number)


def user(role: str, number: object) -> Iterator[hub.Participant]:
    """One of ours, where a number names somebody."""
    if found := identity(number):
        yield hub.Participant(role, hub.Identifier("user", f"users/{found}"))


def client(kind: int, number: int) -> hub.Participant:
    return hub.Participant("client", hub.Identifier("ref", f"{stream_of(kind)}/{number}"))


def clients(pairs: Iterable[tuple[int, int]]) -> tuple[hub.Participant, ...]:
    """Those of these objects (kind, id) that are somebody, companies first."""
    known = {pair for pair in pairs if pair[0] in _PARTIES and pair[1]}
    return tuple(client(*pair) for pair in sorted(known, key=lambda pair: (_PARTIES.index(pair[0]), pair[1])))


def owners(item: Row) -> Iterator[tuple[int, int]]:
    """Whom an object of the CRM is about: its company and its contacts."""
    yield COMPANY, identity(item.get("companyId"))
    for one in (item.get("contactId"), *identities(item.get("contactIds"))):
        yield CONTACT, identity(one)


def multifields(item: Row) -> Iterator[hub.Identifier]:
    """Telephones and addresses: `fm`, with its names in either spelling (crm_multifield)."""
    for one in rows(item.get("fm")):
        kind = text(one.get("typeId") or one.get("TYPE_ID")).upper()
        value = text(one.get("value") or one.get("VALUE"))
        if value and kind == "PHONE":
            yield hub.Identifier("phone", value)
        elif value and kind == "EMAIL":
            yield hub.Identifier("email", value)


def settings_of(activity: Row) -> Row:
    return row(activity.get("SETTINGS"))
