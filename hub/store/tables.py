"""The tables. They are not the domain: they validate nothing and have no methods.

Four groups. *Kept* tables hold what cannot be made again: items, raws, journal, runs. *Derived* tables
(`hub.store.derived_tables`) can be dropped and rebuilt from them. *Work* tables are
empty whenever the hub is at rest. *Running* ones are of the daemon that works on this database: another one begins
without them.

An `item` is one thing of a stream, whatever we decided about it: every external id the source ever named has exactly
one, so counts can be proved. Moments are integers, milliseconds since 1970 in UTC: the same on every database.
Ids are digests of natural keys (`hub.core.ids`), so they do not depend on the order of arrival and need no look-up.
"""

from sqlalchemy import Column, PrimaryKeyConstraint
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from hub.store import columns

# --- kept ------------------------------------------------------------------------------------------------------------


class Installation(SQLModel, table=True):
    """One row: the key of the tombstones' hashes, the horizon, what the derived tables were made from, and the database's
    epoch: another one from every restored backup on, which says what the world was like at `as_of`.
    """

    id: int = columns.key()
    hash_key: bytes = columns.octets()
    horizon: str = columns.text()
    settings: str = columns.text()
    epoch: str = columns.text()
    as_of: int | None = columns.number(nullable=True)


class Stream(SQLModel, table=True):
    """One stream of a connection: where its pull stands, who is pulling it now, and how many items it has by the
    source's own word when it was last read to its end.
    """

    __table_args__ = (UniqueConstraint("connection", "name"),)
    id: int = columns.key()
    connection: str = columns.text()
    name: str = columns.text()
    title: str = columns.text()
    custodian: str = columns.text()
    cursor: str | None = Field(default=None, sa_column=Column(columns.Words, nullable=True))
    epoch: str = columns.text()
    policy: str = columns.text()
    complete: bool = False
    accepted: bool = False
    lease_epoch: int = 0
    lease_owner: str = columns.text()
    lease_until: int = columns.number()
    told: int | None = columns.number(nullable=True)


class Run(SQLModel, table=True):
    """One attempt to pull a stream. `state`: running, ok, stopped, failed."""

    id: int | None = Field(default=None, primary_key=True)
    stream_id: int = columns.number(index=True)
    state: str = columns.text()
    started: int = columns.number()
    finished: int | None = columns.number(nullable=True)
    listed: int = 0
    stored: int = 0
    unchanged: int = 0
    quarantined: int = 0
    excluded: int = 0
    gone: int = 0
    error: str = columns.text()
    message: str = columns.text()


class Item(SQLModel, table=True):
    """One thing of a stream. `state`: stored, headers, excluded, quarantined, forgotten, renumbered."""

    __table_args__ = (Index("item_stream", "stream_id", "state"),)
    id: int = columns.key()
    stream_id: int = columns.number()
    epoch: str = columns.text()
    external_id: str = columns.text()
    revision: str = columns.text()
    digest: int = columns.number()
    state: str = columns.text()
    rule: str = columns.text()
    mapping: int = 0
    recurring: bool = False
    removed: bool = False


class Raw(SQLModel, table=True):
    """A revision of an item; append-only. Its bytes are a blob."""

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = columns.number(index=True)
    revision: str = columns.text()
    received: int = columns.number()
    sha256: str = columns.text()


class Quarantine(SQLModel, table=True):
    """Why an item could not be read, with its bytes."""

    item_id: int = columns.key()
    reason: str = columns.text()
    detail: str = columns.text()
    at: int = columns.number()
    body: bytes = columns.octets()


class Tombstone(SQLModel, table=True):
    """Keyed hashes of the addresses of an item that is not stored, so that it can be found again."""

    __table_args__ = (PrimaryKeyConstraint("hash", "item_id"), {"sqlite_with_rowid": False})
    hash: int = columns.number()
    item_id: int = columns.number(index=True)


class Journal(SQLModel, table=True):
    """What people decided. `action`: merge, split, attach, exclude, client, forget. Never updated."""

    id: int | None = Field(default=None, primary_key=True)
    at: int = columns.number()
    author: str = columns.text()
    action: str = columns.text()
    subject: str = columns.text()
    object: str = columns.text()
    note: str = columns.text()


class Blob(SQLModel, table=True):
    """Bytes by their SHA-256, compressed; `uses` raws and attachments refer to them."""

    sha256: str = Field(sa_column=Column(columns.Words, primary_key=True))
    uses: int = columns.number()
    body: bytes = columns.octets()


