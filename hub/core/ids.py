"""Ids that are digests of natural keys: the same on every machine, in any order of arrival.

63 bits: among 30 million keys the chance of one collision is about 5 in 100,000, and every table that is looked up by
such an id also holds the key, which is compared.

Keys that are alike but for the whole number they end with lie side by side, in the order of those numbers: what a source
numbers comes in that order, too, and is written to the same few pages of a table instead of to as many as there are rows.
"""

import re
from base64 import b32encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final

_EPOCH_MS: Final = -2_208_988_800_000
_LAST_MS: Final = (1 << 44) - 1
_TAIL: Final = (1 << 19) - 1
_PUBLIC: Final = re.compile(r"[A-Z2-7]{8}")


_ROOM: Final = (20, 30)
"""Bits for the number a key ends with. A mailbox counts up to a million, and there are many; a CRM up to a thousand million."""


def number(key: str) -> int:
    """A positive 63-bit number for a key; of `GROUP/N`, N places after the first of that group."""
    group, _, name = key.rpartition("/")
    if len(name) <= 10 and name.isdigit() and name.isascii() and (name[0] != "0" or name == "0"):
        place = int(name)
        for bits in _ROOM:
            if place >> bits == 0:
                return _first(group, bits) | place
    return scattered(key)


@lru_cache(maxsize=4_096)
def _first(group: str, bits: int) -> int:
    return scattered(f"{bits}:{group}") >> bits << bits


def scattered(key: str) -> int:
    """A positive 63-bit number for a key, beside no other's."""
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 1


def digest(body: bytes) -> int:
    """A positive 63-bit number for some bytes."""
    return int.from_bytes(blake2b(body, digest_size=8).digest(), "big") >> 1


def item(stream: int, epoch: str, external_id: str) -> int:
    """The id of what a stream calls so in that epoch."""
    return number(f"{stream}/{epoch}/{external_id}")


def public(key: str) -> str:
    """The short id that people see and type, for instance `K4QZ7M2A`."""
    return b32encode(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=5).digest()).decode("ascii")


def is_public(text: str) -> bool:
    """Whether a text looks like such a short id."""
    return bool(_PUBLIC.fullmatch(text))


def timed(at: int, salt: int) -> int:
    """An id that sorts by `at` (milliseconds since 1970): 44 bits of time since 1900, 19 bits of `salt`."""
    return min(max(at - _EPOCH_MS, 0), _LAST_MS) << 19 | (salt & _TAIL)


def first_at(at: int) -> int:
    """The least timed id of a moment: a bound for ranges."""
    return timed(at, 0)


@dataclass(frozen=True, slots=True)
class Name:
    """What the records of an item are called. The epoch stands in a key only where there is one, and never in a ref,
    by which other records of the connection point at this one.
    """

    connection: str
    stream: str
    epoch: str
    external_id: str

    def key(self, part: str) -> str:
        epoch = f"@{self.epoch}" if self.epoch else ""
        return f"{self.connection}/{self.stream}/{self.external_id}{epoch}{_suffix(part)}"

    def ref(self, part: str) -> str:
        return f"{self.connection}/{self.stream}/{self.external_id}{_suffix(part)}"


def _suffix(part: str) -> str:
    return f"#{part}" if part else ""
