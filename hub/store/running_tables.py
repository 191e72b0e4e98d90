"""The tables around the pulls: what the daemon and its companions tell one another. See `hub.store.tables`."""

from sqlalchemy import Column, PrimaryKeyConstraint
from sqlmodel import Field, SQLModel

from hub.store import columns


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