class Attachment(SQLModel, table=True):
    """An attached file of an item that has been fetched. Its bytes are a blob."""

    __table_args__ = (PrimaryKeyConstraint("item_id", "part"), {"sqlite_with_rowid": False})
    item_id: int = columns.number()
    part: str = columns.text()
    sha256: str = columns.text()


class Wanted(SQLModel, table=True):
    """An attached file that the policy wants and that has not been fetched yet; `tries` that failed so far."""

    __table_args__ = (PrimaryKeyConstraint("item_id", "part"), {"sqlite_with_rowid": False})
    item_id: int = columns.number()
    part: str = columns.text()
    tries: int = 0


# --- work ------------------------------------------------------------------------------------------------------------


class Stale(SQLModel, table=True):
    """An identifier whose links changed and whose interactions from `after` on are still to be attached anew."""

    identifier_id: int = columns.key()
    after: int = columns.number()


class Refetch(SQLModel, table=True):
    """An excluded item that a client has turned up in: to be fetched again."""

    item_id: int = columns.key()


# --- signed in -------------------------------------------------------------------------------------------------------


class Token(SQLModel, table=True):
    """The grant of a connection, sealed with a key of the vault, and who is renewing it. `asking`: somebody asks for the
    next one, or did and died; `unanswered`: that has happened to this one before; `refused`: a person has to sign in.
    """

    connection: str = Field(sa_column=Column(columns.Words, primary_key=True))
    version: int = columns.number()
    key: str = columns.text()
    sealed: str = columns.text()
    expires: int | None = columns.number(nullable=True)
    saved: int = columns.number()
    asking: bool = False
    unanswered: bool = False
    refused: bool = False
    lease_epoch: int = 0
    lease_owner: str = columns.text()
    lease_until: int = columns.number()


# --- running ---------------------------------------------------------------------------------------------------------


class Hint(SQLModel, table=True):
    """Somebody rang: something may have changed in a stream of a connection, or ("") in any of its streams."""

    __table_args__ = (PrimaryKeyConstraint("connection", "stream"), {"sqlite_with_rowid": False})
    connection: str = columns.text()
    stream: str = columns.text()
    at: int = columns.number()


class Due(SQLModel, table=True):
    """When a connection is pulled next, or (0) that a person has to do something first: what it failed with, how often in
    a row, and with which settings (a keyed digest), since others are tried at once.
    """

    connection: str = Field(sa_column=Column(columns.Words, primary_key=True))
    at: int = columns.number()
    failures: int = 0
    error: str = columns.text()
    settings: str = columns.text()


class Pulse(SQLModel, table=True):
    """One row: the daemon that works on this database. `mistake`: why a newer configuration is not in force. It has stored
    `pages`, and held the database for so many milliseconds in all; `slow` of them took longer than a page should.
    """

    id: int = columns.key()
    host: str = columns.text()
    pid: int = columns.number()
    started: int = columns.number()
    ticked: int = columns.number()
    loaded: int = columns.number()
    mistake: str = columns.text()
    pages: int = columns.number()
    held: int = columns.number()
    slow: int = columns.number()


class Budget(SQLModel, table=True):
    """How much of a limit was used up at an instant: `level` in millionths, nobody takes for `rest` microseconds. The instant
    is `ticks` microseconds after the start of the machine of this `boot`, at `moment` by the clock (microseconds).
    """

    key: str = Field(sa_column=Column(columns.Words, primary_key=True))
    level: int = columns.number()
    rest: int = columns.number()
    boot: str = columns.text()
    ticks: int = columns.number()
    moment: int = columns.number()


class Trouble(SQLModel, table=True):
    """A connection that needs a person, of which somebody is told: with what error, in the words of the run, since when."""

    connection: str = Field(sa_column=Column(columns.Words, primary_key=True))
    error: str = columns.text()
    message: str = columns.text()
    since: int = columns.number()


class Notice(SQLModel, table=True):
    """A message to the admin, and its number. `entries` (JSON) may grow until the first try; it is sent when it is `due`, and
    again until it was `sent`.
    """

    id: int | None = Field(default=None, primary_key=True)
    made: int = columns.number()
    due: int = columns.number()
    tries: int = 0
    sent: int | None = columns.number(nullable=True)
    entries: str = columns.text()


class Callback(SQLModel, table=True):
    """A sign-in whose answer the web server is to take, by a digest of its state: what the browser brought, "" so far."""

    state: str = Field(sa_column=Column(columns.Words, primary_key=True))
    until: int = columns.number()
    answer: str = columns.text()


KEPT = (Installation, Stream, Run, Item, Raw, Quarantine, Tombstone, Journal, Blob, Attachment, Wanted, Token)
WORK = (Stale, Refetch)
RUNNING = (Hint, Due, Pulse, Budget, Trouble, Notice, Callback)
