"""What a party's record, a domain or an address is to identity: a node with its normalised claims."""

from collections.abc import Iterable, Iterator

from hub.core import normalize
from hub.core.clients import Ours
from hub.core.identity import Node
from hub.core.ids import Name
from hub.core.records import Company, Contact, Email, Identifier, Record


def node(record: Record, name: Name, part: str, ours: Ours, found: Iterable[Identifier] = ()) -> Node | None:
    """The node of a company or contact; None for what is ours, and for everything that is no party.

    `found` are further identifiers that plugins saw in the record.
    """
    if not isinstance(record, Company | Contact):
        return None
    own = sorted(_claims((*record.identifiers, *found), ours))
    if any(claim.kind in ("email", "domain") and ours.owns(claim) for claim in own):
        return None
    key, self_ref = name.key(part), Identifier("ref", name.ref(part))
    corporate = {Identifier("domain", d) for d in _domains(own) if is_corporate(d, ours)}
    if isinstance(record, Company):
        claims = {c for c in own if c.kind != "domain" or is_corporate(c.value, ours)} | corporate | {self_ref}
        return Node(key, "company", record.name.strip(), tuple(sorted(claims)), kpp=normalize.kpp(record.kpp) or "")
    of = tuple(sorted({Identifier("ref", f"{name.connection}/{company}") for company in record.companies}))
    claims = {c for c in own if c.kind != "domain"} | {self_ref}
    return Node(key, "contact", record.name.strip(), tuple(sorted(claims)), of=of, at=tuple(sorted(corporate)))


def _claims(identifiers: Iterable[Identifier], ours: Ours) -> Iterator[Identifier]:
    for identifier in identifiers:
        claim = normalize.identifier(identifier, ours.country)
        if claim is not None and claim.kind not in ("ref", "user"):
            yield claim


def _domains(claims: Iterable[Identifier]) -> Iterator[str]:
    for claim in claims:
        if claim.kind == "email":
            yield claim.value.rpartition("@")[2]


def is_corporate(domain: str, ours: Ours) -> bool:
    """Whether a domain is a company's own: not free mail, not a service's, not ours, not one never to be a client."""
    return not (
        "." not in domain
        or domain in ours.never_clients
        or ours.owns_domain(domain)
        or normalize.is_free_mail(domain, ours.free_mail)
        or normalize.is_service_domain(domain)
    )


def domain_node(domain: str) -> Node:
    return Node(f"domain:{domain}", "domain", normalize.in_own_letters(domain), (Identifier("domain", domain),))


def address_node(address: str) -> Node:
    return Node(f"address:{address}", "address", normalize.in_own_letters(address), (Identifier("email", address),))


def makes_client(address: str, ours: Ours) -> str | None:
    """The domain that becomes a client when one of ours writes to an address; None when none does."""
    if not ours.from_outgoing or normalize.is_role(address) or normalize.is_noreply(address):
        return None
    domain = address.rpartition("@")[2]
    return domain if is_corporate(domain, ours) else None


def is_personal(record: Record) -> bool:
    """Whether a mail was written by somebody, rather than sent by a machine."""
    return isinstance(record, Email) and _BY_MACHINE.isdisjoint(record.marks)


_BY_MACHINE = frozenset({"bulk", "auto", "auto_reply", "bounce", "draft"})
