"""The tables. They are not the domain: they validate nothing and have no methods.

Four groups. *Kept* tables hold what cannot be made again: items, raws, journal, runs. *Derived* tables are a pure
function of the records, the journal, the settings and the horizon: they can be dropped and rebuilt. *Work* tables are
empty whenever the hub is at rest. *Running* ones are of the daemon that works on this database: another one begins
without them.

An `item` is one thing of a stream, whatever we decided about it: every external id the source ever named has exactly
one, so counts can be proved. Moments are integers, milliseconds since 1970 in UTC: the same on every database.
Ids are digests of natural keys (`hub.core.ids`), so they do not depend on the order of arrival and need no look-up.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, PrimaryKeyConstraint, Text, text
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

Number = BigInteger().with_variant(Integer, "sqlite")
Words = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared and sorted by its bytes, whatever a server takes for the order of letters."""


def _key() -> Any:
    return Field(sa_column=Column(Number, primary_key=True, autoincrement=False))


def _number(*, nullable: bool = False, index: bool = False) -> Any:
    return Field(sa_column=Column(Number, nullable=nullable, index=index))


def _text() -> Any:
    return Field(sa_column=Column(Words, nullable=False))


def _bytes(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(LargeBinary, nullable=nullable))


# --- kept ------------------------------------------------------------------------------------------------------------


class Installation(SQLModel, table=True):
    """One row: the key of the tombstones' hashes, the horizon, and what the derived tables were made from."""

    id: int = _key()
    hash_key: bytes = _bytes()
    horizon: str = _text()
    settings: str = _text()


class Stream(SQLModel, table=True):
    """One stream of a connection: where its pull stands, who is pulling it now, and how many items it has by the
    source's own word when it was last read to its end.
    """

    __table_args__ = (UniqueConstraint("connection", "name"),)
    id: int = _key()
    connection: str = _text()
    name: str = _text()
    title: str = _text()
    custodian: str = _text()
    cursor: str | None = Field(default=None, sa_column=Column(Words, nullable=True))
    epoch: str = _text()
    policy: str = _text()
    complete: bool = False
    accepted: bool = False
    lease_epoch: int = 0
    lease_owner: str = _text()
    lease_until: int = _number()
    told: int | None = _number(nullable=True)


class Run(SQLModel, table=True):
    """One attempt to pull a stream. `state`: running, ok, stopped, failed."""

    id: int | None = Field(default=None, primary_key=True)
    stream_id: int = _number(index=True)
    state: str = _text()
    started: int = _number()
    finished: int | None = _number(nullable=True)
    listed: int = 0
    stored: int = 0
    unchanged: int = 0
    quarantined: int = 0
    excluded: int = 0
    gone: int = 0
    error: str = _text()
    message: str = _text()


class Item(SQLModel, table=True):
    """One thing of a stream. `state`: stored, headers, excluded, quarantined, forgotten, renumbered."""

    __table_args__ = (Index("item_stream", "stream_id", "state"),)
    id: int = _key()
    stream_id: int = _number()
    epoch: str = _text()
    external_id: str = _text()
    revision: str = _text()
    digest: int = _number()
    state: str = _text()
    rule: str = _text()
    mapping: int = 0
    recurring: bool = False
    removed: bool = False


class Raw(SQLModel, table=True):
    """A revision of an item; append-only. Its bytes are a blob."""

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = _number(index=True)
    revision: str = _text()
    received: int = _number()
    sha256: str = _text()


class Quarantine(SQLModel, table=True):
    """Why an item could not be read, with its bytes."""

    item_id: int = _key()
    reason: str = _text()
    detail: str = _text()
    at: int = _number()
    body: bytes = _bytes()


class Tombstone(SQLModel, table=True):
    """Keyed hashes of the addresses of an item that is not stored, so that it can be found again."""

    __table_args__ = (PrimaryKeyConstraint("hash", "item_id"), {"sqlite_with_rowid": False})
    hash: int = _number()
    item_id: int = _number(index=True)


class Journal(SQLModel, table=True):
    """What people decided. `action`: merge, split, attach, exclude, client, forget. Never updated."""

    id: int | None = Field(default=None, primary_key=True)
    at: int = _number()
    author: str = _text()
    action: str = _text()
    subject: str = _text()
    object: str = _text()
    note: str = _text()


