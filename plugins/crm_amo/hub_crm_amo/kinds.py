"""The kinds of cards of an account, and how others name them.

An event says `lead` where a path says `leads` (https://developers.kommo.com/reference/events-list).
"""

from collections.abc import Iterable, Iterator
from typing import Final

import hub
from hub_crm_amo.values import Row, embedded, identity, row, rows, text

LEADS, CONTACTS, COMPANIES, CUSTOMERS = "leads", "contacts", "companies", "customers"
NOTED: Final = (LEADS, CONTACTS, COMPANIES)
"""Cards whose notes can be listed."""
PLURAL: Final = {"lead": LEADS, "contact": CONTACTS, "company": COMPANIES, "customer": CUSTOMERS}
SINGULAR: Final = {plural: one for one, plural in PLURAL.items()}
WON, LOST = 142, 143
"""Stages that every pipeline has, by the same numbers (https://developers.kommo.com/reference/pipelines-list)."""
ENDS: Final = {WON: "won", LOST: "lost"}


def stage(pipeline: object, status: object) -> str:
    """What a stage is known by: 142 and 143 are in every pipeline."""
    return f"{identity(pipeline)}/{identity(status)}"


def stage_of(event: Row, name: str) -> str:
    """The stage before or after an event, as `kinds.stage` has it; "0/0" for none."""
    found = next(iter(rows(event.get(name))), {})
    status = row(found.get("lead_status"))
    return stage(status.get("pipeline_id"), status.get("id"))


def user(role: str, number: object) -> Iterator[hub.Participant]:
    """One of ours, where a number names somebody; 0 is a robot."""
    if found := identity(number):
        yield hub.Participant(role, hub.Identifier("user", f"users/{found}"))


def clients(pairs: Iterable[tuple[str, int]]) -> tuple[hub.Participant, ...]:
    """Those of these cards (kind, id) that are somebody, companies first."""
    order = (COMPANIES, CONTACTS)
    known = {pair for pair in pairs if pair[0] in order and pair[1]}
    return tuple(
        hub.Participant("client", hub.Identifier("ref", f"{kind}/{number}"))
        for kind, number in sorted(known, key=lambda pair: (order.index(pair[0]), pair[1]))
    )


def owners(card: Row) -> Iterator[tuple[str, int]]:
    """Whom a card is about: its companies and contacts."""
    for kind in (COMPANIES, CONTACTS):
        for one in embedded(card, kind):
            yield kind, identity(one.get("id"))


def about(kind: object, number: object, owner: Row) -> tuple[hub.Participant, ...]:
    """Whom something at a card is about: the card itself, or the clients of a lead or customer (`owner`)."""
    return clients(((text(kind), identity(number)), *owners(owner)))
