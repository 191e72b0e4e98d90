"""The derived tables: a pure function of the records, the journal, the settings and the horizon.

What no query looks for is in no index: a number that is 0 points at nothing. That holds on PostgreSQL, too, as the
migrations say; to name that dialect here would load all its drivers at every start.
"""

from sqlalchemy import PrimaryKeyConstraint, text
from sqlmodel import Index

from hub.store import fields
from hub.store.fields import Row


class Record(Row, table=True):
    """A statement or party mapped from an item, whose id the main one bears. `changes` keeps what an amended meeting
    said before.
    """

    __table_args__ = (
        Index("record_item", "item_id", sqlite_where=text("id <> item_id")),
        Index("record_family", "family"),
    )
    id: int = fields.key()
    item_id: int = fields.number()
    part: str = fields.text()
    kind: str = fields.text()
    family: int = fields.number()
    frozen: bool = False
    body: bytes = fields.octets()
    changes: str = fields.text()


class Identifier(Row, table=True):
    """Every address, phone and number seen. `domain_id` is the identifier of an address's domain, 0 without."""

    __table_args__ = (Index("identifier_domain", "domain_id", sqlite_where=text("domain_id <> 0")),)
    id: int = fields.key()
    kind: str = fields.text()
    value: str = fields.text()
    domain_id: int = fields.number()
    generic: bool = False


class Node(Row, table=True):
    """A party as identity sees it: a company, contact, domain or address. `key` is its permanent name."""

    __table_args__ = (
        Index("node_client", "client_id", sqlite_where=text("client_id <> 0")),
        Index("node_person", "person_id", sqlite_where=text("person_id <> 0")),
        Index("node_public", "public_id", sqlite_where=text("client_id <> 0")),
    )
    id: int = fields.key()
    key: str = fields.text()
    public_id: str = fields.text()
    kind: str = fields.text()
    name: str = fields.text()
    kpp: str = fields.text()
    record_id: int = fields.number()
    client_id: int = fields.number()
    person_id: int = fields.number()


class Claim(Row, table=True):
    """`role`: "is" (the node's own), "of" (a contact's company), "at" (a contact's corporate domain); "OF" and "AT" where a
    contact has both, so that what is stated of a company or a domain is found without everybody else who is there.
    """

    __table_args__ = (
        PrimaryKeyConstraint("identifier_id", "role", "node_id"),
        Index("claim_node", "node_id"),
        {"sqlite_with_rowid": False},
    )
    identifier_id: int = fields.number()
    role: str = fields.text()
    node_id: int = fields.number()


class Employee(Row, table=True):
    """A user of a CRM is one of ours by this address."""

    __table_args__ = (PrimaryKeyConstraint("record_id", "email"), {"sqlite_with_rowid": False})
    record_id: int = fields.number()
    email: str = fields.text()
    name: str = fields.text()


class Client(Row, table=True):
    """A cluster of nodes. `kind`: company, domain, address, person. `public_id` is that of one of its nodes, by which it is
    found.
    """

    __table_args__ = (Index("client_folded", "folded"),)
    id: int = fields.key()
    key: str = fields.text()
    public_id: str = fields.text()
    kind: str = fields.text()
    name: str = fields.text()
    folded: str = fields.text()
    inn: str = fields.text()


class Person(Row, table=True):
    """A cluster of contacts."""

    id: int = fields.key()
    key: str = fields.text()
    name: str = fields.text()


class Speaker(Row, table=True):
    """A person speaks for a client."""

    __table_args__ = (
        PrimaryKeyConstraint("person_id", "client_id"),
        Index("speaker_client", "client_id"),
        {"sqlite_with_rowid": False},
    )
    person_id: int = fields.number()
    client_id: int = fields.number()
    reason: str = fields.text()


class Interaction(Row, table=True):
    """One line of the history. `id` sorts by time, so that every index that ends with it does, too. `refs` are the
    numbers of its own message id and of those it refers to.
    """

    __table_args__ = (
        Index("interaction_thread", "thread", sqlite_where=text("thread <> 0")),
        Index("interaction_family", "family"),
    )
    id: int = fields.key()
    key: str = fields.text()
    hash: int = fields.number()
    family: int = fields.number()
    kind: str = fields.text()
    at: int = fields.number()
    ends: int | None = fields.number(nullable=True)
    zone: str = fields.text()
    all_day: bool = False
    direction: str = fields.text()
    title: str = fields.text()
    status: str = fields.text()
    thread: int = fields.number()
    refs: str = fields.text()
    people: str = fields.text()
    marks: str = fields.text()
    record_id: int = fields.number()


class Origin(Row, table=True):
    """An interaction was seen here. One row a record."""

    __table_args__ = (PrimaryKeyConstraint("interaction_id", "record_id"), {"sqlite_with_rowid": False})
    interaction_id: int = fields.number()
    record_id: int = fields.number()
    item_id: int = fields.number()


class Copy(Row, table=True):
    """A mail without a Message-ID, by the minute it was sent in; `host` is the family of the mail that it tells of, 0 where
    it stands for itself.
    """

    __table_args__ = (Index("copy_minute", "minute"), Index("copy_family", "family"), Index("copy_host", "host"))
    record_id: int = fields.key()
    family: int = fields.number()
    minute: int = fields.number()
    host: int = fields.number()


class Mention(Row, table=True):
    """An identifier takes part in an interaction. `wrote`: one of ours wrote to it."""

    __table_args__ = (
        PrimaryKeyConstraint("identifier_id", "interaction_id"),
        Index("mention_interaction", "interaction_id"),
        {"sqlite_with_rowid": False},
    )
    identifier_id: int = fields.number()
    interaction_id: int = fields.number()
    role: str = fields.text()
    wrote: bool = False


class History(Row, table=True):
    """An interaction belongs to a client's history, once. `signs` are those of its tokens (`hub.core.signs`), "" unknown."""

    __table_args__ = (
        PrimaryKeyConstraint("client_id", "interaction_id"),
        Index("history_interaction", "interaction_id"),
        {"sqlite_with_rowid": False},
    )
    client_id: int = fields.number()
    interaction_id: int = fields.number()
    role: str = fields.text()
    reason: str = fields.text()
    signs: str = fields.text()


class Thread(Row, table=True):
    """A message id, seen or only referred to, belongs to a thread: the least id of its connected component."""

    __table_args__ = (Index("thread_thread", "thread"),)
    node: int = fields.key()
    thread: int = fields.number()


class Review(Row, table=True):
    """What a person should look at. `kind`: same_message_id."""

    __table_args__ = (PrimaryKeyConstraint("kind", "family"), {"sqlite_with_rowid": False})
    kind: str = fields.text()
    family: int = fields.number()
    detail: str = fields.text()


DERIVED = (
    Record,
    Identifier,
    Node,
    Claim,
    Employee,
    Client,
    Person,
    Speaker,
    Interaction,
    Origin,
    Copy,
    Mention,
    History,
    Thread,
    Review,
)
"""All of them: they can be dropped and rebuilt."""
