"""The tables. They are not the domain: they validate nothing and have no methods.

Four groups (`hub.store.groups`). *Kept* tables hold what cannot be made again: items, raws, journal, runs. *Derived*
tables (`hub.store.derived_tables`) can be dropped and rebuilt from them. *Work* tables are empty whenever the hub is at
rest. *Running* ones are of the daemon that works on this database: another one begins without them.

Here are those that every pull asks, since each takes milliseconds to be made; `hub.store.body_tables` has what sources
said, `hub.store.running_tables` what is around the pulls.

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


STORED = ("stored", "headers")
UNOPENED = 0
"""The digest of an item of which nothing could be read."""


class Journal(SQLModel, table=True):
    """What people decided. `action`: merge, split, attach, exclude, client, forget. Never updated."""

    id: int | None = Field(default=None, primary_key=True)
    at: int = columns.number()
    author: str = columns.text()
    action: str = columns.text()
    subject: str = columns.text()
    object: str = columns.text()
    note: str = columns.text()


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


# --- what connections ask for while they work ---------------------------------------------------------------------------


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


WORK = (Stale, Refetch)
