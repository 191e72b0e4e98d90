"""Who is ours, and who may become a client.

Own domains and employees give every statement its direction and never become clients. A client comes from a CRM or a
client list, from a corporate domain that one of ours has written to, or from a person's decision.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache

from hub.core.records import Identifier


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
        return lru_cache(maxsize=4_096)(self._owns)

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
