"""The privacy filter: what of a raw may be stored, decided before anything is.

keep      stored whole
headers   stored without text and attachments
exclude   not stored; a tombstone with keyed hashes of the addresses keeps the counts true and lets the item be
          fetched again when one of its addresses turns out to be a client's
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from hub.core.records import (
    Call,
    Deal,
    Document,
    Email,
    Identifier,
    Meeting,
    Message,
    Note,
    Record,
    Task,
    Ticket,
)

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
    """A connection's policy. `store = clients` keeps only what involves a client; parties are always kept.
    `attachments` that are not larger are fetched with what they came with: 0 is none, None is all.
    """

    store: Store = "clients"
    never: Never = Never()
    keep_raw: KeepRaw = "all"
    attachments: int | None = 0


def broken_rule(
    records: Iterable[Record], people: Iterable[Identifier], stream: str, title: str, policy: Policy
) -> str:
    """The never-rule that an item falls under, "" for none. `people` are its normalised identifiers."""
    never = policy.never
    if never.folders and not never.folders.isdisjoint((stream.casefold(), title.casefold())):
        return "never folder"
    for record in records:
        if getattr(record, "private", False):
            return "private"
        if never.labels and isinstance(record, Email) and not never.labels.isdisjoint(map(str.casefold, record.labels)):
            return "never label"
        if never.keywords and _says(record, never.keywords):
            return "never keyword"
    if never.addresses or never.domains:
        for person in people:
            if person.value in never.addresses:
                return "never address"
            if person.kind == "email" and _at(person.value, never.domains):
                return "never domain"
    return ""


def _says(record: Record, keywords: frozenset[str]) -> bool:
    said = (getattr(record, "subject", "") or getattr(record, "title", "")).casefold()
    return any(word in said for word in keywords)


def _at(address: str, domains: frozenset[str]) -> bool:
    domain = address.rpartition("@")[2]
    while domain:
        if domain in domains:
            return True
        domain = domain.partition(".")[2]
    return False


def headers_only(record: Record) -> Record:
    """A record without what was said in it: who, when and the subject remain."""
    match record:
        case Email() | Message() | Meeting() | Call() | Task() | Note():
            return replace(record, text="", attachments=())
        case Deal() | Document() | Ticket():
            return replace(record, text="")
        case _:
            return record


LARGEST: Final = 100 * 1024 * 1024
"""No attachment larger than this is ever kept, whatever the policy; bytes."""


def fits(size: int, policy: Policy) -> bool:
    """Whether an attachment of so many bytes is fetched without being asked for."""
    if policy.attachments == 0:
        return False
    return size <= (LARGEST if policy.attachments is None else min(policy.attachments, LARGEST))
