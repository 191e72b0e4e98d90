"""Who is ours, and who may become a client.

Own domains and employees give every statement its direction and never become clients. Employees are those of the
configuration, and the users of CRMs with their addresses. A client comes from a CRM or a client list, from a corporate
domain that one of ours has written to, or from a person's decision.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache

from hub.core import normalize
from hub.core.records import Identifier, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    """One of ours. Addresses, phones and extensions are normalised."""

    name: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    manager: str = ""
    deputy: str = ""
    absent_from: date | None = None
    absent_until: date | None = None


@dataclass(frozen=True)
class Ours:
    """Our side: `domains` are normalised; subdomains of them are ours too."""

    domains: frozenset[str] = frozenset()
    employees: tuple[Employee, ...] = ()
    country: str = "RU"
    free_mail: frozenset[str] = field(default_factory=frozenset)
    never_clients: frozenset[str] = field(default_factory=frozenset)
    from_outgoing: bool = True

    @cached_property
    def _identifiers(self) -> frozenset[Identifier]:
        found: set[Identifier] = set()
        for employee in self.employees:
            found.update(Identifier("email", value) for value in employee.emails)
            found.update(Identifier("phone", value) for value in (*employee.phones, *employee.extensions))
        return frozenset(found)

    @cached_property
    def owns(self) -> Callable[[Identifier], bool]:
        """Whether a normalised identifier belongs to one of ours. The same few are asked for again and again."""
        return lru_cache(maxsize=1_024)(self._owns)

    def _owns(self, identifier: Identifier) -> bool:
        if identifier.kind == "user" or identifier in self._identifiers:
            return True
        if identifier.kind == "email":
            return self.owns_domain(identifier.value.rpartition("@")[2])
        return identifier.kind == "domain" and self.owns_domain(identifier.value)

    def owns_domain(self, domain: str) -> bool:
        return any(suffix in self.domains for suffix in _suffixes(domain))

    def owns_any(self, identifiers: Iterable[Identifier]) -> bool:
        return any(map(self.owns, identifiers))


def _suffixes(domain: str) -> Iterable[str]:
    while domain:
        yield domain
        domain = domain.partition(".")[2]


def addresses(user: User) -> tuple[str, ...]:
    """The addresses by which a user of a CRM is one of ours, normalised."""
    found = (normalize.email(one.value) for one in user.identifiers if one.kind == "email")
    return tuple(dict.fromkeys(address for address in found if address is not None))


def with_users(ours: Ours, known: Iterable[tuple[str, str]]) -> Ours:
    """Our side with those whom CRMs know, too: (address, name). Who stands in the configuration is as he stands there."""
    configured = {address for employee in ours.employees for address in employee.emails}
    more = tuple(Employee(name=name, emails=(address,)) for address, name in known if address not in configured)
    return replace(ours, employees=(*ours.employees, *more)) if more else ours
