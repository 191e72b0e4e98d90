"""Keyed hashes of identifiers: enough to recognise an address again, useless to whoever gets the database alone
without trying every address there is.
"""

from collections.abc import Iterable
from hashlib import blake2b

from hub.core import normalize
from hub.core.records import Identifier
from hub.store import parties, refetch
from hub.store.database import Tx


class Hashes:
    """Hashes under this installation's key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def hash(self, identifier: Identifier) -> int:
        text = f"{identifier.kind}:{identifier.value}".encode()
        return int.from_bytes(blake2b(text, digest_size=8, key=self._key).digest(), "big") >> 1

    def of(self, identifiers: Iterable[Identifier]) -> set[int]:
        """The hashes of identifiers, and of the domains of addresses that are not free mail."""
        found: set[int] = set()
        for identifier in identifiers:
            found.add(self.hash(identifier))
            if identifier.kind == "email":
                domain = identifier.value.rpartition("@")[2]
                if not normalize.is_free_mail(domain):
                    found.add(self.hash(Identifier("domain", domain)))
        return found

    def forgotten(self, identifiers: Iterable[Identifier], forgotten: frozenset[int]) -> bool:
        return not self.of(identifiers).isdisjoint(forgotten)

    def wake(self, tx: Tx, identifier_ids: Iterable[int]) -> None:
        """Ask again for what was excluded although one of these takes part in it."""
        numbers = list(identifier_ids)
        if numbers and refetch.is_any_buried(tx):
            refetch.wake(tx, {self.hash(value) for value in parties.values(tx, numbers)})
