"""The derived tables: a pure function of the records, the journal, the settings and the horizon."""

from sqlalchemy import Column, PrimaryKeyConstraint, text
from sqlmodel import Field, Index, SQLModel

from hub.store import columns


class Record(SQLModel, table=True):
    """A statement or party mapped from an item, whose id the main one bears. `changes` keeps what an amended meeting
    said before.
    """

    __table_args__ = (
        # on PostgreSQL, too, as its migration says: to name that dialect here would load all its drivers at every start
        Index("record_item", "item_id", sqlite_where=text("id <> item_id")),
        Index("record_family", "family"),
    )
    id: int = columns.key()
    item_id: int = columns.number()
    part: str = columns.text()
    kind: str = columns.text()
    family: int = columns.number()
    frozen: bool = False
    body: bytes = columns.octets()
    changes: str = columns.text()


class Identifier(SQLModel, table=True):
    """Every address, phone and number seen. `domain_id` is the identifier of an address's domain, 0 without."""

    __table_args__ = (Index("identifier_domain", "domain_id"),)
    id: int = columns.key()
    kind: str = columns.text()
    value: str = columns.text()
    domain_id: int = columns.number()
    generic: bool = False


class Node(SQLModel, table=True):
    """A party as identity sees it: a company, contact, domain or address. `key` is its permanent name."""

    __table_args__ = (Index("node_client", "client_id"), Index("node_person", "person_id"))
    id: int = columns.key()
    key: str = columns.text()
    public_id: str = Field(sa_column=Column(columns.Words, nullable=False, index=True))
    kind: str = columns.text()
    name: str = columns.text()
    kpp: str = columns.text()
    record_id: int = columns.number()
    client_id: int = columns.number()
    person_id: int = columns.number()


class Claim(SQLModel, table=True):
    """`role`: "is" (the node's own), "of" (a contact's company), "at" (a contact's corporate domain)."""

    __table_args__ = (
        PrimaryKeyConstraint("identifier_id", "role", "node_id"),
        Index("claim_node", "node_id"),
        {"sqlite_with_rowid": False},
    )
    identifier_id: int = columns.number()
    role: str = columns.text()
    node_id: int = columns.number()


class Employee(SQLModel, table=True):
    """A user of a CRM is one of ours by this address."""

    __table_args__ = (PrimaryKeyConstraint("record_id", "email"), {"sqlite_with_rowid": False})
    record_id: int = columns.number()
    email: str = columns.text()
    name: str = columns.text()


class Client(SQLModel, table=True):
    """A cluster of nodes. `kind`: company, domain, address, person."""

    __table_args__ = (Index("client_folded", "folded"),)
    id: int = columns.key()
    key: str = columns.text()
    public_id: str = Field(sa_column=Column(columns.Words, nullable=False, index=True))
    kind: str = columns.text()
    name: str = columns.text()
    folded: str = columns.text()
    inn: str = columns.text()


class Person(SQLModel, table=True):
    """A cluster of contacts."""

    id: int = columns.key()
    key: str = columns.text()
    name: str = columns.text()


class Speaker(SQLModel, table=True):
    """A person speaks for a client."""

    __table_args__ = (
        PrimaryKeyConstraint("person_id", "client_id"),
        Index("speaker_client", "client_id"),
        {"sqlite_with_rowid": False},
    )
    person_id: int = columns.number()
    client_id: int = columns.number()
    reason: str = columns.text()


class Link(SQLModel, table=True):
    """Whom an identifier leads to. `person_id` is 0 where it leads to no particular person."""

    __table_args__ = (
        PrimaryKeyConstraint("identifier_id", "client_id", "person_id"),
        Index("link_client", "client_id"),
        {"sqlite_with_rowid": False},
    )
    identifier_id: int = columns.number()
    client_id: int = columns.number()
    person_id: int = columns.number()
    reason: str = columns.text()


class Interaction(SQLModel, table=True):
    """One line of the history. `id` sorts by time, so that every index that ends with it does, too. `refs` are the
    numbers of its own message id and of those it refers to.
    """

    __table_args__ = (Index("interaction_thread", "thread"), Index("interaction_family", "family"))
    id: int = columns.key()
    key: str = columns.text()
    hash: int = columns.number()
    family: int = columns.number()
    kind: str = columns.text()
    at: int = columns.number()
    ends: int | None = columns.number(nullable=True)
    zone: str = columns.text()
    all_day: bool = False
    direction: str = columns.text()
    title: str = columns.text()
    status: str = columns.text()
    thread: int = columns.number()
    refs: str = columns.text()
    people: str = columns.text()
    marks: str = columns.text()
    record_id: int = columns.number()


class Origin(SQLModel, table=True):
    """An interaction was seen here. One row a record."""

    __table_args__ = (PrimaryKeyConstraint("interaction_id", "record_id"), {"sqlite_with_rowid": False})
    interaction_id: int = columns.number()
    record_id: int = columns.number()
    item_id: int = columns.number()


class Copy(SQLModel, table=True):
    """A mail without a Message-ID, by the minute it was sent in; `host` is the family of the mail that it tells of, 0 where
    it stands for itself.
    """

    __table_args__ = (Index("copy_minute", "minute"), Index("copy_family", "family"), Index("copy_host", "host"))
    record_id: int = columns.key()
    family: int = columns.number()
    minute: int = columns.number()
    host: int = columns.number()


class Mention(SQLModel, table=True):
    """An identifier takes part in an interaction. `wrote`: one of ours wrote to it."""

    __table_args__ = (
        PrimaryKeyConstraint("identifier_id", "interaction_id"),
        Index("mention_interaction", "interaction_id"),
        {"sqlite_with_rowid": False},
    )
    identifier_id: int = columns.number()
    interaction_id: int = columns.number()
    role: str = columns.text()
    wrote: bool = False


class History(SQLModel, table=True):
    """An interaction belongs to a client's history, once."""

    __table_args__ = (
        PrimaryKeyConstraint("client_id", "interaction_id"),
        Index("history_interaction", "interaction_id"),
        {"sqlite_with_rowid": False},
    )
    client_id: int = columns.number()
    interaction_id: int = columns.number()
    role: str = columns.text()
    reason: str = columns.text()


class Thread(SQLModel, table=True):
    """A message id, seen or only referred to, belongs to a thread: the least id of its connected component."""

    __table_args__ = (Index("thread_thread", "thread"),)
    node: int = columns.key()
    thread: int = columns.number()


class Review(SQLModel, table=True):
    """What a person should look at. `kind`: same_message_id."""

    __table_args__ = (PrimaryKeyConstraint("kind", "family"), {"sqlite_with_rowid": False})
    kind: str = columns.text()
    family: int = columns.number()
    detail: str = columns.text()


DERIVED = (
    Record,
    Identifier,
    Node,
    Claim,
    Employee,
    Client,
    Person,
    Speaker,
    Link,
    Interaction,
    Origin,
    Copy,
    Mention,
    History,
    Thread,
    Review,
)
"""All of them: they can be dropped and rebuilt."""