class Blob(SQLModel, table=True):
    """Bytes by their SHA-256, compressed; `uses` raws and attachments refer to them."""

    sha256: str = Field(sa_column=Column(Words, primary_key=True))
    uses: int = _number()
    body: bytes = _bytes()


class Attachment(SQLModel, table=True):
    """An attached file of an item that has been fetched. Its bytes are a blob."""

    __table_args__ = (PrimaryKeyConstraint("item_id", "part"), {"sqlite_with_rowid": False})
    item_id: int = _number()
    part: str = _text()
    sha256: str = _text()


class Wanted(SQLModel, table=True):
    """An attached file that the policy wants and that has not been fetched yet; `tries` that failed so far."""

    __table_args__ = (PrimaryKeyConstraint("item_id", "part"), {"sqlite_with_rowid": False})
    item_id: int = _number()
    part: str = _text()
    tries: int = 0


# --- derived ---------------------------------------------------------------------------------------------------------


class Record(SQLModel, table=True):
    """A statement or party mapped from an item, whose id the main one bears. `changes` keeps what an amended meeting
    said before.
    """

    __table_args__ = (
        Index("record_item", "item_id", sqlite_where=text("id <> item_id"), postgresql_where=text("id <> item_id")),
        Index("record_family", "family"),
    )
    id: int = _key()
    item_id: int = _number()
    part: str = _text()
    kind: str = _text()
    family: int = _number()
    frozen: bool = False
    body: bytes = _bytes()
    changes: str = _text()


class Identifier(SQLModel, table=True):
    """Every address, phone and number seen. `domain_id` is the identifier of an address's domain, 0 without."""

    __table_args__ = (Index("identifier_domain", "domain_id"),)
    id: int = _key()
    kind: str = _text()
    value: str = _text()
    domain_id: int = _number()
    generic: bool = False


class Node(SQLModel, table=True):
    """A party as identity sees it: a company, contact, domain or address. `key` is its permanent name."""

    __table_args__ = (Index("node_client", "client_id"), Index("node_person", "person_id"))
    id: int = _key()
    key: str = _text()
    public_id: str = Field(sa_column=Column(Words, nullable=False, index=True))
    kind: str = _text()
    name: str = _text()
    kpp: str = _text()
    record_id: int = _number()
    client_id: int = _number()
    person_id: int = _number()


class Claim(SQLModel, table=True):
    """`role`: "is" (the node's own), "of" (a contact's company), "at" (a contact's corporate domain)."""

    __table_args__ = (
        PrimaryKeyConstraint("identifier_id", "role", "node_id"),
        Index("claim_node", "node_id"),
        {"sqlite_with_rowid": False},
    )
    identifier_id: int = _number()
    role: str = _text()
    node_id: int = _number()


class Client(SQLModel, table=True):
    """A cluster of nodes. `kind`: company, domain, address, person."""

    __table_args__ = (Index("client_folded", "folded"),)
    id: int = _key()
    key: str = _text()
    public_id: str = Field(sa_column=Column(Words, nullable=False, index=True))
    kind: str = _text()
    name: str = _text()
    folded: str = _text()
    inn: str = _text()


class Person(SQLModel, table=True):
    """A cluster of contacts."""

    id: int = _key()
    key: str = _text()
    name: str = _text()


class Speaker(SQLModel, table=True):
    """A person speaks for a client."""

    __table_args__ = (
        PrimaryKeyConstraint("person_id", "client_id"),
        Index("speaker_client", "client_id"),
        {"sqlite_with_rowid": False},
    )
    person_id: int = _number()
    client_id: int = _number()
    reason: str = _text()


class Link(SQLModel, table=True):
    """Whom an identifier leads to. `person_id` is 0 where it leads to no particular person."""

    __table_args__ = (
        PrimaryKeyConstraint("identifier_id", "client_id", "person_id"),
        Index("link_client", "client_id"),
        {"sqlite_with_rowid": False},
    )
    identifier_id: int = _number()
    client_id: int = _number()
    person_id: int = _number()
    reason: str = _text()


