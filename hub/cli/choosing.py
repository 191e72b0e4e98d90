"""What a person means by a word of the command line: a client, an interaction, a stream.

Where one is needed and none or several are meant, the command says so, lists the candidates and ends with code 2.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import typer

from hub.cli import terms
from hub.cli.invocation import Invocation
from hub.i18n import _

if TYPE_CHECKING:
    from hub.core.clients import Ours
    from hub.core.records import Identifier
    from hub.engine.hub import Hub
    from hub.store.clients import Found
    from hub.store.database import Tx

_SHOWN = 20
_NEAREST = 5


def values(text: str, country: str) -> "list[Identifier]":
    """The identifiers that a text may be, normalised; an address is an address and nothing else."""
    from hub.core import normalize
    from hub.core.records import Identifier

    if "@" in text:
        address = normalize.email(text)
        return [Identifier("email", address)] if address else []
    found = [
        Identifier("inn", normalize.inn(text) or ""),
        Identifier("ogrn", normalize.ogrn(text) or ""),
        Identifier("phone", normalize.phone(text, country) or ""),
    ]
    domain = normalize.domain(text) or ""
    found.append(Identifier("domain", domain if "." in domain else ""))
    return [one for one in found if one.value]


def clients_like(hub: "Hub", tx: "Tx", text: str) -> "list[Found]":
    """The clients that a person may mean."""
    from hub.store import clients

    return clients.find(tx, text, values(text, hub.config.company.ours.country))


def client(called: Invocation, hub: "Hub", tx: "Tx", text: str) -> "Found":
    """The client that a person means."""
    return the_one(called, hub, tx, text, clients_like(hub, tx, text))


def the_one(called: Invocation, hub: "Hub", tx: "Tx", text: str, found: "Sequence[Found]") -> "Found":
    """The client of those that a text fits."""
    if not found:
        called.output.fail(
            with_nearest(_("There is no client “{text}”.").format(text=text), hub, tx, text),
            fix=_("`hub clients` lists them; a part of the name, an INN, an address, a domain or an id will do"),
        )
        raise typer.Exit(2)
    if len(found) > 1:
        _several(called, text, found)
    return found[0]


def with_nearest(said: str, hub: "Hub", tx: "Tx", text: str) -> str:
    """What is said of a text that fits no client, and below it the clients that may be meant; of an address those at
    its domain.
    """
    from hub.store import clients

    domain = text.rpartition("@")[2] if "@" in text else ""
    near = [(one, "") for one in clients_like(hub, tx, domain)] if domain else clients.resembling(tx, text, _NEAREST)
    if not near:
        return said
    lines = [f"  {candidate(one)}" + (f" — {speaker}" if speaker else "") for one, speaker in near[:_NEAREST]]
    return "\n".join([_("{said} Perhaps:").format(said=said), *lines])


def _several(called: Invocation, text: str, found: "Sequence[Found]") -> NoReturn:
    lines = [_("“{text}” may be one of several clients:").format(text=text)]
    lines += [f"  {candidate(one)}" for one in found[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append("  …")
    called.output.fail("\n".join(lines), fix=_("name it by its id, as {example}").format(example=found[0].public_id))
    raise typer.Exit(2)


def candidate(one: "Found") -> str:
    """A client on one line, told apart from its namesakes."""
    inn = f", {terms.called(terms.IDENTIFIERS, 'inn')} {one.inn}" if one.inn else ""
    return f"{one.public_id}  {one.name} ({terms.called(terms.CLIENTS, one.kind)}{inn})"


def participant(called: Invocation, hub: "Hub", tx: "Tx", text: str) -> frozenset[int]:
    """The identifiers of the participant that a person names by an e-mail address or a phone: this one, and the others
    of the same person.
    """
    from hub.store import parties

    given = [one for one in values(text, hub.config.company.ours.country) if one.kind in ("email", "phone")]
    if not given:
        called.output.fail(
            _("“{text}” is neither an e-mail address nor a phone.").format(text=text),
            fix=_("name the participant by one of them; a name is found as a word, too"),
        )
        raise typer.Exit(2)
    numbers = [parties.identifier_id(one) for one in given]
    persons = {lead.person for found in parties.leads(tx, numbers).values() for lead in found if lead.person}
    cards = parties.nodes(tx, parties.nodes_of_persons(tx, persons)).values()
    theirs = {claim for card in cards for claim in card.party.claims if claim.kind in ("email", "phone")}
    return frozenset(map(parties.identifier_id, {*given, *theirs, *_of_employee(hub.ours(tx), given)}))


def _of_employee(ours: "Ours", given: "Sequence[Identifier]") -> "set[Identifier]":
    from hub.core.records import Identifier

    found: set[Identifier] = set()
    for one in ours.employees:
        own = {Identifier("email", value) for value in one.emails} | {Identifier("phone", v) for v in one.phones}
        if not own.isdisjoint(given):
            found |= own
    return found


def interaction(tx: "Tx", text: str) -> int | None:
    """The interaction with this key, or this Message-ID; None where there is none."""
    from hub.core import normalize
    from hub.store import lines

    keys = (text, f"mail:{normalize.message_id(text)}")
    return next((found for key in keys if (found := lines.by_key(tx, key)) is not None), None)


def known_interaction(called: Invocation, tx: "Tx", text: str) -> tuple[int, str]:
    """The id and key of the interaction that a person means."""
    from hub.store import lines

    found = interaction(tx, text)
    if found is None:
        called.output.fail(
            _("There is no interaction {key}.").format(key=text),
            fix=_("`hub history CLIENT --keys` and `hub search WORDS --keys` show the keys"),
        )
        raise typer.Exit(2)
    return found, lines.keys(tx, [found])[found]


def stream(tx: "Tx", connection: str, text: str) -> str:
    """The name of a connection's stream that a person named by its name or its title."""
    from hub.store import pulls

    rows = pulls.streams(tx, connection)
    titled = [row.name for row in rows if row.title == text]
    return titled[0] if len(titled) == 1 and all(row.name != text for row in rows) else text
