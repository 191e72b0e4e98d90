"""The privacy filter: what of a raw may be stored, decided before anything is.

    keep      stored whole
    headers   stored without text and attachments
    exclude   not stored; a tombstone with keyed hashes of the addresses keeps the counts true and lets the item be
              fetched again when one of its addresses turns out to be a client's
"""

from dataclasses import dataclass, field
from typing import Literal

Store = Literal["clients", "headers", "all"]
KeepRaw = Literal["all", "latest", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """What is never stored. Everything is compared in its normalised or case-folded form.

    `addresses` and `domains` match any participant; `folders` and `labels` the stream's name or title and the
    statement's labels; `keywords` the subject or title.
    """

    addresses: frozenset[str] = field(default_factory=frozenset)
    domains: frozenset[str] = field(default_factory=frozenset)
    folders: frozenset[str] = field(default_factory=frozenset)
    labels: frozenset[str] = field(default_factory=frozenset)
    keywords: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A connection's policy. `store = clients` keeps only what involves a client; parties are always kept."""

    store: Store = "clients"
    never: Never = Never()
    keep_raw: KeepRaw = "all"