class Interaction(SQLModel, table=True):
    """One line of the history. `id` sorts by time, so that every index that ends with it does, too. `refs` are the
    numbers of its own message id and of those it refers to.
    """

    __table_args__ = (Index("interaction_thread", "thread"), Index("interaction_family", "family"))
    id: int = _key()
    key: str = _text()
    hash: int = _number()
    family: int = _number()
    kind: str = _text()
    at: int = _number()
    ends: int | None = _number(nullable=True)
    zone: str = _text()
    all_day: bool = False
    direction: str = _text()
    title: str = _text()
    status: str = _text()
    thread: int = _number()
    refs: str = _text()
    people: str = _text()
    marks: str = _text()
    record_id: int = _number()


class Origin(SQLModel, table=True):
    """An interaction was seen here. One row a record."""

    __table_args__ = (PrimaryKeyConstraint("interaction_id", "record_id"), {"sqlite_with_rowid": False})
    interaction_id: int = _number()
    record_id: int = _number()
    item_id: int = _number()


class Mention(SQLModel, table=True):
    """An identifier takes part in an interaction. `wrote`: one of ours wrote to it."""

    __table_args__ = (
        PrimaryKeyConstraint("identifier_id", "interaction_id"),
        Index("mention_interaction", "interaction_id"),
        {"sqlite_with_rowid": False},
    )
    identifier_id: int = _number()
    interaction_id: int = _number()
    role: str = _text()
    wrote: bool = False


class History(SQLModel, table=True):
    """An interaction belongs to a client's history, once."""

    __table_args__ = (
        PrimaryKeyConstraint("client_id", "interaction_id"),
        Index("history_interaction", "interaction_id"),
        {"sqlite_with_rowid": False},
    )
    client_id: int = _number()
    interaction_id: int = _number()
    role: str = _text()
    reason: str = _text()


class Thread(SQLModel, table=True):
    """A message id, seen or only referred to, belongs to a thread: the least id of its connected component."""

    __table_args__ = (Index("thread_thread", "thread"),)
    node: int = _key()
    thread: int = _number()


class Review(SQLModel, table=True):
    """What a person should look at. `kind`: same_message_id."""

    __table_args__ = (PrimaryKeyConstraint("kind", "family"), {"sqlite_with_rowid": False})
    kind: str = _text()
    family: int = _number()
    detail: str = _text()


# --- work ------------------------------------------------------------------------------------------------------------


class Stale(SQLModel, table=True):
    """An identifier whose links changed and whose interactions from `after` on are still to be attached anew."""

    identifier_id: int = _key()
    after: int = _number()


class Refetch(SQLModel, table=True):
    """An excluded item that a client has turned up in: to be fetched again."""

    item_id: int = _key()


# --- running ---------------------------------------------------------------------------------------------------------


class Hint(SQLModel, table=True):
    """Somebody rang: something may have changed in a stream of a connection, or ("") in any of its streams."""

    __table_args__ = (PrimaryKeyConstraint("connection", "stream"), {"sqlite_with_rowid": False})
    connection: str = _text()
    stream: str = _text()
    at: int = _number()


class Due(SQLModel, table=True):
    """When a connection is pulled next, or (0) that a person has to do something first: what it failed with, how often in
    a row, and with which settings (a keyed digest), since others are tried at once.
    """

    connection: str = Field(sa_column=Column(Words, primary_key=True))
    at: int = _number()
    failures: int = 0
    error: str = _text()
    settings: str = _text()


class Pulse(SQLModel, table=True):
    """One row: the daemon that works on this database. `mistake`: why a newer configuration is not in force."""

    id: int = _key()
    host: str = _text()
    pid: int = _number()
    started: int = _number()
    ticked: int = _number()
    loaded: int = _number()
    mistake: str = _text()


KEPT = (Installation, Stream, Run, Item, Raw, Quarantine, Tombstone, Journal, Blob, Attachment, Wanted)
DERIVED = (
    Record,
    Identifier,
    Node,
    Claim,
    Client,
    Person,
    Speaker,
    Link,
    Interaction,
    Origin,
    Mention,
    History,
    Thread,
    Review,
)
WORK = (Stale, Refetch)
RUNNING = (Hint, Due, Pulse)
